#include "tcp/buffer_tuning.h"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

using namespace std::chrono_literals;

constexpr Instant kStart = Instant(1s);

TEST(BufferTuning, CountsWhatIsTakenInARoundTrip) {
  ReceiveTuning tuning;
  EXPECT_FALSE(tuning.took(100, 10ms, kStart));
  EXPECT_FALSE(tuning.took(100, 10ms, kStart + 9ms));
  EXPECT_EQ(tuning.took(100, 10ms, kStart + 10ms), 200u) << "the first began it";
  EXPECT_FALSE(tuning.took(50, 10ms, kStart + 15ms));
  EXPECT_EQ(tuning.took(50, 10ms, kStart + 20ms), 100u);
}

TEST(BufferTuning, APauseBeginsTheCountAnew) {
  ReceiveTuning tuning;
  EXPECT_FALSE(tuning.took(1000, 10ms, kStart));
  EXPECT_EQ(tuning.runs_until(), kStart + 20ms);
  EXPECT_FALSE(tuning.took(100, 10ms, kStart + 21ms)) << "what came before the pause came at another rate";
  EXPECT_EQ(tuning.took(100, 10ms, kStart + 31ms), 100u);
}

TEST(BufferTuning, RemembersTheLastRoundTripUntilAPause) {
  ReceiveTuning tuning;
  EXPECT_EQ(tuning.in_last_round(kStart), 0u);
  (void)tuning.took(100, 10ms, kStart);
  EXPECT_EQ(tuning.in_last_round(kStart), 0u) << "none is over";
  (void)tuning.took(200, 10ms, kStart + 10ms);
  (void)tuning.took(50, 10ms, kStart + 15ms);
  EXPECT_EQ(tuning.in_last_round(kStart + 35ms), 200u);
  EXPECT_EQ(tuning.in_last_round(kStart + 36ms), 0u) << "too long ago";
  (void)tuning.took(50, 10ms, kStart + 50ms);
  EXPECT_EQ(tuning.in_last_round(kStart + 50ms), 0u) << "a new count has begun";
}

TEST(BufferTuning, GrowsByDoublingUpToTheLimit) {
  TcpConfig config;
  config.receive_buffer = 100'000;
  config.receive_buffer_max = 350'000;
  EXPECT_EQ(receive_buffer_of(config, 0), 100'000u);
  EXPECT_EQ(receive_buffer_of(config, 1), 200'000u);
  EXPECT_EQ(receive_buffer_of(config, 2), 350'000u);
  EXPECT_EQ(receive_buffer_of(config, 30), 350'000u);
  config.receive_buffer_max = 0;
  EXPECT_EQ(receive_buffer_of(config, 5), 100'000u) << "no room to grow";
}

TEST(BufferTuning, TheSendBufferIsTwiceTheCongestionWindow) {
  TcpConfig config;
  config.send_buffer = 100'000;
  EXPECT_EQ(send_buffer_for(config, 1'000'000), 100'000u) << "no room to grow";
  config.send_buffer_max = 500'000;
  EXPECT_EQ(send_buffer_for(config, 10'000), 100'000u);
  EXPECT_EQ(send_buffer_for(config, 120'000), 240'000u);
  EXPECT_EQ(send_buffer_for(config, 0xFFFFFFFF), 500'000u);
}

}  // namespace
}  // namespace handfast::tcp
