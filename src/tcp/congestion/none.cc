#include "tcp/congestion/none.h"

namespace handfast::tcp::congestion {

void None::on_start(State& state, std::uint32_t /*initial_window*/) const {
  state.cwnd = kLargestWindow;
  state.ssthresh = kLargestWindow;
}

void None::on_ack(State& /*state*/, Scratch& /*scratch*/, const Ack& /*ack*/) const {}
void None::on_loss(State& /*state*/, Scratch& /*scratch*/, const Loss& /*loss*/) const {}
void None::on_timeout(State& /*state*/, Scratch& /*scratch*/, const Loss& /*loss*/, bool /*first*/) const {}
void None::on_recovered(State& /*state*/, Scratch& /*scratch*/, Instant /*now*/) const {}
void None::on_idle(State& /*state*/, Scratch& /*scratch*/, Instant /*now*/, std::uint32_t /*restart_window*/,
                   bool /*longer_than_rto*/) const {}
void None::on_undo(State& /*state*/, Scratch& /*scratch*/, const State& /*before*/) const {}
std::uint64_t None::pacing_rate(const State& /*state*/, const Scratch& /*scratch*/) const { return 0; }
bool None::is_worth_keeping(const State& /*state*/, const Scratch& /*scratch*/) const { return false; }

const Controller& none() {
  static constexpr None kInstance;
  return kInstance;
}

}  // namespace handfast::tcp::congestion
