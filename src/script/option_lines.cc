#include <algorithm>

#include "script/calls.h"

// setsockopt and getsockopt, whose values come in several shapes: [1], "cubic", {onoff=1, linger=0}.

namespace handfast::script {

using posix::Outcome;

namespace {

constexpr std::int64_t kMostBytes = 4096;

// {onoff=1, linger=0}, as struct linger has it.
Valued<std::vector<std::byte>> linger_bytes(const Expression& value) {
  const Valued<std::int64_t> on = field_number(value, "onoff");
  const Valued<std::int64_t> seconds = field_number(value, "linger");
  if (!on) return std::unexpected(on.error());
  if (!seconds) return std::unexpected(seconds.error());
  std::vector<std::byte> bytes = bytes_of(*on, 4);
  std::ranges::copy(bytes_of(*seconds, 4), std::back_inserter(bytes));
  return bytes;
}

std::vector<std::byte> string_bytes(const std::string& text) {
  std::vector<std::byte> bytes;
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

}  // namespace

Valued<std::vector<std::byte>> ScriptCalls::option_value(const Expression& value, std::int64_t length) const {
  const Expression& inner = unwrapped(value);
  if (inner.kind == Expression::Kind::kString) return string_bytes(inner.text);
  if (inner.kind == Expression::Kind::kStruct) return linger_bytes(inner);
  const Valued<std::int64_t> number = number_of(inner);
  if (!number) return std::unexpected(number.error());
  if (length < 0 || length > kMostBytes) return trouble(value, "expected a length of 0 to 4096 bytes");
  return bytes_of(*number, static_cast<std::size_t>(length));
}

Valued<Outcome> ScriptCalls::setsockopt(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  const Valued<std::int64_t> level = number(line, 1);
  const Valued<std::int64_t> name = number(line, 2);
  const Valued<std::int64_t> length = number(line, 4);
  if (!fd) return std::unexpected(fd.error());
  for (const auto* argument : {&level, &name, &length}) {
    if (!*argument) return std::unexpected(argument->error());
  }
  const auto value = option_value(line.arguments[3], *length);
  if (!value) return std::unexpected(value.error());
  return sockets_.setsockopt(*fd, static_cast<int>(*level), static_cast<int>(*name),
                             {.data = value->data(), .size = value->size()}, turn.now);
}

Valued<Outcome> ScriptCalls::getsockopt(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  const Valued<std::int64_t> level = number(line, 1);
  const Valued<std::int64_t> name = number(line, 2);
  const Valued<std::int64_t> length = number_of(unwrapped(line.arguments[4]));
  if (!fd) return std::unexpected(fd.error());
  for (const auto* argument : {&level, &name, &length}) {
    if (!*argument) return std::unexpected(argument->error());
  }
  if (*length < 0 || *length > kMostBytes) return trouble(line.arguments[4], "expected a length of 0 to 4096 bytes");
  std::vector<std::byte> room(static_cast<std::size_t>(std::max<std::int64_t>(*length, 1)));
  posix::Buffer value{.data = room.data(), .size = static_cast<std::size_t>(*length)};
  const Outcome outcome = sockets_.getsockopt(*fd, static_cast<int>(*level), static_cast<int>(*name), value, turn.now);
  if (outcome.error != 0) return outcome;
  const std::span<const std::byte> seen = std::span(room).first(std::min(value.size, room.size()));
  const Expression& expected = line.arguments[3];
  if (unwrapped(expected).kind == Expression::Kind::kEllipsis) return outcome;
  const auto wanted = option_value(expected, static_cast<std::int64_t>(seen.size()));
  if (!wanted) return std::unexpected(wanted.error());
  // The string that comes back ends with a zero.
  const bool same = unwrapped(expected).kind == Expression::Kind::kString
                        ? seen.size() >= wanted->size() && std::ranges::equal(seen.first(wanted->size()), *wanted)
                        : std::ranges::equal(seen, *wanted);
  if (!same) differ("value: expected " + expected.to_string() + ", seen [" + std::to_string(number_in(seen)) + ']');
  return outcome;
}

}  // namespace handfast::script
