#include <gtest/gtest.h>

#include "sim/bulk_transfer.h"

// A path that holds five times what the buffers begin with: 100 ms at 100 Mbit/s. Without room to grow the window sets
// the rate, 256 KiB for each round trip; with room for it the link does.

namespace handfast::sim {
namespace {

std::uint64_t kbits_with(std::uint32_t receive_most, std::uint32_t send_most) {
  TcpConfig tcp;
  tcp.receive_buffer_max = receive_most;
  tcp.send_buffer_max = send_most;
  BulkPlan plan;
  plan.path.rtt = std::chrono::milliseconds(100);
  plan.congestion_control = CongestionControl::kCubic;
  plan.length = std::chrono::seconds(6);
  plan.tcp = &tcp;
  const BulkReport report = run_bulk(plan);
  EXPECT_TRUE(report.connected);
  return report.kbits;
}

constexpr std::uint32_t kMuch = 8u << 20;

TEST(BufferTuningOfAPath, BothTogetherReachTheRateOfTheLink) { EXPECT_GT(kbits_with(kMuch, kMuch), 75'000u); }

TEST(BufferTuningOfAPath, WithoutItTheWindowSetsTheRate) { EXPECT_LT(kbits_with(0, 0), 22'000u); }

TEST(BufferTuningOfAPath, OneAloneDoesNotHelp) {
  EXPECT_LT(kbits_with(kMuch, 0), 25'000u);
  EXPECT_LT(kbits_with(0, kMuch), 25'000u);
}

}  // namespace
}  // namespace handfast::sim
