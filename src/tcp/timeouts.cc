#include "tcp/connection.h"
#include "tcp/tracing.h"

// RFC 9293 §3.10.8 and every other deadline, one function each. A deadline that has moved or gone since it was set in
// the owner's wheel is not in the table any more, so too early a call does nothing.

namespace handfast::tcp {

void Connection::on_deadline(Context& context) {
  const auto expired = [&](Timer timer) {
    Instant* slot = timer_slot(timer);
    if (slot == nullptr || *slot > context.now) return false;
    if (context.trace != nullptr) trace_timer(*this, trace::Kind::kTimerFired, timer, context);
    *slot = kNever;
    return true;
  };
  if (expired(Timer::kDelayedAck)) owe_ack(trace::Reason::kSendAckDelayed);
  // A probe that is due with the retransmission timer goes first and gives it another RTO (RFC 8985 §7.2).
  if (expired(Timer::kTailProbe)) on_tail_probe_timeout(context);
  if (expired(Timer::kReorder)) on_reorder_timeout(context);
  if (expired(Timer::kPace)) {
    active_->pacer.open();
    release_active_if_drained(context);
  }
  if (expired(Timer::kCork)) on_cork_timeout(context);
  if (expired(Timer::kRetransmit)) {
    if (is_one_of(state_, state_set({State::kSynSent, State::kSynReceived}))) {
      on_handshake_timeout(context);
    } else {
      on_retransmission_timeout(context);
    }
  }
  if (expired(Timer::kPersist)) on_persist_timeout(context);
  if (expired(Timer::kKeepAlive)) on_keep_alive_timeout(context);
  if (expired(Timer::kForget)) release_active_if_drained(context);
  if (expired(Timer::kTimeWait)) end(Error{}, trace::Reason::kTimeWaitOver, context);
  if (expired(Timer::kFinWait2)) end(Error{}, trace::Reason::kFinWait2Over, context);
  HANDFAST_DCHECK(broken_invariant(context.config) == nullptr);
}

// R2 of RFC 9293 §3.8.3 (MUST-20): the peer has been silent for too long.
bool Connection::gave_up(Duration limit, Context& context) {
  if (context.now - silent_since_ < limit) return false;
  end(Error::kTimedOut, trace::Reason::kRetransmissionLimit, context);
  return true;
}

// One more timeout; at R1 the caller hears of the silence before the connection ends (SHLD-9, MUST-47), and IP of a way
// that may be dead (MUST-20).
void Connection::count_timeout(Context& context) {
  if (timeouts_ < 0xFF) ++timeouts_;
  if (timeouts_ != context.config.r1) return;
  context.path.silent = true;
  if (tells_soft_errors_) signals_ |= Readiness::kSoftError;
  if (context.trace != nullptr) trace_call(*this, trace::Reason::kR1Reached, timeouts_, context);
}

// The stage of the handshake was interrupted: the same segment goes out again, each time after twice the time
// (MUST-22).
void Connection::on_handshake_timeout(Context& context) {
  if (passive_ && rtt_.backoff() >= context.config.syn_ack_retries) {
    // RFC 4987 §3.3 (4987-6): nobody answers there. The caller never heard of it.
    end(Error::kTimedOut, trace::Reason::kRetransmissionLimit, context);
    return;
  }
  if (gave_up(context.config.r2_syn, context)) return;
  rtt_.back_off();
  count_timeout(context);
  // RFC 3168 §6.1.1.1 (3168-7): some paths drop a SYN that asks. One repetition still asks, since a plain loss is more
  // likely by far; those after it do not.
  if (timeouts_ >= kEcnSyns) ecn_.plain_syn = true;
  owes_syn_ = true;
}

// RFC 6298 §5.4 to §5.6: everything outstanding counts as lost and goes again as the congestion window lets it.
void Connection::on_retransmission_timeout(Context& context) {
  if (!active_ || active_->outstanding.empty() || gave_up(r2(context.config), context)) return;
  if (timeout_was_of_size(context)) return;
  // RFC 5681 §3.1: the backoff would not tell, since Karn's rule may keep it over text that was acknowledged.
  const bool first = timeouts_ == 0;
  const std::uint32_t lost = active_->recovery.on_timeout(
      {.now = context.now, .snd_una = tcb_.snd.una, .snd_nxt = tcb_.snd.nxt, .first = first}, active_->outstanding,
      cc_);
  active_->rate.note_lost(lost);
  stop_timer(Timer::kTailProbe, context);
  stop_timer(Timer::kReorder, context);
  controller(context).on_timeout(cc_, active_->scratch,
                                 {.now = context.now, .in_flight = active_->outstanding.size(), .mss = full_segment()},
                                 first);
  window_was_reduced(false);
  rtt_.back_off();
  again_reason_ = trace::Reason::kRetransmitTimeout;
  count_timeout(context);
  suspect_black_hole(context);
  set_timer(Timer::kRetransmit, within_r2(rtt_.rto(context.config), context), context);
}

// RFC 9293 §3.8.6.1: a shut window is probed, each time after twice the time (MUST-35, MUST-36, SHLD-29, SHLD-30); a
// window too small for silly-window avoidance is used after all (§3.8.6.2.1, the override timeout).
void Connection::on_persist_timeout(Context& context) {
  if (gave_up(r2(context.config), context)) return;
  // The first probe is the first thing that the peer has to answer.
  if (tcb_.snd.wnd == 0 && rtt_.backoff() == 0) silent_since_ = context.now;
  owes_probe_ = true;
  if (active_ && active_->outstanding.has_reneged()) active_->outstanding.forget_sacked();
  if (tcb_.snd.wnd == 0) rtt_.back_off();
  set_timer(Timer::kPersist, within_r2(rtt_.rto(context.config), context), context);
}

}  // namespace handfast::tcp
