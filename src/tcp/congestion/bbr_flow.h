#pragma once

#include <cstdint>

#include "tcp/congestion/controller.h"

// What BBRv3 (draft-ietf-ccwg-bbr-06) remembers of a flow, and the arithmetic that its parts share. Names are those of
// the draft. Rates are bytes a second, volumes bytes, gains percent, all of it integers.

namespace handfast::tcp::congestion::bbr {

inline constexpr std::uint32_t kUnlimited = ~0u;        ///< "Infinity" of a volume
inline constexpr std::uint64_t kUnlimitedRate = ~0ull;  ///< and of a rate
inline constexpr std::uint64_t kFastest = 1ull << 34;   ///< no sample is above: a second's worth times 1e9 fits
inline constexpr Duration kNoRtt = Duration::max();     ///< "Infinity" of a time
inline constexpr std::uint64_t kMinPipeSegments = 4;    ///< BBR.MinPipeCwnd, in segments
inline constexpr std::uint64_t kLossThreshPercent = 2;  ///< BBR.LossThresh
inline constexpr std::uint64_t kBetaTenths = 7;         ///< BBR.Beta
inline constexpr std::uint8_t kFullLossCount = 6;       ///< BBR.StartupFullLossCnt
inline constexpr Duration kProbeRttInterval = std::chrono::seconds(5);
inline constexpr Duration kProbeRttDuration = std::chrono::milliseconds(200);
inline constexpr Duration kMinRttFilter = std::chrono::seconds(10);

enum class Phase : std::uint8_t {
  kStartup,  ///< doubling, to find the bandwidth
  kDrain,    ///< the queue that Startup left
  kDown,     ///< ProbeBW: slower than the path delivers
  kCruise,   ///< ProbeBW: as fast
  kRefill,   ///< ProbeBW: as fast, with nothing held back, for one round
  kUp,       ///< ProbeBW: faster
  kProbeRtt  ///< half a BDP, to see the path without a queue
};

/// What acknowledgments say of the last probe for bandwidth.
enum class AckPhase : std::uint8_t { kInit, kRefilling, kProbeStarting, kProbeFeedback, kProbeStopping };

/// Where an undo leads back to.
enum class UndoTo : std::uint8_t { kNowhere, kStartup, kUp };

/// It begins as zeroes and is set up by the first acknowledgment (§5.2.1).
struct Flow {
  std::uint64_t delivered = 0;  ///< C.delivered
  std::uint64_t next_round_delivered = 0;
  std::uint64_t loss_round_delivered = 0;
  std::uint64_t app_limited_until = 0;  ///< what is sent before this much is delivered says little of the path
  std::uint64_t bw = 0;
  std::uint64_t max_bw_before = 0;  ///< of the cycle before this one
  std::uint64_t max_bw_now = 0;     ///< of this one
  std::uint64_t bw_latest = 0;
  std::uint64_t bw_shortterm = 0;
  std::uint64_t undo_bw_shortterm = 0;
  std::uint64_t full_bw = 0;
  std::uint64_t pacing_rate = 0;
  std::uint64_t extra_acked_delivered = 0;
  Instant extra_acked_start;
  Instant cycle_stamp;
  Instant min_rtt_stamp;
  Instant probe_rtt_min_stamp;
  Instant probe_rtt_done_stamp;  ///< the origin of the clock: not set
  Duration min_rtt{};
  Duration probe_rtt_min_delay{};
  Duration bw_probe_wait{};
  std::uint32_t mss = 0;  ///< zero: not set up
  std::uint32_t initial_cwnd = 0;
  std::uint32_t prior_cwnd = 0;
  std::uint32_t inflight_latest = 0;
  std::uint32_t inflight_longterm = 0;
  std::uint32_t inflight_shortterm = 0;
  std::uint32_t undo_inflight_longterm = 0;
  std::uint32_t undo_inflight_shortterm = 0;
  std::uint32_t extra_acked_before = 0;
  std::uint32_t extra_acked_now = 0;
  std::uint32_t bw_probe_up_acked = 0;
  std::uint32_t probe_up_acked_per_inc = 0;
  std::uint32_t marked_in_round = 0;  ///< bytes that met congestion, by ECN
  std::uint32_t random = 0;
  std::uint8_t drain_rounds = 0;
  std::uint8_t rounds_since_probe_up = 0;
  std::uint8_t bw_probe_up_rounds = 0;
  std::uint8_t full_bw_count = 0;
  std::uint8_t loss_events_in_round = 0;
  std::uint8_t extra_acked_rounds = 0;
  Phase phase = Phase::kStartup;
  AckPhase ack_phase = AckPhase::kInit;
  UndoTo undo_to = UndoTo::kNowhere;
  // One bit each: with a byte for each, the whole would not fit into Scratch.
  bool full_bw_reached : 1 = false;
  bool full_bw_now : 1 = false;
  bool is_loss_in_round : 1 = false;
  bool is_bw_probe_sample : 1 = false;
  bool prev_probe_too_high : 1 = false;
  bool prev_probe_precautionary : 1 = false;
  bool probe_rtt_round_done : 1 = false;
  bool idle_restart : 1 = false;
  bool in_recovery : 1 = false;  ///< between on_loss or on_timeout, and on_recovered
  bool is_saved : 1 = false;     ///< what undo needs belongs to an episode of loss that is not over
  bool has_rtt : 1 = false;      ///< the first pacing rate follows from a round trip
  bool was_cwnd_limited : 1 = false;
  bool is_cwnd_limited : 1 = false;

  std::uint64_t max_bw() const { return max_bw_before > max_bw_now ? max_bw_before : max_bw_now; }
  std::uint32_t extra_acked() const {
    return extra_acked_before > extra_acked_now ? extra_acked_before : extra_acked_now;
  }
  std::uint64_t min_pipe_cwnd() const { return kMinPipeSegments * mss; }
  bool in_probe_bw() const { return phase >= Phase::kDown && phase <= Phase::kUp; }
  bool is_probing_bw() const { return phase == Phase::kStartup || phase == Phase::kRefill || phase == Phase::kUp; }
  /// §5.5.1: what is sent from here on makes up the next round.
  void start_round() { next_round_delivered = delivered; }
};

/// One acknowledgment on its way through the model.
struct Step {
  State& state;
  Flow& flow;
  const Ack& ack;
  std::uint64_t delivery_rate = 0;  ///< zero: no sample
  bool is_app_limited = false;
  bool round_start = false;
  bool loss_round_start = false;
  bool probe_rtt_expired = false;
};

/// What a rate delivers in a time, at least 0.
std::uint64_t bytes_in(std::uint64_t rate, Duration span);
/// The rate of a sample; zero where there is none, or where it took less than a round trip can (§4.1.2.3: what was sent
/// twice was taken for what had been sent first).
std::uint64_t rate_of(const Flow& flow, const RateSample& sample);
/// The gains of a phase, in percent (§5.6.1).
std::uint64_t pacing_gain(Phase phase);
std::uint64_t cwnd_gain(Phase phase);

/// gain * BDP at a bandwidth, in percent; the initial window while there is no round trip.
std::uint64_t bdp_multiple(const Flow& flow, std::uint64_t bw, std::uint64_t gain_percent);
/// §5.6.4.2: enough to keep offloads and delayed acknowledgments going.
std::uint64_t quantization_budget(const Flow& flow, std::uint64_t inflight_cap);
/// Inflight(gain 1) at a bandwidth.
std::uint64_t inflight_for(const Flow& flow, std::uint64_t bw);
/// The BDP, unless congestion cut the window below it.
std::uint64_t target_inflight(const State& state, const Flow& flow);
/// inflight_longterm less some room for others.
std::uint64_t inflight_with_headroom(const Flow& flow);

/// Deterministic, and never zero: xorshift.
std::uint32_t draw(Flow& flow);

}  // namespace handfast::tcp::congestion::bbr
