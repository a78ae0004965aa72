#include "tcp/congestion/new_reno.h"

#include <gtest/gtest.h>

namespace handfast::tcp::congestion {
namespace {

constexpr std::uint32_t kMss = 1000;

struct NewRenoTest : testing::Test {
  NewRenoTest() { controller.on_start(state, 10 * kMss); }
  void ack(std::uint32_t bytes, bool limited = true) {
    controller.on_ack(state, scratch, {.now = Instant(), .acked = bytes, .mss = kMss, .was_cwnd_limited = limited});
  }

  const Controller& controller = new_reno();
  State state;
  Scratch scratch;
};

TEST_F(NewRenoTest, SlowStartDoublesInARoundTrip) {  // MUST-19
  for (int i = 0; i < 10; ++i) ack(kMss);
  EXPECT_EQ(state.cwnd, 20 * kMss);
}

TEST_F(NewRenoTest, SlowStartAddsAtMostTwoSegmentsAndNeverMoreThanWasAcknowledged) {
  ack(10 * kMss);
  EXPECT_EQ(state.cwnd, 12 * kMss);
  ack(1);
  EXPECT_EQ(state.cwnd, 12 * kMss + 1);
}

TEST_F(NewRenoTest, WithoutUseNoGrowth) {
  ack(kMss, false);
  EXPECT_EQ(state.cwnd, 10 * kMss);
}

TEST_F(NewRenoTest, ALossHalvesTheFlight) {
  controller.on_loss(state, scratch, {.now = Instant(), .in_flight = 9 * kMss, .mss = kMss});
  EXPECT_EQ(state.ssthresh, 4500u);
  EXPECT_EQ(state.cwnd, 4500u);
  controller.on_loss(state, scratch, {.now = Instant(), .in_flight = kMss, .mss = kMss});
  EXPECT_EQ(state.ssthresh, 2 * kMss);
}

TEST_F(NewRenoTest, AvoidanceAddsASegmentForEachWindow) {  // MUST-19, 5681-5
  controller.on_loss(state, scratch, {.now = Instant(), .in_flight = 8 * kMss, .mss = kMss});
  for (int window = 4; window < 10; ++window) {
    for (int i = 0; i < window; ++i) {
      EXPECT_EQ(state.cwnd, static_cast<std::uint32_t>(window) * kMss);
      ack(kMss);
    }
  }
  EXPECT_EQ(state.cwnd, 10 * kMss);
}

TEST_F(NewRenoTest, OnlyTheFirstTimeoutHalves) {  // 5681-6
  controller.on_timeout(state, scratch, {.now = Instant(), .in_flight = 8 * kMss, .mss = kMss}, true);
  EXPECT_EQ(state.ssthresh, 4 * kMss);
  EXPECT_EQ(state.cwnd, kMss);
  controller.on_timeout(state, scratch, {.now = Instant(), .in_flight = kMss, .mss = kMss}, false);
  EXPECT_EQ(state.ssthresh, 4 * kMss);
  EXPECT_EQ(state.cwnd, kMss);
}

TEST_F(NewRenoTest, IdlenessTakesAndNeverGives) {
  state.cwnd = 50 * kMss;
  controller.on_idle(state, scratch, Instant(), 10 * kMss, true);
  EXPECT_EQ(state.cwnd, 10 * kMss);
  state.cwnd = 3 * kMss;
  controller.on_idle(state, scratch, Instant(), 10 * kMss, true);
  EXPECT_EQ(state.cwnd, 3 * kMss);
}

TEST_F(NewRenoTest, NeverPassesTheLargestWindow) {
  for (int i = 0; i < 10; ++i) {
    state.cwnd = (1u << 30) - 1;
    ack(2 * kMss);
    EXPECT_LE(state.cwnd, 1u << 30);
  }
}

}  // namespace
}  // namespace handfast::tcp::congestion
