#include <algorithm>

#include "script/calls.h"

// poll and epoll.

namespace handfast::script {

using posix::Outcome;

namespace {

// An array of structures, or one that stands for an array of one.
std::span<const Expression> elements(const Expression& array) {
  if (array.kind == Expression::Kind::kList) return array.parts;
  return std::span(&array, 1);
}

}  // namespace

Valued<Outcome> ScriptCalls::poll(const CallLine& line, posix::Turn turn) {
  const Valued<std::int64_t> timeout = number(line, 2);
  if (!timeout) return std::unexpected(timeout.error());
  std::vector<posix::PollEntry> entries;
  std::vector<std::int64_t> expected;
  for (const Expression& entry : elements(line.arguments[0])) {
    const Valued<std::int64_t> fd = field_number(entry, "fd");
    const Valued<std::int64_t> events = field_number(entry, "events");
    if (!fd) return std::unexpected(fd.error());
    if (!events) return std::unexpected(events.error());
    const Expression* returned = field(entry, "revents");
    const Valued<std::int64_t> revents = returned != nullptr ? number_of(*returned) : Valued<std::int64_t>(0);
    if (!revents) return std::unexpected(revents.error());
    expected.push_back(*revents);
    // poll() leaves a negative one out, and says POLLNVAL of one that nobody has.
    const int found = *fd < 0 ? static_cast<int>(*fd) : live(static_cast<int>(*fd)).value_or(1 << 20);
    entries.push_back({.descriptor = found, .events = static_cast<std::uint16_t>(*events)});
  }
  const Outcome outcome = sockets_.poll(entries, static_cast<int>(*timeout), turn);
  if (outcome.waits) return outcome;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (entries[i].revents == expected[i]) continue;
    differ("revents: expected " + std::to_string(expected[i]) + ", seen " + std::to_string(entries[i].revents));
  }
  return outcome;
}

Valued<Outcome> ScriptCalls::epoll_create(const CallLine& line, posix::Turn) {
  const Valued<std::int64_t> size = number(line, 0);
  if (!size) return std::unexpected(size.error());
  return sockets_.epoll_create(static_cast<int>(*size));
}

Valued<Outcome> ScriptCalls::epoll_create1(const CallLine& line, posix::Turn) {
  const Valued<std::int64_t> flags = number(line, 0);
  if (!flags) return std::unexpected(flags.error());
  return sockets_.epoll_create1(static_cast<int>(*flags));
}

// What comes back with an event. A descriptor stays the script's: it is data of the caller.
Valued<std::uint64_t> ScriptCalls::epoll_data(const Expression& event) const {
  for (const std::string_view name : {"fd", "ptr", "u32", "u64"}) {
    const Expression* data = field(event, name);
    if (data == nullptr) continue;
    const Valued<std::int64_t> number = number_of(*data);
    if (!number) return std::unexpected(number.error());
    return static_cast<std::uint64_t>(*number);
  }
  return std::uint64_t{0};
}

Valued<Outcome> ScriptCalls::epoll_ctl(const CallLine& line, posix::Turn) {
  const Valued<int> instance = descriptor(line, 0);
  const Valued<std::int64_t> operation = number(line, 1);
  const Valued<int> fd = descriptor(line, 2);
  if (!instance) return std::unexpected(instance.error());
  if (!operation) return std::unexpected(operation.error());
  if (!fd) return std::unexpected(fd.error());
  posix::EpollEvent event;
  if (const Expression& given = line.arguments[3]; given.kind == Expression::Kind::kStruct) {
    const Valued<std::int64_t> events = field_number(given, "events");
    const Valued<std::uint64_t> data = epoll_data(given);
    if (!events) return std::unexpected(events.error());
    if (!data) return std::unexpected(data.error());
    event = {.events = static_cast<std::uint32_t>(*events), .data = *data};
  }
  return sockets_.epoll_ctl(*instance, static_cast<int>(*operation), *fd, event);
}

Valued<Outcome> ScriptCalls::epoll_wait(const CallLine& line, posix::Turn turn) {
  const Valued<int> instance = descriptor(line, 0);
  const Valued<std::int64_t> most = number(line, 2);
  const Valued<std::int64_t> timeout = number(line, 3);
  if (!instance) return std::unexpected(instance.error());
  if (!most) return std::unexpected(most.error());
  if (!timeout) return std::unexpected(timeout.error());
  std::vector<posix::EpollEvent> events(static_cast<std::size_t>(std::clamp<std::int64_t>(*most, 0, 1024)));
  const Outcome outcome = sockets_.epoll_wait(*instance, events, static_cast<int>(*timeout), turn);
  if (outcome.waits || outcome.error != 0) return outcome;
  const std::span<const Expression> expected = elements(line.arguments[1]);
  const auto seen = static_cast<std::size_t>(outcome.value);
  for (std::size_t i = 0; i < std::min(seen, expected.size()); ++i) {
    const Valued<std::int64_t> wanted = field_number(expected[i], "events");
    const Valued<std::uint64_t> data = epoll_data(expected[i]);
    if (!wanted) return std::unexpected(wanted.error());
    if (!data) return std::unexpected(data.error());
    const auto mask = static_cast<std::uint32_t>(*wanted);
    if (mask == events[i].events && *data == events[i].data) continue;
    differ("event: expected " + expected[i].to_string() + ", seen events " + std::to_string(events[i].events) +
           " and data " + std::to_string(events[i].data));
  }
  return outcome;
}

}  // namespace handfast::script
