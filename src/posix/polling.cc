#include "posix/socket_calls.h"
#include "posix/waiting.h"

// poll, and what every readiness call asks: which of the bits a socket has now. The rules are those of tcp_poll.

namespace handfast::posix {

// POLLHUP says that both directions are over, POLLRDHUP that the peer's is; what there is to read and what could be
// written is told beside them. POLLPRI is told with a new urgent pointer, though its text may still be on the way, and
// for as long as all the urgent text is there to be read.
std::uint32_t SocketCalls::readiness_of(Socket& socket) {
  using Phase = Socket::Phase;
  if (socket.phase == Phase::kListening) {
    const auto info = host_.listener_info(socket.listener);
    return info && info->waiting > 0 ? kPollIn | kPollRdnorm : 0;
  }
  std::uint32_t bits = 0;
  if ((socket.no_more_in && socket.no_more_out) || socket.phase == Phase::kClosed) bits |= kPollHup;
  if (socket.no_more_in) bits |= kPollIn | kPollRdnorm | kPollRdhup;
  if (socket.error != 0) bits |= kPollErr;
  if (socket.phase == Phase::kDeferred) return bits | kPollOut | kPollWrnorm;
  if (socket.phase == Phase::kConnecting) return bits;
  const auto info = socket.has_connection() ? host_.info(socket.connection) : Result<TcpInfo>(TcpInfo{});
  if (!info) return bits;
  const auto low = static_cast<std::uint32_t>(socket.options.receive_low);
  if (info->receive_queued >= low) bits |= kPollIn | kPollRdnorm;
  const bool has_urgent_text = info->urgent_remaining > 0 && info->receive_queued >= info->urgent_remaining;
  if (socket.hears_urgent || has_urgent_text) bits |= kPollPri;
  const bool has_room = socket.no_more_out || socket.phase == Phase::kClosed || is_writable(space_of(socket, *info));
  if (has_room) return bits | kPollOut | kPollWrnorm;
  socket.wants_space = true;
  return bits;
}

// An epoll instance can be polled too: it is readable while it has something to tell.
std::uint32_t SocketCalls::readiness_of(int descriptor) {
  if (Socket* socket = socket_at(descriptor)) return readiness_of(*socket);
  Epoll* instance = epoll_at(descriptor);
  if (instance == nullptr) return kPollNval;
  for (const auto& [watched, item] : instance->items) {
    if (item.turn != 0 && (readiness_of(watched) & item.events) != 0) return kPollIn | kPollRdnorm;
  }
  return 0;
}

Outcome SocketCalls::poll(std::span<PollEntry> entries, int timeout_ms, Turn turn) {
  take_events(turn.now);
  constexpr std::uint32_t kAlways = kPollErr | kPollHup | kPollNval;
  std::int64_t ready = 0;
  for (PollEntry& entry : entries) {
    entry.revents = 0;
    if (entry.descriptor < 0) continue;
    entry.revents = static_cast<std::uint16_t>(readiness_of(entry.descriptor) & (entry.events | kAlways));
    if (entry.revents != 0) ++ready;
  }
  return ready > 0 ? Outcome::of(ready) : wait_ms(timeout_ms, turn);
}

}  // namespace handfast::posix
