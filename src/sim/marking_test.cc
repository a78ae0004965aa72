#include <gtest/gtest.h>

#include "sim/bulk_transfer.h"

// A bottleneck that marks in place of dropping: the oracle of ECN as a whole. Nothing is lost, so nothing goes again,
// and the marks alone keep the queue short and the link busy (RFC 3168 §1, §6.1.2).

namespace handfast::sim {
namespace {

using namespace std::chrono_literals;

struct Case {
  CongestionControl algorithm;
  Ecn ecn;
};

class Marking : public testing::TestWithParam<Case> {};

BulkPlan plan_of(CongestionControl algorithm, Ecn ecn) {
  BulkPlan plan;
  plan.path = {.rate = 50'000'000, .rtt = 20ms, .buffer_percent = 600, .mark_percent = 15};
  plan.congestion_control = algorithm;
  plan.ecn = ecn;
  plan.length = 5s;
  return plan;
}

TEST_P(Marking, KeepsTheLinkBusyAndLosesNothing) {
  const BulkReport report = run_bulk(plan_of(GetParam().algorithm, GetParam().ecn));
  EXPECT_TRUE(report.connected);
  EXPECT_EQ(report.queue_drops, 0u);
  EXPECT_EQ(report.sent_again, 0u);
  EXPECT_GT(report.marks, 0u);
  EXPECT_GT(report.reductions, 0u);
  EXPECT_GT(report.kbits, 50'000u * 85 / 100);
}

TEST_P(Marking, LeavesAloneWhoDoesNotUnderstandMarks) {
  const BulkReport report = run_bulk(plan_of(GetParam().algorithm, Ecn::kAccept));
  EXPECT_EQ(report.marks, 0u);
  EXPECT_EQ(report.reductions, 0u);
}

INSTANTIATE_TEST_SUITE_P(
    All, Marking,
    testing::Values(Case{CongestionControl::kCubic, Ecn::kOffer}, Case{CongestionControl::kNewReno, Ecn::kOffer},
                    Case{CongestionControl::kBbr, Ecn::kOffer}, Case{CongestionControl::kCubic, Ecn::kAccurate},
                    Case{CongestionControl::kNewReno, Ecn::kAccurate}, Case{CongestionControl::kBbr, Ecn::kAccurate}),
    [](const auto& one) {
      return std::string(to_string(one.param.algorithm)) + "_" + std::string(to_string(one.param.ecn));
    });

// A short queue of packets that would else be dropped.
TEST(MarkingQueue, IsShorterThanOneThatDrops) {
  const BulkReport dropping = run_bulk(plan_of(CongestionControl::kCubic, Ecn::kOff));
  EXPECT_GT(dropping.queue_drops, 0u);
  EXPECT_GT(dropping.sent_again, 0u);
}

}  // namespace
}  // namespace handfast::sim
