#include "tcp/congestion/cubic_curve.h"

#include <algorithm>

namespace handfast::tcp::congestion {

Ticks to_ticks(Duration span) {
  constexpr std::uint64_t kNanoseconds = 1'000'000'000;
  const Duration bounded = std::clamp(span, Duration::zero(), Duration(std::chrono::hours(24 * 365)));
  const auto count = static_cast<std::uint64_t>(bounded.count());
  // Seconds and their fraction apart, so that neither product leaves 64 bits.
  return count / kNanoseconds * kTicksPerSecond + count % kNanoseconds * kTicksPerSecond / kNanoseconds;
}

std::uint64_t cubic_distance(Ticks distance, std::uint32_t mss) {
  const Ticks d = std::min(distance, kFurthest);
  // 2^-32 s^3: at most 1600^3 * 2^32, just below 2^64.
  const std::uint64_t cube = (d * d >> 16) * d;
  const std::uint64_t doubled = std::uint64_t{2} * mss;
  return ((cube >> 32) * doubled + ((cube & 0xFFFF'FFFF) * doubled >> 32)) / 5;
}

Ticks cubic_root(std::uint64_t bytes, std::uint32_t mss) {
  // The smallest time that is far enough. Searching for it in the curve itself costs some thirty steps once in an
  // epoch, and makes the two each other's inverse in whatever way the curve rounds.
  Ticks low = 0;
  Ticks high = kFurthest;
  while (low < high) {
    const Ticks middle = (low + high) / 2;
    if (cubic_distance(middle, mss) < bytes) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::uint64_t cubic_window(Ticks t, Ticks k, std::uint64_t w_max, std::uint32_t mss) {
  if (t >= k) return w_max + cubic_distance(t - k, mss);
  const std::uint64_t below = cubic_distance(k - t, mss);
  return below < w_max ? w_max - below : 0;
}

}  // namespace handfast::tcp::congestion
