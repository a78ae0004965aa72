#pragma once

#include <algorithm>
#include <cstdint>

#include "handfast/time.h"

// Spreads what is sent over time. Each transmission moves the moment of the next one by its length over the rate; the
// gate shuts once that moment lies ahead, and the pacing timer opens it again. So segments go out in small bursts of
// what fits a slack, and no clock is read in between.

namespace handfast::tcp {

class Pacer {
 public:
  /// How far ahead the next moment may lie while the gate is still open: timers need not be finer.
  static constexpr Duration kSlack = std::chrono::milliseconds(1);

  bool is_shut() const { return shut_; }
  void open() { shut_ = false; }
  /// Nothing goes until it is opened.
  void shut() { shut_ = true; }

  /// `bytes` went out at `rate` bytes a second, which is above 0. Returns when the gate opens, or kNever: it is open.
  Instant sent(std::uint32_t bytes, std::uint64_t rate, Instant now) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    const auto cost = static_cast<std::int64_t>(std::min<std::uint64_t>(bytes * kSecond / rate, kSecond));
    next_ = std::max(next_, now) + Duration(cost);
    if (next_ - now <= kSlack) return kNever;
    shut_ = true;
    return next_ - kSlack;
  }

 private:
  Instant next_{};
  bool shut_ = false;
};

}  // namespace handfast::tcp
