#include "tcp/congestion/bbr_control.h"

#include <algorithm>

namespace handfast::tcp::congestion::bbr {

namespace {

constexpr std::uint64_t kPacedPercent = 99;  // 100 - BBR.PacingMarginPercent

std::uint64_t max_inflight(const Flow& flow) {
  return quantization_budget(flow, bdp_multiple(flow, flow.bw, cwnd_gain(flow.phase)) + flow.extra_acked());
}

// The volume that the long-term model holds to be safe in this phase.
std::uint64_t long_term_cap(const Flow& flow) {
  switch (flow.phase) {
    case Phase::kDown:
    case Phase::kRefill:
    case Phase::kUp:
      return flow.inflight_longterm;
    case Phase::kCruise:
    case Phase::kProbeRtt:
      return inflight_with_headroom(flow);
    case Phase::kStartup:
    case Phase::kDrain:
      break;
  }
  return kUnlimited;
}

void limit(State& state, std::uint64_t cap) {
  state.cwnd = static_cast<std::uint32_t>(std::min<std::uint64_t>(state.cwnd, cap));
}

}  // namespace

std::uint64_t first_pacing_rate(std::uint32_t window, Duration srtt) {
  const Duration round = srtt > Duration::zero() ? srtt : Duration(std::chrono::milliseconds(1));
  const std::uint64_t nominal = window * std::uint64_t{1'000'000'000} / static_cast<std::uint64_t>(round.count());
  return std::max<std::uint64_t>(std::min(nominal, kFastest) * pacing_gain(Phase::kStartup) / 100, 1);
}

void set_pacing_rate(Flow& flow, std::uint64_t gain_percent) {
  const std::uint64_t rate = std::min(flow.bw, kFastest) * gain_percent / 100 * kPacedPercent / 100;
  // Zero would stand for "not paced".
  if (rate > 0 && (flow.full_bw_reached || rate > flow.pacing_rate)) flow.pacing_rate = rate;
}

void set_cwnd(State& state, const Flow& flow, const Ack& ack) {
  const std::uint64_t most = max_inflight(flow);
  const std::uint64_t grown = std::uint64_t{state.cwnd} + ack.delivered;
  std::uint64_t cwnd = state.cwnd;
  if (flow.full_bw_reached) {
    cwnd = std::min(grown, most);
  } else if (cwnd < most || ack.total_delivered < flow.initial_cwnd) {
    cwnd = grown;
  }
  cwnd = std::max(cwnd, flow.min_pipe_cwnd());
  state.cwnd = static_cast<std::uint32_t>(std::min<std::uint64_t>(cwnd, kLargestWindow));
  bound_cwnd(state, flow);
}

void bound_cwnd(State& state, const Flow& flow) {
  if (flow.phase == Phase::kProbeRtt) {
    limit(state, std::max(bdp_multiple(flow, flow.bw, cwnd_gain(Phase::kProbeRtt)), flow.min_pipe_cwnd()));
  }
  const std::uint64_t cap = std::min<std::uint64_t>(long_term_cap(flow), flow.inflight_shortterm);
  limit(state, std::max(cap, flow.min_pipe_cwnd()));
}

}  // namespace handfast::tcp::congestion::bbr
