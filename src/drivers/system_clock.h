#pragma once

#include <time.h>

#include "handfast/time.h"

namespace handfast::drivers {

/// The machine's monotonic clock. Its origin is that of CLOCK_MONOTONIC: it does not jump when the date is set.
inline Instant system_now() {
  timespec reading{};
  ::clock_gettime(CLOCK_MONOTONIC, &reading);
  return Instant(std::chrono::seconds(reading.tv_sec) + std::chrono::nanoseconds(reading.tv_nsec));
}

/// Where an event loop reads the time: system_now, or in a test a clock that stands still.
using Clock = Instant (*)();

}  // namespace handfast::drivers
