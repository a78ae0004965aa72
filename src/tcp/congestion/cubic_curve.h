#pragma once

#include <cstdint>

#include "handfast/time.h"

// The curve that CUBIC follows, W(t) = C (t - K)^3 + W_max with C = 0.4 segments/s^3 (RFC 9438 §4.2, §5.1), in 64-bit
// integers: windows in bytes, times in ticks of 2^-16 s, about 15 us. No window is larger than 1 GiB and no target
// more than half above it, so however small the segments, times further than 1600 s from the plateau cannot be told
// apart from 1600 s; that bound is what keeps the cube within 64 bits.

namespace handfast::tcp::congestion {

/// A time on the curve, in units of 2^-16 s.
using Ticks = std::uint64_t;

inline constexpr Ticks kTicksPerSecond = 1u << 16;
inline constexpr Ticks kFurthest = 1600 * kTicksPerSecond;

/// Rounded down; nothing for a negative span, and no more than a year.
Ticks to_ticks(Duration span);

/// C * distance^3 in bytes, saturated at kFurthest.
std::uint64_t cubic_distance(Ticks distance, std::uint32_t mss);

/// K: how long the curve takes to rise by `bytes` to its plateau, the cube root of bytes / C.
Ticks cubic_root(std::uint64_t bytes, std::uint32_t mss);

/// W_cubic(t) in bytes, not below zero.
std::uint64_t cubic_window(Ticks t, Ticks k, std::uint64_t w_max, std::uint32_t mss);

}  // namespace handfast::tcp::congestion
