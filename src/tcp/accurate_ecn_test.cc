#include "tcp/accurate_ecn.h"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

using wire::EcnCodepoint;

TEST(Ace, IsThreeFlagsAndBack) {
  for (std::uint8_t ace = 0; ace < 8; ++ace) EXPECT_EQ(ace_of(flags_of(ace) | wire::kAck | wire::kPsh), ace);
  EXPECT_EQ(ace_of(wire::kAe), 4);
  EXPECT_EQ(ace_of(wire::kCwr), 2);
  EXPECT_EQ(ace_of(wire::kEce), 1);
}

TEST(Ace, OnlyNotCapableIsWhatWeSent) {
  for (const auto field : {EcnCodepoint::kEct0, EcnCodepoint::kEct1, EcnCodepoint::kCe}) {
    EXPECT_TRUE(says_that_field_changed(handshake_ace(field)));
  }
  EXPECT_FALSE(says_that_field_changed(handshake_ace(EcnCodepoint::kNotEct)));
  for (const unsigned without_meaning : {0u, 1u, 5u, 7u}) {
    EXPECT_FALSE(says_that_field_changed(static_cast<std::uint8_t>(without_meaning)));
  }
}

// For every true count of marks among n packets: never fewer than there were, never more than n.
TEST(Ace, ACountThatMayHaveGoneRoundIsTakenAsTheMostItCanBe) {  // 9768-2
  for (std::uint8_t before = 0; before < 8; ++before) {
    for (std::uint32_t packets = 1; packets < 50; ++packets) {
      for (std::uint32_t marks = 0; marks <= packets; ++marks) {
        const auto now = static_cast<std::uint8_t>((before + marks) & 7);
        const std::uint32_t told = marked_packets(before, now, packets);
        ASSERT_GE(told, marks);
        ASSERT_LE(told, packets);
        ASSERT_EQ(told % 8, marks % 8);
        ASSERT_TRUE(told == marks || packets >= 8);
      }
    }
  }
}

TEST(EcnBytesTest, CountsEachFieldFromItsOwnBeginning) {  // 9768-3
  EcnBytes bytes;
  EXPECT_EQ(bytes.option(), (wire::AccurateEcnOption{.ect0 = 1, .ce = 0, .ect1 = 1, .fields = 3}));
  bytes.count(EcnCodepoint::kEct0, 1000);
  bytes.count(EcnCodepoint::kCe, 200);
  bytes.count(EcnCodepoint::kEct1, 30);
  bytes.count(EcnCodepoint::kNotEct, 4);
  EXPECT_EQ(bytes.option(), (wire::AccurateEcnOption{.ect0 = 1001, .ce = 200, .ect1 = 31, .fields = 3}));
  bytes.count(EcnCodepoint::kEct0, 0xFF'FFFF);
  EXPECT_EQ(bytes.option().ect0, 1000u);
}

TEST(EcnBytesTest, TakesWhatIsNewOfThePeersCount) {  // 9768-3
  EcnBytes bytes;
  EXPECT_EQ(bytes.take({.ect0 = 1, .ce = 0, .fields = 2}), 0u);
  EXPECT_EQ(bytes.take({.ect0 = 1, .ce = 0xFF'FF00 >> 1, .fields = 2}), 0xFF'FF00u >> 1);
  EXPECT_EQ(bytes.take({.ect0 = 1, .ce = 0xFF'FF00, .fields = 3}), 0xFF'FF00u >> 1);
  EXPECT_EQ(bytes.take({.ect0 = 1, .ce = 0x100, .fields = 3}), 0x200u);  // round the circle
  EXPECT_EQ(bytes.take({.ect0 = 1, .ce = 0x80, .fields = 3}), 0u);       // older
  EXPECT_EQ(bytes.take({.ect0 = 1, .fields = 1}), std::nullopt);         // says nothing of marks
  EXPECT_EQ(bytes.take({}), std::nullopt);
}

TEST(EcnBytesTest, AnOptionThatSomebodyClearedIsNotBelievedAgain) {  // 9768-3
  EcnBytes bytes;
  EXPECT_EQ(bytes.take({.fields = 3}), std::nullopt);
  EXPECT_EQ(bytes.take({.ect0 = 1, .ce = 5, .ect1 = 1, .fields = 3}), std::nullopt);
}

}  // namespace
}  // namespace handfast::tcp
