#pragma once

#include "tcp/congestion/controller.h"

// BBR, version 3 (draft-ietf-ccwg-bbr-06). Where others fill the path until it loses, BBR measures how fast it delivers
// and how long its round trip is without a queue, sends at that rate, and keeps about as much in flight as that takes.
// It probes for more every few seconds and learns from losses how much the path holds. The model is in bbr_model, the
// state machine in bbr_phases, and what follows from both in bbr_control.

namespace handfast::tcp::congestion {

class Bbr final : public Controller {
 public:
  std::string_view name() const override { return "bbr"; }
  void on_start(State& state, std::uint32_t initial_window) const override;
  void on_ack(State& state, Scratch& scratch, const Ack& ack) const override;
  void on_loss(State& state, Scratch& scratch, const Loss& loss) const override;
  void on_timeout(State& state, Scratch& scratch, const Loss& loss, bool first) const override;
  void on_recovered(State& state, Scratch& scratch, Instant now) const override;
  void on_idle(State& state, Scratch& scratch, Instant now, std::uint32_t restart_window,
               bool longer_than_rto) const override;
  void on_undo(State& state, Scratch& scratch, const State& before) const override;
  std::uint64_t pacing_rate(const State& state, const Scratch& scratch) const override;
  bool owns_recovery() const override { return true; }
  bool is_worth_keeping(const State& state, const Scratch& scratch) const override;
};

/// Serves every connection: it has no state.
const Controller& bbr_controller();

}  // namespace handfast::tcp::congestion
