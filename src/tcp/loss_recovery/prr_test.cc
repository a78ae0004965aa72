#include "tcp/loss_recovery/prr.h"

#include <gtest/gtest.h>

namespace handfast::tcp::loss_recovery {
namespace {

constexpr std::uint32_t kMss = 1000;

Prr started() {
  Prr prr;
  prr.start(10 * kMss);
  return prr;
}

TEST(Prr, AboveTheThresholdTextLeavesInProportionToWhatIsDelivered) {  // 9937-1
  Prr prr = started();
  std::uint32_t sent = 0;
  for (std::uint32_t i = 1; i <= 4; ++i) {
    const std::uint32_t allowed =
        prr.allowed({.delivered = kMss, .in_flight = 9 * kMss, .ssthresh = 7 * kMss, .mss = kMss});
    // The first retransmission goes whole; from then on the sum follows 7 bytes for 10.
    EXPECT_EQ(allowed, i * 700 > sent ? i * 700 - sent : 0u) << i;
    prr.sent(allowed);
    sent += allowed;
  }
}

TEST(Prr, BelowItNoMoreThanWhatIsDelivered) {  // 9937-2
  Prr prr = started();
  prr.sent(5 * kMss);
  EXPECT_EQ(prr.allowed({.delivered = kMss, .in_flight = 2 * kMss, .ssthresh = 5 * kMss, .mss = kMss}), kMss);
}

TEST(Prr, BelowItASegmentMoreWhereNothingNewWasLost) {  // 9937-2
  Prr prr = started();
  prr.sent(5 * kMss);
  EXPECT_EQ(prr.allowed({.delivered = kMss, .in_flight = 2 * kMss, .ssthresh = 5 * kMss, .mss = kMss, .safe = true}),
            2 * kMss);
  EXPECT_EQ(prr.allowed({.delivered = kMss, .in_flight = 4 * kMss, .ssthresh = 5 * kMss, .mss = kMss, .safe = true}),
            kMss)
      << "never past the threshold";
}

TEST(Prr, TheFirstRetransmissionGoesWhateverTheProportionSays) {  // 9937-3
  Prr prr = started();
  EXPECT_EQ(prr.allowed({.delivered = 0, .in_flight = 9 * kMss, .ssthresh = 5 * kMss, .mss = kMss}), kMss);
  prr.sent(kMss);
  EXPECT_EQ(prr.allowed({.delivered = 0, .in_flight = 9 * kMss, .ssthresh = 5 * kMss, .mss = kMss}), 0u);
}

}  // namespace
}  // namespace handfast::tcp::loss_recovery
