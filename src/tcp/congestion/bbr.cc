#include "tcp/congestion/bbr.h"

#include <algorithm>

#include "tcp/congestion/bbr_control.h"
#include "tcp/congestion/bbr_flow.h"
#include "tcp/congestion/bbr_model.h"
#include "tcp/congestion/bbr_phases.h"

namespace handfast::tcp::congestion {

namespace {

using bbr::Flow;

bool is_set_up(const Flow& flow) { return flow.mss != 0; }

// §5.2.1. Nothing touched the window before the first event, so it is the initial one.
void set_up(const State& state, Flow& flow, Instant now, std::uint32_t mss) {
  flow = {};
  flow.mss = mss;
  flow.initial_cwnd = state.cwnd;
  flow.min_rtt = bbr::kNoRtt;
  flow.probe_rtt_min_delay = bbr::kNoRtt;
  flow.min_rtt_stamp = now;
  flow.probe_rtt_min_stamp = now;
  flow.extra_acked_start = now;
  flow.inflight_longterm = bbr::kUnlimited;
  flow.probe_up_acked_per_inc = bbr::kUnlimited;
  bbr::reset_short_term_model(flow);
  flow.pacing_rate = bbr::first_pacing_rate(state.cwnd, Duration::zero());
}

Flow& flow_of(const State& state, Scratch& scratch, Instant now, std::uint32_t mss) {
  auto& flow = scratch.as<Flow>();
  if (!is_set_up(flow)) set_up(state, flow, now, mss);
  return flow;
}

// §5.6.2: the first round trip says what rate the initial window is; from zero it starts the filter, too.
void take_first_rtt(Flow& flow, const Ack& ack) {
  const Duration rtt = ack.srtt > Duration::zero() ? ack.srtt : ack.rtt;
  if (flow.has_rtt || rtt <= Duration::zero()) return;
  flow.has_rtt = true;
  if (flow.bw == 0) flow.pacing_rate = bbr::first_pacing_rate(flow.initial_cwnd, rtt);
  if (flow.min_rtt == bbr::kNoRtt) flow.min_rtt = rtt;
}

}  // namespace

void Bbr::on_start(State& state, std::uint32_t initial_window) const {
  state.cwnd = initial_window;
  state.ssthresh = kLargestWindow;
}

void Bbr::on_ack(State& state, Scratch& scratch, const Ack& ack) const {
  Flow& flow = flow_of(state, scratch, ack.now, ack.mss);
  if (flow.random == 0) flow.random = ack.seed | 1;
  flow.mss = ack.mss;
  flow.delivered = ack.total_delivered;
  take_first_rtt(flow, ack);
  if (!ack.in_recovery && !flow.in_recovery && ack.lost == 0) flow.is_saved = false;
  bbr::Step step{.state = state, .flow = flow, .ack = ack, .delivery_rate = bbr::rate_of(flow, ack.rate)};
  const bool was_marked = flow.app_limited_until != 0 && ack.rate.prior_delivered <= flow.app_limited_until;
  step.is_app_limited = ack.rate.is_app_limited || was_marked;
  bbr::react_to_losses(step);
  bbr::update_signals(step);
  bbr::update_ack_aggregation(step);
  bbr::check_startup_and_drain(step);
  bbr::update_probe_bw(step);
  bbr::update_min_rtt(step);
  bbr::check_probe_rtt(step);
  bbr::finish_signals(step);
  bbr::set_pacing_rate(flow, bbr::pacing_gain(flow.phase));
  bbr::set_cwnd(state, flow, ack);
}

// The model answers to a loss, round by round; the window is only remembered (§5.6.4.4). A mark is no loss that could
// turn out to be none, and there is nothing to repair.
void Bbr::on_loss(State& state, Scratch& scratch, const Loss& loss) const {
  Flow& flow = flow_of(state, scratch, loss.now, loss.mss);
  bbr::note_loss(flow);
  if (loss.by_ecn) return;
  bbr::save_state_upon_loss(state, flow);
  flow.in_recovery = true;
}

// §5.6.4.4: room for one segment. What is in flight counts as lost by now.
void Bbr::on_timeout(State& state, Scratch& scratch, const Loss& loss, bool first) const {
  Flow& flow = flow_of(state, scratch, loss.now, loss.mss);
  bbr::save_cwnd(state, flow);
  if (first) bbr::save_state_upon_loss(state, flow);
  flow.in_recovery = true;
  state.cwnd = loss.mss;
}

void Bbr::on_recovered(State& state, Scratch& scratch, Instant /*now*/) const {
  auto& flow = scratch.as<Flow>();
  if (!is_set_up(flow) || !flow.in_recovery) return;
  flow.in_recovery = false;
  flow.is_saved = false;
  bbr::restore_cwnd(state, flow);
  bbr::bound_cwnd(state, flow);
}

// §5.4: the window stays, and the pace is that of the path.
void Bbr::on_idle(State& state, Scratch& scratch, Instant now, std::uint32_t /*restart_window*/,
                  bool /*longer_than_rto*/) const {
  auto& flow = scratch.as<Flow>();
  if (!is_set_up(flow)) return;
  flow.idle_restart = true;
  flow.extra_acked_start = now;
  flow.extra_acked_delivered = 0;
  if (flow.in_probe_bw()) {
    bbr::set_pacing_rate(flow, 100);
  } else if (flow.phase == bbr::Phase::kProbeRtt) {
    bbr::check_probe_rtt_done(state, flow, now);
  }
}

void Bbr::on_undo(State& state, Scratch& scratch, const State& before) const {
  auto& flow = scratch.as<Flow>();
  if (!is_set_up(flow)) return;
  flow.in_recovery = false;
  flow.is_saved = false;
  flow.prior_cwnd = std::max(flow.prior_cwnd, before.cwnd);
  bbr::undo_loss(state, flow);
}

std::uint64_t Bbr::pacing_rate(const State& state, const Scratch& scratch) const {
  const auto& flow = scratch.as<Flow>();
  return is_set_up(flow) ? flow.pacing_rate : bbr::first_pacing_rate(state.cwnd, Duration::zero());
}

// The model is all there is; without it the flow would begin with Startup and the window of today.
bool Bbr::is_worth_keeping(const State& /*state*/, const Scratch& scratch) const {
  return scratch.as<Flow>().max_bw() > 0;
}

const Controller& bbr_controller() {
  static constexpr Bbr kInstance;
  return kInstance;
}

}  // namespace handfast::tcp::congestion
