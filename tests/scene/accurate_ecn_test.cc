#include "scene/accurate.h"

// Accurate ECN by RFC 9768: the handshake and what is counted. What becomes of the option and of counts that cannot be
// stands in accurate_feedback_test.cc.

namespace handfast::scene {
namespace {

constexpr std::uint32_t kMss = kAccurateMss;

// --- agreeing (§3.1) ---

TEST(AccurateHandshake, APeerThatAsksIsAnswered) {  // 9768-1
  Scene s(accurate());
  establish_accurate(s);
  EXPECT_EQ(s.info().ecn, EcnFeedback::kAccurate);
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new", .ecn = ECT});
}

TEST(AccurateHandshake, TheAnswerSaysHowTheSynArrived) {  // 9768-1
  constexpr unsigned kAnswers[] = {0b010, 0b011, 0b100, 0b110};
  for (unsigned field = 0; field < 4; ++field) {
    Scene s(accurate());
    s.host_listens();
    s.peer_sends({.flags = kAsks, .mss = kMss, .ecn = static_cast<wire::EcnCodepoint>(field)});
    s.host_sends({.flags = SYN | ace(kAnswers[field])});
  }
}

TEST(AccurateHandshake, WhoDoesNotSpeakItGrantsTheClassicForm) {  // 9768-1
  for (const Ecn setting : {Ecn::kAccept, Ecn::kOffer}) {
    LoneEndOptions options;
    options.config.ecn = setting;
    Scene s(options);
    s.host_listens();
    s.peer_sends({.flags = kAsks, .mss = kMss});
    s.host_sends({.flags = SYN_ACK | ECE});
  }
}

TEST(AccurateHandshake, WhoSpeaksItGrantsTheClassicForm) {  // 9768-1
  Scene s(accurate());
  s.host_listens();
  s.peer_sends({.flags = SYN | ECE | CWR, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | ECE});
  s.peer_sends({.flags = ACK});
  EXPECT_EQ(s.info().ecn, EcnFeedback::kClassic);
  s.caller_sends("new");
  s.host_sends({.flags = ACK, .text = "new", .ecn = ECT});
}

TEST(AccurateHandshake, AsksAndSaysHowTheSynAckArrived) {  // 9768-1
  constexpr unsigned kAnswers[] = {0b010, 0b011, 0b100, 0b110};
  for (unsigned field = 0; field < 4; ++field) {
    Scene s(accurate());
    s.host_opens();
    s.host_sends({.flags = kAsks});
    s.caller_sends("waits");  // the bare acknowledgment goes first
    s.peer_sends({.flags = SYN | ace(0b010), .mss = kMss, .ecn = static_cast<wire::EcnCodepoint>(field)});
    s.host_sends({.flags = ace(kAnswers[field])});
    s.host_sends({.flags = field == 3 ? ace(6) : ace(5), .text = "waits", .ecn = ECT});
    EXPECT_EQ(s.info().ecn, EcnFeedback::kAccurate);
  }
}

TEST(AccurateHandshake, GoesBackToWhatThePeerGrants) {  // 9768-1
  struct Answer {
    unsigned ace;
    EcnFeedback agreed;
  };
  for (const Answer answer :
       {Answer{0, EcnFeedback::kNone}, Answer{1, EcnFeedback::kClassic}, Answer{7, EcnFeedback::kNone}}) {
    Scene s(accurate());
    s.host_opens();
    s.host_sends({.flags = kAsks});
    s.peer_sends({.flags = SYN | ace(answer.ace), .mss = kMss});
    s.host_sends({.flags = ACK});
    EXPECT_EQ(s.info().ecn, answer.agreed);
  }
}

TEST(AccurateHandshake, BothOpenAndBothAsk) {  // 9768-1
  Scene s(accurate());
  s.host_opens();
  s.host_sends({.flags = kAsks});
  s.peer_sends({.flags = kAsks, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | CWR, .seq = 0});
  s.peer_sends({.flags = SYN_ACK | CWR, .seq = 0, .mss = kMss});
  s.state_is("ESTABLISHED");
  EXPECT_EQ(s.info().ecn, EcnFeedback::kAccurate);
  s.skip_all();
}

// The SYN-ACK shows that the peer counts; an acceptor does not know as much of its peer (§3.1.5).
TEST(AccurateHandshake, AnsweredAfterAPlainSynTheOpenerMayBeMarked) {  // 9768-1, 9768-7
  Scene s(accurate());
  s.host_opens();
  s.host_sends({.flags = kAsks});
  s.after(1s);
  s.host_sends({.flags = kAsks});
  s.after(2s);
  s.host_sends({.flags = SYN});
  s.peer_sends({.flags = SYN | ace(0b010), .mss = kMss});
  s.host_sends({.flags = ace(0b010)});
  EXPECT_EQ(s.info().ecn, EcnFeedback::kAccurate);
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new", .ecn = ECT});
}

TEST(AccurateHandshake, BothOpenAfterAPlainSynNothingOfOursMayBeMarked) {  // 9768-7
  Scene s(accurate());
  s.host_opens();
  s.host_sends({.flags = kAsks});
  s.after(1s);
  s.host_sends({.flags = kAsks});
  s.after(2s);
  s.host_sends({.flags = SYN});
  s.peer_sends({.flags = kAsks, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | CWR, .seq = 0});
  s.peer_sends({.flags = ace(0b010)});
  EXPECT_EQ(s.info().ecn, EcnFeedback::kAccurate);
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new"});
}

TEST(AccurateHandshake, ASynAckThatIsLostGoesWithLessAndLess) {  // 9768-1, 9768-7, 9768-13
  Scene s(accurate());
  s.host_listens();
  s.peer_sends({.flags = kAsks, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | CWR});
  EXPECT_TRUE(s.last().segment.options.accurate_ecn);
  s.after(1s);
  s.host_sends({.flags = SYN_ACK | CWR});
  EXPECT_FALSE(s.last().segment.options.accurate_ecn);
  s.after(2s);
  s.host_sends({.flags = SYN_ACK});
  s.peer_sends({.flags = ace(0b010)});
  EXPECT_EQ(s.info().ecn, EcnFeedback::kAccurate);
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new"});
}

TEST(AccurateHandshake, ASecondSynIsAnsweredWithoutTheOption) {  // 9768-13
  Scene s(accurate());
  s.host_listens();
  s.peer_sends({.flags = kAsks, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | CWR});
  EXPECT_TRUE(s.last().segment.options.accurate_ecn);
  s.peer_sends({.flags = kAsks, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | CWR});
  EXPECT_FALSE(s.last().segment.options.accurate_ecn);
}

TEST(AccurateHandshake, TheLatestSynIsTheOneToTellOf) {  // 9768-1, 9768-9
  Scene s(accurate());
  s.host_listens();
  s.peer_sends({.flags = kAsks, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | CWR});
  s.peer_sends({.flags = kAsks, .mss = kMss, .ecn = CE});
  s.host_sends({.flags = SYN | ace(0b110)});
  s.peer_sends({.flags = ace(0b010)});
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new", .ecn = ECT});
}

TEST(AccurateHandshake, ASynAckThatCameAgainIsToldOfAgain) {  // 9768-1
  Scene s(accurate());
  s.host_opens();
  s.host_sends({.flags = kAsks});
  s.peer_sends({.flags = SYN | ace(0b010), .mss = kMss});
  s.host_sends({.flags = ace(0b010)});
  s.peer_sends({.flags = SYN | ace(0b010), .seq = 0, .mss = kMss});
  s.host_sends({.flags = ace(0b010)});
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new", .ecn = ECT});
}

TEST(AccurateHandshake, APlainSynAfterOneThatAskedMakesOursUnmarkable) {  // 9768-1, 9768-7, 3168-1
  for (const wire::TcpFlags asks : {kAsks, SYN | ECE | CWR}) {
    Scene s(accurate());
    s.host_listens();
    s.peer_sends({.flags = asks, .mss = kMss});
    (void)s.take();
    s.peer_sends({.flags = SYN, .mss = kMss});
    (void)s.take();
    s.peer_sends({.flags = ace(0b010)});
    s.caller_sends("new");
    EXPECT_EQ(s.take().segment.ecn, wire::EcnCodepoint::kNotEct);
  }
}

TEST(AccurateHandshake, APlainSynIsIgnoredOnceBothAreEstablished) {  // 9768-6
  Scene s(accurate());
  establish_accurate(s);
  s.peer_sends({.flags = SYN, .mss = kMss});
  s.host_sends({.flags = ace(5)});
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new", .ecn = ECT});
}

TEST(AccurateHandshake, ASynAckThatCameAgainWithoutTheFlagsIsIgnored) {  // 9768-6
  Scene s(accurate());
  open_accurate(s);
  s.peer_sends({.flags = SYN_ACK, .seq = 0, .mss = kMss});
  s.host_sends({.flags = ace(5)});
}

TEST(AccurateHandshake, TwoFormsInOneHandshakeAreReset) {  // 9768-6
  constexpr wire::TcpFlags kClassic = SYN | ECE | CWR;
  const std::vector<std::vector<wire::TcpFlags>> cases = {
      {kAsks, kClassic}, {kClassic, kAsks}, {SYN, kAsks, kClassic}, {kAsks, SYN, kClassic}, {SYN | AE, kClassic}};
  for (const bool compact : {false, true}) {
    for (const std::vector<wire::TcpFlags>& syns : cases) {
      LoneEndOptions options = accurate();
      options.compact_half_open = compact;
      Scene s(options);
      s.host_listens();
      for (std::size_t i = 0; i + 1 < syns.size(); ++i) {
        s.peer_sends({.flags = syns[i], .mss = kMss});
        (void)s.take();
      }
      s.peer_sends({.flags = syns.back(), .mss = kMss});
      const tcp::Segment reset = s.take().segment;
      EXPECT_TRUE(reset.rst());
      EXPECT_EQ(s.host_relative(reset.seq.value()), 1u);
      s.dropped(DropReason::kTcpEcnForms, 1);
      s.state_is("LISTEN");
    }
  }
}

TEST(AccurateHandshake, TwoFormsAreResetWhereBothOpenToo) {  // 9768-6
  Scene s(accurate());
  s.host_opens();
  s.host_sends({.flags = kAsks});
  s.peer_sends({.flags = kAsks, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | CWR, .seq = 0});
  s.peer_sends({.flags = SYN | ECE | CWR, .mss = kMss});
  s.host_sends({.flags = RST | ace(5)});
  s.state_is("CLOSED");
}

TEST(AccurateHandshake, WhoDoesNotSpeakItSeesNoTwoForms) {  // 9768-6
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = kAsks, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | ECE});
  s.peer_sends({.flags = SYN | ECE | CWR, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | ECE});
}

TEST(AccurateHandshake, ACrossedSynAckOfAnotherKindChangesNoMode) {  // 9768-6, 9768-7
  for (const wire::TcpFlags answer : {tcp::flags_of(0), tcp::flags_of(1), tcp::flags_of(7), tcp::flags_of(0b100)}) {
    Scene s(accurate());
    s.host_opens();
    s.host_sends({.flags = kAsks});
    s.peer_sends({.flags = kAsks, .mss = kMss});
    s.host_sends({.flags = SYN_ACK | CWR, .seq = 0});
    s.peer_sends({.flags = SYN_ACK | answer, .seq = 0, .mss = kMss, .ecn = CE});
    s.state_is("ESTABLISHED");
    s.skip_all();
    EXPECT_EQ(s.info().ecn, EcnFeedback::kAccurate);
    s.caller_sends("new");
    s.host_sends({.flags = ace(6), .text = "new"});
    s.peer_sends({.flags = ace(6)});  // the first number, and none was marked before
    EXPECT_EQ(s.info().ecn_reductions, 1u);
  }
}

TEST(AccurateHandshake, OfMarkedSynAcksOneCounts) {  // 9768-10
  Scene s(accurate());
  open_accurate(s);
  for (int i = 0; i < 2; ++i) {
    s.peer_sends({.flags = SYN | ace(0b010), .seq = 0, .mss = kMss, .ecn = CE});
    s.host_sends({.flags = ace(0b110)});
  }
  s.caller_sends("new");
  s.host_sends({.flags = ace(6), .text = "new", .ecn = ECT});
}

TEST(AccurateHandshake, AMarkOnASynDoesNotCount) {  // 9768-10
  Scene s(accurate());
  s.host_listens();
  s.peer_sends({.flags = kAsks, .mss = kMss, .ecn = CE});
  s.host_sends({.flags = SYN | ace(0b110)});
  s.peer_sends({.flags = ace(0b010)});
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new", .ecn = ECT});
}

TEST(AccurateHandshake, OneThatMetCongestionBeginsWithOneSegment) {  // 9768-10
  Scene opener(accurate());
  opener.host_opens();
  opener.host_sends({.flags = kAsks});
  opener.peer_sends({.flags = SYN | ace(0b110), .mss = kMss});
  opener.host_sends({.flags = ace(0b010)});
  EXPECT_EQ(opener.info().cwnd, kMss);

  Scene acceptor(accurate());
  acceptor.host_listens();
  acceptor.peer_sends({.flags = kAsks, .mss = kMss});
  acceptor.host_sends({.flags = SYN_ACK | CWR});
  acceptor.peer_sends({.flags = ace(0b110)});
  EXPECT_EQ(acceptor.info().cwnd, kMss);
  acceptor.caller_sends_bytes(kMss);
  acceptor.host_sends({.flags = ace(5), .len = kMss});
  acceptor.peer_sends({.flags = ace(6)});  // the mark on the SYN-ACK has been heard of
  EXPECT_EQ(acceptor.info().ecn_reductions, 0u);
}

// With fast open the answer to the SYN-ACK may acknowledge text: its number is no count all the same.
TEST(AccurateHandshake, TheAnswerIsNoCountThoughItAcknowledgesText) {  // 9768-9
  LoneEndOptions options = accurate();
  options.grants_fast_open = options.accepts_early = true;
  Scene s(options);
  s.host_listens();
  s.peer_sends({.flags = kAsks, .text = "GET", .mss = kMss, .cookie = "8 bytes.", .ecn = ECT});
  s.host_sends({.flags = SYN | ace(0b100), .ack = 4});
  s.caller_sends("200");
  s.host_sends({.flags = ace(5), .seq = 1, .ack = 4, .text = "200", .ecn = ECT});
  s.peer_sends({.flags = ace(0b010), .ack = 4});
  s.state_is("ESTABLISHED");
  s.caller_sends("more");
  s.host_sends({.flags = ace(5), .text = "more", .ecn = ECT});
  EXPECT_FALSE(s.last().segment.options.accurate_ecn) << "the text of a SYN is not counted";
  s.peer_sends({.flags = ace(5)});
  EXPECT_EQ(s.info().ecn_reductions, 0u);
}

// --- somebody on the way changes what ECN needs (§3.2.2.3, §3.2.2.4) ---

TEST(AccurateMangling, ASynThatArrivedAsCapableWasChanged) {  // 9768-1
  for (const unsigned answer : {0b011u, 0b100u, 0b110u}) {
    Scene s(accurate());
    s.host_opens();
    s.host_sends({.flags = kAsks});
    s.peer_sends({.flags = SYN | ace(answer), .mss = kMss});
    s.host_sends({.flags = ace(0b010)});
    s.caller_sends("new");
    s.host_sends({.flags = ace(5), .text = "new"});
  }
}

TEST(AccurateMangling, ASynAckThatArrivedAsCapableWasChanged) {  // 9768-1
  for (const unsigned answer : {0b011u, 0b100u, 0b110u}) {
    Scene s(accurate());
    s.host_listens();
    s.peer_sends({.flags = kAsks, .mss = kMss});
    s.host_sends({.flags = SYN_ACK | CWR});
    s.peer_sends({.flags = ace(answer)});
    s.caller_sends("new");
    s.host_sends({.flags = ace(5), .text = "new"});
  }
}

TEST(AccurateMangling, ANumberThatSomebodyClearsIsNotListenedTo) {  // 9768-2, 9768-9
  Scene s(accurate());
  s.host_listens();
  s.peer_sends({.flags = kAsks, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | CWR});
  s.peer_sends({.flags = ACK});
  s.caller_sends("new");
  s.host_sends({.flags = ace(5), .text = "new"});
  s.peer_sends({.flags = ACK});
  EXPECT_EQ(s.info().ecn_reductions, 0u);
}

TEST(AccurateMangling, TheFirstNumberAfterTheHandshakeMustNotBeZero) {  // 9768-11
  for (const bool opens : {false, true}) {
    Scene s(accurate());
    opens ? open_accurate(s) : establish_accurate(s);
    s.caller_sends("new");
    s.host_sends({.flags = ace(5), .text = "new", .ecn = ECT});
    s.peer_sends({.flags = ace(0)});
    s.caller_sends("more");
    s.host_sends({.flags = ace(5), .text = "more"});
    s.peer_sends({.flags = ace(4), .text = "a", .ecn = CE});
    EXPECT_EQ(s.info().ecn_reductions, 0u);
    s.host_sends({.flags = ace(6)});  // what arrives is told of as ever
  }
}

TEST(AccurateMangling, TheFirstNumberMayBeAnythingElse) {  // 9768-11
  for (unsigned first = 1; first < 8; ++first) {
    Scene s(accurate());
    establish_accurate(s);
    s.peer_sends({.flags = ace(first)});
    s.caller_sends("new");
    s.host_sends({.flags = ace(5), .text = "new", .ecn = ECT});
  }
}

// --- the receiver (§3.2.2, §3.2.3) ---

TEST(AccurateReceiver, CountsMarkedPackets) {  // 9768-2
  Scene s(accurate());
  establish_accurate(s);
  unsigned count = 5;
  for (int i = 0; i < 20; ++i) {
    s.peer_sends({.flags = ace(5), .text = "a", .ecn = CE});
    ++count;
    s.host_sends({.flags = ace(count)});
    s.peer_sends({.flags = ace(5), .text = "b", .ecn = ECT});
    s.after(40ms);
    s.host_sends({.flags = ace(count)});
  }
  s.caller_sends("text too");
  s.host_sends({.flags = ace(count), .text = "text too", .ecn = ECT});
  EXPECT_EQ(s.info().ecn_marks, 20u);
}

TEST(AccurateReceiver, AMergedSegmentCountsAsManyAsItWasMadeOf) {  // 9768-2
  Scene s(accurate());
  establish_accurate(s);
  s.peer_sends({.flags = ace(5), .len = 2500, .ecn = CE});
  s.host_sends({.flags = ace(5 + 3)});
}

TEST(AccurateReceiver, EverySegmentWithoutSynCarriesTheNumber) {  // 9768-2: else the peer takes it for cleared
  Scene s(accurate());
  s.host_listens();
  s.peer_sends({.flags = kAsks, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | CWR});
  s.peer_sends({.flags = ace(5), .seq = 100'000, .text = "z"});
  s.host_sends({.flags = ace(5), .seq = 1, .ack = 1});
  s.state_is("SYN-RECEIVED");
}

TEST(AccurateReceiver, AMarkOutsideTheWindowDoesNotCount) {  // 9768-2, 3168-6
  Scene s(accurate());
  establish_accurate(s);
  s.peer_sends({.flags = ace(5), .seq = 100'000, .text = "z", .ecn = CE});
  s.host_sends({.flags = ace(5), .ack = 1});
}

TEST(AccurateReceiver, TheFirstMarkAndEveryTwoAreAcknowledgedAtOnce) {  // 9768-4
  Scene s(accurate());
  establish_accurate(s);
  s.peer_sends({.flags = ace(5), .text = "a", .ecn = ECT});
  s.host_is_silent();
  s.peer_sends({.flags = ace(5), .text = "b", .ecn = CE});
  s.host_sends({.flags = ace(6)});
  s.peer_sends({.flags = ace(5), .text = "c", .ecn = CE});
  s.host_is_silent();
  s.peer_sends({.flags = ace(5), .text = "d", .ecn = CE});
  s.host_sends({.flags = ace(8)});
}

TEST(AccurateReceiver, MarkedAcknowledgmentsAreToldOfByThrees) {  // 9768-4
  Scene s(accurate());
  establish_accurate(s, {.flags = kAsks, .mss = kMss, .sack_ok = true});
  s.peer_sends({.flags = ace(5), .seq = 101, .text = "held"});
  s.host_sends({.flags = ace(5), .ack = 1, .sack = std::vector<Block>{{101, 105}}});
  for (unsigned round = 1; round <= 3; ++round) {
    for (int i = 0; i < 2; ++i) {
      s.peer_sends({.flags = ace(5), .seq = 1, .ecn = CE});
      s.host_is_silent();
    }
    s.peer_sends({.flags = ace(5), .seq = 1, .ecn = CE});
    s.host_sends({.flags = ace(5 + 3 * round), .ack = 1, .sack = std::vector<Block>{}});
  }
}

TEST(AccurateReceiver, WhereTextWaitsTwoMarksAreEnough) {  // 9768-4
  Scene s(accurate());
  establish_accurate(s);
  s.peer_sends({.flags = ace(5), .text = "a", .ecn = ECT});
  s.peer_sends({.flags = ace(5), .ecn = CE});
  s.host_is_silent();
  s.peer_sends({.flags = ace(5), .ecn = CE});
  s.host_sends({.flags = ace(7)});
}

TEST(AccurateReceiver, APacketWithoutTextIsAPacketBefore) {  // 9768-4
  Scene s(accurate());
  establish_accurate(s);
  s.peer_sends({.flags = ace(5), .ecn = CE});
  s.peer_sends({.flags = ace(5), .text = "a", .ecn = CE});  // the second mark, and there is text now
  s.host_sends({.flags = ace(7)});
  s.peer_sends({.flags = ace(5)});
  s.peer_sends({.flags = ace(5), .text = "b", .ecn = CE});  // the packet before had none
  s.host_sends({.flags = ace(8)});
}

TEST(AccurateReceiver, CountsWhileTheConnectionCloses) {  // 9768-2
  Scene s(accurate());
  establish_accurate(s);
  s.caller_closes();
  s.host_sends({.flags = FIN | ace(5)});
  s.peer_sends({.flags = FIN | ace(5), .ack = 1});
  s.host_sends({.flags = ace(5)});
  s.state_is("CLOSING");
  for (const std::uint16_t win : {std::uint16_t{1000}, std::uint16_t{2000}, std::uint16_t{3000}}) {
    s.host_is_silent();
    s.peer_sends({.flags = ace(5), .ack = 1, .win = win, .ecn = CE});
  }
  s.host_sends({.flags = ace(8)});
}

TEST(AccurateReceiver, TextBesideTheSynAckCounts) {  // 9768-3
  Scene s(accurate());
  s.host_opens();
  s.host_sends({.flags = kAsks});
  s.peer_sends({.flags = SYN | ace(0b010), .text = "four", .mss = kMss, .ecn = ECT});
  s.host_sends({.flags = ace(0b100)});
  EXPECT_EQ(s.last().segment.options.accurate_ecn,
            (wire::AccurateEcnOption{.ect0 = 5, .ce = 0, .ect1 = 0, .fields = 2}));
}

TEST(AccurateReceiver, AResetSaysTheNumberToo) {  // 9768-2
  Scene s(accurate());
  establish_accurate(s);
  s.peer_sends({.flags = ace(5), .text = "a", .ecn = CE});
  s.host_sends({.flags = ace(6)});
  s.caller_aborts();
  s.host_sends({.flags = RST | ace(6)});
}

TEST(AccurateReceiver, TheOptionCountsBytesWhereThereIsNoText) {  // 9768-3
  Scene s(accurate());
  establish_accurate(s);
  s.peer_sends({.flags = ace(5), .text = "four", .ecn = CE});
  s.host_sends({.flags = ace(6)});
  EXPECT_EQ(s.last().segment.options.accurate_ecn,
            (wire::AccurateEcnOption{.ect0 = 1, .ce = 4, .ect1 = 0, .fields = 2}));
  s.caller_sends_bytes(kMss);
  s.host_sends({.flags = ace(6), .len = kMss, .ecn = ECT});
  EXPECT_FALSE(s.last().segment.options.accurate_ecn);
}

// --- the sender ---

TEST(AccurateSender, ReducesOncePerWindowAndSetsNoCwr) {  // 9768-2, 3168-4
  Scene s(accurate());
  establish_accurate(s);
  send_accurate_segments(s, 10);
  s.peer_sends({.flags = ace(6), .ack = 1001});
  EXPECT_EQ(s.info().cwnd, 5000u);
  for (std::uint32_t i = 2; i <= 10; ++i) s.peer_sends({.flags = ace(5 + i), .ack = 1 + i * kMss});
  EXPECT_EQ(s.info().cwnd, 5000u);
  EXPECT_EQ(s.info().ecn_reductions, 1u);
  s.caller_sends_bytes(1000);
  s.host_sends({.flags = ace(5), .seq = 10001, .len = 1000, .ecn = ECT});
  s.peer_sends({.flags = ace(16), .ack = 11001});
  EXPECT_EQ(s.info().ecn_reductions, 2u);
  EXPECT_EQ(s.info().ecn_marks_told, 11u);
}

TEST(AccurateSender, WithoutAChangeOfTheNumberNothingWasMarked) {  // 9768-2
  Scene s(accurate());
  establish_accurate(s);
  send_accurate_segments(s, 10);
  for (std::uint32_t i = 1; i <= 10; ++i) s.peer_sends({.flags = ace(5), .ack = 1 + i * kMss});
  EXPECT_EQ(s.info().ecn_reductions, 0u);
}

TEST(AccurateSender, ANumberThatMayHaveGoneRoundIsAskedOfTheOption) {  // 9768-2, 9768-3
  for (const bool with_option : {false, true}) {
    Scene s(accurate());
    establish_accurate(s);
    send_accurate_segments(s, 10);
    Line line{.flags = ace(5), .ack = 10001};
    if (with_option) line.accurate_ecn = wire::AccurateEcnOption{.ect0 = 10001, .ce = 0, .ect1 = 1, .fields = 3};
    s.peer_sends(line);
    EXPECT_EQ(s.info().ecn_reductions, with_option ? 0u : 1u);
    EXPECT_EQ(s.info().ecn_marks_told, with_option ? 0u : 8u) << "the most that it can mean";
  }
}

TEST(AccurateSender, TellsHowManyPacketsTheBytesOfTheOptionWere) {  // 9768-2, 9768-3
  for (const std::uint32_t marked : {2u, 9u}) {
    Scene s(accurate());
    establish_accurate(s);
    send_accurate_segments(s, 10);
    const std::uint32_t ce = marked * kMss;
    s.peer_sends({.flags = ace(5 + marked),
                  .ack = 10001,
                  .accurate_ecn = wire::AccurateEcnOption{.ect0 = 10001 - ce, .ce = ce, .ect1 = 1, .fields = 3}});
    EXPECT_EQ(s.info().ecn_marks_told, marked);
  }
}

TEST(AccurateSender, AnOptionThatLeavesTheMarksOutSaysThatThereAreNone) {  // 9768-12
  using Option = wire::AccurateEcnOption;
  for (const Option option :
       {Option{.ect0 = 10001, .fields = 1}, Option{.ect1 = 10001, .fields = 1, .ect1_first = true}, Option{},
        Option{.ect0 = 0, .fields = 1}}) {
    Scene s(accurate());
    establish_accurate(s);
    send_accurate_segments(s, 10);
    s.peer_sends({.flags = ace(5), .ack = 10001, .accurate_ecn = option});
    const bool says_so = option.ect0 + option.ect1 > 0;  // an empty one does not, nor one that was cleared
    EXPECT_EQ(s.info().ecn_reductions, says_so ? 0u : 1u);
  }
}

TEST(AccurateSender, AnOvertakenAcknowledgmentSaysNothing) {  // 9768-2
  Scene s(accurate());
  establish_accurate(s);
  send_accurate_segments(s, 4);
  s.peer_sends({.flags = ace(5), .ack = 2001});
  s.peer_sends({.flags = ace(4), .ack = 1001});
  s.peer_sends({.flags = ace(4), .ack = 2001});
  EXPECT_EQ(s.info().ecn_reductions, 0u);
}

TEST(AccurateSender, ASuperSegmentWhoseNumberWouldChangeIsNotMade) {  // 9768-2: a device keeps CWR for the first piece
  LoneEndOptions options = accurate();
  options.largest_text = 64'000;
  Scene s(options);
  establish_accurate(s);
  s.caller_sends_bytes(4 * kMss);
  s.host_sends({.flags = ace(5), .len = 4 * kMss, .ecn = ECT});
  s.peer_sends({.flags = ace(5), .text = "a", .ecn = CE});
  s.host_sends({.flags = ace(6)});
  s.caller_sends_bytes(2 * kMss);
  s.host_sends({.flags = ace(6), .len = kMss, .ecn = ECT});
  s.host_sends({.flags = ace(6), .len = kMss, .ecn = ECT});
}

TEST(AccurateClose, TheNumberIsKeptInTimeWait) {  // 9768-2
  for (const bool compact : {false, true}) {
    LoneEndOptions options = accurate();
    options.compact_time_wait = compact;
    Scene s(options);
    establish_accurate(s);
    s.peer_sends({.flags = ace(5), .text = "a", .ecn = CE});
    s.host_sends({.flags = ace(6)});
    s.caller_receives("a");
    s.caller_lets_go();
    s.host_sends({.flags = FIN | ace(6)});
    s.peer_sends({.flags = FIN | ace(5)});
    s.host_sends({.flags = ace(6)});
    s.state_is("TIME-WAIT");
    s.peer_sends({.flags = FIN | ace(5), .seq = 2});
    s.host_sends({.flags = ace(6)});
    EXPECT_FALSE(s.last().segment.options.accurate_ecn);
  }
}

}  // namespace
}  // namespace handfast::scene
