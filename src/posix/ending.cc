#include "posix/errors.h"
#include "posix/settings_of.h"
#include "posix/socket_calls.h"
#include "posix/waiting.h"

// close and shutdown.

namespace handfast::posix {

namespace {

// What close waits for with SO_LINGER: until the peer has acknowledged all, our FIN too.
bool still_closes(TcpState state) {
  return state == TcpState::kFinWait1 || state == TcpState::kClosing || state == TcpState::kLastAck;
}

}  // namespace

Outcome SocketCalls::close(int descriptor, Turn turn) {
  take_events(turn.now);
  Socket* socket = socket_at(descriptor);
  if (socket == nullptr) {
    if (epoll_at(descriptor) == nullptr) return Outcome::failed(kEbadf);
    remove(descriptor);
    return Outcome::of(0);
  }
  if (socket->phase == Socket::Phase::kListening) (void)host_.close_listener(socket->listener, turn.now);
  if (socket->has_connection()) {
    const Outcome lingered = linger(*socket, turn);
    if (lingered.waits) return lingered;
    (void)host_.close(socket->connection, turn.now);
  }
  remove(descriptor);
  return Outcome::of(0);
}

// The Host lets go of a connection at once, so the wait comes before that. Text that nobody read turns close into a
// reset, which nobody waits for.
Outcome SocketCalls::linger(Socket& socket, Turn turn) {
  const SocketOptions& options = socket.options;
  const Outcome over = Outcome::of(0);
  if (!options.linger_on || options.linger_seconds <= 0 || socket.phase != Socket::Phase::kConnected) return over;
  const auto before = host_.info(socket.connection);
  if (!before || before->receive_queued > 0) return over;
  if (!turn.progress.started && !socket.no_more_out) (void)host_.close_send(socket.connection, turn.now);
  socket.no_more_out = true;
  const auto info = host_.info(socket.connection);
  if (!info || !still_closes(info->state)) return over;
  return wait_or(kEagain, false, std::chrono::seconds(options.linger_seconds), turn);
}

Outcome SocketCalls::shutdown(int descriptor, int how, Instant now) {
  take_events(now);
  Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  if (how < kShutRd || how > kShutRdwr) return Outcome::failed(kEinval);
  const bool in = how != kShutWr;
  const bool out = how != kShutRd;
  Outcome outcome = Outcome::of(0);
  switch (socket->phase) {
    case Socket::Phase::kClosed:
      outcome = Outcome::failed(kEnotconn);
      break;
    case Socket::Phase::kListening:
      if (in) disconnect(*socket, now);
      wake(descriptor, 0);
      return outcome;
    case Socket::Phase::kDeferred:
    case Socket::Phase::kConnecting:
      disconnect(*socket, now);
      wake(descriptor, 0);
      return outcome;
    case Socket::Phase::kConnected:
      if (out && !socket->no_more_out) (void)host_.close_send(socket->connection, now);
      break;
  }
  socket->no_more_in = socket->no_more_in || in;
  socket->no_more_out = socket->no_more_out || out;
  wake(descriptor, 0);
  return outcome;
}

}  // namespace handfast::posix
