#include "host/shard.h"

#include <algorithm>
#include <cstring>

#include "base/address_words.h"
#include "host/entered.h"

namespace handfast::host {

namespace {

constexpr std::size_t kMostInterfaces = 16;
constexpr std::size_t kMostProfiles = 64;

}  // namespace

Shard::Shard(const Config& config, const Secrets& secrets, trace::Sink* sink)
    : config_(config),
      sink_(sink),
      memory_(config.limits.memory),
      buffers_(&memory_),
      active_blocks_(&memory_),
      ecn_bytes_(&memory_),
      resources_{memory_, buffers_, active_blocks_, ecn_bytes_},
      profiles_{config.tcp},
      keys_(secrets),
      ports_(key_from(secrets.port_choice), &memory_),
      fast_open_peers_(config.limits.fast_open_peers, &memory_),
      early_(&memory_),
      connections_(config.limits.connections, &memory_),
      half_open_(config.limits.syn_queue, &memory_),
      time_wait_(config.limits.time_wait, &memory_),
      listeners_(config.limits.listeners, &memory_),
      table_(config.limits.connections + config.limits.syn_queue + config.limits.time_wait, &memory_),
      time_wait_order_(&memory_),
      connection_timers_(Instant{}, &memory_),
      half_open_timers_(Instant{}, &memory_),
      time_wait_timers_(Instant{}, &memory_),
      transmit_(&memory_),
      events_(&memory_),
      replies_(&memory_),
      rates_(config.limits),
      icmp_error_rate_(keys_.table, config.limits.icmp_errors_per_second, config.limits.icmp_error_burst),
      paths_({.entries = config.limits.paths,
              .lifetime = config.tcp.path_mtu_memory,
              .key = keys_.table,
              .memory = &memory_}) {}

Shard::~Shard() = default;

std::optional<Slice> Shard::allocate(std::uint32_t size) {
  const Entered entered(*this);
  return buffers_.get(size);
}

void Shard::set_trace(trace::Sink* sink) {
  const Entered entered(*this);
  sink_ = sink;
}

Result<InterfaceId> Shard::add_interface(const InterfaceConfig& config) {
  const Entered entered(*this);
  if (interfaces_.size() >= kMostInterfaces) return failure(Error::kLimit);
  if (!ip::is_usable(config)) return failure(Error::kInvalidArgument);
  const InterfaceId id{static_cast<std::uint8_t>(interfaces_.size())};
  interfaces_.push_back(std::make_unique<ip::Interface>(config, id,
                                                        ip::NeighborLimits{.entries = config_.limits.neighbors,
                                                                           .queue = config_.limits.neighbor_queue,
                                                                           .key = keys_.table,
                                                                           .memory = &memory_}));
  return id;
}

// Every verb comes through here: a reading that goes backward counts as the last one.
void Shard::let_time_pass(Instant now) {
  if (now < now_) {
    ++counters_.clock_went_backward;
    return;
  }
  now_ = now;
}

tcp::Context Shard::context_for(std::uint8_t profile, std::uint64_t connection) {
  return context_with(profiles_[profile], connection);
}

tcp::Context Shard::context_with(const TcpConfig& config, std::uint64_t connection) {
  return {.now = now_,
          .config = config,
          .resources = resources_,
          .counters = counters_,
          .trace = sink_,
          .host_number = config_.host_number,
          .connection = connection,
          .fast_open_key = &keys_.fast_open};
}

// Connections with settings of their own (MUST-21: R2 is one) share them by value: what differs is kept once.
Result<std::uint8_t> Shard::profile_of(const TcpConfig* config) {
  if (config == nullptr) return std::uint8_t{0};
  Config checked = config_;
  checked.tcp = *config;
  if (checked.validate()) return failure(Error::kInvalidArgument);
  const auto known = std::find(profiles_.begin(), profiles_.end(), *config);
  if (known != profiles_.end()) return static_cast<std::uint8_t>(known - profiles_.begin());
  if (profiles_.size() >= kMostProfiles) return failure(Error::kLimit);
  profiles_.push_back(*config);
  return static_cast<std::uint8_t>(profiles_.size() - 1);
}

std::uint64_t Shard::hash(const FourTuple& tuple) const {
  const std::uint64_t ports = std::uint64_t{tuple.host.port} << 16 | tuple.peer.port;
  if (tuple.peer.address.is_v6()) {
    const auto host = base::address_words(tuple.host.address);
    const auto peer = base::address_words(tuple.peer.address);
    return base::siphash_words(keys_.table, host[0], host[1], peer[0], peer[1], ports);
  }
  const std::uint64_t addresses = std::uint64_t{tuple.host.address.v4_number()} << 32 | tuple.peer.address.v4_number();
  return base::siphash_words(keys_.table, addresses, ports);
}

const FourTuple& Shard::tuple_of(Key key) const {
  switch (key.kind()) {
    case Kind::kHalfOpen:
      return half_open_.at(key.index()).entry.tuple;
    case Kind::kTimeWait:
      return time_wait_.at(key.index()).entry.tuple;
    default:
      return connections_.at(key.index()).tcp.tuple();
  }
}

std::optional<Key> Shard::find(const FourTuple& tuple) const {
  const auto number =
      table_.find(hash(tuple), [&](std::uint32_t candidate) { return tuple_of(Key::from(candidate)) == tuple; });
  if (!number) return std::nullopt;
  return Key::from(*number);
}

void Shard::drop(DropReason reason) {
  ++counters_.drop(reason);
  if (sink_ == nullptr) return;
  trace::Event event = event_of(trace::Kind::kDropped);
  event.drop = reason;
  sink_->on_event(event);
}

// What every event that a shard makes itself begins with; a connection makes its own (tcp/tracing.h).
trace::Event Shard::event_of(trace::Kind kind) const {
  trace::Event event;
  event.at = now_;
  event.kind = kind;
  event.host_number = config_.host_number;
  return event;
}

Instant Shard::next_deadline() const {
  Instant next = std::min({connection_timers_.next_deadline(), half_open_timers_.next_deadline(),
                           time_wait_timers_.next_deadline(), shutdown_deadline_, quiet_at_});
  for (const auto& interface : interfaces_) next = std::min(next, interface->neighbors.next_deadline());
  return next;
}

void Shard::on_deadline(Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  connection_timers_.advance(now_, [this](std::uint32_t index) {
    ConnectionSlot* slot = connections_.get(index);
    if (slot == nullptr) return;
    if (slot->tcp.deadline(tcp::Timer::kLinger) <= now_) return abort_at(index);
    tcp::Context context = context_for(slot->tcp.profile(), handle_of(index).number());
    slot->tcp.on_deadline(context);
    note_path(slot->tcp.tuple(), context);
    settle(index);
  });
  half_open_timers_.advance(now_, [this](std::uint32_t index) { half_open_deadline(index); });
  time_wait_timers_.advance(now_, [this](std::uint32_t index) { time_wait_deadline(index); });
  std::vector<IpAddress> ask;
  for (const auto& interface : interfaces_) {
    for (std::uint32_t lost = interface->neighbors.on_deadline(now_, ask); lost > 0; --lost)
      drop(DropReason::kArpTimeout);
    for (const IpAddress& address : ask) ask_neighbor(address, *interface);
    ask.clear();
  }
  if (now_ >= shutdown_deadline_) end_shutdown();
  if (now_ >= quiet_at_) give_reserves_back();
}

// What a burst needed is no burden for the thousand connections that are idle after it.
void Shard::give_reserves_back() {
  quiet_at_ = kNever;
  if (active_blocks_.in_use() > 0) return;
  active_blocks_.trim();
  buffers_.trim();
}

bool Shard::poll_event(Event& event) {
  const Entered entered(*this);
  while (!events_.empty()) {
    const std::uint64_t packed = events_.pop_front();
    const auto index = static_cast<std::uint32_t>(packed);
    if ((packed & kListenerEvent) != 0) {
      ListenerSlot* listener = listeners_.get(index);
      if (listener == nullptr) continue;
      listener->in_events = false;
      if (listener->tcp.waiting.empty()) continue;
      const base::Handle handle = listeners_.handle(index);
      event = {ListenerHandle{handle.index, handle.generation}, Readiness::kAcceptable, listener->tcp.context};
      return true;
    }
    ConnectionSlot* slot = connections_.get(index);
    if (slot == nullptr) continue;
    slot->in_events = false;
    if (slot->readiness == 0) continue;
    event = {handle_of(index), std::exchange(slot->readiness, std::uint16_t{0}), slot->context};
    return true;
  }
  return false;
}

}  // namespace handfast::host
