#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <random>
#include <set>
#include <string>

#include "sim/runner.h"

// Simulations drawn from seeds: the fixed ones are the same in every run of the tests, the fresh ones are new each
// time. A failure prints the one command that runs its seed again.

namespace handfast::sim {
namespace {

constexpr std::uint64_t kBlock = 100;
constexpr std::uint64_t kFixedSeeds = 2000;
constexpr std::uint64_t kFreshSeeds = 200;

class FixedSeeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(FixedSeeds, HoldEveryInvariant) {
  for (std::uint64_t seed = GetParam(); seed < GetParam() + kBlock; ++seed) {
    const Report report = run_seed(seed);
    EXPECT_TRUE(report.passed) << to_line(report);
  }
}

INSTANTIATE_TEST_SUITE_P(Blocks, FixedSeeds, testing::Range(std::uint64_t{1}, kFixedSeeds + 1, kBlock),
                         [](const auto& block) { return "From" + std::to_string(block.param); });

// The same seeds mean the same over IPv6; some of them are enough.
TEST(SeedsOverIpv6, HoldEveryInvariant) {
  LinkStatistics links;
  for (std::uint64_t seed = 1; seed <= kFixedSeeds; seed += 7) {
    const Report report = run_seed(seed, IpVersion::kV6);
    EXPECT_TRUE(report.passed) << to_line(report);
    links.add(report.statistics.links);
  }
  EXPECT_GT(links.dropped_mtu, 0u);
  EXPECT_GT(links.corrupted, 0u);
  EXPECT_GT(links.truncated, 0u);
  EXPECT_GT(links.marked, 0u);
}

std::uint64_t fresh_start() {
  if (const char* chosen = std::getenv("HANDFAST_FRESH_SEED")) return std::strtoull(chosen, nullptr, 10);
  std::random_device device;
  const std::uint64_t high = device();
  return (high << 32 | device()) >> 1;
}

TEST(FreshSeeds, HoldEveryInvariant) {
  const std::uint64_t start = fresh_start();
  RecordProperty("first_seed", std::to_string(start));
  for (std::uint64_t seed = start; seed < start + kFreshSeeds; ++seed) {
    const Report report = run_seed(seed);
    EXPECT_TRUE(report.passed) << to_line(report);
  }
}

constexpr std::uint64_t kRegressionSeeds[] = {
#include "regression_seeds.txt"
    0};

TEST(RegressionSeeds, HoldEveryInvariant) {
  for (const std::uint64_t seed : kRegressionSeeds) {
    const Report report = run_seed(seed);
    EXPECT_TRUE(report.passed) << to_line(report);
  }
}

TEST(Seeds, TheSameSeedLeavesTheSameTrace) {
  std::set<std::uint64_t> hashes;
  for (std::uint64_t seed = 7; seed <= kFixedSeeds; seed += 40) {
    const Report first = run_seed(seed);
    const Report second = run_seed(seed);
    EXPECT_EQ(first.hash, second.hash) << to_line(first);
    EXPECT_EQ(first.packets, second.packets);
    EXPECT_EQ(first.virtual_time, second.virtual_time);
    hashes.insert(first.hash);
  }
  EXPECT_EQ(hashes.size(), 50u) << "different seeds ought to differ";
}

TEST(Seeds, TogetherVisitEveryStateAndEveryFault) {
  std::vector<std::uint64_t> visits(kTcpStateCount);
  LinkStatistics links;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    const Report report = run_seed(seed);
    for (std::size_t i = 0; i < kTcpStateCount && i < report.visits.size(); ++i) visits[i] += report.visits[i];
    links.add(report.statistics.links);
  }
  using enum TcpState;
  for (const TcpState state : {kClosed, kSynSent, kSynReceived, kEstablished, kFinWait1, kFinWait2, kCloseWait,
                               kClosing, kLastAck, kTimeWait}) {
    EXPECT_GT(visits[static_cast<std::size_t>(state)], 0u) << to_string(state);
  }
  EXPECT_GT(links.dropped_loss, 0u);
  EXPECT_GT(links.dropped_burst, 0u);
  EXPECT_GT(links.dropped_queue, 0u);
  EXPECT_GT(links.dropped_mtu, 0u);
  EXPECT_GT(links.dropped_blackhole, 0u);
  EXPECT_GT(links.corrupted, 0u);
  EXPECT_GT(links.truncated, 0u);
  EXPECT_GT(links.duplicated, 0u);
  EXPECT_GT(links.reordered, 0u);
}

}  // namespace
}  // namespace handfast::sim
