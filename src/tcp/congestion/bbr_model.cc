#include "tcp/congestion/bbr_model.h"

#include <algorithm>

namespace handfast::tcp::congestion::bbr {

namespace {

// §5.5.1: a round ends when something that was sent after its start is delivered.
void update_round(Step& step) {
  Flow& flow = step.flow;
  step.round_start = step.ack.delivered > 0 && step.ack.rate.prior_delivered >= flow.next_round_delivered;
  flow.is_cwnd_limited = flow.is_cwnd_limited || step.ack.was_cwnd_limited;
  if (!step.round_start) return;
  flow.start_round();
  if (flow.rounds_since_probe_up < 255) ++flow.rounds_since_probe_up;
  if (flow.drain_rounds < 255) ++flow.drain_rounds;
  flow.was_cwnd_limited = flow.is_cwnd_limited;
  flow.is_cwnd_limited = step.ack.was_cwnd_limited;
}

// §5.5.5: a sample that the caller held down counts only where it raises the estimate all the same.
void update_max_bw(Step& step) {
  Flow& flow = step.flow;
  if (step.delivery_rate == 0) return;
  if (step.is_app_limited && step.delivery_rate < flow.max_bw()) return;
  flow.max_bw_now = std::max(flow.max_bw_now, step.delivery_rate);
}

std::uint32_t times_beta(std::uint32_t bytes) { return static_cast<std::uint32_t>(bytes * kBetaTenths / 10); }

// §5.5.10.3: once a round, down to what was delivered, though by no more than three tenths.
void adapt_lower_bounds(Step& step) {
  Flow& flow = step.flow;
  if (flow.is_probing_bw() || !flow.is_loss_in_round) return;
  if (flow.bw_shortterm == kUnlimitedRate) flow.bw_shortterm = flow.max_bw();
  if (flow.inflight_shortterm == kUnlimited) flow.inflight_shortterm = step.state.cwnd;
  flow.bw_shortterm = std::max(flow.bw_latest, flow.bw_shortterm / 10 * kBetaTenths);
  flow.inflight_shortterm = std::max(flow.inflight_latest, times_beta(flow.inflight_shortterm));
}

// The filter forgets in two steps of half its length: one round each in Startup, later five.
void advance_extra_acked(Step& step) {
  Flow& flow = step.flow;
  if (!step.round_start) return;
  const std::uint8_t half = flow.full_bw_reached ? 5 : 1;
  if (++flow.extra_acked_rounds < half) return;
  flow.extra_acked_rounds = 0;
  flow.extra_acked_before = flow.extra_acked_now;
  flow.extra_acked_now = 0;
}

}  // namespace

void update_signals(Step& step) {
  Flow& flow = step.flow;
  flow.bw_latest = std::max(flow.bw_latest, step.delivery_rate);
  flow.inflight_latest = std::max(flow.inflight_latest, step.ack.rate.delivered);
  step.loss_round_start = step.ack.delivered > 0 && step.ack.rate.prior_delivered >= flow.loss_round_delivered;
  if (step.loss_round_start) flow.loss_round_delivered = flow.delivered;
  update_round(step);
  update_max_bw(step);
  if (step.loss_round_start) adapt_lower_bounds(step);
}

void update_ack_aggregation(Step& step) {
  Flow& flow = step.flow;
  advance_extra_acked(step);
  std::uint64_t expected = bytes_in(flow.bw, step.ack.now - flow.extra_acked_start);
  if (flow.extra_acked_delivered <= expected) {
    flow.extra_acked_delivered = 0;
    flow.extra_acked_start = step.ack.now;
    expected = 0;
  }
  flow.extra_acked_delivered += step.ack.delivered;
  const std::uint64_t extra = std::min<std::uint64_t>(flow.extra_acked_delivered - expected, step.state.cwnd);
  flow.extra_acked_now = std::max(flow.extra_acked_now, static_cast<std::uint32_t>(extra));
}

void update_min_rtt(Step& step) {
  Flow& flow = step.flow;
  const Instant now = step.ack.now;
  step.probe_rtt_expired = now > flow.probe_rtt_min_stamp + kProbeRttInterval;
  const Duration rtt = step.ack.rtt;
  if (rtt > Duration::zero() && (rtt < flow.probe_rtt_min_delay || step.probe_rtt_expired)) {
    flow.probe_rtt_min_delay = rtt;
    flow.probe_rtt_min_stamp = now;
  }
  const bool min_rtt_expired = now > flow.min_rtt_stamp + kMinRttFilter;
  if (flow.probe_rtt_min_delay < flow.min_rtt || min_rtt_expired) {
    flow.min_rtt = flow.probe_rtt_min_delay;
    flow.min_rtt_stamp = flow.probe_rtt_min_stamp;
  }
}

void finish_signals(Step& step) {
  Flow& flow = step.flow;
  if (step.loss_round_start) {
    flow.bw_latest = step.delivery_rate;
    flow.inflight_latest = step.ack.rate.delivered;
    flow.is_loss_in_round = false;
    flow.loss_events_in_round = 0;
    flow.marked_in_round = 0;
  }
  flow.bw = std::min(flow.max_bw(), flow.bw_shortterm);
}

// A cycle without a sample would forget the bandwidth altogether.
void advance_max_bw_filter(Flow& flow) {
  if (flow.max_bw_now == 0) return;
  flow.max_bw_before = flow.max_bw_now;
  flow.max_bw_now = 0;
}

void reset_congestion_signals(Flow& flow) {
  flow.is_loss_in_round = false;
  flow.loss_events_in_round = 0;
  flow.marked_in_round = 0;
  flow.bw_latest = 0;
  flow.inflight_latest = 0;
}

void reset_short_term_model(Flow& flow) {
  flow.bw_shortterm = kUnlimitedRate;
  flow.inflight_shortterm = kUnlimited;
}

void note_loss(Flow& flow) {
  if (!flow.is_loss_in_round) flow.loss_round_delivered = flow.delivered;
  flow.is_loss_in_round = true;
}

// §3.7: where packets claim to understand ECN, a mark has to count as congestion; here it counts as a loss.
bool is_inflight_too_high(const Step& step) {
  const std::uint64_t lost = std::uint64_t{step.ack.rate.lost} + step.flow.marked_in_round;
  return lost * 100 > step.ack.rate.tx_in_flight * kLossThreshPercent;
}

std::uint32_t inflight_at_loss(const Step& step) {
  // All that this acknowledgment shows to be lost is taken for the packet P of the draft.
  const RateSample& rate = step.ack.rate;
  const std::uint32_t size = std::min({step.ack.lost, rate.tx_in_flight, rate.lost});
  const std::uint64_t inflight_before = rate.tx_in_flight - size;
  const std::uint64_t lost_before = std::uint64_t{rate.lost - size} + step.flow.marked_in_round;
  const std::uint64_t allowed = inflight_before * kLossThreshPercent;
  const std::uint64_t prefix =
      allowed > lost_before * 100 ? (allowed - lost_before * 100) / (100 - kLossThreshPercent) : 0;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(inflight_before + prefix, kLargestWindow));
}

void save_cwnd(const State& state, Flow& flow) {
  const bool is_modulated = flow.in_recovery || flow.phase == Phase::kProbeRtt;
  flow.prior_cwnd = is_modulated ? std::max(flow.prior_cwnd, state.cwnd) : state.cwnd;
}

void save_state_upon_loss(const State& state, Flow& flow) {
  if (flow.is_saved) return;
  flow.is_saved = true;
  save_cwnd(state, flow);
  flow.undo_to = UndoTo::kNowhere;
  flow.undo_bw_shortterm = flow.bw_shortterm;
  flow.undo_inflight_shortterm = flow.inflight_shortterm;
  flow.undo_inflight_longterm = flow.inflight_longterm;
}

}  // namespace handfast::tcp::congestion::bbr
