#include "tcp/sequence_number.h"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

// Every case of a small circle, against arithmetic that cannot wrap.
constexpr unsigned kBits = 6;
constexpr std::uint32_t kCircle = 1u << kBits;
using Small = CircularNumber<kBits>;

TEST(SequenceNumber, EveryPairOfASmallCircle) {
  for (std::uint32_t a = 0; a < kCircle; ++a) {
    for (std::uint32_t ahead = 0; ahead < kCircle; ++ahead) {
      const Small from(a);
      const Small to(a + ahead);
      EXPECT_EQ(to.since(from), ahead);
      EXPECT_EQ(from + ahead, to);
      EXPECT_EQ(to - ahead, from);
      EXPECT_EQ(from == to, ahead == 0);
      EXPECT_EQ(from < to, ahead >= 1 && ahead <= kCircle / 2);
      EXPECT_EQ(from <= to, ahead <= kCircle / 2);
      EXPECT_EQ(to > from, from < to);
      EXPECT_EQ(to >= from, from <= to);
      if (ahead != kCircle / 2) {
        EXPECT_EQ((from < to) + (from == to) + (to < from), 1);
        EXPECT_EQ(later(from, to), ahead < kCircle / 2 ? to : from);
      }
    }
  }
}

TEST(SequenceNumber, EveryWindowOfASmallCircle) {
  for (std::uint32_t a = 0; a < kCircle; ++a) {
    for (std::uint32_t length = 0; length < kCircle; ++length) {
      for (std::uint32_t ahead = 0; ahead < kCircle; ++ahead) {
        EXPECT_EQ(Small(a + ahead).in(Small(a), length), ahead < length);
      }
    }
  }
}

TEST(SequenceNumber, ThirtyTwoBitsWrap) {
  const SeqNum end(0xFFFFFFFF);
  EXPECT_EQ((end + 1).value(), 0u);
  EXPECT_TRUE(end < end + 1);
  EXPECT_EQ((end + 2).since(end), 2u);
  EXPECT_EQ((SeqNum(0) - 1).value(), 0xFFFFFFFF);
  EXPECT_TRUE(SeqNum(5).in(end, 7));
  EXPECT_FALSE(SeqNum(6).in(end, 7));
}

}  // namespace
}  // namespace handfast::tcp
