#include "tcp/congestion/none.h"

#include <gtest/gtest.h>

namespace handfast::tcp::congestion {
namespace {

TEST(NoCongestionControl, ThePeersWindowAloneBounds) {
  const Controller& controller = none();
  State state;
  Scratch scratch;
  controller.on_start(state, 10'000);
  EXPECT_EQ(state.cwnd, kLargestWindow);
  const Loss loss{.now = Instant(), .in_flight = 5000, .mss = 1000};
  controller.on_loss(state, scratch, loss);
  controller.on_timeout(state, scratch, loss, true);
  controller.on_recovered(state, scratch, Instant());
  controller.on_idle(state, scratch, Instant(), 1000, true);
  controller.on_ack(state, scratch, {.now = Instant(), .acked = 1000, .mss = 1000});
  EXPECT_EQ(state.cwnd, kLargestWindow);
  EXPECT_EQ(controller.pacing_rate(state, scratch), 0u);
  // PRR would set a window of its own.
  EXPECT_TRUE(controller.owns_recovery());
}

}  // namespace
}  // namespace handfast::tcp::congestion
