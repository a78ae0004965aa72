#include "scene/scene.h"

// What a stranger can try who sees the addresses but not the numbers, and what a peer can try who wants our memory.
// RFC 5961, RFC 7323 §5, RFC 9293 §3.10.7.4.

namespace handfast::scene {
namespace {

constexpr std::uint32_t kHalf = 0x80000000;

// --- RFC 5961 §3: resets ---

TEST(BlindReset, OnlyTheExactNumberResets) {  // U-3, 5961-1
  Scene s;
  s.establish();
  s.peer_sends({.flags = RST, .seq = 0});
  s.host_is_silent();
  s.peer_sends({.flags = RST, .seq = 70000});
  s.host_is_silent();
  s.peer_sends({.flags = RST, .seq = kHalf});
  s.host_is_silent();
  s.dropped(DropReason::kTcpResetOutsideWindow, 3);
  for (const std::uint32_t seq : {2u, 1000u, 65535u}) {
    s.peer_sends({.flags = RST, .seq = seq});
    s.host_sends({.flags = ACK, .seq = 1, .ack = 1});
    EXPECT_EQ(s.last().reason, trace::Reason::kSendChallenge);
  }
  s.dropped(DropReason::kTcpResetChallenged, 3);
  s.state_is("ESTABLISHED");
  s.peer_sends({.flags = RST, .seq = 1});
  s.host_is_silent();
  s.state_is("CLOSED");
  EXPECT_EQ(s.info().error, make_error_code(Error::kReset));
  s.caller_hears(Readiness::kFailed | Readiness::kReadable | Readiness::kWritable);
}

TEST(BlindReset, AResetMayCarryTextAndNeedsNoTimestamp) {  // 7323-15
  Scene s;                                                 // SHLD-2; RFC 7323 §3.2
  s.establish({.timestamps = true});
  s.peer_sends({.flags = RST, .seq = 1, .text = "why", .no_ts = true});
  s.state_is("CLOSED");
  Scene old;
  old.establish({.timestamps = true});
  old.peer_sends({.flags = RST, .seq = 1, .ts = Stamps{.val = 1}});
  old.state_is("CLOSED");
}

TEST(BlindReset, AfterTextMovedTheWindowTheOldNumberNoLongerResets) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .len = 100});
  s.peer_sends({.flags = RST, .seq = 1});
  s.state_is("ESTABLISHED");
  s.peer_sends({.flags = RST, .seq = 101});
  s.state_is("CLOSED");
}

// --- RFC 5961 §4: SYNs ---

TEST(BlindSyn, IsChallengedWhateverItsNumber) {  // U-4, 5961-2
  for (const std::uint32_t seq : {0u, 1u, 500u, 70000u, kHalf}) {
    Scene s;
    s.establish();
    s.peer_sends({.flags = SYN, .seq = seq, .mss = 1460});
    s.host_sends({.flags = ACK, .seq = 1, .ack = 1});
    s.state_is("ESTABLISHED");
    s.dropped(DropReason::kTcpSynChallenged, 1);
  }
}

TEST(BlindSyn, APeerThatForgotTheConnectionResetsItByTheChallenge) {
  Scene s;  // RFC 9293 §3.5.1, figure 9: the challenge draws a reset with the exact number
  s.establish();
  s.peer_sends({.flags = SYN, .seq = 40000, .mss = 1460});
  s.host_sends({.flags = ACK, .seq = 1, .ack = 1});
  s.peer_sends({.flags = RST, .seq = 1});
  s.state_is("CLOSED");
}

TEST(BlindSyn, IsChallengedInEveryClosingState) {  // U-4, 5961-2
  for (const auto reach : {&Scene::reach_fin_wait_1, &Scene::reach_fin_wait_2, &Scene::reach_close_wait,
                           &Scene::reach_closing, &Scene::reach_last_ack}) {
    Scene s;
    (s.*reach)({}, Where::current());
    const std::string_view state = s.end().state_name();
    const std::uint32_t expected = s.end().view().rcv_nxt - Scene::kPeerIss;
    s.peer_sends({.flags = SYN, .seq = 700, .mss = 1460});
    s.host_sends({.flags = ACK, .ack = expected});
    s.state_is(state);
  }
}

// --- RFC 5961 §5: acknowledgments ---

TEST(BlindAck, OutsideTheRangeIsChallengedAndItsTextDropped) {  // U-5, MAY-12, 5961-3, 5961-5
  Scene s;
  s.establish({.win = 1000});
  s.caller_sends("0123456789");
  s.host_sends({.flags = ACK, .text = "0123456789"});
  // SND.UNA = 1, SND.NXT = 11, MAX.SND.WND = 1,000 (the SYN's too): accepted from -999 to 11.
  for (const std::uint32_t ack : {12u, 5000u, kHalf, 0u - 1001u}) {
    s.peer_sends({.flags = ACK, .ack = ack, .text = "forged"});
    s.host_sends({.flags = ACK, .seq = 11, .ack = 1});
    s.set_peer_next(1);
  }
  s.dropped(DropReason::kTcpAckOutOfRange, 4);
  s.caller_has_nothing_to_receive();
}

TEST(BlindAck, AnOldOneInTheRangeIsTakenForItsText) {  // U-5, 5961-5
  Scene s;
  s.establish({.win = 1000});
  s.peer_sends({.flags = ACK, .ack = 0u - 999u, .text = "late"});
  s.caller_receives("late");
  s.dropped(DropReason::kTcpAckOutOfRange, 0);
  s.after(40ms);
  s.host_sends({.flags = ACK});
}

TEST(BlindAck, WithoutAckTextIsDropped) {  // U-6
  Scene s;                                 // RFC 9293 §3.10.7.4 fifth
  s.establish();
  s.peer_sends({.flags = PSH, .seq = 1, .text = "no ACK bit"});
  s.host_is_silent();
  s.caller_has_nothing_to_receive();
  s.dropped(DropReason::kTcpNoAck, 1);
}

// --- how often is answered ---

TEST(ChallengeLimit, TenASecondAndCountedByConnection) {  // 5961-4, 5961-7
  Scene s;                                                // RFC 5961 §7, CVE-2016-5696
  s.establish();
  int answers = 0;
  for (std::uint32_t i = 0; i < 50; ++i) {
    s.peer_sends({.flags = RST, .seq = 100 + i});
    while (s.waiting() > 0) {
      (void)s.take();
      ++answers;
    }
    s.after(10ms);
  }
  EXPECT_EQ(answers, 10);
  EXPECT_EQ(s.end().counters().challenge_acks, 10u);
  Scene other;  // has its own count
  other.establish();
  other.peer_sends({.flags = RST, .seq = 100});
  other.host_sends({.flags = ACK});
  s.silent_for(500ms);
  s.peer_sends({.flags = RST, .seq = 100});
  s.host_sends({.flags = ACK});
}

TEST(ChallengeLimit, EmptySegmentsOutsideTheWindowAreAnsweredTwiceASecond) {
  Scene s;  // two ends that disagree must not answer each other for ever
  s.establish();
  int answers = 0;
  for (std::uint32_t i = 0; i < 100; ++i) {
    s.peer_sends({.flags = ACK, .seq = 100000});
    while (s.waiting() > 0) {
      (void)s.take();
      ++answers;
    }
    s.after(10ms);
  }
  EXPECT_EQ(answers, 2);
}

TEST(ChallengeLimit, TextOutsideTheWindowIsAnsweredEachTime) {
  Scene s;
  s.establish();
  for (int i = 0; i < 5; ++i) {
    s.peer_sends({.flags = ACK, .seq = 100000, .len = 1});
    s.set_peer_next(1);
    s.host_sends({.flags = ACK, .ack = 1});
  }
}

// --- timestamps ---

TEST(Paws, AnOlderTimestampIsAnsweredAndDropped) {  // 7323-15
  Scene s;                                          // RFC 7323 §5.3
  s.establish({.timestamps = true});
  s.peer_sends({.flags = ACK, .text = "new", .ts = Stamps{.val = 2000}});
  s.after(40ms);
  s.host_sends({.flags = ACK, .ts = Stamps{.val = 40, .ecr = 2000}});
  s.peer_sends({.flags = ACK, .seq = 4, .text = "old", .ts = Stamps{.val = 1999}});
  s.set_peer_next(4);
  s.host_sends({.flags = ACK, .ack = 4, .ts = Stamps{.val = 40, .ecr = 2000}});
  s.dropped(DropReason::kTcpPaws, 1);
  s.peer_sends({.flags = ACK, .seq = 4, .text = "now", .ts = Stamps{.val = 2000}});
  s.caller_receives("newnow");
  s.skip_all();
}

TEST(Paws, WorksAcrossTheWrapOfTheClock) {
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = 1460, .ts = Stamps{.val = 0xFFFFFFF0}});
  s.host_sends({.flags = SYN_ACK});
  s.peer_sends({.flags = ACK, .ts = Stamps{.val = 0xFFFFFFFF}});
  s.peer_sends({.flags = ACK, .text = "after", .ts = Stamps{.val = 3}});
  s.caller_receives("after");
  s.after(40ms);
  s.host_sends({.flags = ACK, .ts = Stamps{.val = 40, .ecr = 3}});
}

TEST(Paws, AMissingTimestampIsDropped) {  // 7323-11
  Scene s;                                // RFC 7323 §3.2
  s.establish({.timestamps = true});
  s.peer_sends({.flags = ACK, .seq = 1, .text = "bare", .no_ts = true});
  s.set_peer_next(1);
  s.host_is_silent();
  s.dropped(DropReason::kTcpNoTimestamp, 1);
  s.caller_has_nothing_to_receive();
  s.state_is("ESTABLISHED");
}

TEST(Paws, ASegmentBeyondAGapDoesNotMoveTheRememberedTimestamp) {  // 7323-14, 7323-16
  Scene s;                                                         // RFC 7323 §4.3
  s.establish({.timestamps = true});
  s.peer_sends({.flags = ACK, .seq = 101, .len = 100, .ts = Stamps{.val = 5000}});
  s.host_sends({.flags = ACK, .ack = 1, .ts = Stamps{.val = 0, .ecr = 1000}});
  s.peer_sends({.flags = ACK, .seq = 1, .len = 100, .ts = Stamps{.val = 4000}});
  s.host_sends({.flags = ACK, .ack = 201, .ts = Stamps{.val = 0, .ecr = 4000}});
}

TEST(Paws, WithADelayedAckTheEarliestTimestampIsEchoed) {  // 7323-14
  Scene s;                                                 // RFC 7323 §4.3: Last.ACK.sent
  s.establish({.timestamps = true});
  s.peer_sends({.flags = ACK, .len = 100, .ts = Stamps{.val = 2000}});
  s.peer_sends({.flags = ACK, .len = 100, .ts = Stamps{.val = 2001}});
  s.after(40ms);
  s.host_sends({.flags = ACK, .ack = 201, .ts = Stamps{.val = 40, .ecr = 2000}});
}

TEST(Paws, After24DaysOfSilenceTheRememberedTimestampDoesNotCount) {  // 7323-17
  Scene s;                                                            // RFC 7323 §5.5
  s.establish({.timestamps = true});
  s.silent_for(24h * 23);
  s.peer_sends({.flags = ACK, .text = "x", .ts = Stamps{.val = 999}});
  s.set_peer_next(1);
  s.host_sends({.flags = ACK, .ack = 1});
  s.silent_for(24h * 2);
  s.peer_sends({.flags = ACK, .seq = 1, .text = "x", .ts = Stamps{.val = 999}});
  s.caller_receives("x");
  s.skip_all();
}

TEST(Paws, AFinWithAnOldTimestampDoesNotClose) {
  Scene s;
  s.establish({.timestamps = true});
  s.peer_sends({.flags = FIN_ACK, .seq = 1, .ts = Stamps{.val = 1}});
  s.set_peer_next(1);
  s.host_sends({.flags = ACK, .ack = 1});
  s.state_is("ESTABLISHED");
}

// --- what may be held ---

TEST(Holding, SeparateRangesAreLimited) {
  TcpConfig config;
  config.out_of_order_ranges = 8;
  Scene s({.config = config});  // CVE-2018-5390
  s.establish();
  for (std::uint32_t i = 1; i <= 20; ++i) {
    s.peer_sends({.flags = ACK, .seq = 1 + 2 * i, .len = 1});
    s.host_sends({.flags = ACK, .ack = 1});
  }
  s.dropped(DropReason::kTcpOutOfOrderLimit, 12);
  EXPECT_EQ(s.info().out_of_order, 8u);
  // A piece that joins two ranges needs no new one.
  s.peer_sends({.flags = ACK, .seq = 4, .len = 1});
  s.host_sends({.flags = ACK, .ack = 1});
  s.dropped(DropReason::kTcpOutOfOrderLimit, 12);
  s.peer_sends({.flags = ACK, .seq = 1, .len = 40});
  (void)s.take();
  s.caller_receives_bytes(40);
  s.skip_all();
}

TEST(Holding, ManySmallSegmentsDoNotPinABufferEach) {
  Scene s;
  s.establish();
  for (int i = 0; i < 1000; ++i) {
    s.peer_sends({.flags = ACK, .len = 1});
    s.skip_all();
  }
  EXPECT_LT(s.end().memory().used(), 65536u);
  s.caller_receives_bytes(1000);
}

TEST(Holding, TextForAnExhaustedBudgetIsDroppedAndComesAgain) {
  Scene s;
  s.establish();
  s.end().memory().set_limit(s.end().memory().used());
  s.peer_sends({.flags = ACK, .seq = 1, .text = "text"});
  s.dropped(DropReason::kTcpMemory, 1);
  s.caller_has_nothing_to_receive();
  s.skip_all();
  EXPECT_EQ(s.end().send("x").error(), make_error_code(Error::kNoMemory));
  s.state_is("ESTABLISHED");
  s.end().memory().set_limit(base::MemoryBudget::kUnlimited);
  s.set_peer_next(1);
  s.peer_sends({.flags = ACK, .seq = 1, .text = "text"});
  s.caller_receives("text");
  s.skip_all();
}

TEST(Holding, AHalfOpenConnectionHoldsNoPooledMemory) {  // 4987-7
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "beside the SYN", .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .ack = 1});
  EXPECT_EQ(s.end().memory().used(), 0u);
}

TEST(Holding, AnIdleConnectionGivesItsBlockBack) {
  Scene s;
  s.establish();
  s.caller_sends("out");
  s.host_sends({.flags = ACK, .text = "out"});
  s.peer_sends({.flags = ACK, .text = "in"});
  EXPECT_EQ(s.end().active_blocks().in_use(), 1u);
  s.caller_receives("in");
  EXPECT_EQ(s.end().active_blocks().in_use(), 0u);
  s.after(40ms);
  s.host_sends({.flags = ACK});
}

TEST(OptimisticAck, AckOfTextNeverSentIsRefused) {
  Scene s;
  s.establish();
  s.caller_sends_bytes(1460);
  s.host_sends({.flags = ACK, .len = 1460});
  s.peer_sends({.flags = ACK, .ack = 1462});
  s.host_sends({.flags = ACK, .seq = 1461});
  EXPECT_EQ(s.host_relative(s.end().view().snd_una), 1u);
}

TEST(ForgedSack, BlocksOfNothingChangeNothing) {
  Scene s;
  s.establish({.sack = true});
  s.caller_sends_bytes(3 * 1460);
  s.skip_all();
  s.peer_sends({.flags = ACK, .ack = 1, .sack = std::vector<Block>{{5000, 100}, {0xFFFF0000, 1}, {1, 1}, {1, kHalf}}});
  s.host_is_silent();
  s.state_is("ESTABLISHED");
  EXPECT_EQ(s.host_relative(s.end().view().snd_una), 1u);
}

}  // namespace
}  // namespace handfast::scene
