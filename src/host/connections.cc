#include "host/entered.h"
#include "host/shard.h"

// Slots: a connection's way into the tables, and what follows each of its verbs: its signals become events, its
// deadline goes to the wheel, its wish to send to the transmit queue, and its end frees what it held.

namespace handfast::host {

TcpHandle Shard::handle_of(std::uint32_t index) const {
  const base::Handle handle = connections_.handle(index);
  return {handle.index, handle.generation};
}

// A connection that its caller let go has no handle any more, even while its FIN is on the way.
ConnectionSlot* Shard::slot(TcpHandle handle) {
  ConnectionSlot* found = connections_.get(handle.index, handle.generation);
  return found != nullptr && !found->tcp.is_released() ? found : nullptr;
}

const ConnectionSlot* Shard::live(TcpHandle handle) const { return const_cast<Shard*>(this)->slot(handle); }

// All that a connection will need later is made sure of now, so that nothing can fail in the middle of a step.
std::optional<std::uint32_t> Shard::add_connection(tcp::Connection connection, std::uint64_t context) {
  const std::uint32_t queues = connections_.size() + half_open_.size() + time_wait_.size() + 1;
  if (!transmit_.reserve(queues) || !events_.reserve(connections_.size() + listeners_.size() + 1)) return std::nullopt;
  const FourTuple tuple = connection.tuple();
  const auto index = connections_.create(ConnectionSlot{.tcp = std::move(connection), .context = context});
  if (!index) return std::nullopt;
  const bool has_timer = connection_timers_.reserve(*index + 1);
  if (!has_timer || !table_.insert(hash(tuple), Key(Kind::kConnection, *index).number())) {
    connections_.destroy(*index);
    return std::nullopt;
  }
  connections_.at(*index).in_table = true;
  return index;
}

void Shard::leave_table(std::uint32_t index) {
  ConnectionSlot& slot = connections_.at(index);
  if (!slot.in_table) return;
  table_.erase(hash(slot.tcp.tuple()), Key(Kind::kConnection, index).number());
  slot.in_table = false;
}

void Shard::remove_connection(std::uint32_t index) {
  if (connections_.at(index).is_early) early_ended(connections_.at(index));
  leave_table(index);
  connection_timers_.cancel(index);
  connections_.destroy(index);
}

// The flag of a live object that says whether its key stands in the transmit queue; null for one that has gone.
bool* Shard::transmit_flag(Key key) {
  switch (key.kind()) {
    case Kind::kConnection: {
      ConnectionSlot* slot = connections_.get(key.index());
      return slot != nullptr ? &slot->in_transmit : nullptr;
    }
    case Kind::kHalfOpen: {
      HalfOpenSlot* slot = half_open_.get(key.index());
      return slot != nullptr ? &slot->in_transmit : nullptr;
    }
    case Kind::kTimeWait: {
      TimeWaitSlot* slot = time_wait_.get(key.index());
      return slot != nullptr ? &slot->in_transmit : nullptr;
    }
  }
  return nullptr;
}

void Shard::want_transmit(Key key) {
  bool* queued = transmit_flag(key);
  if (queued == nullptr || *queued) return;
  *queued = true;
  if (transmit_.push_back(key.number())) return;
  // Room for every live object was made when it was added: what is in its place are keys of objects that have gone.
  forget_stale_transmits();
  HANDFAST_CHECK(transmit_.push_back(key.number()));
}

void Shard::forget_stale_transmits() {
  for (std::uint32_t i = 0; i < transmit_.size(); ++i) {
    if (bool* queued = transmit_flag(Key::from(transmit_[i]))) *queued = false;
  }
  for (std::uint32_t left = transmit_.size(); left > 0; --left) {
    const std::uint32_t number = transmit_.pop_front();
    bool* queued = transmit_flag(Key::from(number));
    if (queued == nullptr || *queued) continue;
    *queued = true;
    HANDFAST_CHECK(transmit_.push_back(number));
  }
}

// The same for events: the flag of a live connection or listener.
bool* Shard::event_flag(std::uint64_t packed) {
  const auto index = static_cast<std::uint32_t>(packed);
  if ((packed & kListenerEvent) != 0) {
    ListenerSlot* listener = listeners_.get(index);
    return listener != nullptr ? &listener->in_events : nullptr;
  }
  ConnectionSlot* slot = connections_.get(index);
  return slot != nullptr ? &slot->in_events : nullptr;
}

void Shard::want_event(std::uint64_t packed) {
  bool* queued = event_flag(packed);
  if (queued == nullptr || *queued) return;
  *queued = true;
  if (events_.push_back(packed)) return;
  for (std::uint32_t i = 0; i < events_.size(); ++i) {
    if (bool* other = event_flag(events_[i])) *other = false;
  }
  for (std::uint32_t left = events_.size(); left > 0; --left) {
    const std::uint64_t number = events_.pop_front();
    bool* other = event_flag(number);
    if (other == nullptr || *other) continue;
    *other = true;
    HANDFAST_CHECK(events_.push_back(number));
  }
  *queued = true;
  HANDFAST_CHECK(events_.push_back(packed));
}

void Shard::tell(std::uint32_t index, std::uint16_t readiness) {
  ConnectionSlot& slot = connections_.at(index);
  slot.readiness |= readiness;
  // Nobody has a handle of a connection that still waits to be accepted.
  if (slot.readiness != 0 && slot.listener == ConnectionSlot::kNoListener) want_event(index);
}

void Shard::tell_listener(std::uint32_t index) { want_event(kListenerEvent | index); }

void Shard::settle(std::uint32_t index) {
  ConnectionSlot& slot = connections_.at(index);
  const std::uint16_t signals = slot.tcp.take_signals();
  const bool released = slot.tcp.is_released();
  if (slot.is_early && slot.tcp.state() != tcp::State::kSynReceived) early_ended(slot);
  if (slot.tcp.state() == tcp::State::kClosed) {
    if (released) return remove_connection(index);
    leave_table(index);
    connection_timers_.cancel(index);
    return tell(index, signals);
  }
  if (signals != 0 && !released) tell(index, signals);
  connection_timers_.schedule_no_later(index, slot.tcp.next_deadline());
  want_transmit(Key(Kind::kConnection, index));
}

// A reset of the connection `of`, or, without one, in answer to a segment.
void Shard::send_reset(const FourTuple& tuple, const tcp::ResetReply& reset, TcpHandle of) {
  const auto route = route_to(tuple.peer.address, tuple.host.address);
  if (!route) return drop(DropReason::kNoRoute);
  if (!rates_.replies.take(now_)) return drop(DropReason::kReplyRateLimited);
  tcp::Outgoing out;
  out.segment.seq = reset.seq;
  out.segment.ack = reset.ack;
  out.segment.flags = (reset.has_ack ? wire::kRst | wire::kAck : wire::kRst) | reset.ace;
  out.segment.options.timestamps = reset.timestamps;
  Frame frame;
  const IpSettings ip = of.is_none() ? ip_settings(0, 0) : connections_.at(of.index).ip;
  if (!emit(tuple, ip, out, *route, frame)) return drop(DropReason::kTcpMemory);
  ++counters_.resets_sent;
  const trace::Reason reason = of.is_none() ? trace::Reason::kReplyReset : trace::Reason::kSendReset;
  trace_unowned(trace::Kind::kSegmentSent, tuple, out.segment, tcp::Verdict::done(reason), of);
  queue_reply(std::move(frame), route->next_hop);
}

}  // namespace handfast::host
