#pragma once

#include "tcp/congestion/bbr_flow.h"

// What BBR makes of its model (draft-ietf-ccwg-bbr §5.6): a pacing rate a hundredth below what the path delivers, times
// the gain of the phase, and a window of about two BDPs that the bounds of the model cut.

namespace handfast::tcp::congestion::bbr {

/// InitPacingRate: a window in a round trip, or in a millisecond while none is known.
std::uint64_t first_pacing_rate(std::uint32_t window, Duration srtt);
/// SetPacingRateWithGain. Until the pipe was full once, the rate only rises.
void set_pacing_rate(Flow& flow, std::uint64_t gain_percent);
/// SetCwnd.
void set_cwnd(State& state, const Flow& flow, const Ack& ack);
/// BoundCwndForProbeRTT and BoundCwndForModel.
void bound_cwnd(State& state, const Flow& flow);

}  // namespace handfast::tcp::congestion::bbr
