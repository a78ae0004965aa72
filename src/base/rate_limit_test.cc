#include "base/rate_limit.h"

#include <gtest/gtest.h>

#include "base/test_random.h"

namespace handfast::base {
namespace {

constexpr Instant at(std::int64_t nanoseconds) { return Instant(Duration(nanoseconds)); }
constexpr std::int64_t kSecond = 1'000'000'000;

TEST(TokenBucket, GrantsABurstAndThenTheRate) {
  TokenBucket bucket(10, 3);
  EXPECT_TRUE(bucket.take(at(0)));
  EXPECT_TRUE(bucket.take(at(0), 2));
  EXPECT_FALSE(bucket.take(at(0)));
  EXPECT_EQ(bucket.ready_at(at(0)), at(kSecond / 10));
  EXPECT_FALSE(bucket.take(at(kSecond / 10 - 1)));
  EXPECT_TRUE(bucket.take(at(kSecond / 10)));
  EXPECT_EQ(bucket.available(at(100 * kSecond)), 3U);
  EXPECT_FALSE(bucket.take(at(100 * kSecond), 4));
}

TEST(TokenBucket, Edges) {
  TokenBucket never_refilled(0, 2);
  EXPECT_TRUE(never_refilled.take(at(0), 2));
  EXPECT_FALSE(never_refilled.take(kNever));
  EXPECT_EQ(never_refilled.ready_at(kNever), kNever);
  TokenBucket closed(100, 0);
  EXPECT_FALSE(closed.take(at(kSecond)));
  EXPECT_EQ(closed.ready_at(at(kSecond)), kNever);
  TokenBucket large(0xFFFFFFFF, 0xFFFFFFFF, Instant::min());
  EXPECT_TRUE(large.take(Instant::min(), 0xFFFFFFFF));
  EXPECT_TRUE(large.take(Instant::max(), 0xFFFFFFFF));
  EXPECT_FALSE(large.take(Instant::max()));
  TokenBucket back(1, 1, at(kSecond));
  EXPECT_TRUE(back.take(at(kSecond)));
  EXPECT_FALSE(back.take(at(0)));
  EXPECT_FALSE(back.take(at(kSecond)));  // A step back and forth earns nothing.
  EXPECT_EQ(back.ready_at(at(0)), at(2 * kSecond));
}

/// Whatever the pattern of requests, no stretch grants more than burst + rate × time, and asking at ready_at succeeds.
TEST(TokenBucket, KeepsItsPromiseToTheNanosecond) {
  TestRandom random(8);
  for (int round = 0; round < 300; ++round) {
    const auto rate = static_cast<std::uint32_t>(1 + random.below(1U << random.below(32)));
    const auto burst = static_cast<std::uint32_t>(1 + random.below(1U << random.below(20)));
    TokenBucket bucket(rate, burst);
    std::int64_t now = 0;
    std::uint64_t granted = 0;
    for (int step = 0; step < 200; ++step) {
      const auto count = static_cast<std::uint32_t>(1 + random.below(burst));
      const Instant ready = bucket.ready_at(at(now), count);
      if (ready > at(now)) {
        ASSERT_FALSE(bucket.take(ready - Duration(1), count));
        now = ready.time_since_epoch().count();
      }
      ASSERT_TRUE(bucket.take(at(now), count));
      granted += count;
      const auto earned = static_cast<unsigned __int128>(now) * rate / static_cast<unsigned>(kSecond);
      ASSERT_LE(granted, std::uint64_t{burst} + static_cast<std::uint64_t>(earned));
      now += static_cast<std::int64_t>(random.below(1U << random.below(31)));
    }
  }
}

}  // namespace
}  // namespace handfast::base
