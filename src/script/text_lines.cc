#include <algorithm>

#include "script/calls.h"

// Calls that send and receive. Text is zeros unless a script writes it out.

namespace handfast::script {

using posix::Buffer;
using posix::ConstBuffer;
using posix::Outcome;

namespace {

constexpr std::int64_t kMostText = 64 * 1024 * 1024;

Valued<std::size_t> checked_size(const Expression& at, std::int64_t size) {
  if (size < 0 || size > kMostText) return trouble(at, "expected a size of 0 to 67108864 bytes");
  return static_cast<std::size_t>(size);
}

}  // namespace

Valued<Buffer> ScriptCalls::room(const Expression& buffer, std::int64_t size) {
  const Valued<std::size_t> checked = checked_size(buffer, size);
  if (!checked) return std::unexpected(checked.error());
  if (is_bad_pointer(buffer)) return Buffer{.data = nullptr, .size = *checked};
  bytes_.assign(std::max<std::size_t>(*checked, 1), std::byte{0});
  return Buffer{.data = bytes_.data(), .size = *checked};
}

Valued<ConstBuffer> ScriptCalls::text(const Expression& buffer, std::int64_t size) {
  const Valued<Buffer> zeros = room(buffer, size);
  if (!zeros) return std::unexpected(zeros.error());
  if (buffer.kind == Expression::Kind::kString) {
    const std::size_t length = std::min(buffer.text.size(), zeros->size);
    std::ranges::transform(buffer.text.begin(), buffer.text.begin() + static_cast<std::ptrdiff_t>(length), zeros->data,
                           [](char c) { return static_cast<std::byte>(c); });
  }
  return ConstBuffer{.data = zeros->data, .size = zeros->size};
}

// An iovec: [{..., 10}, {..., 20}]. All its parts share one run of zeros.
Valued<std::vector<Buffer>> ScriptCalls::rooms(const Expression& vector) {
  std::vector<Buffer> parts;
  std::int64_t total = 0;
  for (const Expression& part : vector.parts) {
    if (part.parts.size() != 2) return trouble(part, "expected {buffer, size}");
    const Valued<std::int64_t> size = number_of(part.parts[1]);
    if (!size) return std::unexpected(size.error());
    const Valued<std::size_t> checked = checked_size(part, *size);
    if (!checked) return std::unexpected(checked.error());
    total += *size;
    if (const auto fits = checked_size(part, total); !fits) return std::unexpected(fits.error());
    parts.push_back({.data = nullptr, .size = *checked});
  }
  bytes_.assign(static_cast<std::size_t>(std::max<std::int64_t>(total, 1)), std::byte{0});
  std::byte* at = bytes_.data();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (!is_bad_pointer(vector.parts[i].parts[0])) parts[i].data = at;
    at += parts[i].size;
  }
  return parts;
}

Valued<std::vector<ConstBuffer>> ScriptCalls::texts(const Expression& vector) {
  const Valued<std::vector<Buffer>> parts = rooms(vector);
  if (!parts) return std::unexpected(parts.error());
  std::vector<ConstBuffer> out;
  for (const Buffer& part : *parts) out.push_back({.data = part.data, .size = part.size});
  return out;
}

Valued<ScriptCalls::TextCall> ScriptCalls::text_call(const CallLine& line, bool has_flags) const {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const Valued<std::int64_t> size = number(line, 2);
  if (!size) return std::unexpected(size.error());
  const Valued<std::int64_t> flags = has_flags ? number(line, 3) : Valued<std::int64_t>(0);
  if (!flags) return std::unexpected(flags.error());
  return TextCall{.fd = *fd, .size = *size, .flags = static_cast<int>(*flags)};
}

Valued<Outcome> ScriptCalls::read(const CallLine& line, posix::Turn turn) {
  const Valued<TextCall> call = text_call(line, false);
  if (!call) return std::unexpected(call.error());
  const Valued<Buffer> buffer = room(line.arguments[1], call->size);
  if (!buffer) return std::unexpected(buffer.error());
  return sockets_.read(call->fd, *buffer, turn);
}

Valued<Outcome> ScriptCalls::readv(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const auto parts = rooms(line.arguments[1]);
  if (!parts) return std::unexpected(parts.error());
  return sockets_.readv(*fd, *parts, turn);
}

Valued<Outcome> ScriptCalls::recv(const CallLine& line, posix::Turn turn) {
  const Valued<TextCall> call = text_call(line, true);
  if (!call) return std::unexpected(call.error());
  const Valued<Buffer> buffer = room(line.arguments[1], call->size);
  if (!buffer) return std::unexpected(buffer.error());
  return sockets_.recv(call->fd, *buffer, call->flags, turn);
}

std::optional<Trouble> ScriptCalls::compare_flags(const Expression& expected, int seen) {
  const Valued<std::int64_t> value = number_of(expected);
  if (!value) return value.error();
  if (*value != seen) differ("msg_flags: expected " + expected.to_string() + ", seen " + std::to_string(seen));
  return std::nullopt;
}

std::optional<Trouble> ScriptCalls::compare_control(const Expression& expected,
                                                    std::span<const posix::ControlMessage> seen) {
  if (expected.parts.size() != seen.size()) {
    differ("msg_control: expected " + std::to_string(expected.parts.size()) + " messages, seen " +
           std::to_string(seen.size()));
    return std::nullopt;
  }
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const Expression& message = expected.parts[i];
    const Valued<std::int64_t> level = field_number(message, "cmsg_level");
    const Valued<std::int64_t> type = field_number(message, "cmsg_type");
    const Valued<std::int64_t> data = field_number(message, "cmsg_data");
    for (const auto* value : {&level, &type, &data}) {
      if (!*value) return value->error();
    }
    if (*level == seen[i].level && *type == seen[i].type && *data == seen[i].data) continue;
    differ("msg_control: expected " + message.to_string() + ", seen level " + std::to_string(seen[i].level) +
           ", type " + std::to_string(seen[i].type) + ", data " + std::to_string(seen[i].data));
  }
  return std::nullopt;
}

Valued<Outcome> ScriptCalls::recvmsg(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const Expression& header = line.arguments[1];
  const Valued<std::int64_t> flags = number(line, 2);
  if (!flags) return std::unexpected(flags.error());
  const Expression* vector = field(header, "msg_iov");
  if (vector == nullptr) return trouble(header, "expected msg_iov(...) = [...]");
  const auto parts = rooms(*vector);
  if (!parts) return std::unexpected(parts.error());
  posix::ReceivedMessage message{.parts = *parts};
  const Outcome outcome = sockets_.recvmsg(*fd, message, static_cast<int>(*flags), turn);
  if (outcome.waits || outcome.error != 0) return outcome;
  if (const Expression* expected = field(header, "msg_flags")) {
    if (const auto trouble = compare_flags(*expected, message.flags)) return std::unexpected(*trouble);
  }
  if (const Expression* expected = field(header, "msg_control")) {
    if (const auto trouble = compare_control(*expected, message.control)) return std::unexpected(*trouble);
  }
  return outcome;
}

Valued<Outcome> ScriptCalls::write(const CallLine& line, posix::Turn turn) {
  const Valued<TextCall> call = text_call(line, false);
  if (!call) return std::unexpected(call.error());
  const Valued<ConstBuffer> buffer = text(line.arguments[1], call->size);
  if (!buffer) return std::unexpected(buffer.error());
  return sockets_.write(call->fd, *buffer, turn);
}

Valued<Outcome> ScriptCalls::writev(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const auto parts = texts(line.arguments[1]);
  if (!parts) return std::unexpected(parts.error());
  return sockets_.writev(*fd, *parts, turn);
}

Valued<Outcome> ScriptCalls::send(const CallLine& line, posix::Turn turn) {
  const Valued<TextCall> call = text_call(line, true);
  if (!call) return std::unexpected(call.error());
  const Valued<ConstBuffer> buffer = text(line.arguments[1], call->size);
  if (!buffer) return std::unexpected(buffer.error());
  return sockets_.send(call->fd, *buffer, call->flags, turn);
}

Valued<Outcome> ScriptCalls::sendto(const CallLine& line, posix::Turn turn) {
  const Valued<TextCall> call = text_call(line, true);
  if (!call) return std::unexpected(call.error());
  const auto address = address_of(line.arguments[4]);
  if (!address) return std::unexpected(address.error());
  const Valued<ConstBuffer> buffer = text(line.arguments[1], call->size);
  if (!buffer) return std::unexpected(buffer.error());
  const posix::SocketAddress to = address->value_or(ellipses_.peer);
  return sockets_.sendto(call->fd, *buffer, call->flags, &to, turn);
}

Valued<Outcome> ScriptCalls::sendmsg(const CallLine& line, posix::Turn turn) {
  const Valued<int> fd = descriptor(line, 0);
  if (!fd) return std::unexpected(fd.error());
  const Valued<std::int64_t> flags = number(line, 2);
  if (!flags) return std::unexpected(flags.error());
  const Expression* vector = field(line.arguments[1], "msg_iov");
  if (vector == nullptr) return trouble(line.arguments[1], "expected msg_iov(...) = [...]");
  const auto parts = texts(*vector);
  if (!parts) return std::unexpected(parts.error());
  const posix::SentMessage message{.parts = *parts, .name = &ellipses_.peer};
  return sockets_.sendmsg(*fd, message, static_cast<int>(*flags), turn);
}

}  // namespace handfast::script
