#include <algorithm>

#include "base/check.h"
#include "host/shard.h"

// The compact forms: the SYN queue and TIME-WAIT. For each segment, deadline and transmission an entry becomes a
// Connection that takes the ordinary steps, and what comes out of them decides where it goes: back into its entry, up
// to a connection of its own, or away.

namespace handfast::host {

namespace {

// What Linux takes for a reason to give up a half-open connection, though it may pass.
bool is_trouble_on_the_way(IcmpError error) {
  return error == IcmpError::kNetwork || error == IcmpError::kHost || error == IcmpError::kExpired ||
         error == IcmpError::kBadHeader;
}

}  // namespace

// --- SYN-RECEIVED ---

// A listener has its own limit, and all of them together have one.
bool Shard::syn_queue_is_full(std::uint32_t listener) const {
  return !listeners_.at(listener).tcp.admits_syn() || half_open_.size() >= config_.limits.syn_queue;
}

// RFC 4987 §3.3: from here on a half-open connection keeps its place for a shorter time.
bool Shard::syn_queue_is_pressed(const tcp::Listener& listener) const {
  return listener.half_open > listener.syn_backlog / 2 || half_open_.size() > config_.limits.syn_queue / 2;
}

void Shard::add_half_open(std::uint32_t listener, tcp::Connection& connection) {
  const std::uint32_t queues = connections_.size() + half_open_.size() + time_wait_.size() + 1;
  if (!transmit_.reserve(queues)) return drop(DropReason::kTcpMemory);
  const auto index = half_open_.create();
  if (!index) return drop(DropReason::kTcpSynQueueFull);
  HalfOpenSlot& slot = half_open_.at(*index);
  slot.entry = connection.compact_syn();
  slot.entry.listener = listener;
  const Key key(Kind::kHalfOpen, *index);
  if (!half_open_timers_.reserve(*index + 1) || !table_.insert(hash(slot.entry.tuple), key.number())) {
    half_open_.destroy(*index);
    return drop(DropReason::kTcpMemory);
  }
  ++listeners_.at(listener).tcp.half_open;
  want_transmit(key);
}

void Shard::remove_half_open(std::uint32_t index) {
  HalfOpenSlot& slot = half_open_.at(index);
  table_.erase(hash(slot.entry.tuple), Key(Kind::kHalfOpen, index).number());
  --listeners_.at(slot.entry.listener).tcp.half_open;
  half_open_timers_.cancel(index);
  const std::optional<Aside> aside = slot.aside;
  half_open_.destroy(index);
  if (aside) come_back(*aside);
}

void Shard::arrives_at_half_open(std::uint32_t index, Arrival& arrival) {
  const tcp::SynEntry& entry = half_open_.at(index).entry;
  tcp::Listener& listener = listeners_.at(entry.listener).tcp;
  // Only the third segment of a handshake brings a connection; where none can be taken it has to come again.
  const bool may_complete = arrival.segment.has_ack() && !arrival.segment.rst() && !arrival.segment.syn();
  if (may_complete && !listener.admits_connection()) {
    ++listener.accept_overflows;
    return drop(DropReason::kTcpAcceptQueueFull);
  }
  if (may_complete && connections_.size() >= config_.limits.connections) return drop(DropReason::kTcpConnectionLimit);
  tcp::Context context = context_for(entry.profile);
  tcp::Connection connection = tcp::Connection::from(entry, context.config);
  const tcp::Verdict verdict = connection.segment_arrives(arrival.segment, std::move(arrival.text), context);
  if (verdict.reset) send_reset(arrival.tuple, *verdict.reset);
  if (connection.state() == tcp::State::kSynReceived) return half_open_changed(index, connection);
  if (connection.state() == tcp::State::kClosed || connection.state() == tcp::State::kListen) {
    return remove_half_open(index);
  }
  promote(index, std::move(connection), arrival.diff_serv);
}

// RFC 9293 §3.9.2.2 (SHLD-26): a hard error ends it. No caller knows of it, so trouble that may pass is nobody's news,
// and a SYN-ACK is too small to be too big.
void Shard::icmp_error_at_half_open(std::uint32_t index, tcp::SeqNum seq, const ip::IcmpNews& news) {
  if (news.kind == ip::IcmpKind::kTooBig) return drop(DropReason::kIcmpNoConnection);
  const tcp::SynEntry& entry = half_open_.at(index).entry;
  tcp::Context context = context_for(entry.profile);
  tcp::Connection connection = tcp::Connection::from(entry, context.config);
  if (!connection.is_in_flight(seq)) return drop(DropReason::kIcmpOutsideWindow);
  if (!icmp_error_rate_.take(entry.tuple.peer.address, now_)) return drop(DropReason::kIcmpRateLimited);
  ++counters_.icmp_processed;
  const bool soft_ends = context.config.linux_habits.icmp_ends_half_open && is_trouble_on_the_way(news.error);
  const bool hard = news.kind == ip::IcmpKind::kHardError || soft_ends;
  (void)connection.icmp_error(seq, news.error, hard, context);
  if (connection.state() == tcp::State::kSynReceived) return;
  ++listeners_.at(entry.listener).tcp.handshakes_given_up;
  remove_half_open(index);
}

// The handshake is complete: the entry becomes a connection and waits to be accepted.
void Shard::promote(std::uint32_t index, tcp::Connection connection, std::uint8_t received_diff_serv) {
  const std::uint32_t listener = half_open_.at(index).entry.listener;
  const std::optional<Aside> aside = std::exchange(half_open_.at(index).aside, std::nullopt);
  remove_half_open(index);
  if (aside) replaced(*aside);
  (void)hand_to_listener(listener, std::move(connection), received_diff_serv);
}

std::optional<std::uint32_t> Shard::hand_to_listener(std::uint32_t listener, tcp::Connection connection,
                                                     std::uint8_t received_diff_serv) {
  const FourTuple tuple = connection.tuple();
  const tcp::ResetReply reset = connection.reset_of_mine(now_);
  tcp::Listener& tcp = listeners_.at(listener).tcp;
  std::optional<std::uint32_t> added;
  if (tcp.waiting.reserve(tcp.waiting.size() + 1)) added = add_connection(std::move(connection), 0);
  if (!added) {
    ++counters_.allocation_failures;
    send_reset(tuple, reset);
    drop(DropReason::kTcpMemory);
    return std::nullopt;
  }
  HANDFAST_CHECK(tcp.waiting.push_back(handle_of(*added)));
  ConnectionSlot& slot = connections_.at(*added);
  slot.listener = listener;
  slot.ip = listeners_.at(listener).ip;
  slot.received_diff_serv = received_diff_serv;
  tell_listener(listener);
  settle(*added);
  return added;
}

void Shard::half_open_changed(std::uint32_t index, tcp::Connection& connection) {
  HalfOpenSlot& slot = half_open_.at(index);
  const std::uint32_t listener = slot.entry.listener;
  slot.entry = connection.compact_syn();
  slot.entry.listener = listener;
  half_open_timers_.schedule_no_later(index, slot.entry.deadline);
  if (slot.entry.owes_syn || slot.entry.owes_ack) want_transmit(Key(Kind::kHalfOpen, index));
}

void Shard::half_open_deadline(std::uint32_t index) {
  if (half_open_.get(index) == nullptr) return;
  const tcp::SynEntry& entry = half_open_.at(index).entry;
  tcp::Listener& listener = listeners_.at(entry.listener).tcp;
  TcpConfig config = profiles_[entry.profile];
  if (syn_queue_is_pressed(listener)) {
    config.syn_ack_retries = std::min(config.syn_ack_retries, config.syn_ack_retries_pressed);
  }
  tcp::Context context = context_with(config);
  tcp::Connection connection = tcp::Connection::from(entry, config);
  connection.on_deadline(context);
  if (connection.state() != tcp::State::kSynReceived) {
    ++listener.handshakes_given_up;
    return remove_half_open(index);
  }
  half_open_changed(index, connection);
}

// --- TIME-WAIT ---

// Nobody holds the connection any more and it only lingers: the entry takes its place.
void Shard::compact_time_wait(std::uint32_t index) {
  const tcp::Connection& connection = connections_.at(index).tcp;
  // Its 4-tuple is another connection's by now.
  if (!connections_.at(index).in_table) return remove_connection(index);
  if (time_wait_.size() >= config_.limits.time_wait) evict_time_wait();
  const auto at = time_wait_order_.reserve(time_wait_order_.size() + 1) ? time_wait_.create() : std::nullopt;
  if (!at) return remove_connection(index);
  time_wait_.at(*at).entry = connection.compact_time_wait();
  time_wait_.at(*at).ip = connections_.at(index).ip;
  const tcp::TimeWaitEntry& entry = time_wait_.at(*at).entry;
  remove_connection(index);
  const Key key(Kind::kTimeWait, *at);
  if (!time_wait_timers_.schedule(*at, entry.deadline) || !table_.insert(hash(entry.tuple), key.number())) {
    time_wait_timers_.cancel(*at);
    time_wait_.destroy(*at);
    return;
  }
  HANDFAST_CHECK(time_wait_order_.push_back(time_wait_.handle(*at).packed()));
  if (entry.owes_ack) want_transmit(key);
}

// At the limit the entry that has lingered longest goes (a counted loss of protection, not of text).
void Shard::evict_time_wait() {
  while (!time_wait_order_.empty()) {
    const base::Handle oldest = base::Handle::unpacked(time_wait_order_.pop_front());
    if (time_wait_.get(oldest) == nullptr) continue;
    return remove_time_wait(oldest.index);
  }
}

void Shard::remove_time_wait(std::uint32_t index) {
  table_.erase(hash(time_wait_.at(index).entry.tuple), Key(Kind::kTimeWait, index).number());
  time_wait_timers_.cancel(index);
  time_wait_.destroy(index);
  while (!time_wait_order_.empty() && time_wait_.get(base::Handle::unpacked(time_wait_order_.front())) == nullptr) {
    time_wait_order_.pop_front();
  }
}

void Shard::arrives_at_time_wait(std::uint32_t index, Arrival& arrival) {
  const tcp::TimeWaitEntry& entry = time_wait_.at(index).entry;
  tcp::Context context = context_for(entry.profile);
  context.may_reopen = may_reopen(arrival.tuple.host);
  tcp::Connection connection = tcp::Connection::from(entry);
  const tcp::Verdict verdict = connection.segment_arrives(arrival.segment, std::move(arrival.text), context);
  if (verdict.reopen) return reopen(Key(Kind::kTimeWait, index), arrival, entry.snd_nxt);
  if (verdict.reset) send_reset(arrival.tuple, *verdict.reset);
  tcp::TimeWaitEntry& kept = time_wait_.at(index).entry;
  kept = connection.compact_time_wait();
  time_wait_timers_.schedule_no_later(index, kept.deadline);
  if (kept.owes_ack) want_transmit(Key(Kind::kTimeWait, index));
}

void Shard::time_wait_deadline(std::uint32_t index) {
  if (time_wait_.get(index) == nullptr) return;
  const tcp::TimeWaitEntry& entry = time_wait_.at(index).entry;
  if (entry.deadline > now_) {
    time_wait_timers_.schedule(index, entry.deadline);
    return;
  }
  tcp::Context context = context_for(entry.profile);
  tcp::Connection connection = tcp::Connection::from(entry);
  connection.on_deadline(context);
  remove_time_wait(index);
}

}  // namespace handfast::host
