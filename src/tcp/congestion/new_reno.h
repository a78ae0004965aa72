#pragma once

#include "tcp/congestion/controller.h"

namespace handfast::tcp::congestion {

/// Slow start and congestion avoidance by RFC 5681 (MUST-19), counting bytes (RFC 3465), with the window after a loss
/// as RFC 6582 sets it. What to send again is not its business.
class NewReno final : public Controller {
 public:
  std::string_view name() const override { return "newreno"; }
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
const Controller& new_reno();

/// RFC 5681 equation 4: half of what is in flight, at least two segments.
std::uint32_t halved(const Loss& loss);

}  // namespace handfast::tcp::congestion
