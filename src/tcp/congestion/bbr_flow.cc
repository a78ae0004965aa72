#include "tcp/congestion/bbr_flow.h"

#include <algorithm>

namespace handfast::tcp::congestion::bbr {

namespace {

constexpr std::uint64_t kNanoseconds = 1'000'000'000;

// §5.6.3: a millisecond's worth, so that the timer and the card are not asked for every segment. The quantum of the
// draft is not handed out, but the budget below counts in it.
std::uint64_t send_quantum(const Flow& flow) {
  constexpr std::uint64_t kLargest = 64 * 1024;
  return std::max<std::uint64_t>(std::min(flow.pacing_rate / 1000, kLargest), 2ull * flow.mss);
}

}  // namespace

std::uint64_t bytes_in(std::uint64_t rate, Duration span) {
  const auto count =
      static_cast<std::uint64_t>(std::clamp(span, Duration::zero(), Duration(std::chrono::hours(1))).count());
  const std::uint64_t bounded = std::min(rate, kFastest);
  return bounded * (count / kNanoseconds) + bounded * (count % kNanoseconds) / kNanoseconds;
}

std::uint64_t rate_of(const Flow& flow, const RateSample& sample) {
  if (!sample.valid() || (flow.min_rtt != kNoRtt && sample.interval < flow.min_rtt)) return 0;
  return std::min(sample.delivered * kNanoseconds / static_cast<std::uint64_t>(sample.interval.count()), kFastest);
}

std::uint64_t pacing_gain(Phase phase) {
  switch (phase) {
    case Phase::kStartup:
      return 277;
    case Phase::kDrain:
      return 50;
    case Phase::kDown:
      return 90;
    case Phase::kUp:
      return 125;
    case Phase::kCruise:
    case Phase::kRefill:
    case Phase::kProbeRtt:
      break;
  }
  return 100;
}

std::uint64_t cwnd_gain(Phase phase) {
  if (phase == Phase::kUp) return 225;
  if (phase == Phase::kProbeRtt) return 50;
  return 200;
}

std::uint64_t bdp_multiple(const Flow& flow, std::uint64_t bw, std::uint64_t gain_percent) {
  if (flow.min_rtt == kNoRtt) return flow.initial_cwnd;
  // Beyond a few windows it makes no difference.
  return std::min<std::uint64_t>(bytes_in(bw, flow.min_rtt), 8ull * kLargestWindow) * gain_percent / 100;
}

std::uint64_t quantization_budget(const Flow& flow, std::uint64_t inflight_cap) {
  const std::uint64_t budget = std::max({inflight_cap, 3 * send_quantum(flow), flow.min_pipe_cwnd()});
  return flow.phase == Phase::kUp ? budget + 2ull * flow.mss : budget;
}

std::uint64_t inflight_for(const Flow& flow, std::uint64_t bw) {
  return quantization_budget(flow, bdp_multiple(flow, bw, 100));
}

std::uint64_t target_inflight(const State& state, const Flow& flow) {
  return std::min<std::uint64_t>(bdp_multiple(flow, flow.bw, 100), state.cwnd);
}

std::uint64_t inflight_with_headroom(const Flow& flow) {
  if (flow.inflight_longterm == kUnlimited) return kUnlimited;
  constexpr std::uint64_t kHeadroomPercent = 15;
  const std::uint64_t longterm = flow.inflight_longterm;
  const std::uint64_t headroom = std::max<std::uint64_t>(flow.mss, longterm * kHeadroomPercent / 100);
  return std::max(longterm - std::min(longterm, headroom), flow.min_pipe_cwnd());
}

std::uint32_t draw(Flow& flow) {
  std::uint32_t x = flow.random;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return flow.random = x;
}

}  // namespace handfast::tcp::congestion::bbr
