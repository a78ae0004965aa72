#include "tcp/congestion/cubic_curve.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

namespace handfast::tcp::congestion {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kLargest = 1u << 30;
constexpr std::array<std::uint32_t, 5> kSizes = {1, 88, 536, 1460, 65495};

long double seconds(Ticks ticks) { return static_cast<long double>(ticks) / kTicksPerSecond; }
long double exact_distance(Ticks ticks, std::uint32_t mss) {
  const long double d = seconds(ticks);
  return 0.4L * d * d * d * mss;
}

TEST(CubicCurve, TicksAreRoundedDown) {
  EXPECT_EQ(to_ticks(1s), 65536u);
  EXPECT_EQ(to_ticks(1s - 1ns), 65535u);
  EXPECT_EQ(to_ticks(250ms), 16384u);
  EXPECT_EQ(to_ticks(15us), 0u);
  EXPECT_EQ(to_ticks(16us), 1u);
  EXPECT_EQ(to_ticks(-1s), 0u);
  EXPECT_EQ(to_ticks(Duration::min()), 0u);
  EXPECT_EQ(to_ticks(Duration::max()), to_ticks(24h * 365));
}

TEST(CubicCurve, DistanceFollowsTheCube) {
  for (const std::uint32_t mss : kSizes) {
    for (Ticks d = 1; d < kFurthest; d += d / 7 + 1) {
      const long double exact = exact_distance(d, mss);
      EXPECT_NEAR(static_cast<double>(cubic_distance(d, mss)), static_cast<double>(exact),
                  2.0 + static_cast<double>(exact) * 1e-4)
          << d << ' ' << mss;
    }
  }
}

TEST(CubicCurve, NeverFallsAndNeverOverflows) {
  for (const std::uint32_t mss : kSizes) {
    std::uint64_t before = 0;
    for (Ticks d = 0; d < 2 * kFurthest; d += 9973) {
      const std::uint64_t now = cubic_distance(d, mss);
      ASSERT_GE(now, before) << d << ' ' << mss;
      before = now;
    }
    // Far enough for any target: one and a half of the largest window.
    EXPECT_GE(cubic_distance(kFurthest, mss), std::uint64_t{kLargest} * 3 / 2);
    EXPECT_EQ(cubic_distance(~Ticks{0}, mss), cubic_distance(kFurthest, mss));
  }
}

TEST(CubicCurve, KIsTheCubeRoot) {
  for (const std::uint32_t mss : kSizes) {
    for (std::uint64_t bytes = mss; bytes <= kLargest; bytes += bytes / 3 + 1) {
      const long double exact = std::cbrt(static_cast<long double>(bytes) / (0.4L * mss));
      EXPECT_NEAR(static_cast<double>(seconds(cubic_root(bytes, mss))), static_cast<double>(exact),
                  static_cast<double>(exact) * 2e-3 + 2.0 / kTicksPerSecond)
          << bytes << ' ' << mss;
    }
  }
  EXPECT_EQ(cubic_root(0, 1460), 0u);
}

TEST(CubicCurve, StartsWhereTheEpochStartsAndIsFlatAtK) {
  // W_cubic(0) = cwnd_epoch and W_cubic(K) = W_max (§4.2).
  constexpr std::uint32_t kMss = 1460;
  for (std::uint32_t w_max = 10 * kMss; w_max < kLargest / 2; w_max *= 2) {
    const std::uint32_t cwnd = w_max / 10 * 7;
    const Ticks k = cubic_root(w_max - cwnd, kMss);
    EXPECT_EQ(cubic_window(k, k, w_max, kMss), w_max);
    EXPECT_LE(cubic_window(0, k, w_max, kMss), cwnd);
    EXPECT_NEAR(static_cast<double>(cubic_window(0, k, w_max, kMss)), cwnd, cwnd * 1e-3);
    EXPECT_LT(cubic_window(k, k, w_max, kMss) - cubic_window(k - k / 10, k, w_max, kMss), (w_max - cwnd) / 500);
  }
}

TEST(CubicCurve, AWindowIsNeverNegative) {
  EXPECT_EQ(cubic_window(0, kFurthest, 1000, 1460), 0u);
  EXPECT_EQ(cubic_window(0, ~Ticks{0}, 0, 1460), 0u);
}

}  // namespace
}  // namespace handfast::tcp::congestion
