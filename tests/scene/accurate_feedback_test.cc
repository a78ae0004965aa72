#include "scene/accurate.h"

// Accurate ECN by RFC 9768 §3.2.3: the option and its way. And what the sender makes of counts: those that may have
// gone round, those that tell of marks on everything, and those of which the option says something else.

namespace handfast::scene {
namespace {

using Option = wire::AccurateEcnOption;

constexpr std::uint32_t kMss = kAccurateMss;

std::optional<Option> option_of(const Scene& s) { return s.last().segment.options.accurate_ecn; }

// --- which counts it brings, and when (§3.2.3.3) ---

TEST(AccurateOption, BringsTheCountsThatEverMoved) {  // 9768-3
  struct Case {
    std::vector<wire::EcnCodepoint> arrive;
    std::optional<Option> told;
  };
  const Case cases[] = {
      {{wire::EcnCodepoint::kNotEct}, std::nullopt},
      {{ECT}, Option{.ect0 = 5, .ce = 0, .fields = 2}},
      {{ECT1}, Option{.ce = 0, .ect1 = 5, .fields = 2, .ect1_first = true}},
      {{ECT, CE}, Option{.ect0 = 5, .ce = 4, .fields = 2}},
      {{ECT1, CE, wire::EcnCodepoint::kNotEct}, Option{.ce = 4, .ect1 = 5, .fields = 2, .ect1_first = true}},
      {{ECT, ECT1}, Option{.ect0 = 5, .ce = 0, .ect1 = 5, .fields = 3}}};
  for (const Case& one : cases) {
    Scene s(accurate());
    establish_accurate(s);
    for (const wire::EcnCodepoint field : one.arrive) {
      s.peer_sends({.flags = ace(5), .text = "four", .ecn = field});
      if (s.waiting() == 0) s.after(100ms);
      (void)s.take();
    }
    EXPECT_EQ(option_of(s), one.told);
  }
}

TEST(AccurateOption, GoesWithTextOnlyWhereItIsNews) {  // 9768-3
  Scene s(accurate());
  establish_accurate(s);
  s.peer_sends({.flags = ace(5), .text = "four", .ecn = ECT});
  s.caller_sends_bytes(3 * kMss - 8);
  s.host_sends({.flags = ace(5), .len = kMss - 8, .ecn = ECT});
  EXPECT_EQ(option_of(s), (Option{.ect0 = 5, .fields = 2}));
  for (int i = 0; i < 2; ++i) {
    s.host_sends({.flags = ace(5), .len = kMss, .ecn = ECT});
    EXPECT_FALSE(option_of(s));
  }
  s.host_is_silent();
}

TEST(AccurateOption, TakesTheRoomOfEachPieceOfASuperSegment) {  // 9768-3
  LoneEndOptions options = accurate();
  options.largest_text = 64'000;
  Scene s(options);
  establish_accurate(s);
  s.peer_sends({.flags = ace(5), .text = "four", .ecn = ECT});
  s.caller_sends_bytes(3 * (kMss - 8));
  s.host_sends({.flags = ace(5), .len = 3 * (kMss - 8), .ecn = ECT});
  EXPECT_EQ(s.last().segment_size, kMss - 8);
  EXPECT_TRUE(option_of(s));
}

TEST(AccurateOption, LeavesRoomForTwoSelectiveBlocks) {  // 9768-14
  for (const bool both : {false, true}) {
    Scene s(accurate());
    establish_accurate(s, {.flags = kAsks, .mss = kMss, .sack_ok = true, .ts = Stamps{.val = 1000}});
    s.peer_sends({.flags = ace(5), .text = "a", .ecn = both ? ECT1 : ECT});
    s.after(100ms);
    (void)s.take();
    for (std::uint32_t at = 101; at <= 501; at += 100) {
      s.peer_sends({.flags = ace(5), .seq = at, .text = "held", .ecn = ECT});
      (void)s.take();
    }
    const wire::TcpOptions& options = s.last().segment.options;
    EXPECT_LE(wire::tcp_options_length(options), 40u);
    EXPECT_GE(options.sack_count, 2u);
    // Both counts have moved, but only one of them since the last option: that one and the marks fit.
    ASSERT_TRUE(options.accurate_ecn);
    EXPECT_EQ(options.accurate_ecn->fields, 2u);
    EXPECT_FALSE(options.accurate_ecn->ect1_first);
  }
}

TEST(AccurateOption, StaysAwayWhereWhatMovedDoesNotFit) {  // 9768-14
  Scene s(accurate());
  establish_accurate(s, {.flags = kAsks, .mss = kMss, .sack_ok = true, .ts = Stamps{.val = 1000}});
  s.batch_begins();
  s.peer_sends({.flags = ace(5), .seq = 101, .text = "held", .ecn = ECT});
  s.peer_sends({.flags = ace(5), .seq = 201, .text = "held", .ecn = ECT1});
  s.batch_ends();
  s.host_sends({.flags = ace(5), .ack = 1, .sack = std::vector<Block>{{201, 205}, {101, 105}}});
  EXPECT_FALSE(option_of(s));
}

TEST(AccurateOption, ASegmentNeverGrowsBeyondItsSize) {  // 9768-3, 9768-14
  for (const bool with_timeout : {false, true}) {
    for (std::uint32_t ranges = 0; ranges <= 4; ++ranges) {
      LoneEndOptions options = accurate();
      options.config.user_timeout_option = with_timeout;
      Scene s(options);
      establish_accurate(s, {.flags = kAsks, .mss = kMss, .sack_ok = true, .ts = Stamps{.val = 1000}});
      s.batch_begins();
      s.peer_sends({.flags = ace(5), .text = "a", .ecn = ECT});
      for (std::uint32_t i = 0; i < ranges; ++i) {
        s.peer_sends({.flags = ace(5), .seq = 101 + 100 * i, .text = "held", .ecn = ECT});
      }
      s.caller_sends_bytes(2 * kMss);
      s.batch_ends();
      const Sent sent = s.take();
      const auto text = static_cast<std::uint32_t>(sent.text.size());
      EXPECT_GE(sent.segment.options.sack_count, std::min(ranges, 2u));
      EXPECT_EQ(text + wire::tcp_options_length(sent.segment.options), std::size_t{kMss}) << ranges << with_timeout;
      s.skip_all();
    }
  }
}

TEST(AccurateOption, SmallSegmentsGoWithoutIt) {
  LoneEndOptions options = accurate();
  options.config.min_peer_mss = 100;
  Scene s(options);
  establish_accurate(s, {.flags = kAsks, .mss = 100});
  s.peer_sends({.flags = ace(5), .text = "four", .ecn = ECT});
  s.caller_sends_bytes(100);
  s.host_sends({.flags = ace(5), .len = 100, .ecn = ECT});
  EXPECT_FALSE(option_of(s));
}

// --- whether it arrives (§3.2.3.2) ---

TEST(AccurateOptionPath, TheFirstTextOfTheOpenerTriesIt) {  // 9768-13
  Scene s(accurate());
  open_accurate(s);
  const Option untouched{.ect0 = 1, .ect1 = 1, .fields = 3};
  EXPECT_EQ(option_of(s), untouched) << "the first acknowledgment tries as well";
  s.caller_sends_bytes(2 * kMss - 12);
  s.host_sends({.flags = ace(5), .len = kMss - 12, .ecn = ECT});
  EXPECT_EQ(option_of(s), untouched);
  s.host_sends({.flags = ace(5), .len = kMss, .ecn = ECT});
  EXPECT_FALSE(option_of(s));
}

// The opener's first text is lost, then text that tries once more.
void lose_two_with_the_option(Scene& s) {
  open_accurate(s);
  s.caller_sends("first");
  s.host_sends({.flags = ace(5), .text = "first", .ecn = ECT});
  EXPECT_TRUE(option_of(s));
  s.after(250ms);
  s.host_sends({.flags = ace(5), .seq = 1, .text = "first"});
  EXPECT_FALSE(option_of(s)) << "what goes again goes without";
  s.peer_sends({.flags = ace(5), .text = "four", .ecn = ECT});
  s.after(100ms);
  s.host_sends({.flags = ace(5)});
  EXPECT_FALSE(option_of(s)) << "bare acknowledgments wait for proof";
  s.caller_sends("second");
  s.host_sends({.flags = ace(5), .text = "second", .ecn = ECT});
  EXPECT_TRUE(option_of(s)) << "but text may try";
}

TEST(AccurateOptionPath, TwoThatAreLostAreEnough) {  // 9768-13
  Scene s(accurate());
  lose_two_with_the_option(s);
  s.after(450ms);
  s.host_sends({.flags = ace(5), .seq = 6, .text = "second"});
  EXPECT_FALSE(option_of(s));
  s.peer_sends({.flags = ace(5), .text = "four", .ecn = ECT});
  s.caller_sends("third");
  s.host_sends({.flags = ace(5), .text = "third", .ecn = ECT});
  EXPECT_FALSE(option_of(s));
}

TEST(AccurateOptionPath, OneThatArrivesIsProof) {  // 9768-13
  Scene s(accurate());
  lose_two_with_the_option(s);
  s.peer_sends({.flags = ace(5)});
  s.peer_sends({.flags = ace(5), .text = "four", .ecn = ECT});
  s.after(100ms);
  s.host_sends({.flags = ace(5)});
  EXPECT_EQ(option_of(s), (Option{.ect0 = 9, .fields = 2}));
  s.peer_sends({.flags = ace(5), .seq = 1, .text = "four"});  // once more: nothing doubts it now
  s.host_sends({.flags = ace(5)});
  EXPECT_TRUE(option_of(s));
}

TEST(AccurateOptionPath, TextThatComesAgainMayMissOurAcknowledgments) {  // 9768-13
  Scene s(accurate());
  open_accurate(s);
  s.peer_sends({.flags = ace(5), .text = "four", .ecn = ECT});
  s.after(100ms);
  s.host_sends({.flags = ace(5)});
  EXPECT_TRUE(option_of(s));
  s.peer_sends({.flags = ace(5), .seq = 1, .text = "four"});
  s.host_sends({.flags = ace(5)});
  EXPECT_FALSE(option_of(s));
}

TEST(AccurateOptionPath, MuchTextWithoutARepetitionIsProofToo) {  // 9768-13
  Scene s(accurate());
  open_accurate(s);
  for (int i = 0; i < 34; ++i) {
    s.peer_sends({.flags = ace(5), .len = kMss, .ecn = ECT});
    s.skip_all();
  }
  s.after(100ms);
  s.skip_all();
  s.peer_sends({.flags = ace(5), .seq = 1, .len = kMss});
  s.host_sends({.flags = ace(5)});
  EXPECT_TRUE(option_of(s));
}

TEST(AccurateOptionPath, ASynAckThatComesAgainMayMissItToo) {  // 9768-13
  Scene s(accurate());
  open_accurate(s);
  s.peer_sends({.flags = SYN | ace(0b010), .seq = 0, .mss = kMss});
  s.host_sends({.flags = ace(0b010)});
  EXPECT_FALSE(option_of(s));
}

TEST(AccurateOptionPath, AnOptionThatSomebodyClearedLeavesTheNumber) {  // 9768-3
  Scene s(accurate());
  s.host_opens();
  s.host_sends({.flags = kAsks});
  s.peer_sends({.flags = SYN | ace(0b010), .mss = kMss, .accurate_ecn = Option{.fields = 3}});
  s.host_sends({.flags = ace(0b010)});
  s.caller_sends_bytes(9 * kMss - 12);
  for (int i = 0; i < 9; ++i) (void)s.take();
  s.peer_sends({.flags = ace(5), .accurate_ecn = Option{.ect0 = 9001, .ect1 = 1, .fields = 3}});
  EXPECT_EQ(s.info().ecn_reductions, 1u) << "nine packets may hide eight marks";
}

// --- what the sender believes (§3.2.2.3, §3.2.2.5.2, §3.2.3.2.5) ---

TEST(AccurateBelief, MarksOnEverythingCountNoMore) {  // 9768-8
  Scene s(accurate());
  establish_accurate(s);
  unsigned count = 5;
  for (std::uint32_t round = 1; round <= 4; ++round) {
    send_accurate_segments(s, 1);
    s.peer_sends({.flags = ace(++count)});
    EXPECT_EQ(s.info().ecn_reductions, std::min(round, 3u));
    EXPECT_EQ(s.info().ecn_marks_told, std::min(round, 3u));
    s.after(1s);  // a window of one segment waits
  }
  send_accurate_segments(s, 1, wire::EcnCodepoint::kNotEct);
  s.peer_sends({.flags = ace(++count), .text = "a", .ecn = CE});
  EXPECT_EQ(s.info().ecn_reductions, 3u);
  s.host_sends({.flags = ace(6)});  // what arrives is told of as ever
}

TEST(AccurateBelief, OnePacketWithoutAMarkIsEnoughToBelieve) {  // 9768-8
  Scene s(accurate());
  establish_accurate(s);
  unsigned count = 5;
  for (int round = 0; round < 12; ++round) {
    send_accurate_segments(s, 1);
    s.peer_sends({.flags = ace(round == 2 ? count : ++count)});
    s.after(1s);
  }
  EXPECT_EQ(s.info().ecn_reductions, 11u);
}

TEST(AccurateBelief, MarkedBytesWithoutAMarkedPacketAreSomebodysWork) {  // 9768-15
  Scene s(accurate());
  establish_accurate(s);
  send_accurate_segments(s, 4);
  s.peer_sends({.flags = ace(5), .accurate_ecn = Option{.ect0 = 3001, .ce = 1000, .fields = 2}});
  EXPECT_EQ(s.info().ecn_reductions, 1u);
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new"});
}

TEST(AccurateBelief, APacketThatWasToldOfBeforeItsBytesIsNoContradiction) {  // 9768-15
  Scene s(accurate());
  establish_accurate(s);
  send_accurate_segments(s, 4);
  s.peer_sends({.flags = ace(6), .ack = 1001});
  s.peer_sends({.flags = ace(6), .ack = 2001, .accurate_ecn = Option{.ect0 = 1001, .ce = 1000, .fields = 2}});
  s.peer_sends({.flags = ace(6), .ack = 4001});
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new", .ecn = ECT});
}

TEST(AccurateBelief, ManyTinyPacketsMayHaveGoneRound) {  // 9768-15
  Scene s(accurate());
  establish_accurate(s);
  s.end().set_nagle(false);
  for (int i = 0; i < 8; ++i) {
    s.caller_sends("x");
    s.host_sends({.flags = ace(5), .text = "x", .ecn = ECT});
  }
  s.peer_sends({.flags = ace(5), .accurate_ecn = Option{.ect0 = 1, .ce = 8, .fields = 2}});
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new", .ecn = ECT});
}

TEST(AccurateBelief, WhoMergesAcknowledgmentsIsNotSuspectedForEver) {  // 9768-12
  LoneEndOptions options = accurate();
  options.config.initial_window_segments = 60;
  Scene s(options);
  establish_accurate(s);
  send_accurate_segments(s, 60);
  for (std::uint32_t i = 1; i <= 6; ++i) s.peer_sends({.flags = ace(5), .ack = 1 + i * 10 * kMss});
  EXPECT_EQ(s.info().ecn_reductions, 1u) << "ten packets may hide eight marks";
  send_accurate_segments(s, 20);
  s.peer_sends({.flags = ace(5), .ack = 1 + 70 * kMss});
  s.peer_sends({.flags = ace(5)});
  EXPECT_EQ(s.info().ecn_reductions, 1u) << "but by now that is the rule here";
}

}  // namespace
}  // namespace handfast::scene
