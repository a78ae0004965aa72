#include "scene/scene.h"

// Explicit congestion notification by RFC 3168. A peer with an MSS of 1,000 makes the numbers easy to follow.

namespace handfast::scene {
namespace {

constexpr std::uint32_t kMss = 1000;

LoneEndOptions with(Ecn setting) {
  LoneEndOptions options;
  options.config.ecn = setting;
  return options;
}

// ESTABLISHED with ECN, by the peer's opening.
void establish(Scene& s) {
  s.host_listens();
  s.peer_sends({.flags = SYN | ECE | CWR, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | ECE});
  s.peer_sends({.flags = ACK});
}

void send_segments(Scene& s, std::uint32_t count, std::uint32_t first = 0) {
  s.caller_sends_bytes(count * kMss);
  for (std::uint32_t i = 0; i < count; ++i) {
    s.host_sends({.flags = ACK, .seq = 1 + (first + i) * kMss, .len = kMss, .ecn = ECT});
  }
  s.host_is_silent();
}

// --- agreeing (§6.1.1) ---

TEST(EcnHandshake, APeerThatAsksIsAnswered) {  // SHLD-8, 3168-1, 3168-2
  Scene s;
  establish(s);
  EXPECT_EQ(s.info().ecn, EcnFeedback::kClassic);
  s.caller_sends("new");
  s.host_sends({.flags = ACK, .text = "new", .ecn = ECT});
}

TEST(EcnHandshake, OffAnswersNobody) {
  Scene s(with(Ecn::kOff));
  s.host_listens();
  s.peer_sends({.flags = SYN | ECE | CWR, .mss = kMss});
  s.host_sends({.flags = SYN_ACK});
  s.peer_sends({.flags = ACK});
  EXPECT_EQ(s.info().ecn, EcnFeedback::kNone);
  s.caller_sends("new");
  s.host_sends({.flags = ACK, .text = "new"});
}

TEST(EcnHandshake, HalfAQuestionIsNone) {  // 3168-1
  for (const wire::TcpFlags flags : {ECE, CWR}) {
    Scene s;
    s.host_listens();
    s.peer_sends({.flags = SYN | flags, .mss = kMss});
    s.host_sends({.flags = SYN_ACK});
    s.peer_sends({.flags = ACK});
    EXPECT_EQ(s.info().ecn, EcnFeedback::kNone);
  }
}

TEST(EcnHandshake, AcceptDoesNotAsk) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  s.peer_sends({.flags = SYN_ACK | ECE, .mss = kMss});
  s.host_sends({.flags = ACK});
  EXPECT_EQ(s.info().ecn, EcnFeedback::kNone);
}

TEST(EcnHandshake, OfferAsksAndTakesTheGrant) {  // 3168-1
  Scene s(with(Ecn::kOffer));
  s.host_opens();
  s.host_sends({.flags = SYN | ECE | CWR});
  s.peer_sends({.flags = SYN_ACK | ECE, .mss = kMss});
  s.host_sends({.flags = ACK});
  EXPECT_EQ(s.info().ecn, EcnFeedback::kClassic);
  s.caller_sends("new");
  s.host_sends({.flags = ACK, .text = "new", .ecn = ECT});
}

TEST(EcnHandshake, WhatIsNoGrantIsNone) {  // 3168-1
  for (const wire::TcpFlags flags : {wire::TcpFlags(), CWR, ECE | CWR}) {
    Scene s(with(Ecn::kOffer));
    s.host_opens();
    s.host_sends({.flags = SYN | ECE | CWR});
    s.peer_sends({.flags = SYN_ACK | flags, .mss = kMss});
    s.host_sends({.flags = ACK});
    EXPECT_EQ(s.info().ecn, EcnFeedback::kNone);
    s.caller_sends("new");
    s.host_sends({.flags = ACK, .text = "new"});
  }
}

TEST(EcnHandshake, BothOpenAndBothAsk) {  // 3168-1
  Scene s(with(Ecn::kOffer));
  s.host_opens();
  s.host_sends({.flags = SYN | ECE | CWR});
  s.peer_sends({.flags = SYN | ECE | CWR, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | ECE, .seq = 0});
  s.peer_sends({.flags = SYN_ACK | ECE, .seq = 0, .mss = kMss});
  s.state_is("ESTABLISHED");
  EXPECT_EQ(s.info().ecn, EcnFeedback::kClassic);
}

TEST(EcnHandshake, BothOpenAndOneTakesItsQuestionBack) {  // 3168-1
  Scene s(with(Ecn::kOffer));
  s.host_opens();
  s.host_sends({.flags = SYN | ECE | CWR});
  s.peer_sends({.flags = SYN | ECE | CWR, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | ECE, .seq = 0});
  s.peer_sends({.flags = SYN_ACK, .seq = 0, .mss = kMss});
  s.state_is("ESTABLISHED");
  EXPECT_EQ(s.info().ecn, EcnFeedback::kNone);
}

TEST(EcnHandshake, BothOpenAndOnlyThePeerAsks) {  // 3168-1: our SYN went without
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  s.peer_sends({.flags = SYN | ECE | CWR, .mss = kMss});
  s.host_sends({.flags = SYN_ACK, .seq = 0});
  s.peer_sends({.flags = ACK});
  EXPECT_EQ(s.info().ecn, EcnFeedback::kNone);
}

TEST(EcnHandshake, TwoSynsAskInVainAndTheThirdDoesNot) {  // 3168-7
  Scene s(with(Ecn::kOffer));
  s.host_opens();
  s.host_sends({.flags = SYN | ECE | CWR});
  s.after(1s);
  s.host_sends({.flags = SYN | ECE | CWR});
  s.after(2s);
  s.host_sends({.flags = SYN});
  // A late answer to the first of them grants nothing any more: a SYN went without.
  s.peer_sends({.flags = SYN_ACK | ECE, .mss = kMss});
  s.host_sends({.flags = ACK});
  EXPECT_EQ(s.info().ecn, EcnFeedback::kNone);
}

TEST(EcnHandshake, AResetMayMeanTheQuestion) {  // 3168-7
  Scene s(with(Ecn::kOffer));
  s.host_opens();
  s.host_sends({.flags = SYN | ECE | CWR});
  s.peer_sends({.flags = RST_ACK, .seq = 0, .ack = 1});
  s.host_sends({.flags = SYN, .seq = 0});
  s.state_is("SYN-SENT");
  s.peer_sends({.flags = RST_ACK, .seq = 0, .ack = 1});
  s.state_is("CLOSED");
  s.host_is_silent();
}

// --- what may be marked (§6.1.1, §6.1.4 to §6.1.6) ---

TEST(EcnSender, OnlyNewTextMayBeMarked) {  // 3168-2
  Scene s;
  establish(s);
  s.peer_sends({.flags = ACK, .text = "x"});
  s.after(40ms);
  s.host_sends({.flags = ACK});  // a bare acknowledgment
  s.caller_sends("lost");
  s.host_sends({.flags = ACK, .text = "lost", .ecn = ECT});
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .text = "lost"});  // sent again
  s.peer_sends({.flags = ACK, .win = 0});
  s.caller_sends("w");
  s.host_is_silent();
  s.after(10s);
  s.host_sends({.flags = ACK, .text = "w"});  // a window probe
  s.skip_all();
}

TEST(EcnSender, AFinAloneIsNotMarked) {  // 3168-2
  Scene s;
  establish(s);
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK});
}

TEST(EcnSender, AKeepAliveIsNotMarked) {  // 3168-2
  LoneEndOptions options;
  options.config.keep_alive = true;
  Scene s(options);
  establish(s);
  s.after(2h);
  s.host_sends({.flags = ACK, .seq = 0});
}

// --- the receiver (§6.1.3) ---

TEST(EcnReceiver, EchoesUntilThePeerSaysThatItHeard) {  // 3168-3
  Scene s;
  establish(s);
  s.peer_sends({.flags = ACK, .text = "a", .ecn = CE});
  s.host_sends({.flags = ACK | ECE});
  s.peer_sends({.flags = ACK, .text = "b", .ecn = ECT});
  s.after(40ms);
  s.host_sends({.flags = ACK | ECE});
  s.caller_sends("text too");
  s.host_sends({.flags = ACK | ECE, .text = "text too", .ecn = ECT});
  s.peer_sends({.flags = ACK | CWR, .text = "c", .ecn = ECT});
  s.host_sends({.flags = ACK});
  s.peer_sends({.flags = ACK, .text = "d", .ecn = ECT});
  s.after(40ms);
  s.host_sends({.flags = ACK});
  EXPECT_EQ(s.info().ecn_marks, 1u);
}

TEST(EcnReceiver, AMarkOnTheSegmentWithCwrBeginsAnew) {  // 3168-3
  Scene s;
  establish(s);
  s.peer_sends({.flags = ACK, .text = "a", .ecn = CE});
  s.host_sends({.flags = ACK | ECE});
  s.peer_sends({.flags = ACK | CWR, .text = "b", .ecn = CE});
  s.host_sends({.flags = ACK | ECE});
  EXPECT_EQ(s.info().ecn_marks, 2u);
}

TEST(EcnReceiver, AMarkOutsideTheWindowIsIgnored) {  // 3168-6
  Scene s;
  establish(s);
  s.peer_sends({.flags = ACK, .text = "ab"});
  s.after(40ms);
  s.host_sends({.flags = ACK});
  s.peer_sends({.flags = ACK, .seq = 1, .text = "ab", .ecn = CE});  // old
  s.host_sends({.flags = ACK});
  s.peer_sends({.flags = ACK, .seq = 100'000, .text = "z", .ecn = CE});  // beyond
  s.host_sends({.flags = ACK, .ack = 3});
  s.set_peer_next(3);
  s.peer_sends({.flags = ACK, .ecn = CE});  // no text: nobody may mark it
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x", .ecn = ECT});
  EXPECT_EQ(s.info().ecn_marks, 0u);
}

TEST(EcnReceiver, WithoutAnAgreementMarksMeanNothing) {
  Scene s;
  s.establish({.mss = kMss});
  s.peer_sends({.flags = ACK, .text = "a", .ecn = CE});
  s.after(40ms);
  s.host_sends({.flags = ACK});
  EXPECT_EQ(s.info().ecn_marks, 0u);
}

// --- the sender (§6.1.2) ---

TEST(EcnSender, ReducesOncePerWindowAndSaysSoOnTheFirstNewText) {  // 3168-4
  Scene s;
  establish(s);
  send_segments(s, 10);
  s.peer_sends({.flags = ACK | ECE, .ack = 1001});
  EXPECT_EQ(s.info().cwnd, 5000u);
  EXPECT_EQ(s.info().ssthresh, 5000u);
  // What else of this window is marked asks for no more.
  for (std::uint32_t ack = 2001; ack <= 10001; ack += 1000) s.peer_sends({.flags = ACK | ECE, .ack = ack});
  EXPECT_EQ(s.info().cwnd, 5000u);
  EXPECT_EQ(s.info().ecn_reductions, 1u);
  s.caller_sends_bytes(2000);
  s.host_sends({.flags = ACK | CWR, .seq = 10001, .len = 1000, .ecn = ECT});
  s.host_sends({.flags = ACK, .seq = 11001, .len = 1000, .ecn = ECT});
  EXPECT_EQ(s.info().retransmissions, 0u);
  // A mark on the text that left since is another matter.
  s.peer_sends({.flags = ACK | ECE, .ack = 11001});
  EXPECT_EQ(s.info().ecn_reductions, 2u);
}

TEST(EcnSender, SaysThatItReducesUntilWhatLeftSinceIsAcknowledged) {  // 3168-4
  Scene s;
  establish(s);
  send_segments(s, 4);
  EXPECT_FALSE(s.info().ecn_reducing);
  s.peer_sends({.flags = ACK | ECE, .ack = 2001});
  EXPECT_TRUE(s.info().ecn_reducing);
  EXPECT_EQ(s.info().ecn_marks_told, 2u) << "an echo does not say how many";
  s.caller_sends_bytes(2000);
  s.peer_sends({.flags = ACK, .ack = 4001});
  s.skip_all();
  EXPECT_TRUE(s.info().ecn_reducing);
  EXPECT_EQ(s.info().ecn_marks_told, 2u);
  s.peer_sends({.flags = ACK, .ack = 5001});
  EXPECT_FALSE(s.info().ecn_reducing);
}

TEST(EcnSender, OfASuperSegmentTheFirstPieceCarriesCwr) {  // 3168-4: one segment until a device cuts it
  LoneEndOptions options;
  options.largest_text = 64'000;
  options.config.initial_window_segments = 20;  // a super-segment is at most half of it
  Scene s(options);
  establish(s);
  s.caller_sends_bytes(10'000);
  s.host_sends({.flags = ACK, .len = 10'000, .ecn = ECT});
  s.peer_sends({.flags = ACK | ECE, .ack = 10'001});
  s.caller_sends_bytes(6000);
  const Sent first = s.take();
  EXPECT_TRUE(first.segment.flags.has(CWR));
  EXPECT_EQ(first.segment_size, kMss);
  while (s.waiting() > 0) EXPECT_FALSE(s.take().segment.flags.has(CWR));
}

TEST(EcnSender, TellsOfAReductionForALossToo) {  // 3168-4
  Scene s;
  establish(s);
  s.caller_sends("lost");
  s.host_sends({.flags = ACK, .text = "lost", .ecn = ECT});
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .text = "lost"});
  s.peer_sends({.flags = ACK});
  s.caller_sends("new");
  s.host_sends({.flags = ACK | CWR, .text = "new", .ecn = ECT});
}

TEST(EcnSender, ALossOfTheSameWindowReducesNoFurther) {  // 3168-4
  Scene s;
  establish(s);
  send_segments(s, 10);
  s.peer_sends({.flags = ACK | ECE, .ack = 1001});
  EXPECT_EQ(s.info().ssthresh, 5000u);
  for (int i = 0; i < 3; ++i) s.peer_sends({.flags = ACK | ECE, .ack = 1001});
  s.host_sends({.flags = ACK, .seq = 1001, .len = 1000});
  s.skip_all();
  EXPECT_EQ(s.info().ssthresh, 5000u);
}

TEST(EcnSender, AMarkOfTheWindowThatLostReducesNoFurther) {  // 3168-4
  Scene s;
  establish(s);
  send_segments(s, 10);
  for (int i = 0; i < 3; ++i) s.peer_sends({.flags = ACK, .ack = 1});
  s.host_sends({.flags = ACK, .seq = 1, .len = 1000});
  s.skip_all();
  const std::uint32_t ssthresh = s.info().ssthresh;
  s.peer_sends({.flags = ACK | ECE, .ack = 10001});
  EXPECT_EQ(s.info().ssthresh, ssthresh);
  EXPECT_EQ(s.info().ecn_reductions, 0u);
}

TEST(EcnSender, EceWithoutAnAgreementMeansNothing) {
  Scene s;
  s.establish({.mss = kMss});
  s.caller_sends_bytes(3000);
  for (std::uint32_t i = 0; i < 3; ++i) s.host_sends({.flags = ACK, .seq = 1 + i * kMss, .len = kMss});
  s.peer_sends({.flags = ACK | ECE, .ack = 1001});
  EXPECT_EQ(s.info().ecn_reductions, 0u);
  EXPECT_EQ(s.info().ecn_marks_told, 0u);
}

TEST(EcnSender, WithOneSegmentAsTheWindowTheNextWaitsForTheTimer) {  // 3168-5
  LoneEndOptions options;
  options.config.initial_window_segments = 1;
  Scene s(options);
  s.host_listens();
  s.peer_sends({.flags = SYN | ECE | CWR, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | ECE});
  s.silent_for(100ms);
  s.peer_sends({.flags = ACK});
  s.caller_sends_bytes(3 * kMss);
  s.host_sends({.flags = ACK, .len = kMss, .ecn = ECT});
  s.peer_sends({.flags = ACK | ECE, .ack = 1001});
  EXPECT_EQ(s.info().cwnd, kMss);
  EXPECT_EQ(s.info().ecn_reductions, 1u);
  const Duration rto = s.info().rto;
  s.silent_for(rto - 1ms);
  s.after(1ms);
  s.host_sends({.flags = ACK | CWR, .len = kMss, .ecn = ECT});
}

TEST(EcnSender, AMarkEndsWhatCouldBeUndone) {  // 3168-4: a retransmission that was needless gives nothing back
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN | ECE | CWR, .mss = kMss, .sack_ok = true});
  s.host_sends({.flags = SYN_ACK | ECE});
  s.peer_sends({.flags = ACK});
  send_segments(s, 10);
  s.after(1s);  // a probe, then the timer
  s.skip_all();
  const std::uint32_t next = s.host_next();
  s.peer_sends({.flags = ACK, .ack = next});
  s.skip_all();
  const std::uint32_t ssthresh = s.info().ssthresh;
  ASSERT_LT(ssthresh, 10'000u);
  s.caller_sends_bytes(2 * kMss);
  s.skip_all();
  s.peer_sends({.flags = ACK | ECE, .ack = next + kMss});
  EXPECT_EQ(s.info().ecn_reductions, 1u);
  s.peer_sends({.flags = ACK, .ack = next + kMss, .sack = std::vector<Block>{{1, next}}});
  EXPECT_LE(s.info().ssthresh, ssthresh);
}

}  // namespace
}  // namespace handfast::scene
