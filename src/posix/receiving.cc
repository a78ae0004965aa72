#include <algorithm>

#include "posix/errors.h"
#include "posix/parts.h"
#include "posix/socket_calls.h"
#include "posix/waiting.h"

// read, recv, recvmsg. Text that is here is given whatever else has happened; only where there is none the
// end of the peer's text, an error, or the wait for more is the answer, in the order in which Linux asks for them.
//
// Urgent text is read in line, whatever SO_OOBINLINE says, and the caller learns where it ends by the mark, which
// stands in front of its last octet (RFC 9293 §3.8.5, MUST-33; RFC 6093 §2, §6): a read that begins before the mark
// ends there, SIOCATMARK says that it did, and the next one goes on.

namespace handfast::posix {

namespace {

// With MSG_TRUNC nothing is copied: the text only goes.
Result<std::size_t> discard(Host& host, TcpHandle connection, std::size_t size, Instant now) {
  std::array<std::byte, 4096> nowhere;
  return host.receive(connection, std::span(nowhere).first(std::min(size, nowhere.size())), now);
}

// How much of the text that is here a call may take that has `done` bytes already.
std::uint64_t before_mark(const TcpInfo& info, std::uint64_t done) {
  if (info.urgent_remaining == 0) return info.receive_queued;
  const std::uint32_t distance = info.urgent_remaining - 1;
  return distance == 0 && done == 0 ? info.receive_queued : std::min(distance, info.receive_queued);
}

}  // namespace

Outcome SocketCalls::read(int descriptor, Buffer text, Turn turn) {
  return receive_parts(descriptor, std::span(&text, 1), 0, turn);
}

Outcome SocketCalls::readv(int descriptor, std::span<const Buffer> parts, Turn turn) {
  return receive_parts(descriptor, parts, 0, turn);
}

Outcome SocketCalls::recv(int descriptor, Buffer text, int flags, Turn turn) {
  return receive_parts(descriptor, std::span(&text, 1), flags, turn);
}

Outcome SocketCalls::recvmsg(int descriptor, ReceivedMessage& message, int flags, Turn turn) {
  const Outcome received = receive_parts(descriptor, message.parts, flags, turn);
  message.control.clear();
  message.flags = 0;
  const Socket* socket = socket_at(descriptor);
  if (received.waits || received.error != 0 || socket == nullptr || !socket->options.tells_queue) return received;
  if (message.takes_control) {
    message.control.push_back({.level = kIpprotoTcp, .type = kTcpCmInq, .data = left_to_read(*socket)});
  } else {
    message.flags |= kMsgCtrunc;
  }
  return received;
}

// After a FIN, 1 says that there is its end of text to read.
std::int32_t SocketCalls::left_to_read(const Socket& socket) const {
  const auto info = host_.info(socket.connection);
  const std::uint32_t queued = info ? info->receive_queued : 0;
  return queued == 0 && socket.peer_closed ? 1 : static_cast<std::int32_t>(queued);
}

// The octet `ahead` of the next one is the last urgent one.
bool SocketCalls::is_at_mark(const Socket& socket, std::uint64_t ahead) const {
  const auto info = socket.has_connection() ? host_.info(socket.connection) : failure(Error::kNotConnected);
  return info && info->urgent_remaining > 0 && info->urgent_remaining - 1 == ahead;
}

Outcome SocketCalls::receive_parts(int descriptor, std::span<const Buffer> parts, int flags, Turn turn) {
  take_events(turn.now);
  Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  if ((flags & kMsgErrqueue) != 0) return Outcome::failed(kEagain);
  if (socket->phase == Socket::Phase::kListening) return Outcome::failed(kEnotconn);
  if ((flags & kMsgOob) != 0) return Outcome::failed(kEinval);  // urgent text stays in line
  Progress& progress = turn.progress;
  const std::uint64_t length = length_of(parts);
  const std::uint64_t low =
      (flags & kMsgWaitall) != 0 ? length : static_cast<std::uint64_t>(socket->options.receive_low);
  const std::uint64_t target = std::max<std::uint64_t>(std::min(low, length), 1);
  const bool nonblocking = socket->nonblocking || (flags & kMsgDontwait) != 0;
  if ((flags & kMsgPeek) != 0) progress.done = 0;
  if (const int error = take_text(*socket, parts, flags, turn); error != 0) {
    return progress.done > 0 ? Outcome::of(static_cast<std::int64_t>(progress.done)) : Outcome::failed(error);
  }
  if (length == 0 && left_to_read(*socket) > 0) return Outcome::of(0);
  const std::uint64_t ahead = (flags & kMsgPeek) != 0 ? progress.done : 0;
  const bool is_done = progress.done >= target || (progress.done > 0 && is_at_mark(*socket, ahead));
  if (is_done) return Outcome::of(static_cast<std::int64_t>(progress.done));
  return nothing_more(*socket, nonblocking, turn);
}

// Fills the parts with what there is, from where the progress stands.
int SocketCalls::take_text(Socket& socket, std::span<const Buffer> parts, int flags, Turn turn) {
  if (!socket.has_connection()) return 0;
  Progress& progress = turn.progress;
  const std::uint64_t length = length_of(parts);
  if ((flags & kMsgPeek) != 0) return peek_text(socket, parts, turn);
  const auto info = host_.info(socket.connection);
  std::uint64_t left = info ? before_mark(*info, progress.done) : 0;
  while (progress.done < length && left > 0) {
    Buffer part = part_at(parts, progress.done);
    part.size = static_cast<std::size_t>(std::min<std::uint64_t>(part.size, left));
    const bool drops = (flags & kMsgTrunc) != 0;
    if (part.data == nullptr && !drops) return kEfault;
    const auto taken = drops ? discard(host_, socket.connection, part.size, turn.now)
                             : host_.receive(socket.connection, {part.data, part.size}, turn.now);
    if (!taken || *taken == 0) break;
    progress.done += *taken;
    left -= *taken;
    socket.hears_urgent = false;
  }
  return 0;
}

// Several parts are filled from one copy, since each look begins at the front.
int SocketCalls::peek_text(Socket& socket, std::span<const Buffer> parts, Turn turn) {
  const auto info = host_.info(socket.connection);
  if (!info || info->receive_queued == 0) return 0;
  const std::uint64_t length = std::min(length_of(parts), before_mark(*info, 0));
  std::vector<std::byte> text(static_cast<std::size_t>(length));
  const auto seen = host_.peek(socket.connection, text);
  if (!seen) return 0;
  while (turn.progress.done < *seen) {
    const Buffer part = part_at(parts, turn.progress.done);
    if (part.data == nullptr) return kEfault;
    const auto from = text.begin() + static_cast<std::ptrdiff_t>(turn.progress.done);
    const std::uint64_t count = std::min<std::uint64_t>(part.size, *seen - turn.progress.done);
    std::copy_n(from, count, part.data);
    turn.progress.done += count;
  }
  return 0;
}

Outcome SocketCalls::nothing_more(Socket& socket, bool nonblocking, Turn turn) {
  const std::uint64_t done = turn.progress.done;
  const bool is_over = socket.phase == Socket::Phase::kClosed || socket.no_more_in;
  if (done > 0) {
    if (is_over || socket.error != 0) return Outcome::of(static_cast<std::int64_t>(done));
  } else {
    if (socket.peer_closed) return Outcome::of(0);
    if (socket.error != 0) return Outcome::failed(std::exchange(socket.error, 0));
    if (socket.no_more_in) return Outcome::of(0);
    if (socket.phase == Socket::Phase::kClosed) return Outcome::failed(kEnotconn);
  }
  const Outcome waits = wait_or(kEagain, nonblocking, socket.options.receive_timeout, turn);
  return waits.waits || done == 0 ? waits : Outcome::of(static_cast<std::int64_t>(done));
}

}  // namespace handfast::posix
