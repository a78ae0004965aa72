#include "tcp/receiver.h"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

TEST(AckPolicy, OwesAfterTwoFullSegmentsHoweverTheyAreMerged) {  // SHLD-19
  AckPolicy policy;
  EXPECT_TRUE(policy.text_arrived(1000, 1000));  // starts the delay
  EXPECT_TRUE(policy.delayed());
  EXPECT_FALSE(policy.owed());
  EXPECT_FALSE(policy.text_arrived(1000, 1000));
  EXPECT_TRUE(policy.owed());
  policy.sent();
  EXPECT_FALSE(policy.owed() || policy.delayed());
  EXPECT_FALSE(policy.text_arrived(2000, 1000));
  EXPECT_TRUE(policy.owed());
}

TEST(AckPolicy, SmallTextStartsTheDelayOnce) {
  AckPolicy policy;
  EXPECT_TRUE(policy.text_arrived(1, 1000));
  EXPECT_FALSE(policy.text_arrived(1, 1000));
  EXPECT_FALSE(policy.owed());
  policy.sent();
  EXPECT_TRUE(policy.text_arrived(1, 1000));
}

TEST(AckPolicy, DuplicatesAreOwedOneByOneWithoutSackAndAreLimited) {
  AckPolicy policy;
  for (int i = 0; i < 5; ++i) policy.owe_duplicate(false);
  int sent = 0;
  for (; policy.owed(); ++sent) policy.sent();
  EXPECT_EQ(sent, 5);
  for (int i = 0; i < 5; ++i) policy.owe_duplicate(true);
  for (sent = 0; policy.owed(); ++sent) policy.sent();
  EXPECT_EQ(sent, 1);
  for (int i = 0; i < 5000; ++i) policy.owe_duplicate(false);
  for (sent = 0; policy.owed(); ++sent) policy.sent();
  EXPECT_EQ(sent, 65);
}

TEST(ChallengeLimit, AllowsSoManyInEachInterval) {  // 5961-4
  const TcpConfig config;
  ChallengeLimit limit;
  for (int second = 0; second < 3; ++second) {
    int allowed = 0;
    for (int ms = 0; ms < 1000; ++ms) {
      allowed += limit.allow(config, Instant(std::chrono::seconds(second) + std::chrono::milliseconds(ms))) ? 1 : 0;
    }
    EXPECT_EQ(allowed, 10);
  }
}

TEST(ChallengeLimit, WorksAcrossTheWrapOfItsMilliseconds) {
  const TcpConfig config;
  ChallengeLimit limit;
  const Instant before(std::chrono::milliseconds((std::uint64_t{1} << 32) - 10));
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(limit.allow(config, before));
  EXPECT_FALSE(limit.allow(config, before + 20ms));
  EXPECT_TRUE(limit.allow(config, before + 1s));
  EXPECT_TRUE(limit.allow_unacceptable(config, before));
  EXPECT_FALSE(limit.allow_unacceptable(config, before + 499ms));
  EXPECT_TRUE(limit.allow_unacceptable(config, before + 500ms));
}

TEST(Window, IsWorthOpeningByASegmentOrHalfTheBuffer) {
  EXPECT_FALSE(is_worth_opening(999, 4000, 1000));
  EXPECT_TRUE(is_worth_opening(1000, 4000, 1000));
  EXPECT_TRUE(is_worth_opening(500, 1000, 1460));
  EXPECT_FALSE(is_worth_opening(499, 1000, 1460));
}

}  // namespace
}  // namespace handfast::tcp
