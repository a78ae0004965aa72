#include "tcp/accurate_ecn.h"

#include "scene/scene.h"

// Accurate ECN by RFC 9768. A peer with an MSS of 1,000 makes the numbers easy to follow.

namespace handfast::scene {
namespace {

constexpr std::uint32_t kMss = 1000;
constexpr wire::TcpFlags kAsks = SYN | AE | CWR | ECE;

/// ACK with a number in AE, CWR and ECE. The count begins at 5.
wire::TcpFlags ace(unsigned number) { return ACK | tcp::flags_of(static_cast<std::uint8_t>(number % 8)); }

LoneEndOptions accurate() {
  LoneEndOptions options;
  options.config.ecn = Ecn::kAccurate;
  return options;
}

// ESTABLISHED by the peer's opening.
void establish(Scene& s) {
  s.host_listens();
  s.peer_sends({.flags = kAsks, .mss = kMss});
  s.host_sends({.flags = SYN_ACK | CWR});
  s.peer_sends({.flags = ace(0b010)});
}

void send_segments(Scene& s, std::uint32_t count, std::uint32_t first = 0) {
  s.caller_sends_bytes(count * kMss);
  for (std::uint32_t i = 0; i < count; ++i) {
    s.host_sends({.flags = ace(5), .seq = 1 + (first + i) * kMss, .len = kMss, .ecn = ECT});
  }
  s.host_is_silent();
}

// --- agreeing (§3.1) ---

TEST(AccurateHandshake, APeerThatAsksIsAnswered) {  // 9768-1
  Scene s(accurate());
  establish(s);
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

TEST(AccurateHandshake, AnsweredAfterAPlainSynNothingOfOursMayBeMarked) {  // 9768-1
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
  s.host_sends({.flags = ace(5), .text = "new"});
}

TEST(AccurateHandshake, ASynAckThatIsLostGoesWithLessAndLess) {  // 9768-1
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

TEST(AccurateHandshake, TheLatestSynIsTheOneToTellOf) {  // 9768-1
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

TEST(AccurateHandshake, APlainSynAfterOneThatAskedMakesOursUnmarkable) {  // 9768-1, 3168-1
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

TEST(AccurateMangling, ANumberThatSomebodyClearsIsNotListenedTo) {  // 9768-2
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

// --- the receiver (§3.2.2, §3.2.3) ---

TEST(AccurateReceiver, CountsMarkedPackets) {  // 9768-2
  Scene s(accurate());
  establish(s);
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
  establish(s);
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
  establish(s);
  s.peer_sends({.flags = ace(5), .seq = 100'000, .text = "z", .ecn = CE});
  s.host_sends({.flags = ace(5), .ack = 1});
}

TEST(AccurateReceiver, TheFirstMarkAndEveryTwoAreAcknowledgedAtOnce) {  // 9768-4
  Scene s(accurate());
  establish(s);
  s.peer_sends({.flags = ace(5), .text = "a", .ecn = ECT});
  s.host_is_silent();
  s.peer_sends({.flags = ace(5), .text = "b", .ecn = CE});
  s.host_sends({.flags = ace(6)});
  s.peer_sends({.flags = ace(5), .text = "c", .ecn = CE});
  s.host_is_silent();
  s.peer_sends({.flags = ace(5), .text = "d", .ecn = CE});
  s.host_sends({.flags = ace(8)});
}

TEST(AccurateReceiver, TheOptionCountsBytesWhereThereIsNoText) {  // 9768-3
  Scene s(accurate());
  establish(s);
  s.peer_sends({.flags = ace(5), .text = "four", .ecn = CE});
  s.host_sends({.flags = ace(6)});
  EXPECT_EQ(s.last().segment.options.accurate_ecn,
            (wire::AccurateEcnOption{.ect0 = 1, .ce = 4, .ect1 = 1, .fields = 3}));
  s.caller_sends_bytes(kMss);
  s.host_sends({.flags = ace(6), .len = kMss, .ecn = ECT});
  EXPECT_FALSE(s.last().segment.options.accurate_ecn);
}

// --- the sender ---

TEST(AccurateSender, ReducesOncePerWindowAndSetsNoCwr) {  // 9768-2, 3168-4
  Scene s(accurate());
  establish(s);
  send_segments(s, 10);
  s.peer_sends({.flags = ace(6), .ack = 1001});
  EXPECT_EQ(s.info().cwnd, 5000u);
  for (std::uint32_t i = 2; i <= 10; ++i) s.peer_sends({.flags = ace(5 + i), .ack = 1 + i * kMss});
  EXPECT_EQ(s.info().cwnd, 5000u);
  EXPECT_EQ(s.info().ecn_reductions, 1u);
  s.caller_sends_bytes(1000);
  s.host_sends({.flags = ace(5), .seq = 10001, .len = 1000, .ecn = ECT});
  s.peer_sends({.flags = ace(16), .ack = 11001});
  EXPECT_EQ(s.info().ecn_reductions, 2u);
}

TEST(AccurateSender, WithoutAChangeOfTheNumberNothingWasMarked) {  // 9768-2
  Scene s(accurate());
  establish(s);
  send_segments(s, 10);
  for (std::uint32_t i = 1; i <= 10; ++i) s.peer_sends({.flags = ace(5), .ack = 1 + i * kMss});
  EXPECT_EQ(s.info().ecn_reductions, 0u);
}

TEST(AccurateSender, ANumberThatMayHaveGoneRoundIsAskedOfTheOption) {  // 9768-2, 9768-3
  for (const bool with_option : {false, true}) {
    Scene s(accurate());
    establish(s);
    send_segments(s, 10);
    Line line{.flags = ace(5), .ack = 10001};
    if (with_option) line.accurate_ecn = wire::AccurateEcnOption{.ect0 = 10001, .ce = 0, .ect1 = 1, .fields = 3};
    s.peer_sends(line);
    EXPECT_EQ(s.info().ecn_reductions, with_option ? 0u : 1u);
  }
}

TEST(AccurateSender, AnOvertakenAcknowledgmentSaysNothing) {  // 9768-2
  Scene s(accurate());
  establish(s);
  send_segments(s, 4);
  s.peer_sends({.flags = ace(5), .ack = 2001});
  s.peer_sends({.flags = ace(4), .ack = 1001});
  s.peer_sends({.flags = ace(4), .ack = 2001});
  EXPECT_EQ(s.info().ecn_reductions, 0u);
}

TEST(AccurateSender, ASuperSegmentWhoseNumberWouldChangeIsNotMade) {  // 9768-2: a device keeps CWR for the first piece
  LoneEndOptions options = accurate();
  options.largest_text = 64'000;
  Scene s(options);
  establish(s);
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
    establish(s);
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
