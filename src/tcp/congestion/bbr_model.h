#pragma once

#include "tcp/congestion/bbr_flow.h"

// The model of the path (draft-ietf-ccwg-bbr §5.5): how fast it delivers at most, how long its round trip is at least,
// how much it takes before it loses, and how much of what is acknowledged comes in lumps. A long-term part remembers
// the best of two cycles of probing; a short-term part gives way to every loss until the next probe.

namespace handfast::tcp::congestion::bbr {

/// UpdateLatestDeliverySignals and UpdateCongestionSignals: rounds, max_bw, and the short-term bounds.
void update_signals(Step& step);
/// UpdateACKAggregation: the windowed maximum of what was acknowledged beyond the bandwidth.
void update_ack_aggregation(Step& step);
/// UpdateMinRTT: both filters, and whether it is time to look for a shorter round trip.
void update_min_rtt(Step& step);
/// AdvanceLatestDeliverySignals and BoundBWForModel.
void finish_signals(Step& step);

/// AdvanceMaxBwFilter: a cycle is over.
void advance_max_bw_filter(Flow& flow);
/// Nothing of what was lost so far bounds the next cycle.
void reset_congestion_signals(Flow& flow);
void reset_short_term_model(Flow& flow);

/// NoteLoss: something was lost or marked in this round.
void note_loss(Flow& flow);
/// IsInflightTooHigh: more than 2 % of what was in flight was lost, or marked.
bool is_inflight_too_high(const Step& step);
/// InflightAtLoss: the volume at which what was just lost crossed 2 %.
std::uint32_t inflight_at_loss(const Step& step);

/// SaveCwnd.
void save_cwnd(const State& state, Flow& flow);
/// SaveStateUponLoss, once in an episode of loss. (The draft does it once in a round: a second round of losses would
/// then make the undo lead to where the first one led.)
void save_state_upon_loss(const State& state, Flow& flow);

}  // namespace handfast::tcp::congestion::bbr
