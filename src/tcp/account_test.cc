#include "tcp/account.h"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

using namespace std::chrono_literals;

Instant when(Duration since_start) { return Instant(since_start); }

TEST(StreamLength, CountsBeyondTheCircleOfSequenceNumbers) {
  const SeqNum first(0xFFFFFFF0);
  SeqNum number = first;
  StreamLength length;
  std::uint64_t expected = 0;
  for (int i = 0; i < 40; ++i) {
    const std::uint32_t step = 0x3FFFFFFF;
    length.moved(first, number, number + step);
    number += step;
    expected += step;
    ASSERT_EQ(length.bytes(first, number), expected);
  }
  EXPECT_GT(expected, std::uint64_t{9} << 32);
}

TEST(StreamLength, WhatStaysWhereItIsHasNotGoneRound) {
  const SeqNum first(100);
  StreamLength length;
  length.moved(first, first + 7, first + 7);
  EXPECT_EQ(length.bytes(first, first + 7), 7u);
}

TEST(StreamLength, TheStepThatEndsOnTheFirstNumberIsAWrap) {
  const SeqNum first(100);
  StreamLength length;
  length.moved(first, first - 1, first);
  EXPECT_EQ(length.bytes(first, first), std::uint64_t{1} << 32);
}

TEST(WideCount, CarriesIntoTheUpperHalf) {
  WideCount count;
  for (int i = 0; i < 5; ++i) count.add(0x7FFFFFFF);
  EXPECT_EQ(count.value(), 5 * std::uint64_t{0x7FFFFFFF});
}

TEST(LimitWatch, EachStretchCountsForTheLimitThatHeld) {
  LimitWatch watch;
  LimitTimes times;
  watch.turn_to(Limit::kPath, 100, times);
  watch.turn_to(Limit::kPeerWindow, 130, times);
  watch.turn_to(Limit::kPath, 190, times);
  watch.turn_to(Limit::kNone, 200, times);
  watch.turn_to(Limit::kPath, 1000, times);
  EXPECT_EQ(times.spent(Limit::kPath), 40u);
  EXPECT_EQ(times.spent(Limit::kPeerWindow), 60u);
  EXPECT_EQ(times.spent(Limit::kSendBuffer), 0u);
}

TEST(LimitWatch, ItsClockMayWrap) {
  LimitWatch watch;
  LimitTimes times;
  watch.turn_to(Limit::kPath, 0xFFFFFFF0, times);
  watch.turn_to(Limit::kNone, 0x10, times);
  EXPECT_EQ(times.spent(Limit::kPath), 0x20u);
}

TEST(Account, WhatADriverMergedCountsAsItsSegments) {
  Account account;
  account.arrived(0, 1000, when(1s));
  account.arrived(2500, 1000, when(2s));
  account.arrived(800, 1000, when(3s));
  EXPECT_EQ(account.segments_in, 5u);
  EXPECT_EQ(account.text_segments_in, 4u);
  EXPECT_EQ(account.largest_text_in, 1000u);
  EXPECT_EQ(account.text_in_at_ms, 3000u);
}

TEST(Account, WhatADriverCutsCountsAsItsSegments) {
  Account account;
  account.left(0, 0, 0);
  account.left(4001, 1000, 0);
  account.left(700, 0, 700);
  EXPECT_EQ(account.segments_out, 7u);
  EXPECT_EQ(account.text_segments_out, 6u);
  EXPECT_EQ(account.bytes_again.value(), 700u);
}

}  // namespace
}  // namespace handfast::tcp
