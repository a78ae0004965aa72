#pragma once

#include <algorithm>
#include <cstdint>

#include "handfast/time.h"

namespace handfast::base {

/// A token bucket: at most `burst` at once, and `rate` a second in the long run. In integers, exact over any stretch of
/// time: credit is kept in tokens times 10^9, so that a nanosecond is worth `rate` of it. A `now` that goes backward
/// earns nothing.
class TokenBucket {
 public:
  /// Starts full. A rate of 0 never refills; a burst of 0 never grants.
  constexpr TokenBucket(std::uint32_t rate, std::uint32_t burst, Instant now = Instant{})
      : rate_(rate), burst_(burst), credit_(burst * kToken), updated_(now) {}

  /// Takes `count` tokens, or none and returns false.
  constexpr bool take(Instant now, std::uint32_t count = 1) {
    refill(now);
    const std::uint64_t cost = count * kToken;
    if (cost > credit_) return false;
    credit_ -= cost;
    return true;
  }
  /// Whole tokens there are at `now`.
  constexpr std::uint32_t available(Instant now) {
    refill(now);
    return static_cast<std::uint32_t>(credit_ / kToken);
  }
  /// The first time at which take(count) can succeed; kNever if it never will.
  constexpr Instant ready_at(Instant now, std::uint32_t count = 1) {
    refill(now);
    const std::uint64_t cost = count * kToken;
    if (cost <= credit_) return now;
    if (count > burst_ || rate_ == 0) return kNever;
    const auto wait = static_cast<std::int64_t>((cost - credit_ + rate_ - 1) / rate_);
    // After a step back, earning starts again only where it stopped.
    if (wait > (kNever - updated_).count()) return kNever;
    return updated_ + Duration(wait);
  }
  constexpr std::uint32_t rate() const { return rate_; }
  constexpr std::uint32_t burst() const { return burst_; }

 private:
  static constexpr std::uint64_t kToken = 1'000'000'000;

  constexpr void refill(Instant now) {
    if (now <= updated_) return;
    // Unsigned, since two Instants may be further apart than a Duration can say.
    const std::uint64_t elapsed = static_cast<std::uint64_t>(now.time_since_epoch().count()) -
                                  static_cast<std::uint64_t>(updated_.time_since_epoch().count());
    updated_ = now;
    const std::uint64_t missing = burst_ * kToken - credit_;
    // Below the quotient the product cannot pass `missing`, hence cannot overflow.
    if (rate_ == 0) return;
    credit_ += elapsed > missing / rate_ ? missing : elapsed * rate_;
  }

  std::uint32_t rate_;
  std::uint32_t burst_;
  std::uint64_t credit_;
  Instant updated_;
};

}  // namespace handfast::base
