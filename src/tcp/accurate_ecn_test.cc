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
        const std::uint32_t least = marks - std::min(marks, packets % 8);
        ASSERT_EQ(fewest_marked_packets((now - before) & 7, least), marks) << "less than eight more than surely";
      }
    }
  }
}

TEST(AckCoverageTest, FollowsWhatAcknowledgmentsCover) {  // 9768-12
  AckCoverage coverage;
  EXPECT_TRUE(coverage.is_small());
  int notes = 0;
  for (; coverage.is_small() && notes < 100; ++notes) coverage.note(10);
  EXPECT_EQ(notes, 5);
  for (; !coverage.is_small() && notes < 100; ++notes) coverage.note(2);
  EXPECT_LT(notes, 20);
  for (int i = 0; i < 1000; ++i) coverage.note(0xFFFFFFFF);  // no such number turns it round
  EXPECT_FALSE(coverage.is_small());
}

TEST(EcnBytesTest, CountsEachFieldFromItsOwnBeginning) {  // 9768-3
  EcnBytes bytes;
  EXPECT_FALSE(bytes.has_counted());
  EXPECT_EQ(bytes.option(40), EcnBytes::initial());
  EXPECT_EQ(EcnBytes::initial(), (wire::AccurateEcnOption{.ect0 = 1, .ce = 0, .ect1 = 1, .fields = 3}));
  bytes.count(EcnCodepoint::kNotEct, 4);
  bytes.count(EcnCodepoint::kEct0, 0);
  EXPECT_FALSE(bytes.has_counted());
  bytes.count(EcnCodepoint::kEct0, 1000);
  bytes.count(EcnCodepoint::kCe, 200);
  bytes.count(EcnCodepoint::kEct1, 30);
  EXPECT_EQ(bytes.option(40), (wire::AccurateEcnOption{.ect0 = 1001, .ce = 200, .ect1 = 31, .fields = 3}));
  bytes.count(EcnCodepoint::kEct0, 0xFF'FFFF);
  EXPECT_EQ(bytes.option(40)->ect0, 1000u);
}

// Whatever moved: every count that ever moved is there where there is room, every one since the last option in any
// case, and no option is longer than its room (RFC 9768 §3.2.3.3).
TEST(EcnBytesTest, NoCountThatMovedIsLeftOut) {  // 9768-3, 9768-14
  constexpr EcnCodepoint kFields[] = {EcnCodepoint::kEct0, EcnCodepoint::kCe, EcnCodepoint::kEct1};
  const auto holds = [](const wire::AccurateEcnOption& option, unsigned moved) {
    const bool all = option.fields == 3;
    const bool ect0 = all || (option.fields > 0 && !option.ect1_first);
    const bool ect1 = all || (option.fields > 0 && option.ect1_first);
    return ((moved & 1) == 0 || ect0) && ((moved & 2) == 0 || option.fields >= 2) && ((moved & 4) == 0 || ect1);
  };
  for (unsigned before = 0; before < 8; ++before) {
    for (unsigned since = 0; since < 8; ++since) {
      EcnBytes bytes;
      for (unsigned i = 0; i < 3; ++i) bytes.count(kFields[i], (before >> i & 1) * 10);
      bytes.told();
      for (unsigned i = 0; i < 3; ++i) bytes.count(kFields[i], (since >> i & 1) * 10);
      EXPECT_EQ(bytes.has_news(), since != 0);
      for (const std::size_t room : {0u, 4u, 8u, 12u, 28u}) {
        const auto option = bytes.option(room);
        if (room >= 12) {
          ASSERT_TRUE(option);
          EXPECT_TRUE(holds(*option, before | since)) << before << " " << since;
        }
        if (!option) continue;
        EXPECT_TRUE(holds(*option, since));
        EXPECT_LE(EcnBytes::length_of(*option), room);
      }
    }
  }
}

TEST(EcnBytesTest, TakesWhatIsNewOfThePeersCount) {  // 9768-3
  EcnBytes bytes;
  const auto taken = [&](const wire::AccurateEcnOption& option) { return bytes.take(option).marked; };
  EXPECT_EQ(taken({.ect0 = 1, .ce = 0, .fields = 2}), 0u);
  EXPECT_EQ(taken({.ect0 = 1, .ce = 0xFF'FF00 >> 1, .fields = 2}), 0xFF'FF00u >> 1);
  EXPECT_EQ(taken({.ect0 = 1, .ce = 0xFF'FF00, .ect1 = 1, .fields = 3}), 0xFF'FF00u >> 1);
  EXPECT_EQ(taken({.ect0 = 1, .ce = 0x100, .ect1 = 1, .fields = 3}), 0x200u);       // round the circle
  EXPECT_EQ(taken({.ect0 = 1, .ce = 0x80, .ect1 = 1, .fields = 3}), std::nullopt);  // older
  EXPECT_EQ(taken({.ect0 = 1, .fields = 1}), std::nullopt);                         // says nothing of marks
  EXPECT_EQ(taken({}), std::nullopt);
  EXPECT_EQ(taken({.ce = 0x180, .fields = 2}), 0x80u) << "0 by now: it went round";
}

TEST(EcnBytesTest, AnOptionThatSomebodyClearedIsNotBelievedAgain) {  // 9768-3
  for (const auto& first :
       {wire::AccurateEcnOption{.fields = 3}, wire::AccurateEcnOption{.ect0 = 1, .fields = 3},
        wire::AccurateEcnOption{.ect1 = 1, .fields = 3}, wire::AccurateEcnOption{.fields = 1, .ect1_first = true}}) {
    EcnBytes bytes;
    EXPECT_EQ(bytes.take(first).marked, std::nullopt);
    EXPECT_EQ(bytes.take({.ect0 = 1, .ce = 5, .ect1 = 1, .fields = 3}).marked, std::nullopt);
  }
}

TEST(EcnBytesTest, BytesWithoutAPacketContradictUnlessTheNumberWentRound) {  // 9768-15
  struct Case {
    std::uint8_t more;
    std::uint32_t packets;
    std::uint32_t bytes;
    bool contradicts;
  };
  for (const Case& one : {Case{0, 7, 100, true}, Case{0, 8, 100, false}, Case{1, 7, 100, false}, Case{0, 7, 0, false},
                          Case{0, 0xFFFF'FFFF, 100, false}}) {
    EcnBytes bytes;
    bytes.note_number(one.more, one.packets);
    EXPECT_EQ(bytes.take({.ect0 = 1, .ce = one.bytes, .fields = 2}).contradicts, one.contradicts);
  }
  EcnBytes bytes;
  for (int i = 0; i < 4; ++i) bytes.note_number(0, 2);
  EXPECT_FALSE(bytes.take({.ect0 = 1, .ce = 100, .fields = 2}).contradicts) << "eight in all";
  bytes.note_number(0, 1);
  EXPECT_TRUE(bytes.take({.ect0 = 1, .ce = 200, .fields = 2}).contradicts) << "since the last option";
}

}  // namespace
}  // namespace handfast::tcp
