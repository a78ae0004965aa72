#include "trace/names.h"

#include <gtest/gtest.h>

namespace handfast::trace {
namespace {

TEST(Names, FlagsAreJoinedInOneOrder) {
  EXPECT_EQ(flags_text(0), "no flags");
  EXPECT_EQ(flags_text(SegmentView::kAck | SegmentView::kSyn), "SYN+ACK");
  EXPECT_EQ(flags_text(0xFF), "SYN+FIN+RST+PSH+ACK+URG+ECE+CWR");
  EXPECT_EQ(flags_text(SegmentView::kAe), "AE");
  EXPECT_EQ(ecn_text(0), "");
  EXPECT_EQ(ecn_text(1), "ECT(1)");
  EXPECT_EQ(ecn_text(2), "ECT(0)");
  EXPECT_EQ(ecn_text(3), "CE");
}

TEST(Names, NumbersAreGroupedByThousands) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(3000000001), "3,000,000,001");
  EXPECT_EQ(grouped(0xFFFFFFFFFFFFFFFF), "18,446,744,073,709,551,615");
}

TEST(Names, AmountsAndTimesAreCutNotRounded) {
  EXPECT_EQ(bytes_text(1), "1 byte");
  EXPECT_EQ(bytes_text(1460), "1,460 bytes");
  EXPECT_EQ(size_text(999), "999 B");
  EXPECT_EQ(size_text(1000), "1.0 kB");
  EXPECT_EQ(size_text(1'899'999), "1.8 MB");
  EXPECT_EQ(size_text(12'345'000'000'000'000), "12,345.0 TB");
  EXPECT_EQ(milliseconds_text(Duration(0)), "0.000 ms");
  EXPECT_EQ(milliseconds_text(Duration(1'000'010'999)), "1,000.010 ms");
  EXPECT_EQ(milliseconds_text(Duration(-1'500'000)), "-1.500 ms");
}

TEST(Names, RelativeNumbersCrossTheWrap) {
  const NumberSpace space{.name = "x", .first = 0xFFFFFFFE, .old_name = "z", .old_first = std::nullopt};
  EXPECT_EQ(relative_text(space, 0xFFFFFFFE), "x");
  EXPECT_EQ(relative_text(space, 0xFFFFFFFF), "x + 1");
  EXPECT_EQ(relative_text(space, 1459), "x + 1,461");
  EXPECT_EQ(relative_text(space, 0xFFFFFFFD), "x - 1");
  EXPECT_EQ(relative_text(space, 0x7FFFFFFF), "");
  EXPECT_EQ(number_text(space, 1459), "x + 1,461 = 1,459");
  EXPECT_EQ(number_text(space, 0x7FFFFFFF), "2,147,483,647");
}

TEST(Names, AnOlderConnectionsNumbersHaveTheirOwnName) {
  const NumberSpace space{.name = "x", .first = 5000, .old_name = "z", .old_first = 100};
  EXPECT_EQ(relative_text(space, 101), "z + 1");
  EXPECT_EQ(relative_text(space, 5001), "x + 1");
  EXPECT_FALSE(belongs_to(space, 101));
  EXPECT_TRUE(belongs_to(space, 5001));
  EXPECT_FALSE(belongs_to(space, 0x80000000));
  EXPECT_TRUE(belongs_to(NumberSpace{}, 12345));
  EXPECT_EQ(relative_text(NumberSpace{}, 12345), "");
}

TEST(Names, EveryKindAndTimerHasAName) {
  for (int i = 0; i <= static_cast<int>(Kind::kDropped); ++i) EXPECT_NE(kind_name(static_cast<Kind>(i)), "Unknown");
  EXPECT_EQ(kind_name(static_cast<Kind>(200)), "Unknown");
  EXPECT_EQ(kind_name(Kind::kDropped), "Dropped");
  for (int i = 0; i < static_cast<int>(Timer::kCount); ++i) EXPECT_NE(timer_name(static_cast<Timer>(i)), "none");
  EXPECT_EQ(timer_name(Timer::kFinWait2), "FIN-WAIT-2");
}

TEST(Names, ReasonsBearTheirRule) {
  EXPECT_EQ(because(Reason::kPeerRefused), "reset in answer to our SYN (RFC 9293 §3.10.7.3 second)");
  EXPECT_EQ(because(Reason::kCallAccept), "the caller takes a connection from the accept queue");
  EXPECT_EQ(because(Reason::kNone), "");
  EXPECT_EQ(because(DropReason::kTcpPaws), "timestamp older than the last one (RFC 7323 §5.3)");
}

}  // namespace
}  // namespace handfast::trace
