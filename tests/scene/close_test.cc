#include "scene/scene.h"

// Closing, in every order: RFC 9293 §3.6, §3.10.4 and the eighth step of §3.10.7.4.

namespace handfast::scene {
namespace {

TEST(Close, TheHostClosesFirst) {
  Scene s;  // figure 12 from the side of peer A
  s.establish();
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK, .seq = 1, .ack = 1});
  s.state_is("FIN-WAIT-1");
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 2});
  s.host_is_silent();
  s.state_is("FIN-WAIT-2");
  s.peer_sends({.flags = FIN_ACK, .seq = 1, .ack = 2});
  s.host_sends({.flags = ACK, .seq = 2, .ack = 2});
  s.state_is("TIME-WAIT");
  s.silent_for(60s - 1ms);
  s.state_is("TIME-WAIT");
  s.silent_for(1ms);  // 2 MSL (MUST-13)
  s.state_is("CLOSED");
  EXPECT_EQ(s.end().counters().connections_closed, 1u);
  EXPECT_FALSE(s.info().error);
}

TEST(Close, ThePeerClosesFirst) {  // MUST-12
  Scene s;                         // figure 12 from the side of peer B
  s.establish();
  s.peer_sends({.flags = FIN_ACK, .seq = 1, .ack = 1});
  s.host_sends({.flags = ACK, .seq = 1, .ack = 2});
  s.state_is("CLOSE-WAIT");
  s.caller_hears(Readiness::kPeerClosed | Readiness::kReadable);
  s.caller_receives_end();
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK, .seq = 1, .ack = 2});
  s.state_is("LAST-ACK");
  s.peer_sends({.flags = ACK, .seq = 2, .ack = 2});
  s.host_is_silent();
  s.state_is("CLOSED");
  s.caller_hears(Readiness::kClosed);
  EXPECT_EQ(s.end().counters().connections_closed, 1u);
}

TEST(Close, BothCloseAtOnce) {
  Scene s;  // figure 13
  s.establish();
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK, .seq = 1, .ack = 1});
  s.peer_sends({.flags = FIN_ACK, .seq = 1, .ack = 1});
  s.host_sends({.flags = ACK, .seq = 2, .ack = 2});
  s.state_is("CLOSING");
  s.peer_sends({.flags = ACK, .seq = 2, .ack = 2});
  s.host_is_silent();
  s.state_is("TIME-WAIT");
}

TEST(Close, AFinThatAcknowledgesOursGoesStraightToTimeWait) {
  Scene s;
  s.reach_fin_wait_1();
  s.peer_sends({.flags = FIN_ACK, .seq = 1, .ack = 2});
  s.host_sends({.flags = ACK, .seq = 2, .ack = 2});
  s.state_is("TIME-WAIT");
}

TEST(Close, AfterOurFinTextStillArrives) {  // MAY-1
  Scene s;
  s.reach_fin_wait_2();
  s.peer_sends({.flags = ACK, .text = "still here"});
  s.caller_receives("still here");
  s.after(40ms);
  s.host_sends({.flags = ACK, .seq = 2, .ack = 11});
  s.state_is("FIN-WAIT-2");
}

TEST(Close, TextBeforeTheAckOfOurFinArrives) {
  Scene s;
  s.reach_fin_wait_1();
  s.peer_sends({.flags = ACK, .ack = 1, .text = "crossed"});
  s.caller_receives("crossed");
  s.state_is("FIN-WAIT-1");
  s.after(40ms);
  s.host_sends({.flags = ACK, .seq = 2, .ack = 8});
}

TEST(Close, AfterThePeersFinTextStillGoesOut) {
  Scene s;
  s.reach_close_wait();
  s.caller_sends("still here");
  s.host_sends({.flags = ACK, .seq = 1, .ack = 2, .text = "still here"});
  s.peer_sends({.flags = ACK, .ack = 11});
  s.state_is("CLOSE-WAIT");
  s.silent_for(10min);
}

TEST(Close, OurFinFollowsTheQueuedTextInTheSameSegment) {
  Scene s;
  s.establish();
  EXPECT_TRUE(s.end().send("last words").has_value());
  EXPECT_TRUE(s.end().close().has_value());
  Sent sent;
  s.look();
  sent = s.take();
  EXPECT_EQ(sent.text, "last words");
  EXPECT_TRUE(sent.segment.fin());
  EXPECT_TRUE(sent.segment.flags.has(PSH));
  s.peer_sends({.flags = ACK, .ack = 12});
  s.state_is("FIN-WAIT-2");
}

TEST(Close, AFinBehindTextIsAcknowledgedOnlyWithAllOfIt) {
  Scene s;
  s.establish();
  s.caller_sends("0123456789");
  s.host_sends({.flags = ACK, .seq = 1, .text = "0123456789"});
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK, .seq = 11});
  s.peer_sends({.flags = ACK, .ack = 11});
  s.state_is("FIN-WAIT-1");
  s.peer_sends({.flags = ACK, .ack = 12});
  s.state_is("FIN-WAIT-2");
}

TEST(Close, AFinWithTextDeliversTheTextFirst) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = FIN_ACK, .text = "the end"});
  s.host_sends({.flags = ACK, .ack = 9});
  s.state_is("CLOSE-WAIT");
  s.caller_receives("the end");
  s.caller_receives_end();
  s.caller_receives_end();
}

TEST(Close, ALostFinIsSentAgain) {
  Scene s;
  s.reach_fin_wait_1();
  const Sent fin = s.last();
  s.silent_for(199ms);
  s.after(1ms);
  s.host_sends({.flags = FIN_ACK, .seq = 1, .ack = 1});
  EXPECT_TRUE(s.last().again);
  s.silent_for(399ms);
  s.after(1ms);
  s.host_sends({.flags = FIN_ACK, .seq = 1, .ack = 1});
  s.peer_sends({.flags = ACK, .ack = 2});
  s.state_is("FIN-WAIT-2");
  s.silent_for(10min);
}

TEST(Close, ALostFinInLastAckAndInClosingIsSentAgain) {
  Scene last_ack;
  last_ack.reach_last_ack();
  last_ack.after(200ms);
  last_ack.host_sends({.flags = FIN_ACK, .seq = 1, .ack = 2});
  Scene closing;
  closing.reach_closing();
  closing.after(200ms);
  closing.host_sends({.flags = FIN_ACK, .seq = 1, .ack = 2});
}

TEST(Close, ThePeersFinAgainIsAcknowledgedAgain) {
  Scene s;
  s.reach_close_wait();
  for (int i = 0; i < 3; ++i) {
    s.peer_sends({.flags = FIN_ACK, .seq = 1, .ack = 1});
    s.host_sends({.flags = ACK, .seq = 1, .ack = 2});
    s.state_is("CLOSE-WAIT");
  }
}

TEST(Close, AFinBeforeMissingTextWaitsForIt) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = FIN_ACK, .seq = 6, .text = "world"});
  s.host_sends({.flags = ACK, .ack = 1});
  s.state_is("ESTABLISHED");
  s.peer_sends({.flags = ACK, .seq = 1, .text = "hello"});
  s.host_sends({.flags = ACK, .ack = 12});
  s.state_is("CLOSE-WAIT");
  s.caller_receives("helloworld");
  s.caller_receives_end();
}

TEST(Close, ABareFinBeforeMissingTextWaitsForIt) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = FIN_ACK, .seq = 6});
  s.host_sends({.flags = ACK, .ack = 1});
  s.state_is("ESTABLISHED");
  s.peer_sends({.flags = ACK, .seq = 1, .text = "hello"});
  s.host_sends({.flags = ACK, .ack = 7});
  s.state_is("CLOSE-WAIT");
}

// --- TIME-WAIT ---

class TimeWait : public testing::TestWithParam<bool> {
 protected:
  // Kept compactly or in full.
  LoneEndOptions options() { return {.compact_time_wait = GetParam()}; }
  static void enter(Scene& s, const Peer& peer = {}) {
    s.reach_time_wait(peer);
    s.caller_lets_go();
    s.host_is_silent();
    s.state_is("TIME-WAIT");
  }
};
INSTANTIATE_TEST_SUITE_P(Form, TimeWait, testing::Bool(),
                         [](const auto& form) { return form.param ? "Compact" : "Full"; });

TEST_P(TimeWait, TheFinAgainIsAcknowledgedAndRestartsTheWait) {  // U-9
  Scene s(options());
  enter(s);
  EXPECT_EQ(s.end().is_time_wait_entry(), GetParam());
  s.silent_for(50s);
  s.peer_sends({.flags = FIN_ACK, .seq = 1, .ack = 2});
  s.host_sends({.flags = ACK, .seq = 2, .ack = 2});
  s.silent_for(60s - 1ms);
  s.state_is("TIME-WAIT");
  s.silent_for(1ms);
  s.state_is("CLOSED");
}

TEST_P(TimeWait, OtherSegmentsDoNotRestartTheWait) {
  Scene s(options());
  enter(s);
  s.silent_for(30s);
  s.peer_sends({.flags = ACK, .seq = 2, .ack = 2});
  s.peer_sends({.flags = ACK, .seq = 60000, .ack = 2});
  s.skip_all();
  s.silent_for(30s);
  s.state_is("CLOSED");
}

TEST_P(TimeWait, AResetIsIgnored) {  // 1337-1
  Scene s(options());                // RFC 1337 §3, fix 1
  enter(s);
  s.peer_sends({.flags = RST, .seq = 2});
  s.host_is_silent();
  s.state_is("TIME-WAIT");
  s.dropped(DropReason::kTcpResetInTimeWait, 1);
}

TEST_P(TimeWait, AnOldDuplicateIsOnlyAcknowledged) {  // 1337-2
  Scene s(options());
  enter(s);
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 1, .text = "old"});
  s.host_sends({.flags = ACK, .seq = 2, .ack = 2});
  s.state_is("TIME-WAIT");
}

TEST_P(TimeWait, ANewerTimestampOpensANewConnection) {  // SHLD-4, MAY-2, 6191-1
  Scene s(options());
  s.host_listens();
  enter(s, {.timestamps = true});
  s.silent_for(1s);
  s.peer_sends({.flags = SYN, .seq = 0xF0000000, .mss = 1460, .ts = Stamps{.val = 1500}});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 0xF0000001});
  s.state_is("SYN-RECEIVED");
  s.peer_sends({.flags = ACK, .seq = 0xF0000001, .ack = 1});
  s.state_is("ESTABLISHED");
}

TEST_P(TimeWait, AnOlderTimestampOpensNothing) {  // 6191-5
  Scene s(options());
  s.host_listens();
  enter(s, {.timestamps = true});
  s.peer_sends({.flags = SYN, .seq = 100000, .mss = 1460, .ts = Stamps{.val = 999}});
  s.skip_all();
  s.state_is("TIME-WAIT");
}

TEST_P(TimeWait, WithTheSameTimestampTheNumberDecides) {  // 6191-2
  Scene s(options());
  s.host_listens();
  enter(s, {.timestamps = true});
  s.peer_sends({.flags = SYN, .seq = 1, .mss = 1460, .ts = Stamps{.val = 1000}});
  s.skip_all();
  s.state_is("TIME-WAIT");
  s.peer_sends({.flags = SYN, .seq = 3, .mss = 1460, .ts = Stamps{.val = 1000}});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.state_is("SYN-RECEIVED");
}

TEST_P(TimeWait, WithoutTimestampsTheNumberDecides) {  // MAY-2, 6191-3, 6191-5
  Scene s(options());
  s.host_listens();
  enter(s);
  s.peer_sends({.flags = SYN, .seq = 1, .mss = 1460});
  s.skip_all();
  s.state_is("TIME-WAIT");
  s.peer_sends({.flags = SYN, .seq = 0x90000000, .mss = 1460});  // behind
  s.skip_all();
  s.state_is("TIME-WAIT");
  s.peer_sends({.flags = SYN, .seq = 3, .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.state_is("SYN-RECEIVED");
}

TEST_P(TimeWait, ATimestampWhereTheOldConnectionHadNoneOpensANewOne) {  // 6191-4
  Scene s(options());
  s.host_listens();
  enter(s);
  s.peer_sends({.flags = SYN, .seq = 0x90000000, .mss = 1460, .ts = Stamps{.val = 5}});
  s.host_sends({.flags = SYN_ACK, .ack = 0x90000001});
  s.state_is("SYN-RECEIVED");
}

TEST_P(TimeWait, WithoutATimestampWhereTheOldConnectionHadThemTheNumberDecides) {
  Scene s(options());
  s.host_listens();
  enter(s, {.timestamps = true});
  s.peer_sends({.flags = SYN, .seq = 1, .mss = 1460});
  s.skip_all();
  s.state_is("TIME-WAIT");
  s.peer_sends({.flags = SYN, .seq = 3, .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.state_is("SYN-RECEIVED");
}

TEST_P(TimeWait, ATimestampThatTheNewConnectionWouldNotUseProvesNothing) {
  LoneEndOptions without = options();  // PAWS would not tell the text of the two connections apart
  without.config.timestamps = false;
  Scene s(without);
  s.host_listens();
  enter(s);
  s.peer_sends({.flags = SYN, .seq = 0x90000000, .mss = 1460, .ts = Stamps{.val = 5}});
  s.skip_all();
  s.state_is("TIME-WAIT");
  s.dropped(DropReason::kTcpSynChallenged, 1);
  s.peer_sends({.flags = SYN, .seq = 3, .mss = 1460, .ts = Stamps{.val = 5}});
  s.host_sends({.flags = SYN_ACK, .ack = 4});
  s.state_is("SYN-RECEIVED");
}

// --- the caller goes before the connection does ---

TEST(LetGo, AFinFollowsTheQueuedTextInTheBackground) {
  Scene s;
  s.establish();
  s.caller_sends("bye");
  s.host_sends({.flags = ACK, .text = "bye"});
  s.caller_lets_go();
  s.host_sends({.flags = FIN_ACK, .seq = 4});
  s.peer_sends({.flags = ACK, .ack = 5});
  s.state_is("FIN-WAIT-2");
}

TEST(LetGo, FinWait2EndsByItselfOnceTheCallerIsGone) {
  Scene s;
  s.reach_fin_wait_2();
  s.silent_for(1h);
  s.state_is("FIN-WAIT-2");
  s.caller_lets_go();
  s.silent_for(60s - 1ms);
  s.state_is("FIN-WAIT-2");
  s.silent_for(1ms);
  s.state_is("CLOSED");
}

TEST(LetGo, FinWait2ReachedAfterwardsEndsByItselfToo) {
  Scene s;
  s.establish();
  s.caller_lets_go();
  s.host_sends({.flags = FIN_ACK});
  s.peer_sends({.flags = ACK});
  s.state_is("FIN-WAIT-2");
  s.silent_for(60s);
  s.state_is("CLOSED");
}

TEST(LetGo, UnreadTextTurnsItIntoAReset) {
  Scene s;  // SHLD-3
  s.establish();
  s.peer_sends({.flags = ACK, .text = "unread"});
  s.caller_lets_go();
  s.host_sends({.flags = RST_ACK, .seq = 1, .ack = 7});
  s.state_is("CLOSED");
  EXPECT_EQ(s.end().active_blocks().in_use(), 0u);
}

TEST(LetGo, UnreadTextInCloseWaitTurnsItIntoAReset) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = FIN_ACK, .text = "unread"});
  s.host_sends({.flags = ACK});
  s.caller_lets_go();
  s.host_sends({.flags = RST_ACK, .seq = 1, .ack = 8});
  s.state_is("CLOSED");
}

TEST(LetGo, TextThatArrivesAfterwardsIsAnsweredWithAReset) {
  Scene s;
  s.reach_fin_wait_2();
  s.caller_lets_go();
  s.peer_sends({.flags = ACK, .text = "too late"});
  EXPECT_TRUE(s.take().segment.rst());
  s.state_is("CLOSED");
  s.dropped(DropReason::kTcpTextAfterClose, 1);
}

TEST(LetGo, AFinThatArrivesAfterwardsIsInGoodOrder) {
  Scene s;
  s.reach_fin_wait_2();
  s.caller_lets_go();
  s.peer_sends({.flags = FIN_ACK});
  s.host_sends({.flags = ACK});
  s.state_is("TIME-WAIT");
  EXPECT_TRUE(s.end().is_time_wait_entry());
  s.silent_for(60s);
  s.state_is("CLOSED");
}

TEST(LetGo, BeforeTheHandshakeCompletesItEndsAtOnce) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  s.caller_lets_go();
  s.host_is_silent();
  s.state_is("CLOSED");
}

TEST(LetGo, QueuedTextOfAnEarlyCloseIsDroppedInSynSent) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  s.caller_sends("early");
  s.caller_closes();
  s.host_is_silent();
  s.state_is("CLOSED");
  EXPECT_EQ(s.end().active_blocks().in_use(), 0u);
}

// --- resets while closing ---

TEST(Close, AResetEndsEachClosingState) {  // MUST-12
  for (const auto reach : {&Scene::reach_fin_wait_1, &Scene::reach_fin_wait_2, &Scene::reach_close_wait}) {
    Scene s;
    (s.*reach)({}, Where::current());
    s.peer_sends({.flags = RST, .seq = s.peer_next()});
    s.host_is_silent();
    s.state_is("CLOSED");
    EXPECT_EQ(s.info().error, make_error_code(Error::kReset));
  }
  for (const auto reach : {&Scene::reach_closing, &Scene::reach_last_ack}) {
    Scene s;
    (s.*reach)({}, Where::current());
    s.peer_sends({.flags = RST, .seq = s.peer_next()});
    s.state_is("CLOSED");
    EXPECT_FALSE(s.info().error) << "everything but the last ACK had arrived";
  }
}

TEST(Close, AResetTakesUnreadTextAway) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .text = "unread"});
  s.peer_sends({.flags = RST, .seq = 7});
  s.state_is("CLOSED");
  s.caller_receive_fails(Error::kReset);
}

TEST(Close, TextAfterThePeersFinIsIgnored) {
  Scene s;
  s.reach_close_wait();
  s.peer_sends({.flags = ACK, .seq = 2, .text = "ghost"});
  s.host_is_silent();
  s.dropped(DropReason::kTcpTextAfterFin, 1);
  s.caller_receives_end();
  s.state_is("CLOSE-WAIT");
}

TEST(Close, ABeginningCloseInSynReceivedWaitsForTheHandshake) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  s.peer_sends({.flags = SYN, .mss = 1460});
  s.host_sends({.flags = SYN_ACK});
  s.caller_closes();
  s.host_is_silent();
  s.state_is("SYN-RECEIVED");
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 1});
  s.host_sends({.flags = FIN_ACK, .seq = 1, .ack = 1});
  s.state_is("FIN-WAIT-1");
}

TEST(Close, AFinWaitsWhileTheWindowIsShutAndIsProbedFor) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .win = 0});
  s.caller_closes();
  s.host_is_silent();
  s.state_is("FIN-WAIT-1");
  s.after(200ms);
  s.host_sends({.flags = FIN_ACK, .seq = 1});
  s.peer_sends({.flags = ACK, .ack = 2, .win = 0});
  s.state_is("FIN-WAIT-2");
}

}  // namespace
}  // namespace handfast::scene
