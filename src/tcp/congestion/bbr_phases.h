#pragma once

#include "tcp/congestion/bbr_flow.h"

// The state machine of BBR (draft-ietf-ccwg-bbr §5.3). Startup doubles until the bandwidth no longer grows or too much
// is lost, Drain empties the queue that this made. From then on a cycle: Down gives way, Cruise keeps the rate, Refill
// fills the pipe for a round and Up probes for more. Every five seconds without a shorter round trip, ProbeRTT empties
// the path for 200 ms to measure it.

namespace handfast::tcp::congestion::bbr {

/// HandleInflightTooHigh, where what was sent to probe for bandwidth was lost too often.
void react_to_losses(Step& step);
/// CheckFullBWReached, CheckStartupDone and CheckDrainDone.
void check_startup_and_drain(Step& step);
/// UpdateProbeBWCyclePhase.
void update_probe_bw(Step& step);
/// CheckProbeRTT.
void check_probe_rtt(Step& step);

/// HandleRestartFromIdle, as far as ProbeRTT goes: it may be over.
void check_probe_rtt_done(State& state, Flow& flow, Instant now);
/// RestoreCwnd.
void restore_cwnd(State& state, const Flow& flow);
/// HandleSpuriousLossDetection.
void undo_loss(State& state, Flow& flow);

}  // namespace handfast::tcp::congestion::bbr
