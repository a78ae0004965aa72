#include "tcp/congestion/bbr_phases.h"

#include <algorithm>

#include "tcp/congestion/bbr_model.h"

namespace handfast::tcp::congestion::bbr {

namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kRoundsOfDrain = 3;
constexpr std::uint64_t kRenoRounds = 63;

void reset_full_bw(Flow& flow) {
  flow.full_bw = 0;
  flow.full_bw_count = 0;
  flow.full_bw_now = false;
}

// Chance keeps flows from probing in step. A round more or less, and two to three seconds.
void pick_probe_wait(Flow& flow) {
  flow.rounds_since_probe_up = draw(flow) & 1;
  flow.bw_probe_wait = 2s + std::chrono::milliseconds(draw(flow) % 1000);
}

void start_down(Flow& flow, Instant now) {
  reset_congestion_signals(flow);
  flow.probe_up_acked_per_inc = kUnlimited;
  pick_probe_wait(flow);
  flow.cycle_stamp = now;
  flow.ack_phase = AckPhase::kProbeStopping;
  flow.start_round();
  flow.phase = Phase::kDown;
}

void start_refill(Flow& flow) {
  reset_short_term_model(flow);
  flow.bw_probe_up_rounds = 0;
  flow.bw_probe_up_acked = 0;
  flow.prev_probe_precautionary = false;
  flow.ack_phase = AckPhase::kRefilling;
  flow.start_round();
  flow.phase = Phase::kRefill;
}

// Each round inflight_longterm grows by twice as much: one segment, two, four, ...
void raise_slope(const State& state, Flow& flow) {
  const std::uint32_t growth = 1u << flow.bw_probe_up_rounds;
  flow.bw_probe_up_rounds = static_cast<std::uint8_t>(std::min(flow.bw_probe_up_rounds + 1, 30));
  flow.probe_up_acked_per_inc = std::max(state.cwnd / growth, flow.mss);
}

void start_up(Step& step) {
  Flow& flow = step.flow;
  flow.ack_phase = AckPhase::kProbeStarting;
  flow.start_round();
  reset_full_bw(flow);
  flow.full_bw = step.delivery_rate;
  flow.phase = Phase::kUp;
  raise_slope(step.state, flow);
}

// --- Startup and Drain ---

// §5.3.1.2: three rounds in which the bandwidth grew by less than a quarter.
void check_full_bw_reached(Step& step) {
  Flow& flow = step.flow;
  if (flow.full_bw_now || !step.round_start || step.is_app_limited || step.delivery_rate == 0) return;
  if (step.delivery_rate * 4 >= flow.full_bw * 5) {
    reset_full_bw(flow);
    flow.full_bw = step.delivery_rate;
    return;
  }
  ++flow.full_bw_count;
  flow.full_bw_now = flow.full_bw_count >= 3;
  if (flow.full_bw_now) flow.full_bw_reached = true;
}

// §5.3.1.3: a whole round of recovery, more than 2 % lost, in at least six places. Places are counted as
// acknowledgments that tell of losses; marks need no recovery.
void check_startup_high_loss(Step& step) {
  Flow& flow = step.flow;
  if (flow.full_bw_reached || !step.loss_round_start) return;
  if (!step.ack.in_recovery && flow.marked_in_round == 0) return;
  if (flow.loss_events_in_round < kFullLossCount || !is_inflight_too_high(step)) return;
  flow.undo_to = UndoTo::kStartup;
  flow.full_bw_reached = true;
  flow.full_bw_now = true;
  flow.inflight_longterm = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(bdp_multiple(flow, flow.bw, 100), flow.inflight_latest, kLargestWindow));
}

// --- ProbeBW ---

// §5.3.3.8: after two to three seconds, or as many rounds as Reno would need to grow by what is in flight.
bool is_time_to_probe_bw(const Step& step) {
  const Flow& flow = step.flow;
  if (step.ack.now > flow.cycle_stamp + flow.bw_probe_wait) return true;
  const std::uint64_t segments = target_inflight(step.state, flow) / flow.mss;
  return flow.rounds_since_probe_up >= std::min(segments, kRenoRounds);
}

bool is_time_to_cruise(const Step& step) {
  const Flow& flow = step.flow;
  return step.ack.in_flight <= inflight_with_headroom(flow) && step.ack.in_flight <= inflight_for(flow, flow.max_bw());
}

bool is_cwnd_limited(const Flow& flow) { return flow.is_cwnd_limited || flow.was_cwnd_limited; }

bool is_time_to_go_down(Step& step) {
  Flow& flow = step.flow;
  // In flight is whole segments: the level is reached when no other fits below it.
  if (flow.prev_probe_too_high && std::uint64_t{step.ack.in_flight_before} + flow.mss > flow.inflight_longterm) {
    flow.prev_probe_precautionary = true;
    return true;
  }
  if (is_cwnd_limited(flow) && step.state.cwnd >= flow.inflight_longterm) {
    // The bound, not the path, holds the bandwidth down.
    reset_full_bw(flow);
    flow.full_bw = step.delivery_rate;
    return false;
  }
  return flow.full_bw_now;
}

void probe_upward(Step& step) {
  Flow& flow = step.flow;
  if (!is_cwnd_limited(flow) || step.state.cwnd < flow.inflight_longterm) return;
  flow.bw_probe_up_acked += step.ack.delivered;
  if (flow.bw_probe_up_acked >= flow.probe_up_acked_per_inc) {
    const std::uint64_t steps = flow.bw_probe_up_acked / flow.probe_up_acked_per_inc;
    flow.bw_probe_up_acked %= flow.probe_up_acked_per_inc;
    flow.inflight_longterm =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(flow.inflight_longterm + steps * flow.mss, kLargestWindow));
  }
  if (step.round_start) raise_slope(step.state, flow);
}

// True where it went to another phase.
bool end_of_feedback(Step& step) {
  Flow& flow = step.flow;
  if (flow.ack_phase == AckPhase::kProbeStarting && step.round_start) flow.ack_phase = AckPhase::kProbeFeedback;
  if (flow.ack_phase != AckPhase::kProbeStopping || !step.round_start) return false;
  flow.is_bw_probe_sample = false;
  flow.ack_phase = AckPhase::kInit;
  if (!flow.in_probe_bw()) return false;
  if (!step.is_app_limited) advance_max_bw_filter(flow);
  // A cautious probe that lost little is followed by one that is not.
  if (!flow.prev_probe_precautionary || flow.prev_probe_too_high) return false;
  start_refill(flow);
  return true;
}

bool adapt_long_term_model(Step& step) {
  Flow& flow = step.flow;
  if (end_of_feedback(step)) return true;
  if (is_inflight_too_high(step) || flow.inflight_longterm == kUnlimited) return false;
  flow.inflight_longterm = std::max(flow.inflight_longterm, std::min(step.ack.rate.tx_in_flight, kLargestWindow));
  if (flow.phase == Phase::kUp) probe_upward(step);
  return false;
}

// --- ProbeRTT ---

std::uint64_t probe_rtt_cwnd(const Flow& flow) {
  return std::max(bdp_multiple(flow, flow.bw, cwnd_gain(Phase::kProbeRtt)), flow.min_pipe_cwnd());
}

void exit_probe_rtt(Flow& flow, Instant now) {
  reset_short_term_model(flow);
  if (!flow.full_bw_reached) {
    flow.phase = Phase::kStartup;
    return;
  }
  start_down(flow, now);
  // What is in flight is below the BDP already.
  flow.phase = Phase::kCruise;
}

void enter_probe_rtt(Step& step) {
  Flow& flow = step.flow;
  flow.phase = Phase::kProbeRtt;
  save_cwnd(step.state, flow);
  flow.probe_rtt_done_stamp = {};
  flow.ack_phase = AckPhase::kProbeStopping;
  flow.start_round();
}

void handle_probe_rtt(Step& step) {
  Flow& flow = step.flow;
  // MarkConnectionAppLimited: rates of this phase say nothing of the path.
  flow.app_limited_until = flow.delivered + step.ack.in_flight;
  if (flow.probe_rtt_done_stamp == Instant()) {
    if (step.ack.in_flight > probe_rtt_cwnd(flow)) return;
    flow.probe_rtt_done_stamp = step.ack.now + kProbeRttDuration;
    flow.probe_rtt_round_done = false;
    flow.start_round();
    return;
  }
  if (step.round_start) flow.probe_rtt_round_done = true;
  if (flow.probe_rtt_round_done) check_probe_rtt_done(step.state, flow, step.ack.now);
}

}  // namespace

void react_to_losses(Step& step) {
  Flow& flow = step.flow;
  if (step.ack.lost == 0 && step.ack.ce == 0) return;
  if (step.ack.lost > 0) save_state_upon_loss(step.state, flow);
  note_loss(flow);
  if (flow.loss_events_in_round < 255) ++flow.loss_events_in_round;
  flow.marked_in_round = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(std::uint64_t{flow.marked_in_round} + step.ack.ce, kLargestWindow));
  if (!flow.is_bw_probe_sample || !is_inflight_too_high(step)) return;
  flow.prev_probe_too_high = true;
  flow.is_bw_probe_sample = false;
  if (!step.is_app_limited) {
    const std::uint64_t floor = target_inflight(step.state, flow) * kBetaTenths / 10;
    flow.inflight_longterm = static_cast<std::uint32_t>(std::max<std::uint64_t>(inflight_at_loss(step), floor));
  }
  if (flow.phase != Phase::kUp) return;
  flow.undo_to = UndoTo::kUp;
  start_down(flow, step.ack.now);
}

void check_startup_and_drain(Step& step) {
  Flow& flow = step.flow;
  check_full_bw_reached(step);
  check_startup_high_loss(step);
  if (flow.phase == Phase::kStartup && flow.full_bw_reached) {
    flow.phase = Phase::kDrain;
    flow.drain_rounds = 0;
  }
  if (flow.phase != Phase::kDrain) return;
  if (step.ack.in_flight <= inflight_for(flow, flow.bw) || flow.drain_rounds > kRoundsOfDrain) {
    start_down(flow, step.ack.now);
  }
}

void update_probe_bw(Step& step) {
  Flow& flow = step.flow;
  if (!flow.full_bw_reached || adapt_long_term_model(step)) return;
  switch (flow.phase) {
    case Phase::kDown:
    case Phase::kCruise:
      if (is_time_to_probe_bw(step)) {
        start_refill(flow);
      } else if (flow.phase == Phase::kDown && is_time_to_cruise(step)) {
        flow.phase = Phase::kCruise;
      }
      return;
    case Phase::kRefill:
      if (!step.round_start) return;
      flow.is_bw_probe_sample = true;
      start_up(step);
      return;
    case Phase::kUp:
      if (!is_time_to_go_down(step)) return;
      flow.prev_probe_too_high = false;
      start_down(flow, step.ack.now);
      return;
    case Phase::kStartup:
    case Phase::kDrain:
    case Phase::kProbeRtt:
      return;
  }
}

void check_probe_rtt(Step& step) {
  Flow& flow = step.flow;
  // After a pause the path has had time to drain by itself.
  if (flow.phase != Phase::kProbeRtt && step.probe_rtt_expired && !flow.idle_restart) enter_probe_rtt(step);
  if (flow.phase == Phase::kProbeRtt) handle_probe_rtt(step);
  if (step.ack.delivered > 0) flow.idle_restart = false;
}

void check_probe_rtt_done(State& state, Flow& flow, Instant now) {
  if (flow.probe_rtt_done_stamp == Instant() || now <= flow.probe_rtt_done_stamp) return;
  flow.probe_rtt_min_stamp = now;
  restore_cwnd(state, flow);
  exit_probe_rtt(flow, now);
}

void restore_cwnd(State& state, const Flow& flow) { state.cwnd = std::max(state.cwnd, flow.prior_cwnd); }

void undo_loss(State& state, Flow& flow) {
  restore_cwnd(state, flow);
  flow.is_loss_in_round = false;
  reset_full_bw(flow);
  flow.bw_shortterm = std::max(flow.bw_shortterm, flow.undo_bw_shortterm);
  flow.inflight_shortterm = std::max(flow.inflight_shortterm, flow.undo_inflight_shortterm);
  flow.inflight_longterm = std::max(flow.inflight_longterm, flow.undo_inflight_longterm);
  if (flow.undo_to == UndoTo::kStartup && flow.phase != Phase::kStartup) {
    flow.full_bw_reached = false;
    if (flow.phase != Phase::kProbeRtt) flow.phase = Phase::kStartup;
  } else if (flow.undo_to == UndoTo::kUp && flow.phase != Phase::kUp && flow.phase != Phase::kProbeRtt) {
    start_refill(flow);
  }
  flow.undo_to = UndoTo::kNowhere;
}

}  // namespace handfast::tcp::congestion::bbr
