#include <algorithm>

#include "posix/address.h"
#include "posix/errors.h"
#include "posix/settings_of.h"
#include "posix/socket_calls.h"
#include "posix/waiting.h"

// listen, accept, connect. What connect answers follows two states, as in Linux: how far the connection is (Phase), and
// what the caller has been told (Stage), so that a connection that failed in the background is told by the next call.

namespace handfast::posix {

namespace {

// An address that is no address is every address to a Host.
Endpoint listening_at(const Socket& socket) {
  Endpoint local = *socket.bound;
  if (local.address.is_unspecified()) local.address = {};
  return local;
}

std::uint8_t diff_serv_of(const SocketOptions& options) { return static_cast<std::uint8_t>(options.tos >> 2 & 0x3F); }

}  // namespace

// --- listen ---

ListenOptions SocketCalls::listen_options(int descriptor, const Socket& socket, const TcpConfig& tcp) const {
  const std::vector<SecretKey>& keys = socket.options.fast_open_keys;
  return {.local = listening_at(socket),
          .backlog = socket.backlog,
          .syn_backlog = std::max(settings_.tcp_max_syn_backlog, 1u),
          .context = static_cast<std::uint64_t>(descriptor),
          .tcp = &tcp,
          .fast_open = listener_takes_early_text(settings_, socket.options),
          .fast_open_without_cookie = listener_needs_no_cookie(settings_, socket.options),
          .fast_open_key = keys.empty() ? std::nullopt : std::optional(keys.front()),
          .fast_open_old_key = keys.size() < 2 ? std::nullopt : std::optional(keys.back()),
          .diff_serv = diff_serv_of(socket.options),
          .ttl = ttl_of(settings_, socket.options)};
}

int SocketCalls::change_listener(int descriptor, Socket& socket, Instant now) {
  const TcpConfig tcp = tcp_config_of(settings_, socket);
  const auto changed = host_.change_listener(socket.listener, listen_options(descriptor, socket, tcp), now);
  return changed ? 0 : error_number(changed.error());
}

Outcome SocketCalls::listen(int descriptor, int backlog, Instant now) {
  Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  const bool again = socket->phase == Socket::Phase::kListening;
  if (socket->stage != Socket::Stage::kUnconnected || (!again && socket->phase != Socket::Phase::kClosed)) {
    return Outcome::failed(kEinval);
  }
  // One more than was asked for may wait; a negative number is a large one.
  const auto asked = static_cast<std::uint32_t>(backlog);
  socket->backlog = std::min(asked, std::max(settings_.somaxconn, 1u) - 1) + 1;
  if (again) {
    const int error = change_listener(descriptor, *socket, now);
    return error == 0 ? Outcome::of(0) : Outcome::failed(error);
  }
  const IpAddress any = IpAddress::any(socket->family == kAfInet6 ? IpVersion::kV6 : IpVersion::kV4);
  const auto port = socket->bound ? socket->bound->port : free_port(*socket, any);
  if (!port) return Outcome::failed(kEaddrinuse);
  if (!socket->bound) socket->bound = Endpoint{any, *port};
  socket->tcp = settings_.tcp;
  const TcpConfig tcp = tcp_config_of(settings_, *socket);
  const auto listener = host_.listen(listen_options(descriptor, *socket, tcp), now);
  if (!listener) return Outcome::failed(error_number(listener.error()));
  socket->listener = *listener;
  socket->phase = Socket::Phase::kListening;
  return Outcome::of(0);
}

// --- accept ---

Outcome SocketCalls::accept(int descriptor, SocketAddress* peer, Turn turn) {
  return accept4(descriptor, peer, 0, turn);
}

Outcome SocketCalls::accept4(int descriptor, SocketAddress* peer, int flags, Turn turn) {
  take_events(turn.now);
  Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  if ((flags & ~(kSockNonblock | kSockCloexec)) != 0) return Outcome::failed(kEinval);
  if (socket->phase != Socket::Phase::kListening) return Outcome::failed(kEinval);
  const auto info = host_.listener_info(socket->listener);
  if (info && info->waiting > 0) return take_connection(*socket, peer, flags, turn.now);
  return wait_or(kEagain, socket->nonblocking, socket->options.receive_timeout, turn);
}

Outcome SocketCalls::take_connection(Socket& listener, SocketAddress* peer, int flags, Instant now) {
  Socket made;
  made.family = listener.family;
  made.nonblocking = (flags & kSockNonblock) != 0;
  made.close_on_exec = (flags & kSockCloexec) != 0;
  made.tcp = listener.tcp;
  made.options = listener.options;
  made.options.fast_open_queue = 0;
  made.bound = listener.bound;
  made.stage = Socket::Stage::kConnected;
  made.phase = Socket::Phase::kConnected;
  const ListenerHandle from = listener.listener;
  const Outcome added = add(std::move(made));  // `listener` stays where it is
  if (added.error != 0) return added;
  const int descriptor = static_cast<int>(added.value);
  Socket& socket = *socket_at(descriptor);
  const auto taken = host_.accept(from, now);
  if (!taken) {
    remove(descriptor);
    return Outcome::failed(error_number(taken.error()));
  }
  socket.connection = *taken;
  (void)host_.set_context(*taken, static_cast<std::uint64_t>(descriptor));
  const auto info = host_.info(*taken);
  socket.peer = info ? info->tuple.peer : Endpoint{};
  socket.max_window = info ? info->snd_wnd : 0;
  if (peer != nullptr) *peer = socket_address(socket.family, socket.peer);
  tell_options(socket, now);
  // Whatever came before it was accepted, its end too, is told by events now.
  take_events(now);
  return added;
}

// --- connect ---

Outcome SocketCalls::connect(int descriptor, const SocketAddress& peer, Turn turn) {
  take_events(turn.now);
  const Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  return connect_stream(descriptor, &peer, socket->nonblocking, false, turn);
}

// connect, and what sendto with MSG_FASTOPEN makes of it (`sends`).
Outcome SocketCalls::connect_stream(int descriptor, const SocketAddress* to, bool nonblocking, bool sends, Turn turn) {
  Socket& socket = *socket_at(descriptor);
  if (!turn.progress.started) {
    if (to != nullptr && to->family == kAfUnspec) {
      disconnect(socket, turn.now);
      return Outcome::of(0);
    }
    if (socket.stage == Socket::Stage::kConnected) return Outcome::failed(kEisconn);
    if (socket.stage == Socket::Stage::kConnecting) {
      if (socket.phase == Socket::Phase::kDeferred) return Outcome::failed(sends ? kEinprogress : kEisconn);
      turn.progress.when_late = kEalready;
    } else {
      if (socket.phase != Socket::Phase::kClosed) return Outcome::failed(kEisconn);
      if (const int error = start_connect(descriptor, socket, to, sends, turn.now); error != 0) {
        return Outcome::failed(error);
      }
      socket.stage = Socket::Stage::kConnecting;
      if (socket.phase == Socket::Phase::kDeferred) return Outcome::of(0);
      turn.progress.when_late = kEinprogress;
    }
  }
  if (socket.phase == Socket::Phase::kConnecting) {
    return wait_or(turn.progress.when_late, nonblocking, socket.options.send_timeout, turn);
  }
  if (socket.phase == Socket::Phase::kClosed) {
    const int error = socket.error != 0 ? socket.error : kEconnaborted;
    disconnect(socket, turn.now);
    return Outcome::failed(error);
  }
  socket.stage = Socket::Stage::kConnected;
  return Outcome::of(0);
}

int SocketCalls::start_connect(int descriptor, Socket& socket, const SocketAddress* to, bool sends, Instant now) {
  if (to == nullptr) return kEinval;
  if (to->family != socket.family) return kEafnosupport;
  const Endpoint peer = host_endpoint(*to);
  if (socket.options.v6_only && peer.address.is_v4()) return kEnetunreach;
  socket.peer = peer;
  socket.tcp = settings_.tcp;
  socket.no_more_in = socket.no_more_out = socket.peer_closed = false;
  socket.error = 0;
  const bool needs_none = opener_needs_no_cookie(settings_, socket.options);
  if (socket.options.fast_open_connect && !sends && host_.fast_open_mss(peer.address, now, needs_none) > 0) {
    socket.phase = Socket::Phase::kDeferred;
    return 0;
  }
  return open_connection(descriptor, socket, sends || socket.options.fast_open_connect, now);
}

int SocketCalls::open_connection(int descriptor, Socket& socket, bool fast_open, Instant now) {
  const TcpConfig tcp = tcp_config_of(settings_, socket);
  const bool needs_no_cookie = opener_needs_no_cookie(settings_, socket.options);
  const Endpoint local = socket.bound.value_or(Endpoint{});
  const auto opened = host_.connect({.peer = socket.peer,
                                     .source = local.address.is_unspecified() ? IpAddress() : local.address,
                                     .source_port = local.port,
                                     .context = static_cast<std::uint64_t>(descriptor),
                                     .tcp = &tcp,
                                     .fast_open = fast_open,
                                     .fast_open_without_cookie = fast_open && needs_no_cookie,
                                     .diff_serv = diff_serv_of(socket.options),
                                     .ttl = ttl_of(settings_, socket.options)},
                                    now);
  if (!opened) {
    socket.phase = Socket::Phase::kClosed;
    return error_number(opened.error());
  }
  socket.connection = *opened;
  socket.phase = Socket::Phase::kConnecting;
  tell_options(socket, now);
  return 0;
}

// tcp_disconnect: the socket is as good as new, but for its options and the address it was bound to.
void SocketCalls::disconnect(Socket& socket, Instant now) {
  const bool was_connecting = socket.phase == Socket::Phase::kConnecting;
  if (socket.has_connection()) (void)host_.abort(socket.connection, now);
  if (socket.phase == Socket::Phase::kListening) (void)host_.close_listener(socket.listener, now);
  socket.connection = {};
  socket.listener = {};
  socket.phase = Socket::Phase::kClosed;
  socket.stage = Socket::Stage::kUnconnected;
  socket.peer = {};
  socket.peer_closed = socket.no_more_in = socket.no_more_out = socket.hears_urgent = false;
  socket.corked = socket.unpushed = socket.pushed = socket.more_follows = socket.wants_space = false;
  socket.max_window = 0;
  socket.since_push = 0;
  socket.grown_buffer = 0;
  socket.error = was_connecting ? kEconnreset : 0;
}

// What no TcpConfig says, a verb does.
void SocketCalls::tell_options(Socket& socket, Instant now) {
  const SocketOptions& options = socket.options;
  const TcpHandle connection = socket.connection;
  if (options.cork) set_cork(socket, true, now);
  if (options.user_timeout_ms > 0) tell_user_timeout(socket, now);
  if (options.linger_on && options.linger_seconds == 0) (void)host_.set_linger(connection, Duration::zero(), now);
}

}  // namespace handfast::posix
