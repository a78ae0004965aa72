#pragma once

#include <chrono>
#include <cstdint>

namespace handfast {

/// A span of time in signed 64-bit nanoseconds.
using Duration = std::chrono::nanoseconds;

/// The clock of a Host. It has no now(): the caller hands every reading in, so that a run can be replayed exactly.
struct HostClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  static constexpr bool is_steady = true;
};

/// A reading of the caller's monotonic clock, in nanoseconds since an origin that the caller chooses.
using Instant = std::chrono::time_point<HostClock, Duration>;

/// The deadline that never comes.
inline constexpr Instant kNever = Instant::max();

}  // namespace handfast
