#include "sim/expected_rate.h"

#include <gtest/gtest.h>

namespace handfast::sim {
namespace {

using namespace std::chrono_literals;

TEST(ExpectedRate, RootsAreWhole) {
  for (const std::uint64_t root : {0ull, 1ull, 2ull, 3ull, 1000ull, 65535ull, 0xFFFF'FFFFull}) {
    EXPECT_EQ(integer_root(root * root), root);
    if (root > 1) {
      EXPECT_EQ(integer_root(root * root - 1), root - 1);
    }
  }
  EXPECT_EQ(integer_root(8), 2u);
}

// Mathis: sqrt(1.5 / 0.01) = 12.247 segments of 11,584 bits in each tenth of a second.
TEST(ExpectedRate, RenoFollowsTheRootOfTheLoss) {
  const std::uint64_t one = expected_kbits(CongestionControl::kNewReno, {.loss = 10'000, .rtt = 100ms});
  EXPECT_NEAR(static_cast<double>(one), 1418.7, 1.5);
  const std::uint64_t quarter = expected_kbits(CongestionControl::kNewReno, {.loss = 40'000, .rtt = 100ms});
  EXPECT_NEAR(static_cast<double>(quarter), 709.4, 1.5);
}

// RFC 9438 §5.1 has a table: an RTT of 100 ms; 12 segments at a loss of 1e-2, 120 Reno's and 187 CUBIC's at 1e-4.
TEST(ExpectedRate, CubicIsRenoOnShortPathsAndMoreOnLongOnes) {
  EXPECT_EQ(expected_kbits(CongestionControl::kCubic, {.loss = 10'000, .rtt = 1ms}),
            expected_kbits(CongestionControl::kNewReno, {.loss = 10'000, .rtt = 1ms}));
  const std::uint64_t segments = expected_kbits(CongestionControl::kCubic, {.loss = 100, .rtt = 100ms}) * 100 / 11584;
  EXPECT_NEAR(static_cast<double>(segments), 187, 2);
}

TEST(ExpectedRate, WithoutLossOrAFormulaThereIsNoExpectation) {
  EXPECT_EQ(expected_kbits(CongestionControl::kNewReno, {.loss = 0, .rtt = 1ms}), 0u);
  EXPECT_EQ(expected_kbits(CongestionControl::kNone, {.loss = 10, .rtt = 1ms}), 0u);
}

}  // namespace
}  // namespace handfast::sim
