#include <algorithm>

#include "tcp/connection.h"
#include "tcp/tracing.h"

// What follows from an acknowledgment or a timer once loss recovery has judged it: the congestion control hears of it,
// PRR sets the window while a loss is repaired (RFC 9937), and the two timers of RFC 8985 are set. Beside them the
// retransmission timer keeps running, where the RFC has one timer with changing purpose: whichever is due first fires
// first, and a probe that goes out gives the retransmission timer another RTO, so the effect is the same.

namespace handfast::tcp {

namespace {

// RFC 3465 §2.3 (3465-1): behind a timeout an acknowledgment may stand for text that arrived long ago.
std::uint32_t slow_start_limit(const TcpConfig& config, bool behind_timeout, std::uint32_t mss) {
  if (behind_timeout && !config.linux_habits.full_count_after_timeout) return mss;
  return config.slow_start_segments == 0 ? ~std::uint32_t{0} : config.slow_start_segments * mss;
}

// The bytes by which an acknowledgment lets the window grow: what it newly covers, whatever told of it before (RFC 5681
// §3.1), or as LinuxHabits::duplicates_pay_ahead has it.
std::uint32_t counted(const Delivery& delivery, const Flight& before, std::uint32_t mss, const TcpConfig& config) {
  const std::uint32_t acked = std::min(delivery.acked, delivery.delivered);
  if (!config.linux_habits.duplicates_pay_ahead || before.departed == 0) return acked;
  return std::min(acked, std::max(acked - std::min(acked, before.departed), mss));
}

}  // namespace

loss_recovery::AckFacts ConnectionFacts::ack_facts(SeqNum ack, Context& context) const {
  loss_recovery::AckFacts facts;
  facts.now = context.now;
  facts.ack = ack;
  facts.snd_nxt = tcb_.snd.nxt;
  facts.mss = full_segment();
  facts.sack = agreed_.sack;
  facts.min_rtt = rtt_.min_rtt();
  facts.srtt = rtt_.srtt();
  facts.one_reduction = context.config.linux_habits.one_reduction;
  facts.rack_rtt_by_number = context.config.linux_habits.rack_rtt_by_number;
  return facts;
}

// `flight_size`: what was outstanding when the loss was found (RFC 5681 §3.1).
void Connection::respond(const loss_recovery::Judgement& judgement, std::uint32_t flight_size, Context& context) {
  ActiveBlock& block = *active_;
  const congestion::Controller& control = controller(context);
  if (judgement.undo) {
    control.on_undo(cc_, block.scratch, judgement.before);
    if (context.trace != nullptr) trace_call(*this, trace::Reason::kLossUndone, cc_.cwnd, context);
  }
  block.rate.note_lost(judgement.lost);
  if (judgement.again != trace::Reason::kNone) again_reason_ = judgement.again;
  if (judgement.congestion && !block.ecn.has_answered_loss()) {
    // RFC 5681 §3.2 step 2 (5681-9): what limited transmit sent beyond the window does not count.
    const std::uint32_t flight = std::min(flight_size, cc_.cwnd);
    control.on_loss(cc_, block.scratch, {.now = context.now, .in_flight = flight, .mss = full_segment()});
    window_was_reduced(false);
  }
  if (judgement.reorder_wait > Duration::zero()) {
    set_timer(Timer::kReorder, context.now + judgement.reorder_wait, context);
  } else {
    stop_timer(Timer::kReorder, context);
  }
}

void Connection::adjust_window(const loss_recovery::Judgement& judgement, const Delivery& delivery,
                               const Flight& before, Context& context) {
  ActiveBlock& block = *active_;
  const congestion::Controller& control = controller(context);
  const std::uint32_t mss = full_segment();
  Duration rtt{-1};
  if (delivery.some_original && !delivery.some_again) {
    rtt = context.now - delivery.newest.sent_at;
    rtt_.note_shortest(rtt, context.now);
  }
  const bool repairing = before.fast_recovery || block.recovery.in_fast_recovery() || judgement.congestion;
  // The window was used when it was full within a segment, or in slow start by half: growth doubles it.
  const std::uint32_t most = std::max(before.in_flight, block.window_use.most());
  const bool used = most + mss > cc_.cwnd || (cc_.in_slow_start() && 2 * most > cc_.cwnd);
  // RFC 3168 §6.1.2: what tells of congestion is no reason to grow.
  const bool limited = used && !before.marked;
  const congestion::RateSample rate = block.rate.on_delivery(delivery, rtt_.min_rtt(), context.now);
  control.on_ack(cc_, block.scratch,
                 {.now = context.now,
                  .acked = counted(delivery, before, mss, context.config),
                  .delivered = delivery.delivered,
                  .lost = block.rate.take_lost(),
                  .in_flight_before = before.in_flight,
                  .in_flight = in_flight(),
                  .mss = mss,
                  .slow_start_limit = slow_start_limit(context.config, before.behind_timeout, mss),
                  .conservative_rounds = context.config.conservative_rounds,
                  .rtt = rtt,
                  .srtt = rtt_.srtt(),
                  .total_delivered = block.rate.delivered(),
                  .rate = rate,
                  .ce = block.ecn.take_marked(),
                  .seed = timestamp_offset_,
                  .in_recovery = repairing,
                  .was_cwnd_limited = limited,
                  .looks_seldom = context.config.linux_habits.cubic_looks_seldom});
  if (judgement.recovered && !judgement.undo) control.on_recovered(cc_, block.scratch, context.now);
  follow_prr(judgement, delivery, context);
}

void Connection::follow_prr(const loss_recovery::Judgement& judgement, const Delivery& delivery, Context& context) {
  ActiveBlock& block = *active_;
  if (!agreed_.sack || !block.recovery.in_fast_recovery() || controller(context).owns_recovery()) return;
  const std::uint32_t mss = full_segment();
  const std::uint32_t flight = in_flight();
  const std::uint32_t more = block.recovery.prr_allowed({.delivered = delivery.delivered,
                                                         .in_flight = flight,
                                                         .ssthresh = cc_.ssthresh,
                                                         .mss = mss,
                                                         .safe = judgement.safe});
  cc_.cwnd = std::max(flight + more, mss);
}

// RFC 8985 §7.2, and only where SACK was agreed (8985-1): after new text went out or some was acknowledged, where RACK
// would have nothing to go by.
void Connection::schedule_tail_probe(Context& context) {
  if (!agreed_.sack || !active_ || !is_one_of(state_, kSynchronized)) return;
  const Outstanding& outstanding = active_->outstanding;
  if (outstanding.empty() || !timers_.is_set(Timer::kRetransmit) || !active_->recovery.may_probe(outstanding)) {
    stop_timer(Timer::kTailProbe, context);
    return;
  }
  const bool single = outstanding.size() <= full_segment();
  const Duration wait = loss_recovery::TailLossProbe::timeout(rtt_.srtt(), rtt_.has_sample(), single);
  set_timer(Timer::kTailProbe, std::min(context.now + wait, timers_[Timer::kRetransmit]), context);
}

void Connection::on_tail_probe_timeout(Context& context) {
  if (active_->outstanding.empty() || !active_->recovery.may_probe(active_->outstanding)) return;
  active_->recovery.owe_probe();
  if (timers_.is_set(Timer::kRetransmit)) {
    set_timer(Timer::kRetransmit, within_r2(rtt_.rto(context.config), context), context);
  }
}

// RFC 8985 §6.3 (8985-4): what was late by less than the reordering window may be late by more now.
void Connection::on_reorder_timeout(Context& context) {
  loss_recovery::AckFacts facts = ack_facts(tcb_.snd.una, context);
  facts.outstanding_before = active_->outstanding.size();
  facts.sacked_before = active_->outstanding.sacked();
  const loss_recovery::Judgement judgement = active_->recovery.on_reorder_timeout(facts, active_->outstanding, cc_);
  respond(judgement, facts.outstanding_before, context);
  learn_path({}, judgement, context);
  follow_prr(judgement, {}, context);
}

}  // namespace handfast::tcp
