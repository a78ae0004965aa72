#include <algorithm>

#include "posix/errors.h"
#include "posix/parts.h"
#include "posix/settings_of.h"
#include "posix/socket_calls.h"
#include "posix/waiting.h"

// write, send, sendto, sendmsg. A call goes through three parts, as Linux does it: opening, where MSG_FASTOPEN or
// TCP_FASTOPEN_CONNECT ask for that; waiting for the handshake; copying text while there is room (send_space.h). What
// was copied before trouble came is told, and the trouble next time.

namespace handfast::posix {

namespace {

Outcome broken(Socket& socket) {
  const int error = std::exchange(socket.error, 0);
  return Outcome::failed(error != 0 ? error : kEpipe);
}

// At least two pieces to a window, as the Host cuts them.
std::uint64_t piece_of(std::uint32_t segments, std::uint32_t cwnd, std::uint32_t mss) {
  const std::uint32_t half = std::max(cwnd / 2 / mss, 1u);
  return std::uint64_t{segments == 0 ? half : std::min(segments, half)} * mss;
}

constexpr std::uint32_t kOptionRoom = 40;  // what Linux leaves for options in a SYN that carries text

}  // namespace

Outcome SocketCalls::write(int descriptor, ConstBuffer text, Turn turn) {
  return send_parts(descriptor, std::span(&text, 1), 0, nullptr, turn);
}

Outcome SocketCalls::writev(int descriptor, std::span<const ConstBuffer> parts, Turn turn) {
  return send_parts(descriptor, parts, 0, nullptr, turn);
}

Outcome SocketCalls::send(int descriptor, ConstBuffer text, int flags, Turn turn) {
  return send_parts(descriptor, std::span(&text, 1), flags, nullptr, turn);
}

Outcome SocketCalls::sendto(int descriptor, ConstBuffer text, int flags, const SocketAddress* to, Turn turn) {
  return send_parts(descriptor, std::span(&text, 1), flags, to, turn);
}

Outcome SocketCalls::sendmsg(int descriptor, const SentMessage& message, int flags, Turn turn) {
  return send_parts(descriptor, message.parts, flags, message.name, turn);
}

Outcome SocketCalls::send_parts(int descriptor, std::span<const ConstBuffer> parts, int flags, const SocketAddress* to,
                                Turn turn) {
  take_events(turn.now);
  Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  const bool nonblocking = socket->nonblocking || (flags & kMsgDontwait) != 0;
  Progress& progress = turn.progress;
  const bool opens = (flags & kMsgFastopen) != 0 || socket->phase == Socket::Phase::kDeferred || progress.opening;
  if (opens && !progress.connected) {
    const Outcome opened = open_with_text(descriptor, parts, flags, to, turn);
    if (opened.waits) return opened;
    if (opened.error == kEinprogress && progress.done > 0) return Outcome::of(static_cast<std::int64_t>(progress.done));
    if (opened.error != 0) return opened;
    progress.connected = true;
  }
  if (socket->phase == Socket::Phase::kConnecting) {
    return wait_or(kEagain, nonblocking, socket->options.send_timeout, turn);
  }
  if (socket->phase != Socket::Phase::kConnected && progress.done == 0) return broken(*socket);
  const int error = send_some(*socket, parts, flags, turn);
  const Outcome so_far = Outcome::of(static_cast<std::int64_t>(progress.done));
  if (error == 0) return so_far;
  if (error == kEagain) {
    const Outcome waits = wait_or(kEagain, nonblocking, socket->options.send_timeout, turn);
    if (waits.waits) return waits;
  }
  if (progress.done > 0) return so_far;
  return error == kEpipe ? broken(*socket) : Outcome::failed(error);
}

// tcp_sendmsg_fastopen: connects, and gives the SYN as much text as it carries.
Outcome SocketCalls::open_with_text(int descriptor, std::span<const ConstBuffer> parts, int flags,
                                    const SocketAddress* to, Turn turn) {
  Socket& socket = *socket_at(descriptor);
  const bool nonblocking = socket.nonblocking || (flags & kMsgDontwait) != 0;
  Progress& progress = turn.progress;
  if (!progress.started) {
    const bool is_off = (settings_.tcp_fastopen & kFastopenClient) == 0;
    if (is_off || (to != nullptr && to->family == kAfUnspec)) return Outcome::failed(kEopnotsupp);
    if (socket.phase == Socket::Phase::kDeferred) {
      if (const int error = open_connection(descriptor, socket, true, turn.now); error != 0) {
        socket.stage = Socket::Stage::kUnconnected;
        return Outcome::failed(error);
      }
      progress.done = send_early(socket, parts, turn.now);
      progress.opening = true;
      progress.when_late = kEinprogress;
      return wait_or(kEinprogress, nonblocking, socket.options.send_timeout, turn);
    }
  }
  const bool was_new = socket.stage == Socket::Stage::kUnconnected;
  const Outcome connected = connect_stream(descriptor, to, nonblocking, true, turn);
  progress.opening = true;
  if (was_new && socket.phase == Socket::Phase::kConnecting) progress.done = send_early(socket, parts, turn.now);
  return connected;
}

// Text for a SYN that is on its way to a peer whose cookie is known: at most a segment.
std::uint64_t SocketCalls::send_early(Socket& socket, std::span<const ConstBuffer> parts, Instant now) {
  const auto info = host_.info(socket.connection);
  const bool needs_no_cookie = opener_needs_no_cookie(settings_, socket.options);
  const std::uint32_t theirs = host_.fast_open_mss(socket.peer.address, now, needs_no_cookie);
  if (!info || theirs == 0) return 0;
  const std::uint32_t mss = std::min<std::uint32_t>(theirs, info->advertised_mss);
  const std::uint64_t room = mss > kOptionRoom ? mss - kOptionRoom : 0;
  std::uint64_t done = 0;
  const std::uint64_t wanted = std::min(length_of(parts), room);
  while (done < wanted) {
    const ConstBuffer part = part_at(parts, done);
    const std::size_t size = static_cast<std::size_t>(std::min<std::uint64_t>(part.size, wanted - done));
    const auto sent =
        part.data == nullptr ? failure(Error::kInvalidArgument) : host_.send(socket.connection, {part.data, size}, now);
    if (!sent) break;
    done += *sent;
  }
  return done;
}

// Copies from where the progress stands. 0: all is copied; EAGAIN: there is no room for the rest; or why not.
int SocketCalls::send_some(Socket& socket, std::span<const ConstBuffer> parts, int flags, Turn turn) {
  Progress& progress = turn.progress;
  const std::uint64_t length = length_of(parts);
  // Whoever met a full buffer goes on when it is woken, not as soon as there is any room.
  if (progress.started && socket.wants_space && !socket.no_more_out && socket.error == 0) return kEagain;
  if (socket.error != 0 || socket.no_more_out) return kEpipe;
  if (progress.done == length) return 0;
  const auto info = host_.info(socket.connection);
  if (!info) return kEpipe;
  const Taken taken = take(space_of(socket, *info), length - progress.done);
  const std::uint64_t start = progress.done;
  const std::uint64_t end = start + taken.bytes;
  const bool more = (flags & kMsgMore) != 0;
  const bool cut_short = end < length;
  socket.pushed = false;
  if (more) set_cork(socket, true, turn.now);
  set_push(socket, !more, turn.now);
  int error = 0;
  auto push = taken.pushes.begin();
  while (error == 0 && progress.done < end) {
    const std::uint64_t stop = push == taken.pushes.end() ? end : start + *push;
    const ConstBuffer part = part_at(parts, progress.done);
    const std::span<const std::byte> text(
        part.data, static_cast<std::size_t>(std::min<std::uint64_t>(part.size, stop - progress.done)));
    if (part.data == nullptr) {
      error = kEfault;
      break;
    }
    const bool urgent = (flags & kMsgOob) != 0 && progress.done + text.size() == length;
    const auto sent =
        urgent ? host_.send_urgent(socket.connection, text, turn.now) : host_.send(socket.connection, text, turn.now);
    if (sent) progress.done += *sent;
    if (!sent) error = error_number(sent.error());
    if (progress.done < stop || push == taken.pushes.end()) continue;
    (void)host_.end_record(socket.connection, turn.now);
    ++push;
  }
  socket.since_push = more && !cut_short ? taken.since_push : 0;
  socket.more_follows = more;
  socket.more_una = info->snd_una;
  if (!more) set_cork(socket, socket.options.cork, turn.now);
  if (progress.done == length && (flags & kMsgEor) != 0) (void)host_.end_record(socket.connection, turn.now);
  if (error != 0 && error != kEagain) return error;
  if (progress.done == length) return 0;
  socket.wants_space = true;
  // The Host counts the time that a full buffer costs where it knows until when the caller waits.
  const SendSpace space = space_of(socket, *info);
  (void)host_.await_room(socket.connection, static_cast<std::uint32_t>(writable_below(space)), turn.now);
  return kEagain;
}

void SocketCalls::set_cork(Socket& socket, bool on, Instant now) {
  if (on != socket.corked) (void)host_.set_cork(socket.connection, on, now);
  socket.corked = on;
}

void SocketCalls::set_push(Socket& socket, bool on, Instant now) {
  if (on == socket.unpushed) (void)host_.set_push(socket.connection, on, now);
  socket.unpushed = !on;
}

SendSpace SocketCalls::space_of(Socket& socket, const TcpInfo& info) const {
  const SocketOptions& options = socket.options;
  socket.max_window = std::max(socket.max_window, info.snd_wnd);
  const std::uint32_t mss = std::max(info.mss, 1u);
  const std::uint64_t grown = grown_send_buffer(mss, info.cwnd / mss, settings_.tcp_wmem[1], settings_.tcp_wmem[2]);
  socket.grown_buffer = std::max(socket.grown_buffer, grown);
  const std::uint32_t edge = info.snd_una + info.snd_wnd - info.snd_nxt;
  const std::uint64_t window_room = edge <= info.snd_wnd ? edge : 0;
  const std::uint64_t congestion_room = info.cwnd > info.bytes_in_flight ? info.cwnd - info.bytes_in_flight : 0;
  const std::uint32_t low = options.not_sent_low > 0 ? options.not_sent_low : settings_.tcp_notsent_lowat;
  return {.send_buffer = options.send_buffer > 0 ? options.send_buffer : socket.grown_buffer,
          .not_sent_low = low == 0xFFFFFFFF ? ~std::uint64_t{0} : low,
          .buffer = size_goal(mss, settings_.gso_max_size, socket.max_window),
          .segment = mss,
          .queued = info.send_queued,
          .unsent = info.not_sent,
          .sendable = std::min(window_room, congestion_room),
          .burst = piece_of(settings_.tcp.burst_segments, info.cwnd, mss),
          .since_push = socket.since_push,
          .push_after = socket.max_window / 2};
}

}  // namespace handfast::posix
