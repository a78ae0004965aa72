#include "tcp/connection.h"

#include <algorithm>

#include "base/check.h"
#include "tcp/tracing.h"

// The questions and small steps that several of the verbs share. Nothing here decides what a segment, a call or a
// timeout means: that stands in the files named after the RFC's sections.

namespace handfast::tcp {

void Connection::enter(State next, trace::Reason why, Context& context) {
  if (next == state_) return;
  HANDFAST_DCHECK(is_legal(state_, next));
  const trace::TcbView before = context.trace != nullptr ? view() : trace::TcbView{};
  state_ = next;
  if (context.trace != nullptr) trace_state(*this, before, why, context);
}

std::unexpected<std::error_code> ConnectionFacts::failure_now() const {
  return failure(ended_by_ == Error{} ? Error::kNotConnected : ended_by_);
}

bool Connection::take_active(Context& context) {
  if (active_) return true;
  active_ = context.resources.active_blocks.take(tcb_.snd.una, &context.resources.memory);
  if (!active_) ++context.counters.allocation_failures;
  return static_cast<bool>(active_);
}

// What loss recovery and congestion control remember of a path outlives the last byte by one RTO, after which an idle
// restart would discard it (RFC 5681 §4.1).
void Connection::release_active_if_drained(Context& context) {
  if (!active_ || !active_->is_drained() || active_->timers.is_set(Timer::kLinger)) return;
  if (const Instant until = active_->receive_tuning.runs_until();
      until >= context.now && is_one_of(state_, kReceivesText)) {
    if (!active_->timers.is_set(Timer::kForget)) set_timer(Timer::kForget, until + Duration(1), context);
    return;
  }
  const bool is_worth = active_->pacer.is_shut() || active_->recovery.is_worth_keeping() ||
                        controller(context).is_worth_keeping(cc_, active_->scratch);
  const bool lasts = is_worth && is_one_of(state_, kSends);
  if (!lasts || is_pause(context)) {
    active_.reset();
  } else if (!active_->timers.is_set(Timer::kForget)) {
    set_timer(Timer::kForget, last_sent_ + rtt_.rto(context.config) + Duration(1), context);
  }
}

// The first number of text: SND.UNA, or the number behind our SYN while that is not acknowledged.
SeqNum ConnectionFacts::fin_seq() const {
  if (close_.fin_acked) return tcb_.snd.una - 1;
  const bool syn_outstanding = state_ == State::kSynSent || state_ == State::kSynReceived;
  const SeqNum text = syn_outstanding ? tcb_.snd.iss + 1 : tcb_.snd.una;
  return text + (active_ ? active_->queue.size() : 0);
}

std::uint32_t ConnectionFacts::unsent_text() const {
  if (!active_ || close_.fin_sent) return 0;
  return fin_seq().since(tcb_.snd.nxt);
}

std::uint32_t ConnectionFacts::in_flight() const {
  if (!active_) return 0;
  const Outstanding& outstanding = active_->outstanding;
  return outstanding.size() - outstanding.lost() - outstanding.sacked() - active_->recovery.departed();
}

// Eff.snd.MSS of RFC 9293 §3.7.1: what the options of this moment leave of the agreed size.
std::uint32_t ConnectionFacts::segment_text_limit() const { return text_beside(plain_options()); }

// Timestamps and a user timeout, where they go.
std::uint32_t ConnectionFacts::plain_options() const {
  return (agreed_.timestamps ? 12u : 0u) + (owes_user_timeout_ ? 4u : 0u);
}

// Beside these bytes of options, and the selective blocks that still fit.
std::uint32_t ConnectionFacts::text_beside(std::uint32_t options) const {
  const std::uint32_t fit = (static_cast<std::uint32_t>(wire::kTcpMaxOptionsLength) - options - 4) / 8;
  const std::uint32_t blocks = std::min(selective_blocks(), fit);
  return send_mss() - options - (blocks > 0 ? 4 + 8 * blocks : 0);
}

std::uint32_t ConnectionFacts::selective_blocks() const {
  if (!agreed_.sack || !active_) return 0;
  return active_->reassembly.range_count() + (active_->duplicate.length > 0 ? 1 : 0);
}

// RFC 9293 §3.8.6.2.1: SND.UNA + SND.WND - SND.NXT, which may be negative after the peer shrank its window (MUST-34,
// SHLD-15, 7323-8).
std::uint32_t ConnectionFacts::usable_window() const {
  const SeqNum edge = tcb_.snd.una + tcb_.snd.wnd;
  return tcb_.snd.nxt < edge ? edge.since(tcb_.snd.nxt) : 0;
}

// SND.NXT, except where a probe, or a window taken back, has put it beyond what the peer offered: who goes by the
// window test of RFC 9293 §3.10.7.4 would drop an acknowledgment or a reset that starts there.
SeqNum ConnectionFacts::bare_seq() const {
  const SeqNum edge = tcb_.snd.una + tcb_.snd.wnd;
  return is_one_of(state_, kSynchronized) && edge < tcb_.snd.nxt ? edge : tcb_.snd.nxt;
}

// RFC 9293 §3.10.5. With ACK it passes peers that check that too; and whatever has ACK says what was counted (RFC 9768
// §3.2.2.2).
ResetReply ConnectionFacts::reset_of_mine(Instant now) const {
  const TcpFlags ace = tells_number() ? flags_of(ecn_.received) : TcpFlags();
  ResetReply reset{.seq = bare_seq(), .ack = tcb_.rcv.nxt, .has_ack = true, .ace = ace};
  if (agreed_.timestamps) {
    reset.timestamps = {.value = timestamp_now(timestamp_offset_, now), .echo = ts_recent_};
  }
  return reset;
}

// A SYN-ACK with a timestamp that no SYN of ours had answers some other connection, and there a reset is due as where
// its number is wrong. What comes without an echo is not held to it.
bool ConnectionFacts::echoes_no_syn(const Segment& segment, const Context& context) const {
  if (!context.config.timestamps || !segment.options.timestamps || segment.options.timestamps->echo == 0) return false;
  const std::uint32_t age = timestamp_now(timestamp_offset_, context.now) - syn_timestamp_;
  return segment.options.timestamps->echo - syn_timestamp_ > age;
}

// A super-segment of at most a millisecond, by the rate that the window makes in a round trip: twice that while the
// window still doubles, a fifth more otherwise. Where the round trip itself is that short a device may have it whole.
TransmitLimits ConnectionFacts::in_bursts(const TransmitLimits& limits, const TcpConfig& config) const {
  const auto round = std::chrono::duration_cast<std::chrono::microseconds>(rtt_.srtt()).count();
  if (config.burst_segments == 0 || limits.largest_text == 0 || round <= 0) return limits;
  const std::uint64_t per_mille = cc_.cwnd < cc_.ssthresh / 2 ? 2000 : 1200;
  const std::uint64_t millisecond = per_mille * cc_.cwnd / static_cast<std::uint64_t>(round);
  const auto shortest = std::chrono::duration_cast<std::chrono::microseconds>(rtt_.min_rtt()).count() / 512;
  const std::uint64_t extra = shortest < 32 ? limits.largest_text >> shortest : 0;
  const std::uint32_t mss = segment_text_limit();
  const std::uint64_t text = std::max<std::uint64_t>(millisecond + extra, std::uint64_t{config.burst_segments} * mss);
  return {.largest_text = static_cast<std::uint32_t>(std::min<std::uint64_t>(text - text % mss, limits.largest_text))};
}

bool ConnectionFacts::has_something_to_send() const {
  return unsent_text() > 0 || (close_.requested && !close_.fin_sent);
}

// Null for a timer of the active block where there is none.
Instant* Connection::timer_slot(Timer timer) {
  if (LastingTimers::holds(timer)) return &timers_[timer];
  return active_ ? &active_->timers[timer] : nullptr;
}

Instant ConnectionFacts::deadline(Timer timer) const {
  if (LastingTimers::holds(timer)) return timers_[timer];
  return active_ ? active_->timers[timer] : kNever;
}

void Connection::set_timer(Timer timer, Instant deadline, Context& context) {
  Instant* slot = timer_slot(timer);
  if (slot == nullptr) return;
  *slot = deadline;
  if (context.trace != nullptr) trace_timer(*this, trace::Kind::kTimerSet, timer, context);
}

void Connection::stop_timer(Timer timer, Context& context) {
  Instant* slot = timer_slot(timer);
  if (slot == nullptr || *slot == kNever) return;
  if (context.trace != nullptr) trace_timer(*this, trace::Kind::kTimerStopped, timer, context);
  *slot = kNever;
}

void Connection::stop_all_timers(Context& context) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(Timer::kCount); ++i) {
    stop_timer(static_cast<Timer>(i), context);
  }
}

// One of the two timers runs while the peer owes us something: retransmission while its window is open, persist while
// it is shut or too small to use (RFC 9293 §3.8.6.1; RFC 6298 §5.1 to §5.3, 6298-7, 6582-5).
void Connection::update_send_timers(bool restart, Context& context) {
  if (!is_one_of(state_, kSynchronized) || state_ == State::kTimeWait) return;
  const bool outstanding = active_ && !active_->outstanding.empty();
  const bool waiting = has_something_to_send() && !is_held_by_cork();
  const bool persist = (outstanding || waiting) && (tcb_.snd.wnd == 0 || !outstanding);
  if (!outstanding || persist) stop_timer(Timer::kRetransmit, context);
  if (!persist) {
    stop_timer(Timer::kPersist, context);
    owes_probe_ = false;
  }
  const Duration rto = rtt_.rto(context.config);
  if (persist) {
    // The peer owed us nothing until now: what was quiet before is no silence that R2 counts.
    if (!outstanding && !timers_.is_set(Timer::kPersist)) silent_since_ = context.now;
    if (!timers_.is_set(Timer::kPersist)) set_timer(Timer::kPersist, within_r2(rto, context), context);
  } else if (outstanding && (restart || !timers_.is_set(Timer::kRetransmit))) {
    set_timer(Timer::kRetransmit, within_r2(rto, context), context);
  }
}

// What the caller's buffer still takes. Text beyond a gap has its place in the window already.
std::uint32_t ConnectionFacts::receive_room(const TcpConfig& config) const {
  const std::uint32_t used = active_ ? active_->received.size() : 0;
  const std::uint32_t most = std::min(receive_buffer(config), std::uint32_t{0xFFFF} << agreed_.receive_scale);
  return most > used ? most - used : 0;
}

// RFC 9293 §3.8.6.2.2: the right edge moves in steps worth telling, and never back (SHLD-14, MAY-8, 7323-6).
void Connection::open_window(const TcpConfig& config) {
  const std::uint32_t room = receive_room(config) >> agreed_.receive_scale << agreed_.receive_scale;
  const SeqNum edge = tcb_.rcv.nxt + room;
  if (edge <= tcb_.rcv.edge) return;
  if (is_worth_opening(edge.since(tcb_.rcv.edge), receive_buffer(config), mss_)) tcb_.rcv.edge = edge;
}

trace::TcbView ConnectionFacts::view() const {
  return {.state = state_,
          .snd_una = tcb_.snd.una.value(),
          .snd_nxt = tcb_.snd.nxt.value(),
          .snd_wnd = tcb_.snd.wnd,
          .iss = tcb_.snd.iss.value(),
          .rcv_nxt = tcb_.rcv.nxt.value(),
          .rcv_wnd = tcb_.rcv.wnd(),
          .irs = tcb_.rcv.irs.value(),
          .cwnd = cc_.cwnd,
          .ssthresh = cc_.ssthresh};
}

}  // namespace handfast::tcp
