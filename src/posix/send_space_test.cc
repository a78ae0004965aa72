#include "posix/send_space.h"

#include <gtest/gtest.h>

namespace handfast::posix {
namespace {

// The figures are what Linux is known to do: scripts that were written against it expect them.

TEST(SendSpace, TextGathersInWholeSegmentsUpToHalfTheWindow) {
  EXPECT_EQ(size_goal(1000, 65536, 257u << 7), 16000u);
  EXPECT_EQ(size_goal(1000, 65536, 50000), 25000u);
  EXPECT_EQ(size_goal(1000, 65536, 1u << 24), 65000u);
  EXPECT_EQ(size_goal(1460, 0, 1u << 24), 1460u) << "a device without offload";
  EXPECT_EQ(size_goal(1000, 65536, 1500), 1000u) << "at least a segment";
}

TEST(SendSpace, AWriteEndsWithTheBufferThatPassesTheLimit) {
  const SendSpace space{.send_buffer = 50000,
                        .not_sent_low = ~0ull,
                        .buffer = 16000,
                        .segment = 1000,
                        .queued = 0,
                        .unsent = 0,
                        .sendable = 10000};
  EXPECT_EQ(take(space, 59000).bytes, 58000u);
  EXPECT_EQ(take(space, 500).bytes, 500u);
}

TEST(SendSpace, AMarkForUnsentTextStopsAtTheNextBuffer) {
  SendSpace space{.send_buffer = 262144,
                  .not_sent_low = 4000,
                  .buffer = 16000,
                  .segment = 1000,
                  .queued = 0,
                  .unsent = 0,
                  .sendable = 10000};
  EXPECT_EQ(take(space, 59000).bytes, 26000u);
  space = {
      .send_buffer = 262144, .not_sent_low = 4000, .buffer = 16000, .segment = 1000, .queued = 14000, .unsent = 2000};
  EXPECT_FALSE(is_writable(space)) << "half the mark";
  space.unsent = 1999;
  EXPECT_TRUE(is_writable(space));
}

TEST(SendSpace, WhoWaitsIsWokenWhenAThirdIsFree) {
  SendSpace space{.send_buffer = 42000, .not_sent_low = ~0ull, .buffer = 25000, .segment = 1000, .queued = 0};
  space.sendable = 10000;
  EXPECT_EQ(take(space, 61000).bytes, 60000u);
  space.sendable = 0;
  space.queued = 30000;
  EXPECT_FALSE(is_writable(space));
  space.queued = 24000;
  EXPECT_TRUE(is_writable(space));
}

TEST(SendSpace, WhatTheWindowsLetGoCountsAsSent) {
  const SendSpace space{.send_buffer = 20000,
                        .not_sent_low = ~0ull,
                        .buffer = 65000,
                        .segment = 1000,
                        .queued = 10000,
                        .unsent = 10000,
                        .sendable = 20000};
  EXPECT_EQ(take(space, 130000).bytes, 75000u);
}

TEST(SendSpace, ADefaultBufferGrowsWithTheWindow) {
  EXPECT_EQ(grown_send_buffer(1000, 10, 16384, 4u << 20), 46080u);
  EXPECT_EQ(grown_send_buffer(1000, 1, 50000, 4u << 20), 50000u);
  EXPECT_EQ(grown_send_buffer(1000, 100000, 16384, 4u << 20), 4u << 20);
}

TEST(SendSpace, WhoWaitsKnowsBelowWhichItIsWoken) {
  for (std::uint64_t send_buffer = 1; send_buffer < 60000; send_buffer += 7) {
    SendSpace space{.send_buffer = send_buffer, .not_sent_low = ~0ull, .buffer = 5000, .segment = 1000};
    const std::uint64_t below = writable_below(space);
    space.queued = below;
    EXPECT_FALSE(is_writable(space)) << send_buffer;
    space.queued = below - 1;
    EXPECT_TRUE(is_writable(space)) << send_buffer;
  }
}

// net/ipv4/tcp.c, forced_push: the second full buffer ends 18,000 bytes behind the last PUSH, and half a window is
// 16,448.
TEST(SendSpace, ALongWriteIsPushedHalfAWindowAfterTheLastPush) {
  const SendSpace space{.send_buffer = 400000,
                        .not_sent_low = ~0ull,
                        .buffer = 16000,
                        .segment = 1000,
                        .queued = 0,
                        .unsent = 0,
                        .sendable = 2000,
                        .since_push = 0,
                        .push_after = (257u << 7) / 2};
  EXPECT_EQ(take(space, 60000).pushes, (std::vector<std::uint64_t>{18000, 50000}));
  EXPECT_EQ(take(space, 60000).since_push, 10000u);
  EXPECT_EQ(take(space, 16000).pushes, (std::vector<std::uint64_t>{}));
  EXPECT_EQ(take(space, 16000).since_push, 16000u);
}

}  // namespace
}  // namespace handfast::posix
