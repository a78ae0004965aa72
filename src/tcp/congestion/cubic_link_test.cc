#include <gtest/gtest.h>

#include "tcp/congestion/cubic.h"
#include "tcp/congestion/test_link.h"

// CUBIC over a bottleneck: what the formulas are for.

namespace handfast::tcp::congestion {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kMegabit = 125'000;

TestLink link_with(std::uint64_t rate, Duration delay, std::uint64_t queue) {
  TestLink link(cubic(), rate, delay);
  link.buffer = queue;
  return link;
}

TEST(CubicOverALink, TheFirstSlowStartEndsBeforeADeepQueueOverflows) {
  constexpr std::uint64_t kBdp = 100 * kMegabit / 25;
  TestLink link = link_with(100 * kMegabit, 40ms, 12 * kBdp);
  while (link.state.in_slow_start() && link.now < Instant(10s)) link.run(1ms);
  EXPECT_FALSE(link.state.in_slow_start());
  EXPECT_EQ(link.lost, 0u) << "a delay ended it";
  // A round shows the rise when its first segments met a queue; by then its window is two to four BDPs, and five
  // conservative rounds let it grow threefold (1.25^5).
  EXPECT_GT(link.state.cwnd, 2 * kBdp);
  EXPECT_LT(link.state.cwnd, 12 * kBdp);
}

TEST(CubicOverALink, ASteadyFlowUsesThePath) {
  struct Path {
    std::uint64_t rate;
    Duration delay;
    std::uint64_t queue;  ///< in tenths of a BDP
    double share;
  };
  // With a queue of 3/7 BDP or more the window never falls below the BDP: 0.7 * (1 + 3/7) = 1. With less, it comes
  // back along the curve.
  for (const Path& path : {Path{10 * kMegabit, 20ms, 10, 0.97}, Path{100 * kMegabit, 40ms, 5, 0.97},
                           Path{100 * kMegabit, 40ms, 1, 0.85}, Path{500 * kMegabit, 80ms, 1, 0.85}}) {
    const auto milliseconds = static_cast<std::uint64_t>(path.delay / 1ms);
    TestLink link = link_with(path.rate, path.delay, path.rate * milliseconds / 1000 * path.queue / 10);
    link.run(30s);
    EXPECT_GT(static_cast<double>(link.throughput(60s)), static_cast<double>(path.rate) * path.share)
        << path.rate << ' ' << path.queue;
    EXPECT_GT(link.lost, 0u);
    EXPECT_LT(link.lost * 200, link.delivered);
  }
}

TEST(CubicOverALink, NewBandwidthIsTaken) {
  TestLink link = link_with(50 * kMegabit, 40ms, 50 * kMegabit / 25);
  link.run(20s);
  link.rate *= 2;
  // Convex beyond the plateau: 0.4 t^3 makes up for a BDP of 333 segments within ten seconds.
  link.run(12s);
  EXPECT_GT(static_cast<double>(link.throughput(10s)), 95.0 * kMegabit);
}

TEST(CubicOverALink, ATimeoutIsMadeUpFor) {
  TestLink link = link_with(100 * kMegabit, 40ms, 100 * kMegabit / 25);
  link.run(10s);
  link.black_out(1s);
  EXPECT_EQ(link.state.cwnd, TestLink::kMss);
  link.run(2s);
  EXPECT_GT(static_cast<double>(link.throughput(10s)), 90.0 * kMegabit);
}

}  // namespace
}  // namespace handfast::tcp::congestion
