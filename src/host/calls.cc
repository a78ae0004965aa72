#include <algorithm>

#include "host/entered.h"
#include "host/shard.h"
#include "host/with_slot.h"
#include "ip/input.h"

// The caller's verbs. Each finds its connection, lends it what it needs for the step, and settles what follows.

namespace handfast::host {

namespace {

bool is_valid(const ListenOptions& options) {
  return options.local.port != 0 && options.backlog > 0 && options.syn_backlog > 0 &&
         options.diff_serv <= kLargestDiffServ;
}

void configure(tcp::Listener& listener, const ListenOptions& options, std::uint8_t profile) {
  listener.local = options.local;
  listener.backlog = options.backlog;
  listener.syn_backlog = options.syn_backlog;
  listener.context = options.context;
  listener.profile = profile;
  listener.fast_open = options.fast_open || options.fast_open_without_cookie;
  listener.fast_open_without_cookie = options.fast_open_without_cookie;
  listener.fast_open_key = options.fast_open_key.transform(key_from);
  listener.fast_open_old_key = options.fast_open_old_key.transform(key_from);
}

}  // namespace

bool Shard::serves(const IpAddress& address) const {
  return std::any_of(interfaces_.begin(), interfaces_.end(),
                     [&](const auto& interface) { return interface->owns(address); });
}

// --- OPEN, passive (RFC 9293 §3.9.1.1, MUST-41, MUST-42) ---

Result<ListenerHandle> Shard::listen(const ListenOptions& options, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  if (shutting_down_) return failure(Error::kShutdown);
  if (!is_valid(options)) return failure(Error::kInvalidArgument);
  if (!options.local.address.is_none() && !serves(options.local.address)) return failure(Error::kAddressNotAvailable);
  bool taken = false;
  listeners_.for_each(
      [&](std::uint32_t, const ListenerSlot& slot) { taken = taken || slot.tcp.local == options.local; });
  if (taken) return failure(Error::kAddressInUse);
  const auto profile = profile_of(options.tcp);
  if (!profile) return std::unexpected(profile.error());
  const auto index = listeners_.create(&memory_);
  if (!index) return failure(Error::kLimit);
  if (!events_.reserve(connections_.size() + listeners_.size() + 1)) {
    listeners_.destroy(*index);
    return failure(Error::kNoMemory);
  }
  listeners_.at(*index).ip = ip_settings(options.diff_serv, options.ttl);
  configure(listeners_.at(*index).tcp, options, *profile);
  const base::Handle handle = listeners_.handle(*index);
  return ListenerHandle{handle.index, handle.generation};
}

// What it holds stays, be it more than it may hold now: nothing is taken from a peer that was given it.
Result<void> Shard::change_listener(ListenerHandle handle, const ListenOptions& options, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  ListenerSlot* found = listeners_.get(handle.index, handle.generation);
  if (found == nullptr) return failure(Error::kStaleHandle);
  if (!is_valid(options) || options.local != found->tcp.local) return failure(Error::kInvalidArgument);
  const auto profile = profile_of(options.tcp);
  if (!profile) return std::unexpected(profile.error());
  found->ip = ip_settings(options.diff_serv, options.ttl);
  configure(found->tcp, options, *profile);
  return {};
}

Result<ListenerInfo> Shard::listener_info(ListenerHandle handle) const {
  const ListenerSlot* found = listeners_.get(handle.index, handle.generation);
  if (found == nullptr) return failure(Error::kStaleHandle);
  const tcp::Listener& listener = found->tcp;
  return ListenerInfo{.local = listener.local,
                      .half_open = listener.half_open,
                      .syn_backlog = listener.syn_backlog,
                      .waiting = listener.waiting.size(),
                      .backlog = listener.backlog,
                      .under_pressure = syn_queue_is_pressed(listener),
                      .syn_overflows = listener.syn_overflows,
                      .accept_overflows = listener.accept_overflows,
                      .handshakes_given_up = listener.handshakes_given_up,
                      .cookies_sent = listener.cookies_sent,
                      .cookies_accepted = listener.cookies_accepted};
}

Result<TcpHandle> Shard::accept(ListenerHandle handle, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  ListenerSlot* listener = listeners_.get(handle.index, handle.generation);
  if (listener == nullptr) return failure(Error::kStaleHandle);
  if (listener->tcp.waiting.empty()) return failure(Error::kWouldBlock);
  const TcpHandle connection = listener->tcp.waiting.pop_front();
  if (!listener->tcp.waiting.empty()) tell_listener(handle.index);
  connections_.at(connection.index).listener = ConnectionSlot::kNoListener;
  tell(connection.index, 0);
  return connection;
}

Result<void> Shard::set_context(TcpHandle handle, std::uint64_t context) {
  const Entered entered(*this);
  ConnectionSlot* found = slot(handle);
  if (found == nullptr) return failure(Error::kStaleHandle);
  found->context = context;
  return {};
}

Result<void> Shard::close_listener(ListenerHandle handle, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  if (listeners_.get(handle.index, handle.generation) == nullptr) return failure(Error::kStaleHandle);
  drop_listener(handle.index);
  return {};
}

void Shard::drop_listener(std::uint32_t index) {
  tcp::Listener& listener = listeners_.at(index).tcp;
  while (!listener.waiting.empty()) {
    const std::uint32_t waiting = listener.waiting.pop_front().index;
    connections_.at(waiting).listener = ConnectionSlot::kNoListener;
    abort_at(waiting);
  }
  if (listener.half_open > 0) {
    half_open_.for_each([&](std::uint32_t entry, HalfOpenSlot& slot) {
      if (slot.entry.listener == index) remove_half_open(entry);
    });
  }
  listeners_.destroy(index);
}

// --- OPEN, active ---

Result<TcpHandle> Shard::connect(const ConnectOptions& options, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  if (shutting_down_) return failure(Error::kShutdown);
  const IpAddress& peer = options.peer.address;
  if (peer.is_none() || options.peer.port == 0) return failure(Error::kUnspecifiedPeer);
  if (options.diff_serv > kLargestDiffServ) return failure(Error::kInvalidArgument);
  // MUST-46: TCP connects to one host, and that is another one.
  const bool is_group = peer.is_multicast() || peer.is_limited_broadcast() || peer.is_unspecified() ||
                        std::any_of(interfaces_.begin(), interfaces_.end(),
                                    [&](const auto& interface) { return interface->is_broadcast(peer); });
  const bool is_host = peer.is_v4() || ip::is_ipv6_host(peer);
  if (is_group || !is_host || serves(peer)) return failure(Error::kInvalidPeer);
  const bool has_source = !options.source.is_none();
  if (has_source && (!serves(options.source) || options.source.version() != peer.version())) {
    return failure(Error::kAddressNotAvailable);
  }
  const auto route = route_to(peer, options.source);
  if (!route) return failure(Error::kNoRoute);
  FourTuple tuple{.host = {route->source, options.source_port}, .peer = options.peer};
  if (tuple.host.port == 0) {
    const auto port = choose_port(route->source, options.peer);
    if (!port) return std::unexpected(port.error());
    tuple.host.port = *port;
  } else if (find(tuple)) {
    return failure(Error::kAlreadyExists);
  }
  const auto profile = profile_of(options.tcp);
  if (!profile) return std::unexpected(profile.error());
  if (connections_.size() >= config_.limits.connections) return failure(Error::kLimit);

  const bool wants_fast_open = options.fast_open || options.fast_open_without_cookie;
  tcp::Connection connection;
  tcp::Context context = context_for(*profile);
  connection.open_active(
      {.tuple = tuple,
       .iss = tcp::initial_sequence_number(keys_.isn, tuple, now_),
       .timestamp_offset = tcp::timestamp_offset(keys_.timestamp, tuple),
       .mss = tcp::own_mss(profiles_[*profile], route->interface->mss(peer.version())),
       .profile = *profile,
       .fast_open =
           wants_fast_open ? fast_open_peers_.offer_for(peer, options.fast_open_without_cookie, now_) : std::nullopt},
      context);
  const auto index = add_connection(std::move(connection), options.context);
  if (!index) return failure(Error::kNoMemory);
  connections_.at(*index).ip = ip_settings(options.diff_serv, options.ttl);
  settle(*index);
  return handle_of(*index);
}

// Any port of the range but those that listen here (RFC 6056 §3.2, 6056-1) and those that lead to this peer already, be
// it in TIME-WAIT.
Result<std::uint16_t> Shard::choose_port(const IpAddress& source, const Endpoint& peer) {
  if (!ports_.ready()) return failure(Error::kNoMemory);
  const auto port = ports_.choose(source, peer, {config_.first_ephemeral_port, config_.last_ephemeral_port},
                                  [&](std::uint16_t candidate) {
                                    const Endpoint own{source, candidate};
                                    return !find({.host = own, .peer = peer}) && !find_listener(own);
                                  });
  if (port) return *port;
  return failure(Error::kNoPorts);
}

// --- SEND and RECEIVE ---

Result<std::size_t> Shard::send(TcpHandle handle, std::span<const std::byte> text, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<std::size_t>(slot(handle), [&](tcp::Connection& connection) {
    tcp::Context context = context_for(connection.profile(), handle.number());
    auto sent = connection.send(text, context);
    if (sent) settle(handle.index);
    return sent;
  });
}

Result<void> Shard::send_slice(TcpHandle handle, Slice text, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) {
    tcp::Context context = context_for(connection.profile(), handle.number());
    auto sent = connection.send_slice(std::move(text), context);
    if (sent) settle(handle.index);
    return sent;
  });
}

Result<std::size_t> Shard::send_urgent(TcpHandle handle, std::span<const std::byte> text, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<std::size_t>(slot(handle), [&](tcp::Connection& connection) {
    tcp::Context context = context_for(connection.profile(), handle.number());
    auto sent = connection.send_urgent(text, context);
    if (sent) settle(handle.index);
    return sent;
  });
}

Result<std::size_t> Shard::receive_text(TcpHandle handle, std::span<std::byte> text, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<std::size_t>(slot(handle), [&](tcp::Connection& connection) {
    tcp::Context context = context_for(connection.profile(), handle.number());
    auto taken = connection.receive(text, context);
    if (taken) settle(handle.index);
    return taken;
  });
}

Result<std::size_t> Shard::peek(TcpHandle handle, std::span<std::byte> text) const {
  const ConnectionSlot* found = live(handle);
  if (found == nullptr) return failure(Error::kStaleHandle);
  return found->tcp.peek(text);
}

Result<Slice> Shard::receive_slice(TcpHandle handle, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<Slice>(slot(handle), [&](tcp::Connection& connection) {
    tcp::Context context = context_for(connection.profile(), handle.number());
    auto taken = connection.receive_slice(context);
    if (taken) settle(handle.index);
    return taken;
  });
}

// --- CLOSE and ABORT ---

Result<void> Shard::close_send(TcpHandle handle, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection& connection) {
    tcp::Context context = context_for(connection.profile(), handle.number());
    auto closed = connection.close(context);
    settle(handle.index);
    return closed;
  });
}

Result<void> Shard::close(TcpHandle handle, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection&) -> Result<void> {
    let_go(handle.index);
    return {};
  });
}

// From here on the handle is stale, though the connection goes on: slot() does not find a released one.
void Shard::let_go(std::uint32_t index) {
  ConnectionSlot& old = connections_.at(index);
  tcp::Context context = context_for(old.tcp.profile(), handle_of(index).number());
  tcp::ResetReply reset;
  const FourTuple tuple = old.tcp.tuple();
  if (old.tcp.let_go(old.linger(), context, reset)) send_reset(tuple, reset, handle_of(index));
  settle(index);
}

Result<void> Shard::abort(TcpHandle handle, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  return with_slot<void>(slot(handle), [&](tcp::Connection&) -> Result<void> {
    abort_at(handle.index);
    return {};
  });
}

void Shard::abort_at(std::uint32_t index) {
  tcp::Connection& connection = connections_.at(index).tcp;
  tcp::Context context = context_for(connection.profile(), handle_of(index).number());
  tcp::ResetReply reset;
  const FourTuple tuple = connection.tuple();
  if (connection.abort(Error::kAborted, context, reset)) send_reset(tuple, reset, handle_of(index));
  remove_connection(index);
}

// --- STATUS and settings ---

Result<TcpInfo> Shard::info(TcpHandle handle) const {
  const ConnectionSlot* found = live(handle);
  if (found == nullptr) return failure(Error::kStaleHandle);
  TcpInfo info = found->tcp.status(profiles_[found->tcp.profile()], now_);
  info.diff_serv = found->ip.diff_serv;
  info.received_diff_serv = found->received_diff_serv;
  info.ttl = found->ip.ttl;
  return info;
}

// --- Shutdown ---

void Shard::shutdown(Instant now, Instant deadline) {
  const Entered entered(*this);
  let_time_pass(now);
  shutting_down_ = true;
  shutdown_deadline_ = deadline;
  listeners_.for_each([this](std::uint32_t index, ListenerSlot&) { drop_listener(index); });
  connections_.for_each([this](std::uint32_t index, ConnectionSlot&) { let_go(index); });
}

void Shard::end_shutdown() {
  shutdown_deadline_ = kNever;
  connections_.for_each([this](std::uint32_t index, ConnectionSlot&) { abort_at(index); });
}

bool Shard::is_drained() const { return connections_.size() == 0 && transmit_.empty() && replies_.empty(); }

}  // namespace handfast::host
