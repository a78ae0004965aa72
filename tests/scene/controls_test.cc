#include "scene/scene.h"

// What a caller may say about how its text travels: the cork, acknowledgments without delay, the mark for unsent text,
// and how long an end may take.

namespace handfast::scene {
namespace {

LoneEndOptions with(TcpConfig config) {
  LoneEndOptions options;
  options.config = config;
  return options;
}

// --- the cork ---

TEST(Cork, HoldsWhatIsNotAFullSegment) {
  Scene s;
  s.establish({.mss = 1000});
  s.end().set_cork(true);
  s.caller_sends_bytes(400);
  s.host_is_silent();
  s.caller_sends_bytes(400);
  s.host_is_silent();
  s.caller_sends_bytes(400);
  s.host_sends({.flags = ACK, .len = 1000, .psh = false});
  s.host_is_silent();
  s.peer_sends({.flags = ACK});
  s.host_is_silent();
}

TEST(Cork, ComesOffAndTheRestGoes) {
  Scene s;
  s.establish({.mss = 1000});
  s.end().set_cork(true);
  s.caller_sends_bytes(400);
  s.end().set_cork(false);
  s.look();
  s.host_sends({.flags = ACK | PSH, .len = 400});
  s.peer_sends({.flags = ACK});
  s.silent_for(1min);
}

TEST(Cork, HoldsNothingForLongerThanItsLimit) {  // MUST-60
  Scene s;
  s.establish({.mss = 1000});
  s.end().set_cork(true);
  s.caller_sends_bytes(400);
  s.silent_for(200ms - 1ms);
  s.after(1ms);
  s.host_sends({.flags = ACK | PSH, .len = 400});  // MUST-61
  s.peer_sends({.flags = ACK});
  s.caller_sends_bytes(10);  // and it holds again
  s.silent_for(199ms);
  s.after(1ms);
  s.host_sends({.flags = ACK | PSH, .len = 10});
}

TEST(Cork, TheLimitCountsFromTheLastSegment) {
  Scene s;
  s.establish({.mss = 1000});
  s.end().set_cork(true);
  s.caller_sends_bytes(400);
  s.silent_for(150ms);
  s.caller_sends_bytes(700);
  s.host_sends({.flags = ACK, .len = 1000, .psh = false});
  s.silent_for(150ms);
  s.peer_sends({.flags = ACK});
  s.silent_for(49ms);
  s.after(1ms);
  s.host_sends({.flags = ACK | PSH, .len = 100});
}

TEST(Cork, TheLimitIsTheConfigurations) {
  TcpConfig config = plain_config();
  config.cork_limit = 5s;  // beyond the retransmission timer, which is not to take it for a window that is too small
  Scene s(with(config));
  s.establish({.mss = 1000});
  s.end().set_cork(true);
  s.caller_sends_bytes(400);
  s.silent_for(5s - 1ms);
  s.after(1ms);
  s.host_sends({.flags = ACK | PSH, .len = 400});
}

TEST(Cork, AFinGoesWithWhatItHeld) {
  Scene s;
  s.establish({.mss = 1000});
  s.end().set_cork(true);
  s.caller_sends_bytes(400);
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK | PSH, .len = 400});
}

TEST(Cork, AShutWindowIsProbedAllTheSame) {
  Scene s;
  s.establish({.win = 0, .mss = 1000});
  s.end().set_cork(true);
  s.caller_sends_bytes(400);
  s.after(200ms);
  s.host_sends({.flags = ACK, .len = 1});
}

// Who corks holds the sender back, not the path: the rate that is measured then is not the path's.
TEST(Cork, IsTheCallersDoingAndNotThePaths) {
  Scene s;
  s.establish({.mss = 1000});
  s.end().set_cork(true);
  s.caller_sends_bytes(1400);
  s.host_sends({.flags = ACK, .len = 1000});
  s.caller_sends_bytes(600);
  s.host_sends({.flags = ACK, .len = 1000});
  s.caller_sends_bytes(1);
  s.after(10ms);
  s.peer_sends({.flags = ACK});
  EXPECT_TRUE(s.info().delivery_is_app_limited);
}

TEST(Cork, HoldsFromTheFirstTextOn) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  s.end().set_cork(true);
  s.caller_sends_bytes(400);
  s.peer_sends({.flags = SYN_ACK, .mss = 1000});
  s.host_sends({.flags = ACK});
  s.after(200ms);
  s.host_sends({.flags = ACK | PSH, .len = 400});
}

// --- acknowledgments without delay ---

TEST(QuickAck, AnswersEachTextAtOnce) {
  Scene s;
  s.establish();
  s.end().set_quick_ack(true);
  for (int i = 0; i < 40; ++i) {
    s.peer_sends({.flags = ACK, .len = 10});
    s.host_sends({.flags = ACK});
  }
  s.end().set_quick_ack(false);
  s.peer_sends({.flags = ACK, .len = 10});
  s.silent_for(39ms);
  s.after(1ms);
  s.host_sends({.flags = ACK});
}

TEST(QuickAck, SendsTheOneThatWaits) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .len = 10});
  s.silent_for(10ms);
  s.end().set_quick_ack(true);
  s.look();
  s.host_sends({.flags = ACK});
  s.silent_for(1s);
}

TEST(QuickAck, OfTheFirstTextsWhereTheConfigurationSaysSo) {
  TcpConfig config = plain_config();
  config.quick_acks = 2;
  Scene s(with(config));
  s.establish();
  for (int i = 0; i < 2; ++i) {
    s.peer_sends({.flags = ACK, .len = 10});
    s.host_sends({.flags = ACK});
  }
  s.peer_sends({.flags = ACK, .len = 10});
  s.silent_for(39ms);
  s.after(1ms);
  s.host_sends({.flags = ACK});
}

TEST(QuickAck, TheDelayIsToldWhileThereIsOne) {
  TcpConfig config = plain_config();
  config.quick_acks = 1;
  config.delayed_ack = 25ms;
  Scene s(with(config));
  s.host_listens();
  s.peer_sends({.flags = SYN});
  s.host_sends({.flags = SYN_ACK});
  EXPECT_EQ(s.info().ack_delay, 0ms) << "no text can come yet";
  s.peer_sends({.flags = ACK});
  EXPECT_EQ(s.info().ack_delay, 0ms) << "the first is not delayed";
  s.peer_sends({.flags = ACK, .len = 10});
  s.host_sends({.flags = ACK});
  EXPECT_EQ(s.info().ack_delay, 25ms);
  s.end().set_quick_ack(true);
  EXPECT_EQ(s.info().ack_delay, 0ms);
  s.end().set_quick_ack(false);
  EXPECT_EQ(s.info().ack_delay, 25ms);
  s.peer_sends({.flags = FIN_ACK});
  s.host_sends({.flags = ACK});
  EXPECT_EQ(s.info().ack_delay, 0ms) << "no more will come";
}

TEST(QuickAck, TextThatTakesAnAcknowledgmentAlongEndsTheHaste) {
  TcpConfig config = plain_config();
  config.quick_acks = 2;
  Scene s(with(config));
  s.establish();
  s.batch_begins();
  s.peer_sends({.flags = ACK, .len = 10});
  s.caller_sends_bytes(10);
  s.batch_ends();
  s.host_sends({.flags = ACK, .len = 10});
  s.peer_sends({.flags = ACK, .len = 10});
  s.silent_for(39ms);
  s.after(1ms);
  s.host_sends({.flags = ACK});
}

// --- the mark for unsent text ---

TEST(UnsentMark, WritableComesWhenLessIsUnsent) {
  Scene s;
  s.establish({.win = 3000, .mss = 1000});
  s.end().set_unsent_mark(1500);
  s.caller_sends_bytes(6000);
  for (int i = 0; i < 3; ++i) s.host_sends({.flags = ACK, .len = 1000});
  s.caller_hears(0);
  s.peer_sends({.flags = ACK, .ack = 1001, .win = 3000});
  s.host_sends({.flags = ACK, .len = 1000});
  s.caller_hears(0);  // 2,000 bytes wait
  s.peer_sends({.flags = ACK, .ack = 2001, .win = 3000});
  s.host_sends({.flags = ACK, .len = 1000});
  s.caller_hears(Readiness::kWritable);  // 1,000
  s.peer_sends({.flags = ACK, .ack = 3001, .win = 3000});
  s.skip_all();
  s.caller_hears(0);
}

TEST(UnsentMark, SendTakesWhatThereIsRoomForAllTheSame) {
  Scene s;
  s.establish({.win = 0});
  s.end().set_unsent_mark(10);
  s.caller_sends_bytes(100'000);
  EXPECT_EQ(s.info().not_sent, 100'000u);
  s.caller_hears(0);
  s.end().set_unsent_mark(0);
  s.caller_hears(Readiness::kWritable);
  s.skip_all();
}

TEST(UnsentMark, TextThatNeverWaitedNeedsNoEvent) {
  Scene s;
  s.establish();
  s.end().set_unsent_mark(1000);
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.peer_sends({.flags = ACK});
  s.caller_hears(0);
}

// --- waiting for room ---

TEST(AwaitRoom, WritableComesWhenLessIsQueued) {
  Scene s;
  s.establish({.mss = 1000});
  s.caller_sends_bytes(5000);
  s.skip_all();
  s.end().await_room(3001);
  s.peer_sends({.flags = ACK, .ack = 1001});
  s.caller_hears(0);  // 4,000
  s.peer_sends({.flags = ACK, .ack = 2001});
  s.caller_hears(Readiness::kWritable);
  s.peer_sends({.flags = ACK, .ack = 3001});
  s.caller_hears(0);
  s.skip_all();
}

TEST(AwaitRoom, TheTimeCountsAsThatOfTheSendBuffer) {
  Scene s;
  s.establish({.mss = 1000});
  s.caller_sends_bytes(5000);
  s.skip_all();
  s.after(10ms);
  s.end().await_room(3001);
  s.after(20ms);
  s.peer_sends({.flags = ACK, .ack = 2001});
  s.after(40ms);
  s.peer_sends({.flags = ACK, .ack = 5001});
  EXPECT_EQ(s.info().limited_by_send_buffer, 20ms);
  EXPECT_EQ(s.info().busy, 70ms);
  s.skip_all();
}

TEST(AwaitRoom, TheNextSendEndsIt) {
  TcpConfig config;
  config.send_buffer = 4000;
  Scene s({.config = config});
  s.establish({.mss = 1000});
  s.caller_sends_bytes(4000);
  s.skip_all();
  s.end().await_room(1001);
  EXPECT_FALSE(s.end().send("x"));
  s.peer_sends({.flags = ACK, .ack = 1001});
  s.caller_hears(Readiness::kWritable);  // at 3,000
  s.skip_all();
}

TEST(AwaitRoom, WhereThereIsRoomItComesAtOnce) {
  Scene s;
  s.establish({.mss = 1000});
  s.end().await_room(1);
  s.caller_hears(Readiness::kWritable);
  s.caller_sends_bytes(1000);
  s.end().await_room(5000);
  s.caller_hears(Readiness::kWritable);
  s.skip_all();
}

// A buffer that is full is full, whatever the caller waits for.
TEST(AwaitRoom, NeverBeforeTheBufferHasRoom) {
  TcpConfig config;
  config.send_buffer = 4000;
  Scene s({.config = config});
  s.establish({.mss = 1000});
  s.caller_sends_bytes(4000);
  s.skip_all();
  s.end().await_room(10'000);
  s.caller_hears(0);
  s.peer_sends({.flags = ACK, .ack = 1001});
  s.caller_hears(Readiness::kWritable);
  s.skip_all();
}

// --- lingering ---

TEST(Linger, NoneMakesCloseAnAbort) {
  Scene s;
  s.establish();
  s.end().let_go(Duration::zero());
  s.look();
  s.host_sends({.flags = RST_ACK});
  s.state_is("CLOSED");
}

TEST(Linger, EndsWithAnAbortWhereThePeerIsSilent) {
  Scene s;
  s.establish();
  s.end().let_go(1s);
  s.look();
  s.host_sends({.flags = FIN_ACK});
  s.after(1s - 1ms);
  s.skip_all();
  s.state_is("FIN-WAIT-1");
  s.after(1ms);
  s.host_sends({.flags = RST_ACK, .seq = 2});
  s.state_is("CLOSED");
  EXPECT_EQ(s.end().active_blocks().in_use(), 0u);
}

TEST(Linger, WaitsForAShutWindowNoLongerThanThat) {
  Scene s;
  s.establish({.win = 0});
  s.caller_sends("x");
  s.end().let_go(1s);
  s.look();
  s.after(1s - 1ms);
  s.skip_all();  // probes
  s.state_is("FIN-WAIT-1");
  s.after(1ms);
  EXPECT_TRUE(s.take().segment.rst());
  s.state_is("CLOSED");
}

TEST(Linger, IsOverWhenEverythingIsAcknowledged) {
  Scene s;
  s.establish();
  s.end().let_go(1s);
  s.look();
  s.host_sends({.flags = FIN_ACK});
  s.peer_sends({.flags = ACK});
  s.state_is("FIN-WAIT-2");
  s.silent_for(10s);
  s.state_is("FIN-WAIT-2");
  s.peer_sends({.flags = FIN_ACK});
  s.host_sends({.flags = ACK});
  s.state_is("TIME-WAIT");
}

TEST(Linger, InLastAckToo) {
  Scene s;
  s.reach_close_wait();
  s.end().let_go(1s);
  s.look();
  s.host_sends({.flags = FIN_ACK});
  s.after(1s);
  s.skip_all();
  s.state_is("CLOSED");
}

TEST(Linger, LeavesTimeWaitAlone) {
  Scene s;
  s.reach_time_wait();
  s.end().let_go(Duration::zero());
  s.look();
  s.host_is_silent();
  s.state_is("TIME-WAIT");
}

}  // namespace
}  // namespace handfast::scene
