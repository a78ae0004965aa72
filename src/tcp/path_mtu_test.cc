#include "tcp/path_mtu.h"

#include <gtest/gtest.h>

#include <vector>

namespace handfast::tcp {
namespace {

TEST(PathMtuSearch, TriesTheLargestFirstAndThenHalves) {
  PathMtuSearch search;
  search.begin(1160, 1460);
  EXPECT_EQ(search.next(), 1460);
  search.probe_left();
  EXPECT_EQ(search.next(), 0) << "one is out";
  search.probe_lost();
  EXPECT_EQ(search.next(), 1310);
  search.probe_left();
  search.probe_delivered();
  EXPECT_EQ(search.low(), 1310);
  EXPECT_EQ(search.next(), 1385);
}

TEST(PathMtuSearch, FindsEverySizeWithFewProbes) {  // 4821-1
  for (std::uint16_t path = 512; path <= 1460; ++path) {
    PathMtuSearch search;
    search.begin(512, 1460);
    int probes = 0;
    int lost = 0;
    for (; search.is_on(); ++probes) {
      const std::uint16_t size = search.next();
      ASSERT_GT(size, search.low());
      search.probe_left();
      if (size <= path) {
        search.probe_delivered();
      } else {
        search.probe_lost();
        ++lost;
      }
    }
    EXPECT_LE(search.low(), path);
    EXPECT_LT(path - search.low(), PathMtuSearch::kSmallestGain);
    EXPECT_LE(probes, 9);
    EXPECT_LE(lost, 8);
  }
}

TEST(PathMtuSearch, NoProofIsTriedAgain) {
  PathMtuSearch search;
  search.begin(1160, 1460);
  search.probe_left();
  search.probe_inconclusive();
  EXPECT_EQ(search.next(), 1460);
}

TEST(PathMtuSearch, DoesNotBeginWhereNothingCanBeGained) {
  PathMtuSearch search;
  search.begin(1460, 1460);
  EXPECT_FALSE(search.is_on());
  EXPECT_EQ(search.next(), 0);
  search.begin(1459, 1460);
  EXPECT_EQ(search.next(), 1460) << "but the full size is worth a probe";
}

TEST(PathReport, IsJudgedByWhatWasSentAndWhatArrived) {  // 5927-5
  using enum ReportJudgement;
  const auto judge = [](std::uint32_t claimed, std::uint32_t proven) {
    return judge_report({.claimed = claimed, .floor = 512, .largest_sent = 1460, .proven = proven});
  };
  EXPECT_EQ(judge(1460, 0), kNotSmaller);
  EXPECT_EQ(judge(1459, 0), kBelieve);
  EXPECT_EQ(judge(512, 0), kBelieve);
  EXPECT_EQ(judge(511, 0), kTooSmall);
  EXPECT_EQ(judge(1240, 1240), kBelieve);
  EXPECT_EQ(judge(1240, 1241), kHold);
}

TEST(PathReport, OfTwoHeldOnesTheOneThatIsConfirmedFirstStays) {
  HeldReport held;
  held.hold(SeqNum(200), 1000);
  held.hold(SeqNum(300), 900);
  EXPECT_EQ(held.seq, SeqNum(200));
  held.hold(SeqNum(100), 800);
  EXPECT_EQ(held.seq, SeqNum(100));
  held.hold(SeqNum(100), 700);
  EXPECT_EQ(held.size, 800) << "a forger cannot make it worse";
  held.hold(SeqNum(100), 1200);
  EXPECT_EQ(held.size, 1200);
}

TEST(PathReport, PlateausLeadDown) {
  EXPECT_EQ(plateau_below(65535), 32000u);
  EXPECT_EQ(plateau_below(1500), 1492u);
  EXPECT_EQ(plateau_below(1492), 1006u);
  EXPECT_EQ(plateau_below(100), 68u);
  EXPECT_EQ(plateau_below(0), 68u);
}

}  // namespace
}  // namespace handfast::tcp
