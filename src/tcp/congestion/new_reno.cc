#include "tcp/congestion/new_reno.h"

#include <algorithm>
#include <utility>

namespace handfast::tcp::congestion {

namespace {

struct Memory {
  std::uint32_t credit = 0;  ///< bytes acknowledged since cwnd last grew in congestion avoidance
  bool repairing = false;    ///< a loss that was no timeout: PRR may have moved cwnd
};

}  // namespace

std::uint32_t halved(const Loss& loss) { return std::max(loss.in_flight / 2, 2 * loss.mss); }

void NewReno::on_start(State& state, std::uint32_t initial_window) const {
  state.cwnd = initial_window;
  state.ssthresh = kLargestWindow;
}

void NewReno::on_ack(State& state, Scratch& scratch, const Ack& ack) const {
  // RFC 7661 and RFC 5681 §3.1 in spirit: a window that was not used has not been tested, so it does not grow.
  if (ack.in_recovery || !ack.was_cwnd_limited) return;
  if (state.in_slow_start()) {
    // RFC 3465 with L = 2 (3465-1): at most two segments for each acknowledgment, or what the connection allows,
    // however the peer divides or merges them, but never more than it acknowledges.
    state.cwnd = std::min(state.cwnd + std::min({ack.acked, 2 * ack.mss, ack.slow_start_limit}), kLargestWindow);
    return;
  }
  // RFC 5681 §3.1 (5681-5): one segment for each window acknowledged.
  std::uint32_t& credit = scratch.as<Memory>().credit;
  credit += ack.acked;
  if (credit < state.cwnd) return;
  credit -= state.cwnd;
  state.cwnd = std::min(state.cwnd + ack.mss, kLargestWindow);
}

void NewReno::on_loss(State& state, Scratch& scratch, const Loss& loss) const {
  state.ssthresh = halved(loss);
  // RFC 3168 §6.1.2: marks may bring the window down to one segment.
  state.cwnd = loss.by_ecn ? std::max(loss.in_flight / 2, loss.mss) : state.ssthresh;
  scratch.as<Memory>() = {.credit = 0, .repairing = true};
}

void NewReno::on_timeout(State& state, Scratch& scratch, const Loss& loss, bool first) const {
  // RFC 5681 §3.1 (5681-6): only the first timeout on a segment halves; a repeated one finds one segment in flight.
  if (first) state.ssthresh = halved(loss);
  state.cwnd = loss.mss;
  scratch.as<Memory>() = {};
}

void NewReno::on_recovered(State& state, Scratch& scratch, Instant /*now*/) const {
  // After a timeout slow start has the window.
  if (std::exchange(scratch.as<Memory>().repairing, false)) state.cwnd = state.ssthresh;
}

void NewReno::on_idle(State& state, Scratch& /*scratch*/, Instant /*now*/, std::uint32_t restart_window,
                      bool longer_than_rto) const {
  if (longer_than_rto) state.cwnd = std::min(state.cwnd, restart_window);
}

void NewReno::on_undo(State& state, Scratch& /*scratch*/, const State& before) const {
  state.cwnd = std::max(state.cwnd, before.cwnd);
  state.ssthresh = std::max(state.ssthresh, before.ssthresh);
}

std::uint64_t NewReno::pacing_rate(const State& /*state*/, const Scratch& /*scratch*/) const { return 0; }

bool NewReno::is_worth_keeping(const State& /*state*/, const Scratch& /*scratch*/) const { return false; }

const Controller& new_reno() {
  static constexpr NewReno kInstance;
  return kInstance;
}

}  // namespace handfast::tcp::congestion
