#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "handfast/time.h"
#include "handfast/trace_event.h"

// Every deadline a connection can have, each by itself: a connection may wait for an acknowledgment and owe one at the
// same time. Tables of optional deadlines instead of one exclusive timer keep that possible. Those that run only while
// something is in flight have a table of their own, which lives in the active block.

namespace handfast::tcp {

using trace::Timer;

/// The deadlines from `First` up to and without `Behind`.
template <Timer First, Timer Behind>
class TimerTable {
 public:
  TimerTable() { deadlines_.fill(kNever); }

  static constexpr bool holds(Timer timer) { return timer >= First && timer < Behind; }
  Instant& operator[](Timer timer) { return deadlines_[index(timer)]; }
  const Instant& operator[](Timer timer) const { return deadlines_[index(timer)]; }
  bool is_set(Timer timer) const { return (*this)[timer] != kNever; }
  Instant next() const { return *std::min_element(deadlines_.begin(), deadlines_.end()); }

 private:
  static constexpr std::size_t index(Timer timer) {
    return static_cast<std::size_t>(timer) - static_cast<std::size_t>(First);
  }

  std::array<Instant, index(Behind)> deadlines_;
};

using LastingTimers = TimerTable<Timer::kRetransmit, Timer::kTailProbe>;
using ActiveTimers = TimerTable<Timer::kTailProbe, Timer::kCount>;

}  // namespace handfast::tcp
