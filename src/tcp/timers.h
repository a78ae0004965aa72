#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include "handfast/time.h"
#include "handfast/trace_event.h"

// Every deadline a connection can have, each by itself: a connection may wait for an acknowledgment and owe one at the
// same time. One table of optional deadlines instead of one exclusive timer keeps that possible.

namespace handfast::tcp {

using trace::Timer;

class TimerTable {
 public:
  TimerTable() { deadlines_.fill(kNever); }

  void set(Timer timer, Instant deadline) { at(timer) = deadline; }
  void stop(Timer timer) { at(timer) = kNever; }
  void stop_all() { deadlines_.fill(kNever); }
  bool is_set(Timer timer) const { return deadline(timer) != kNever; }
  Instant deadline(Timer timer) const { return deadlines_[static_cast<std::size_t>(timer)]; }
  bool expired(Timer timer, Instant now) const { return deadline(timer) <= now; }
  Instant next() const { return *std::min_element(deadlines_.begin(), deadlines_.end()); }

 private:
  Instant& at(Timer timer) { return deadlines_[static_cast<std::size_t>(timer)]; }

  std::array<Instant, static_cast<std::size_t>(Timer::kCount)> deadlines_;
};

}  // namespace handfast::tcp
