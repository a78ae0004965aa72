#pragma once

#include <cstdint>

#include "handfast/time.h"

// Readings of the clock in 32 bits, for what a connection keeps while it is idle. Each lies on a circle, so only their
// differences mean something.

namespace handfast::tcp {

/// On a circle of 49 days.
constexpr std::uint32_t milliseconds_of(Instant now) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
}

/// For ages that are counted in days.
constexpr std::uint32_t seconds_of(Instant now) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count());
}

}  // namespace handfast::tcp
