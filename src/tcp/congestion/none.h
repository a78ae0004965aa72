#pragma once

#include "tcp/congestion/controller.h"

namespace handfast::tcp::congestion {

/// No congestion control: the peer's window alone bounds what is in flight, whatever is lost. For a link that belongs
/// to one flow, and for tests; never for a path that others use (RFC 5681 §3 is a MUST there).
class None final : public Controller {
 public:
  std::string_view name() const override { return "none"; }
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
const Controller& none();

}  // namespace handfast::tcp::congestion
