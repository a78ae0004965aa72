#include "tcp/congestion/hystart.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace handfast::tcp::congestion {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kMss = 1000;

struct HyStartTest : testing::Test {
  /// A round of `acks` acknowledgments of a segment each, during which as many segments leave as the next round has.
  /// True: slow start is over.
  bool round(int acks, const std::function<Duration(int)>& rtt, int next = 0) {
    bool over = false;
    for (int i = 1; i <= acks; ++i) {
      const int in_flight = i < acks ? acks - i : std::max(next, acks);
      over = ack(rtt(i), in_flight) || over;
    }
    return over;
  }
  bool round(int acks, Duration rtt, int next = 0) {
    return round(acks, [rtt](int) { return rtt; }, next);
  }
  bool ack(Duration rtt, int in_flight) {
    delivered += kMss;
    return hystart.is_over_after({.now = Instant(),
                                  .acked = kMss,
                                  .in_flight = static_cast<std::uint32_t>(in_flight) * kMss,
                                  .mss = kMss,
                                  .conservative_rounds = conservative_rounds,
                                  .rtt = rtt,
                                  .total_delivered = delivered});
  }

  HyStart hystart;
  std::uint64_t delivered = 0;
  std::uint8_t conservative_rounds = 5;
};

TEST_F(HyStartTest, ARiseByAnEighthMakesItConservative) {  // 9406-2
  round(10, 80ms);
  round(10, 80ms);
  EXPECT_FALSE(hystart.is_conservative());
  round(10, 90ms);
  EXPECT_TRUE(hystart.is_conservative());
}

TEST_F(HyStartTest, WithoutConservativeRoundsTheRiseEndsIt) {
  conservative_rounds = 0;
  EXPECT_FALSE(round(10, 80ms));
  EXPECT_FALSE(round(10, 80ms));
  for (int i = 1; i < 8; ++i) EXPECT_FALSE(ack(90ms, 10));
  EXPECT_TRUE(ack(90ms, 10));
}

TEST_F(HyStartTest, JustBelowTheThresholdIsNoise) {
  round(10, 80ms);
  round(10, 80ms);
  round(10, 90ms - 1us);
  EXPECT_FALSE(hystart.is_conservative());
}

// RttThresh = clamp(4 ms, lastRoundMinRTT / 8, 16 ms).
TEST_F(HyStartTest, OfAShortRoundTripTheThresholdIsFourMilliseconds) {  // 9406-2
  round(10, 1ms);
  round(10, 1ms);
  round(10, 5ms - 1us);
  EXPECT_FALSE(hystart.is_conservative());
  round(10, 9ms);
  EXPECT_TRUE(hystart.is_conservative());
}

TEST_F(HyStartTest, OfALongRoundTripTheThresholdIsSixteenMilliseconds) {  // 9406-2
  round(10, 600ms);
  round(10, 600ms);
  round(10, 616ms - 1us);
  EXPECT_FALSE(hystart.is_conservative());
  round(10, 632ms);
  EXPECT_TRUE(hystart.is_conservative());
}

TEST_F(HyStartTest, TheShortestRoundTripOfARoundCounts) {  // 9406-1
  round(10, 40ms);
  round(10, 40ms);
  // Nine of ten are late: one that is not shows that there is no standing queue.
  round(10, [](int i) { return i == 3 ? 41ms : 140ms; });
  EXPECT_FALSE(hystart.is_conservative());
}

TEST_F(HyStartTest, FewerThanEightSamplesSayNothing) {  // 9406-1
  round(7, 40ms);
  round(7, 40ms);
  round(7, 400ms, 8);
  EXPECT_FALSE(hystart.is_conservative());
  round(8, 800ms);
  EXPECT_TRUE(hystart.is_conservative());
}

TEST_F(HyStartTest, AcknowledgmentsWithoutASampleDoNotCount) {
  round(10, 40ms);
  round(10, 40ms, 20);
  round(20, [](int i) { return i < 7 ? Duration(400ms) : Duration(-1); });
  EXPECT_FALSE(hystart.is_conservative());
}

TEST_F(HyStartTest, TheEighthSampleOfARoundDecidesAtOnce) {
  round(16, 40ms);
  round(16, 40ms);
  for (int i = 0; i < 8; ++i) {
    EXPECT_FALSE(hystart.is_conservative()) << i;
    ack(60ms, 15 - i);
  }
  EXPECT_TRUE(hystart.is_conservative());
}

TEST_F(HyStartTest, ItIsOverAfterFiveConservativeRounds) {  // 9406-5
  round(10, 40ms);
  round(10, 40ms);
  // §4.2: the round in which the rise was seen counts.
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(round(10, 60ms)) << i;
  EXPECT_TRUE(round(10, 60ms));
}

TEST_F(HyStartTest, JitterThatPassesLeadsBackToSlowStart) {  // 9406-4
  round(10, 40ms);
  round(10, 40ms);
  round(10, 60ms);
  ASSERT_TRUE(hystart.is_conservative());
  EXPECT_FALSE(round(10, 59ms));
  EXPECT_FALSE(hystart.is_conservative());
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(round(10, 60ms));
  // The next rise counts its rounds anew.
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(round(10, 80ms));
  EXPECT_TRUE(round(10, 80ms));
}

TEST_F(HyStartTest, GrowsByWhatIsAcknowledgedUpToItsLimit) {
  EXPECT_EQ(hystart.growth({.now = Instant(), .acked = 1, .mss = kMss, .slow_start_limit = 8 * kMss}), 1u);
  EXPECT_EQ(hystart.growth({.now = Instant(), .acked = 8 * kMss, .mss = kMss, .slow_start_limit = 8 * kMss}), 8 * kMss);
  EXPECT_EQ(hystart.growth({.now = Instant(), .acked = 45 * kMss, .mss = kMss, .slow_start_limit = 8 * kMss}),
            8 * kMss);
}

TEST_F(HyStartTest, AConservativeRoundGrowsByAQuarter) {  // 9406-3
  round(10, 40ms);
  round(10, 40ms);
  round(10, 60ms);
  EXPECT_EQ(hystart.growth({.now = Instant(), .acked = 2 * kMss, .mss = kMss, .slow_start_limit = 8 * kMss}), kMss / 2);
  EXPECT_EQ(hystart.growth({.now = Instant(), .acked = 45 * kMss, .mss = kMss, .slow_start_limit = 8 * kMss}),
            2 * kMss);
}

}  // namespace
}  // namespace handfast::tcp::congestion
