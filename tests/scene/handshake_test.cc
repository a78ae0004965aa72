#include "scene/scene.h"

// The three-way handshake, one test for each thing that is said of it: who makes which record when, what each segment
// carries and how many sequence numbers it uses, what happens where a stage is interrupted, and why two messages would
// not be enough. RFC 9293 §3.5.

namespace handfast::scene {
namespace {

constexpr std::uint16_t kNoSignal = 0;

TEST(Handshake, TheServerMakesATcbAndWaitsInListen) {
  Scene s;
  s.state_is("CLOSED");
  s.host_listens();
  s.state_is("LISTEN");
  s.silent_for(1h);
  s.state_is("LISTEN");
}

TEST(Handshake, TheClientMakesItsTcbSendsASynWithSeqXAndIsInSynSent) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0, .mss = 1460});
  EXPECT_EQ(s.last().segment.seq.value(), 0xFFFFFF00u);
  EXPECT_EQ(s.last().segment.ack.value(), 0u);
  s.state_is("SYN-SENT");
}

TEST(Handshake, ASynCarriesNoTextAndUsesOneSequenceNumber) {
  Scene s;
  s.end().open();
  EXPECT_TRUE(s.end().send("early").has_value());  // queued: not in the SYN
  s.look();
  s.host_sends({.flags = SYN, .seq = 0, .len = 0});
  EXPECT_EQ(s.last().segment.len(), 1u);
  EXPECT_EQ(s.host_relative(s.end().view().snd_nxt), 1u);
  EXPECT_EQ(s.host_relative(s.end().view().snd_una), 0u);
  s.host_is_silent();
}

TEST(Handshake, TheServerAnswersSynAckWithAckXPlusOneAndSeqYAndIsInSynReceived) {
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .seq = 0, .win = 65535, .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1, .mss = 1460});
  EXPECT_EQ(s.last().segment.ack.value(), Scene::kPeerIss + 1);
  s.state_is("SYN-RECEIVED");
}

TEST(Handshake, ASynAckCarriesNoTextAndUsesOneSequenceNumber) {
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1, .len = 0});
  EXPECT_EQ(s.last().segment.len(), 1u);
  EXPECT_EQ(s.host_relative(s.end().view().snd_nxt), 1u);
}

TEST(Handshake, TheClientAnswersAckWithAckYPlusOneAndIsEstablished) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  s.peer_sends({.flags = SYN_ACK, .seq = 0, .ack = 1, .mss = 1460});
  s.host_sends({.flags = ACK, .seq = 1, .ack = 1});
  EXPECT_EQ(s.last().segment.ack.value(), Scene::kPeerIss + 1);
  s.state_is("ESTABLISHED");
  s.caller_hears(Readiness::kConnected | Readiness::kWritable);
}

TEST(Handshake, TheServerIsEstablishedWhenTheThirdSegmentArrives) {
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .seq = 0, .win = 65535, .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1, .mss = 1460});
  s.state_is("SYN-RECEIVED");
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 1});
  s.host_is_silent();
  s.state_is("ESTABLISHED");
  s.caller_hears(Readiness::kConnected | Readiness::kWritable);
}

TEST(Handshake, TheThirdSegmentMayCarryText) {
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1});
  s.peer_sends({.flags = PSH_ACK, .seq = 1, .ack = 1, .text = "hello"});
  s.state_is("ESTABLISHED");
  s.caller_receives("hello");
  s.after(40ms);
  s.host_sends({.flags = ACK, .seq = 1, .ack = 6});
}

TEST(Handshake, OurThirdSegmentCarriesTextThatTheCallerQueuedEarly) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  s.caller_sends("early");
  s.host_is_silent();
  s.peer_sends({.flags = SYN_ACK, .seq = 0, .ack = 1, .mss = 1460});
  s.host_sends({.flags = PSH_ACK, .seq = 1, .ack = 1, .text = "early"});
  s.host_is_silent();
}

TEST(Handshake, TheThirdSegmentWhenEmptyUsesNoSequenceNumber) {
  Scene s;
  s.establish_actively();
  EXPECT_EQ(s.last().segment.len(), 0u);
  EXPECT_EQ(s.host_relative(s.end().view().snd_nxt), 1u);
  s.caller_sends("x");  // so the text has the number that the ACK had
  s.host_sends({.flags = ACK, .seq = 1, .text = "x"});
}

TEST(Handshake, ALostThirdSegmentIsReplacedByTextThatFollows) {
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = 1460});
  s.host_sends({.flags = SYN_ACK});
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 1, .text = "text"});  // the empty ACK before it was lost
  s.state_is("ESTABLISHED");
  s.caller_receives("text");
}

// --- an interrupted stage: the same segment again ---

TEST(Handshake, AnUnansweredSynIsSentAgainTheSameWithDoublingPauses) {  // MUST-22, 6298-1
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  const Sent syn = s.last();
  EXPECT_TRUE(syn.segment.options.timestamps.has_value());
  for (const auto pause : {1s, 2s, 4s, 8s, 16s, 32s}) {
    s.silent_for(pause - 1ms);
    s.after(1ms);
    s.host_repeats(syn);
    EXPECT_TRUE(s.last().again);
    s.state_is("SYN-SENT");
  }
}

TEST(Handshake, AnUnansweredSynAckIsSentAgainTheSameWithDoublingPauses) {
  for (const bool compact : {true, false}) {
    Scene s({.compact_half_open = compact});
    s.host_listens();
    s.peer_sends({.flags = SYN, .mss = 1400, .scale = 3, .sack_ok = true, .ts = Stamps{.val = 77}});
    s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1, .sack_ok = true, .ts = Stamps{.val = 0, .ecr = 77}});
    const Sent syn_ack = s.last();
    EXPECT_EQ(s.end().is_half_open_entry(), compact);
    for (const auto pause : {1s, 2s, 4s, 8s, 16s}) {
      s.silent_for(pause - 1ms);
      s.after(1ms);
      s.host_repeats(syn_ack);
      s.state_is("SYN-RECEIVED");
    }
    // RFC 4987 §3.3: after five repetitions the half-open connection is forgotten, and the listener goes on.
    s.silent_for(32s - 1ms);
    s.state_is("SYN-RECEIVED");
    s.silent_for(1ms);
    s.state_is("LISTEN");
    s.caller_hears(kNoSignal);
  }
}

TEST(Handshake, ASynIsTriedForThreeMinutes) {  // MUST-23
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  const Sent syn = s.last();
  s.after(3min - 1ms);
  int again = 0;
  while (s.waiting() > 0) {
    s.host_repeats(syn);
    ++again;
  }
  EXPECT_EQ(again, 7);  // after 1, 3, 7, 15, 31, 63 and 123 s
  s.state_is("SYN-SENT");
  s.silent_for(1min);
  s.state_is("CLOSED");
  EXPECT_EQ(s.info().error, make_error_code(Error::kTimedOut));
}

TEST(Handshake, TheCallerHearsOfSilenceAtR1) {  // MUST-22, SHLD-9
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  s.after(6999ms);
  s.skip_all();
  s.caller_hears(kNoSignal);
  s.after(1ms);  // the third repetition
  s.skip_all();
  s.caller_hears(Readiness::kSoftError);
  s.state_is("SYN-SENT");
}

TEST(Handshake, ADuplicateSynMakesTheIdenticalSynAckGoOutAgain) {
  for (const bool compact : {true, false}) {
    Scene s({.compact_half_open = compact});
    s.host_listens();
    s.peer_sends({.flags = SYN, .mss = 1460, .ts = Stamps{.val = 5}});
    s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1});
    const Sent syn_ack = s.last();
    s.silent_for(300ms);
    s.peer_sends({.flags = SYN, .seq = 0, .mss = 1460, .ts = Stamps{.val = 5}});
    s.host_repeats(syn_ack);
    s.state_is("SYN-RECEIVED");
    s.dropped(DropReason::kTcpDuplicateSyn, 1);
    s.peer_sends({.flags = ACK, .seq = 1, .ack = 1});
    s.state_is("ESTABLISHED");
  }
}

TEST(Handshake, ALostSynAckIsRepairedByEitherEnd) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  const Sent syn = s.last();
  s.after(1s);
  s.host_repeats(syn);
  s.peer_sends({.flags = SYN_ACK, .seq = 0, .ack = 1, .mss = 1460});
  s.host_sends({.flags = ACK, .seq = 1, .ack = 1});
  s.state_is("ESTABLISHED");
}

TEST(Handshake, ALostThirdSegmentIsSentAgainWhenTheSynAckComesAgain) {
  Scene s;
  s.establish_actively();
  const Sent ack = s.last();
  s.silent_for(1s);
  s.peer_sends({.flags = SYN_ACK, .seq = 0, .ack = 1, .mss = 1460});
  s.host_repeats(ack);  // a challenge ACK by RFC 5961 §4.2, and the same numbers
  s.state_is("ESTABLISHED");
}

// --- why two messages would not do ---

TEST(Handshake, AStaleSynOpensNothing) {
  for (const bool compact : {true, false}) {
    Scene s({.compact_half_open = compact});
    s.host_listens();
    // A SYN from a connection long gone. With two messages the server would be ESTABLISHED now, for nobody.
    s.peer_sends({.flags = SYN, .seq = 0, .mss = 1460});
    s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1});
    s.state_is("SYN-RECEIVED");
    s.caller_hears(kNoSignal);
    // The peer knows of no SYN that this acknowledges: RFC 9293 §3.5, figure 8.
    s.peer_sends({.flags = RST, .seq = 1});
    s.host_is_silent();
    s.state_is("LISTEN");
    EXPECT_EQ(s.end().counters().connections_opened, 0u);
    s.caller_hears(kNoSignal);
    s.silent_for(5min);
    // The listener is unharmed: the real SYN finds it.
    s.peer_sends({.flags = SYN, .seq = 5000, .mss = 1460});
    s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 5001});
    s.peer_sends({.flags = ACK, .seq = 5001, .ack = 1});
    s.state_is("ESTABLISHED");
  }
}

TEST(Handshake, AStaleSynWhoseSenderIsSilentIsForgotten) {
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN});
  s.host_sends({.flags = SYN_ACK});
  s.after(63s);
  s.skip_all();
  s.state_is("LISTEN");
  EXPECT_EQ(s.end().counters().connections_opened, 0u);
  EXPECT_EQ(s.end().memory().used(), 0u);
}

TEST(Handshake, AStaleSynBesideARealOneIsFoundOut) {
  Scene s;  // figure 8: the old SYN arrives first
  s.host_listens();
  s.peer_sends({.flags = SYN, .seq = 90, .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 91});
  s.peer_sends({.flags = RST, .seq = 91});
  s.state_is("LISTEN");
  s.peer_sends({.flags = SYN, .seq = 100, .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 101});
  s.peer_sends({.flags = ACK, .seq = 101, .ack = 1});
  s.state_is("ESTABLISHED");
}

TEST(Handshake, AStaleSynAckIsAnsweredWithAReset) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  s.peer_sends({.flags = SYN_ACK, .seq = 0, .ack = 70, .mss = 1460});
  s.host_sends({.flags = RST, .seq = 70});
  s.state_is("SYN-SENT");
  s.dropped(DropReason::kTcpSynSentBadAck, 1);
  s.peer_sends({.flags = SYN_ACK, .seq = 0, .ack = 1, .mss = 1460});
  s.host_sends({.flags = ACK, .seq = 1, .ack = 1});
  s.state_is("ESTABLISHED");
}

TEST(Handshake, AnAckOfNothingWeSentInSynSentIsAnsweredWithAReset) {  // U-2
  for (const std::uint32_t ack : {0u, 2u, 0x80000000u}) {
    Scene s;
    s.host_opens();
    s.host_sends({.flags = SYN, .seq = 0});
    s.peer_sends({.flags = ACK, .seq = 9, .ack = ack});
    s.host_sends({.flags = RST, .seq = ack});
    s.state_is("SYN-SENT");
  }
}

TEST(Handshake, AfterEachSegmentEachSideKnowsOneThingMore) {
  Scene server;
  Scene client;
  client.host_opens();
  client.host_sends({.flags = SYN, .seq = 0, .mss = 1460});
  // Nobody knows anything: the client's number is not acknowledged.
  EXPECT_EQ(client.host_relative(client.end().view().snd_una), 0u);
  server.host_listens();
  server.peer_sends({.flags = SYN, .seq = 0, .mss = 1460});
  server.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1});
  // The server knows that client -> server works (it has the client's number), and nothing of the other direction.
  EXPECT_EQ(server.end().view().irs, Scene::kPeerIss);
  EXPECT_EQ(server.end().view().rcv_nxt, Scene::kPeerIss + 1);
  EXPECT_EQ(server.host_relative(server.end().view().snd_una), 0u);
  server.caller_hears(kNoSignal);
  client.peer_sends({.flags = SYN_ACK, .seq = 0, .ack = 1, .mss = 1460});
  client.host_sends({.flags = ACK, .seq = 1, .ack = 1});
  // The client knows both: its number came back, and the server's is here.
  EXPECT_EQ(client.host_relative(client.end().view().snd_una), 1u);
  EXPECT_EQ(client.end().view().rcv_nxt, Scene::kPeerIss + 1);
  client.state_is("ESTABLISHED");
  server.state_is("SYN-RECEIVED");
  server.peer_sends({.flags = ACK, .seq = 1, .ack = 1});
  // Only now does the server: its own number came back.
  EXPECT_EQ(server.host_relative(server.end().view().snd_una), 1u);
  server.state_is("ESTABLISHED");
}

// --- both ends open at once ---

TEST(Handshake, BothEndsOpenAtOnce) {
  Scene s;  // RFC 9293 §3.5, figure 7 (MUST-10)
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  s.peer_sends({.flags = SYN, .seq = 0, .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1});
  s.state_is("SYN-RECEIVED");
  s.peer_sends({.flags = SYN_ACK, .seq = 0, .ack = 1, .mss = 1460});
  s.state_is("ESTABLISHED");
  s.caller_hears(Readiness::kConnected | Readiness::kWritable);
  s.skip_all();
  s.caller_sends("hi");
  s.host_sends({.flags = ACK, .seq = 1, .ack = 1, .text = "hi"});
}

TEST(Handshake, BothEndsOpenAtOnceAndAPlainAckCompletesIt) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  s.peer_sends({.flags = SYN, .seq = 0, .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1});
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 1});
  s.host_is_silent();
  s.state_is("ESTABLISHED");
}

TEST(Handshake, AResetInASimultaneousOpenIsARefusal) {
  Scene s;  // MUST-11: it came from an active OPEN, so there is no LISTEN to return to
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  s.peer_sends({.flags = SYN, .seq = 0, .mss = 1460});
  s.host_sends({.flags = SYN_ACK});
  s.peer_sends({.flags = RST, .seq = 1});
  s.host_is_silent();
  s.state_is("CLOSED");
  EXPECT_EQ(s.info().error, make_error_code(Error::kRefused));
}

// --- resets, stage by stage ---

TEST(Handshake, AResetToAListenerIsIgnored) {  // U-10
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = RST, .seq = 0});
  s.host_is_silent();
  s.state_is("LISTEN");
  s.dropped(DropReason::kTcpListenReset, 1);
}

TEST(Handshake, AnAckToAListenerIsAnsweredWithAReset) {  // U-10
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = ACK, .seq = 0, .ack = 77});
  s.host_sends({.flags = RST, .seq = 77});
  s.state_is("LISTEN");
  s.peer_sends({.flags = SYN_ACK, .seq = 0, .ack = 78});
  s.host_sends({.flags = RST, .seq = 78});
  s.state_is("LISTEN");
  s.dropped(DropReason::kTcpListenAck, 2);
}

TEST(Handshake, TextToAListenerIsIgnored) {
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = PSH, .seq = 0, .text = "?"});
  s.host_is_silent();
  s.dropped(DropReason::kTcpListenNoSyn, 1);
}

TEST(Handshake, AResetThatAcknowledgesOurSynRefusesTheConnection) {  // U-2
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  s.peer_sends({.flags = RST_ACK, .seq = 0, .ack = 1});
  s.host_is_silent();
  s.state_is("CLOSED");
  s.caller_hears(Readiness::kFailed | Readiness::kReadable | Readiness::kWritable);
  EXPECT_EQ(s.info().error, make_error_code(Error::kRefused));
  s.silent_for(10min);
}

TEST(Handshake, AResetThatDoesNotAcknowledgeOurSynIsIgnored) {  // U-2
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  s.peer_sends({.flags = RST, .seq = 0});
  s.peer_sends({.flags = RST_ACK, .seq = 0, .ack = 0});
  s.peer_sends({.flags = RST_ACK, .seq = 0, .ack = 2});
  s.host_is_silent();
  s.state_is("SYN-SENT");
  s.dropped(DropReason::kTcpSynSentBadReset, 3);
}

TEST(Handshake, AResetInSynReceivedCountsOnlyAtTheExactNumber) {  // U-3, MUST-11
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = 1460});
  s.host_sends({.flags = SYN_ACK});
  s.peer_sends({.flags = RST, .seq = 70000});
  s.host_is_silent();
  s.state_is("SYN-RECEIVED");
  s.peer_sends({.flags = RST, .seq = 100});
  s.host_sends({.flags = ACK, .seq = 1, .ack = 1});
  s.state_is("SYN-RECEIVED");
  s.peer_sends({.flags = RST, .seq = 1});
  s.host_is_silent();
  s.state_is("LISTEN");
}

TEST(Handshake, AWrongAckInSynReceivedIsAnsweredWithAReset) {
  for (const bool compact : {true, false}) {
    Scene s({.compact_half_open = compact});
    s.host_listens();
    s.peer_sends({.flags = SYN, .mss = 1460});
    s.host_sends({.flags = SYN_ACK});
    s.peer_sends({.flags = ACK, .seq = 1, .ack = 60000});
    s.host_sends({.flags = RST, .seq = 60000});
    s.state_is("SYN-RECEIVED");
    s.dropped(DropReason::kTcpAckBad, 1);
  }
}

TEST(Handshake, ANewSynForAHalfOpenConnectionReturnsItToListen) {  // U-4, MUST-11
  Scene s;  // RFC 9293 §3.10.7.4 fourth, SYN-RECEIVED from a passive OPEN
  s.host_listens();
  s.peer_sends({.flags = SYN, .seq = 0, .mss = 1460});
  s.host_sends({.flags = SYN_ACK});
  s.peer_sends({.flags = SYN, .seq = 200, .mss = 1460});
  s.host_is_silent();
  s.state_is("LISTEN");
}

TEST(Handshake, NobodyListens) {  // U-10
  Scene s;
  s.peer_sends({.flags = SYN, .seq = 0});
  s.host_sends({.flags = RST_ACK, .seq = s.host_relative(0), .ack = 1});
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 33});
  s.host_sends({.flags = RST, .seq = 33});
  s.peer_sends({.flags = RST, .seq = 1});
  s.host_is_silent();
  s.state_is("CLOSED");
  s.dropped(DropReason::kTcpClosed, 2);
  s.dropped(DropReason::kTcpClosedReset, 1);
}

TEST(Handshake, AResetForASegmentWithTextAcknowledgesAllOfIt) {  // U-10
  Scene s;
  s.peer_sends({.flags = FIN, .seq = 10, .text = "abc"});
  s.host_sends({.flags = RST_ACK, .seq = s.host_relative(0), .ack = 14});
}

// --- what comes with a SYN ---

TEST(Handshake, TextBesideASynIsNotKeptAndComesAgain) {  // 4987-7
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "soon", .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1});
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 1, .text = "soon"});
  s.state_is("ESTABLISHED");
  s.caller_receives("soon");
}

TEST(Handshake, TextAndFinBesideASynAckAreTaken) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  s.peer_sends({.flags = SYN_ACK | FIN, .seq = 0, .ack = 1, .text = "bye", .mss = 1460});
  s.host_sends({.flags = ACK, .seq = 1, .ack = 5});
  s.state_is("CLOSE-WAIT");
  s.caller_receives("bye");
  s.caller_receives_end();
}

TEST(Handshake, AFinInTheThirdSegmentGoesStraightToCloseWait) {
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = 1460});
  s.host_sends({.flags = SYN_ACK});
  s.peer_sends({.flags = FIN_ACK, .seq = 1, .ack = 1});
  s.host_sends({.flags = ACK, .seq = 1, .ack = 2});
  s.state_is("CLOSE-WAIT");
}

TEST(Handshake, TheSynWindowIsNeverScaled) {  // 7323-2
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .win = 2000, .mss = 1460, .scale = 7});
  s.host_sends({.flags = SYN_ACK, .win = 65535, .scale = 3});
  EXPECT_EQ(s.end().view().snd_wnd, 2000u);
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 1, .win = 100});
  EXPECT_EQ(s.end().view().snd_wnd, 100u << 7);
}

}  // namespace
}  // namespace handfast::scene
