#include <algorithm>

#include "posix/errors.h"
#include "posix/socket_calls.h"

// What the Host tells becomes what Linux keeps in a socket: its error, which directions are over, and who is to be
// woken. Wake-ups matter to edge-triggered epoll: there an event is what has happened since, not what is.

namespace handfast::posix {

namespace {

constexpr std::uint32_t kEverybody = 0;  // a change of state wakes whoever waits, whatever for
constexpr std::uint32_t kReadable = kPollIn | kPollPri | kPollRdnorm | kPollRdband;
constexpr std::uint32_t kWritable = kPollOut | kPollWrnorm | kPollWrband;

}  // namespace

void SocketCalls::take_events(Instant now) {
  Event event;
  while (host_.poll_event(event)) {
    const int descriptor = static_cast<int>(event.context);
    const Socket* socket = socket_at(descriptor);
    if (socket == nullptr) continue;
    const auto* connection = std::get_if<TcpHandle>(&event.source);
    const auto* listener = std::get_if<ListenerHandle>(&event.source);
    const bool is_its = connection != nullptr ? *connection == socket->connection : *listener == socket->listener;
    if (is_its) hear(descriptor, event.readiness);
  }
  for (std::size_t i = 0; i < open_.size(); ++i) {
    const int descriptor = first_ + static_cast<int>(i);
    if (Socket* socket = socket_at(descriptor)) look_around(descriptor, *socket, now);
  }
}

void SocketCalls::hear(int descriptor, std::uint16_t readiness) {
  Socket& socket = *socket_at(descriptor);
  if ((readiness & Readiness::kAcceptable) != 0) wake(descriptor, kReadable);
  if ((readiness & Readiness::kConnected) != 0 && socket.phase == Socket::Phase::kConnecting) {
    socket.phase = Socket::Phase::kConnected;
    wake(descriptor, kEverybody);
  }
  if ((readiness & Readiness::kReadable) != 0) wake(descriptor, kReadable);
  if ((readiness & Readiness::kUrgent) != 0) {
    socket.hears_urgent = true;
    wake(descriptor, kPollPri);
  }
  if ((readiness & Readiness::kPeerClosed) != 0) {
    socket.peer_closed = true;
    socket.no_more_in = true;
    wake(descriptor, kEverybody);
  }
  if ((readiness & Readiness::kSoftError) != 0) tell_trouble(descriptor, socket);
  if ((readiness & (Readiness::kFailed | Readiness::kClosed)) != 0) {
    const auto info = host_.info(socket.connection);
    const bool failed = (readiness & Readiness::kFailed) != 0;
    ended(socket, failed && info ? ending_error(*info, socket.options.receive_errors) : 0);
    wake(descriptor, kEverybody);
  }
}

// RFC 9293 §3.9.2.2 (SHLD-25, SHLD-20): trouble that may pass is told at once to who asked for it, and the connection
// goes on. Everybody else hears of it where the connection ends before it has passed, and so does who only begins to
// connect.
void SocketCalls::tell_trouble(int descriptor, Socket& socket) {
  if (!socket.options.receive_errors || socket.phase != Socket::Phase::kConnected) return;
  const auto info = host_.info(socket.connection);
  if (!info || info->icmp_error == IcmpError::kNone) return;
  socket.error = error_number(info->icmp_error, info->tuple.peer.address.version());
  wake(descriptor, kEverybody);
}

// A reset by somebody who had closed its own direction is told as a broken pipe.
void SocketCalls::ended(Socket& socket, int error) {
  const bool half_closed = socket.peer_closed && !socket.no_more_out;
  if (error != 0) socket.error = error == kEconnreset && half_closed ? kEpipe : error;
  socket.phase = Socket::Phase::kClosed;
  socket.no_more_in = true;
  socket.no_more_out = true;
}

// What no event tells: that text was acknowledged.
void SocketCalls::look_around(int descriptor, Socket& socket, Instant now) {
  if (!socket.has_connection() || (!socket.wants_space && !socket.more_follows)) return;
  const auto info = host_.info(socket.connection);
  if (!info) return;
  if (socket.more_follows && info->snd_una != socket.more_una) {
    socket.more_follows = false;
    set_cork(socket, socket.options.cork && !socket.pushed, now);
  }
  if (socket.wants_space && socket.phase == Socket::Phase::kConnected && is_writable(space_of(socket, *info))) {
    socket.wants_space = false;
    wake(descriptor, kWritable);
  }
}

void SocketCalls::wake(int descriptor, std::uint32_t key) {
  for (const auto& open : open_) {
    Epoll* watcher = open ? std::get_if<Epoll>(open.get()) : nullptr;
    if (watcher == nullptr) continue;
    const auto found = watcher->items.find(descriptor);
    if (found == watcher->items.end()) continue;
    EpollItem& item = found->second;
    const bool is_armed = (item.events & kEpollModes) != item.events;
    const bool is_asked = key == kEverybody || (key & item.events) != 0;
    if (is_armed && is_asked) watcher->make_ready(item);
  }
}

}  // namespace handfast::posix
