#pragma once

#include "tcp/congestion/controller.h"

// CUBIC (RFC 9438, MAY-18). After a loss the window returns to where the loss happened along a cubic curve: fast at
// first, flat around that point, then faster again in search of a new one. The curve is a function of time and not of
// round trips, so long paths are not starved. Where Reno would have the larger window, on short or thin paths, CUBIC
// follows Reno (§4.3). The first slow start is HyStart++.
//
// Windows are bytes. "Segments acknowledged" is bytes acknowledged over the MSS, so that one acknowledgment for many
// segments, as receive offload makes them, counts for all of them.

namespace handfast::tcp::congestion {

class Cubic final : public Controller {
 public:
  std::string_view name() const override { return "cubic"; }
  void on_start(State& state, std::uint32_t initial_window) const override;
  void on_ack(State& state, Scratch& scratch, const Ack& ack) const override;
  void on_loss(State& state, Scratch& scratch, const Loss& loss) const override;
  void on_timeout(State& state, Scratch& scratch, const Loss& loss, bool first) const override;
  void on_recovered(State& state, Scratch& scratch, Instant now) const override;
  void on_idle(State& state, Scratch& scratch, Instant now, std::uint32_t restart_window,
               bool longer_than_rto) const override;
  void on_undo(State& state, Scratch& scratch, const State& before) const override;
  std::uint64_t pacing_rate(const State& state, const Scratch& scratch) const override;
  bool owns_recovery() const override { return false; }
  bool is_worth_keeping(const State& state, const Scratch& scratch) const override;
};

/// Serves every connection: it has no state.
const Controller& cubic();

}  // namespace handfast::tcp::congestion
