#include "tcp/rtt.h"

#include <gtest/gtest.h>

#include "base/test_random.h"

namespace handfast::tcp {
namespace {

TEST(Rtt, BeforeTheFirstSampleItIsTheInitialRto) {  // 6298-1, 6298-9
  const TcpConfig config;
  EXPECT_EQ(RttEstimator().rto(config), 1s);
  RttEstimator repeated;
  repeated.handshake_was_repeated();
  EXPECT_EQ(repeated.rto(config), 3s);
}

TEST(Rtt, TheFirstSample) {  // 6298-2
  const TcpConfig config;
  RttEstimator rtt;
  rtt.add_sample(100ms);
  EXPECT_EQ(rtt.srtt(), 100ms);
  EXPECT_EQ(rtt.rttvar(), 50ms);
  EXPECT_EQ(rtt.rto(config), 300ms);
}

TEST(Rtt, FollowsTheFormulasWithinAMicrosecondOrTwo) {  // MUST-18, 6298-2
  TcpConfig config;
  config.min_rto = 1us;
  config.rto_margin = 1us;
  base::TestRandom random(42);
  RttEstimator rtt;
  double srtt = 0;
  double rttvar = 0;
  for (int i = 0; i < 500; ++i) {
    const auto us = static_cast<std::int64_t>(1000 + random.below(200'000));
    if (i == 0) {
      srtt = static_cast<double>(us);
      rttvar = srtt / 2;
    } else {
      const double error =
          srtt > static_cast<double>(us) ? srtt - static_cast<double>(us) : static_cast<double>(us) - srtt;
      rttvar = 0.75 * rttvar + 0.25 * error;
      srtt = 0.875 * srtt + 0.125 * static_cast<double>(us);
    }
    rtt.add_sample(std::chrono::microseconds(us));
    EXPECT_NEAR(static_cast<double>(rtt.srtt().count()) / 1000, srtt, 3);
    EXPECT_NEAR(static_cast<double>(rtt.rttvar().count()) / 1000, rttvar, 6);
  }
}

TEST(Rtt, DoublesToTheMaximumAndASampleEndsThat) {  // 6298-4, 6298-8
  const TcpConfig config;
  RttEstimator rtt;
  rtt.add_sample(100ms);
  Duration expected = 300ms;
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(rtt.rto(config), std::min<Duration>(expected, 60s));
    rtt.back_off();
    if (expected < 60s) expected *= 2;
  }
  rtt.add_sample(100ms);
  EXPECT_EQ(rtt.backoff(), 0);
  EXPECT_LT(rtt.rto(config), 300ms);
}

TEST(Rtt, TheVarianceCountsForAtLeastTheGranularity) {  // 6298-6
  TcpConfig config;
  config.min_rto = 1us;
  config.rto_margin = 1us;
  RttEstimator rtt;
  for (int i = 0; i < 200; ++i) rtt.add_sample(500ms);
  EXPECT_GT(rtt.rto(config), rtt.srtt()) << "an RTO of exactly a round trip would fire in vain";
  EXPECT_LE(rtt.rto(config), rtt.srtt() + 10us);
  config = TcpConfig();
  EXPECT_GE(rtt.rto(config), rtt.srtt() + 100ms) << "nor may a delayed acknowledgment make it fire";
}

TEST(Rtt, StaysWithinItsBoundsForAnySample) {
  const TcpConfig config;
  for (const Duration sample : {Duration(-5s), Duration(0), Duration(1ns), Duration(24h * 365)}) {
    RttEstimator rtt;
    for (int i = 0; i < 3; ++i) rtt.add_sample(sample);
    EXPECT_TRUE(rtt.has_sample());
    EXPECT_GE(rtt.rto(config), config.min_rto);
    EXPECT_LE(rtt.rto(config), config.max_rto);
  }
}

}  // namespace
}  // namespace handfast::tcp
