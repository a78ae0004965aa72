#include "tcp/congestion/cubic.h"

#include <algorithm>

#include "tcp/congestion/cubic_curve.h"
#include "tcp/congestion/hystart.h"

namespace handfast::tcp::congestion {

namespace {

/// One stretch of congestion avoidance, from a congestion event to the next (RFC 9438 §4.1.2). Bytes and ticks.
struct Epoch {
  Duration elapsed{};            ///< t, without the time in which the caller held the sender back
  Instant last;                  ///< up to when time was counted, or passed over
  Ticks k = 0;                   ///< K
  std::uint64_t credit = 0;      ///< growth by the curve that makes no whole byte yet, times cwnd
  std::uint64_t est_credit = 0;  ///< the same of w_est, times 17 cwnd
  std::uint32_t w_max = 0;       ///< zero: undefined, as before the first loss and after a timeout
  std::uint32_t cwnd_prior = 0;
  std::uint32_t w_est = 0;
  bool running = false;
};

struct Memory {
  HyStart hystart;
  Epoch epoch;
  Epoch undo;                    ///< the epoch when the last episode of loss began (§4.9.2)
  Instant looked;                ///< at the curve, last
  std::uint32_t unlooked = 0;    ///< bytes acknowledged since
  std::uint32_t after_loss = 0;  ///< cwnd once the episode is over
  bool in_episode = false;       ///< `undo` belongs to an episode that is not over
};

/// LinuxHabits::cubic_looks_seldom: at most so often.
constexpr Duration kBetweenLooks = std::chrono::microseconds(31'250);

/// beta_cubic = 0.7 (§4.6, 9438-1).
constexpr std::uint32_t times_beta(std::uint32_t bytes) {
  return static_cast<std::uint32_t>(std::uint64_t{bytes} * 7 / 10);
}

/// alpha_cubic = 3 (1 - beta) / (1 + beta) = 9/17 (§4.3).
constexpr std::uint32_t kAlphaNumerator = 9;
constexpr std::uint32_t kAlphaDenominator = 17;

// §4.6 and §4.8 (9438-5, 9438-9). ssthresh follows from cwnd, which §4.6 allows where a window that is not used does
// not grow: what the flight happens to be when a caller pauses says nothing of the path.
void reduce(State& state, Epoch& epoch, const Loss& loss) {
  epoch.cwnd_prior = state.cwnd;
  epoch.running = false;
  state.ssthresh = std::max(times_beta(state.cwnd), 2 * loss.mss);
}

// §4.7 (9438-4): who meets the limit before it has come back to the last one shares its path with somebody new, and
// leaves room.
std::uint32_t plateau_after_loss(std::uint32_t cwnd, std::uint32_t w_max) {
  return cwnd < w_max ? static_cast<std::uint32_t>(std::uint64_t{cwnd} * 17 / 20) : cwnd;
}

void remember(Memory& memory) {
  if (memory.in_episode) return;
  memory.undo = memory.epoch;
  memory.in_episode = true;
}

// §4.2, and §4.8 and §4.10: where there is no plateau to return to, the curve starts from it.
void begin_epoch(const State& state, Epoch& epoch, const Ack& ack) {
  epoch.running = true;
  epoch.elapsed = {};
  epoch.credit = 0;
  epoch.est_credit = 0;
  epoch.w_est = state.cwnd;
  epoch.w_max = std::max(epoch.w_max, state.cwnd);
  epoch.k = cubic_root(epoch.w_max - state.cwnd, ack.mss);
}

// §4.3 equation 4: the window that Reno would have.
void grow_estimate(const State& state, Epoch& epoch, const Ack& ack, std::uint32_t acked) {
  const std::uint32_t alpha = epoch.w_est >= epoch.cwnd_prior ? kAlphaDenominator : kAlphaNumerator;
  const std::uint64_t whole = std::uint64_t{kAlphaDenominator} * state.cwnd;
  epoch.est_credit += std::uint64_t{acked} * ack.mss * alpha;
  epoch.w_est =
      static_cast<std::uint32_t>(std::min<std::uint64_t>(epoch.w_est + epoch.est_credit / whole, kLargestWindow));
  epoch.est_credit %= whole;
}

// §4.2, §4.4, §4.5 (9438-2): (target - cwnd) / cwnd for each segment, that is, to the target within a round trip.
std::uint64_t by_curve(const State& state, Epoch& epoch, const Ack& ack, std::uint32_t acked) {
  const std::uint64_t cwnd = state.cwnd;
  const Ticks next = to_ticks(epoch.elapsed) + to_ticks(ack.srtt);
  const std::uint64_t target = std::clamp(cubic_window(next, epoch.k, epoch.w_max, ack.mss), cwnd, cwnd + cwnd / 2);
  epoch.credit += (target - cwnd) * acked;
  const std::uint64_t grown = cwnd + epoch.credit / cwnd;
  epoch.credit %= cwnd;
  return grown;
}

void avoid_congestion(State& state, Memory& memory, const Ack& ack) {
  Epoch& epoch = memory.epoch;
  if (!epoch.running) {
    begin_epoch(state, epoch, ack);
    memory.unlooked = 0;
  } else {
    epoch.elapsed += std::max(ack.now - epoch.last, Duration::zero());
    if (ack.looks_seldom && ack.now - memory.looked < kBetweenLooks) {
      memory.unlooked = std::min(memory.unlooked + std::min(ack.acked, state.cwnd), state.cwnd);
      return;
    }
  }
  // Nobody acknowledges more than a window in a round trip; a bound that arithmetic can lean on.
  const std::uint32_t acked = std::min(std::min(ack.acked, state.cwnd) + memory.unlooked, state.cwnd);
  memory.looked = ack.now;
  memory.unlooked = 0;
  grow_estimate(state, epoch, ack, acked);
  const std::uint64_t now = cubic_window(to_ticks(epoch.elapsed), epoch.k, epoch.w_max, ack.mss);
  // §4.3 (9438-3): in the Reno-friendly region the estimate is the window. What the curve, which looks a round trip
  // ahead, has given already is not taken back.
  const std::uint64_t grown =
      now < epoch.w_est ? std::max(state.cwnd, epoch.w_est) : by_curve(state, epoch, ack, acked);
  state.cwnd = static_cast<std::uint32_t>(std::min<std::uint64_t>(grown, kLargestWindow));
}

bool is_first_slow_start(const State& state) { return state.ssthresh == kLargestWindow; }

void start_slowly(State& state, Memory& memory, const Ack& ack) {
  // RFC 9406 §4.3 (9406-6): a later slow start knows where to stop.
  const bool first = is_first_slow_start(state);
  const bool over = first && memory.hystart.is_over_after(ack);
  if (ack.was_cwnd_limited) {
    const std::uint32_t growth = first ? memory.hystart.growth(ack) : std::min(ack.acked, ack.slow_start_limit);
    state.cwnd = std::min(state.cwnd + std::min(growth, kLargestWindow), state.ssthresh);
  }
  if (!over) return;
  state.ssthresh = state.cwnd;
  memory.epoch.cwnd_prior = state.cwnd;
}

}  // namespace

void Cubic::on_start(State& state, std::uint32_t initial_window) const {
  state.cwnd = initial_window;
  state.ssthresh = kLargestWindow;
}

void Cubic::on_ack(State& state, Scratch& scratch, const Ack& ack) const {
  auto& memory = scratch.as<Memory>();
  if (ack.in_recovery || ack.acked == 0) return;
  memory.in_episode = false;
  if (state.in_slow_start()) {
    start_slowly(state, memory, ack);
  } else if (ack.was_cwnd_limited) {
    avoid_congestion(state, memory, ack);
  }
  // §4.2, §5.8 (9438-8): the time in which the window was not used is passed over.
  memory.epoch.last = ack.now;
}

void Cubic::on_loss(State& state, Scratch& scratch, const Loss& loss) const {
  auto& memory = scratch.as<Memory>();
  // A mark was put there by somebody: it cannot turn out to be none.
  if (!loss.by_ecn) remember(memory);
  memory.epoch.w_max = plateau_after_loss(state.cwnd, memory.epoch.w_max);
  const std::uint32_t flight = std::min(loss.in_flight, state.cwnd);
  reduce(state, memory.epoch, loss);
  // §4.6: marks may bring the window down to one segment, losses to two; ssthresh stays at two.
  state.cwnd = loss.by_ecn ? std::max(times_beta(flight), loss.mss) : state.ssthresh;
  memory.after_loss = state.cwnd;
}

void Cubic::on_timeout(State& state, Scratch& scratch, const Loss& loss, bool first) const {
  auto& memory = scratch.as<Memory>();
  remember(memory);
  // RFC 5681 §3.1: a repeated timeout finds one segment in flight, which says nothing about the path.
  if (first) reduce(state, memory.epoch, loss);
  // §4.8: the next epoch starts on its own plateau.
  memory.epoch.running = false;
  memory.epoch.w_max = 0;
  state.cwnd = loss.mss;
  memory.after_loss = 0;
}

void Cubic::on_recovered(State& state, Scratch& scratch, Instant now) const {
  auto& memory = scratch.as<Memory>();
  memory.in_episode = false;
  memory.epoch.last = now;
  // After a timeout slow start has the window, and PRR never had it.
  if (memory.after_loss != 0) state.cwnd = memory.after_loss;
  memory.after_loss = 0;
}

void Cubic::on_idle(State& state, Scratch& scratch, Instant now, std::uint32_t restart_window,
                    bool longer_than_rto) const {
  auto& memory = scratch.as<Memory>();
  memory.epoch.last = now;
  memory.undo.last = now;
  if (!longer_than_rto || state.cwnd <= restart_window) return;
  state.cwnd = restart_window;
  memory.epoch.running = false;
}

void Cubic::on_undo(State& state, Scratch& scratch, const State& before) const {
  auto& memory = scratch.as<Memory>();
  memory.in_episode = false;
  memory.after_loss = 0;
  // §4.9.2 (9438-6): a window that has grown past where it was knows better.
  if (state.cwnd >= memory.epoch.cwnd_prior) return;
  state = before;
  memory.epoch = memory.undo;
}

std::uint64_t Cubic::pacing_rate(const State& /*state*/, const Scratch& /*scratch*/) const { return 0; }

// Below the plateau there is a way back to be remembered; on it or above, a new epoch would start just there.
bool Cubic::is_worth_keeping(const State& state, const Scratch& scratch) const {
  return scratch.as<Memory>().epoch.w_max > state.cwnd;
}

const Controller& cubic() {
  static constexpr Cubic kInstance;
  return kInstance;
}

}  // namespace handfast::tcp::congestion
