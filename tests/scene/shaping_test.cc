#include "scene/scene.h"

// How text is cut, how the window grows and what small segments tell: what scripts written for Linux look at, and what
// a configuration makes of it.

namespace handfast::scene {
namespace {

constexpr std::uint32_t kMss = 1000;

LoneEndOptions with(TcpConfig config) {
  LoneEndOptions options;
  options.config = config;
  return options;
}

// --- records ---

TEST(Record, WhatFollowsBeginsASegmentOfItsOwn) {
  Scene s;
  s.establish({.mss = kMss});
  s.end().set_cork(true);
  s.caller_sends_bytes(1400);
  s.host_sends({.flags = ACK, .len = kMss});
  s.end().end_record();
  s.caller_sends_bytes(2000);
  // The record's end goes though it is no full segment and something is outstanding; then the next, from its first
  // byte.
  s.host_sends({.flags = ACK | PSH, .len = 400});
  s.host_sends({.flags = ACK, .len = kMss});
  s.host_sends({.flags = ACK, .len = kMss});
  s.host_is_silent();
}

TEST(Record, AnEndThatIsAcknowledgedIsForgotten) {
  Scene s;
  s.establish({.mss = kMss});
  s.caller_sends_bytes(400);
  s.host_sends({.flags = ACK | PSH, .len = 400});
  s.end().end_record();
  s.peer_sends({.flags = ACK});
  s.caller_sends_bytes(kMss);
  s.host_sends({.flags = ACK | PSH, .len = kMss});
}

// --- PUSH ---

TEST(Push, IsLeftOffWhereMoreFollows) {
  Scene s;
  s.establish({.mss = kMss});
  s.end().set_push(false);
  s.caller_sends_bytes(400);
  s.host_sends({.flags = ACK, .len = 400, .psh = false});
  s.peer_sends({.flags = ACK});
  s.end().set_push(true);
  s.caller_sends_bytes(10);
  s.host_sends({.flags = ACK | PSH, .len = 10});
}

TEST(Push, IsThatOfTheLastSend) {
  Scene s;
  s.establish({.mss = kMss});
  s.caller_sends_bytes(100);
  s.host_sends({.flags = ACK | PSH, .len = 100});
  s.caller_sends_bytes(200);  // waits for the first, by Nagle's rule
  s.end().set_push(false);
  s.caller_sends_bytes(200);
  s.peer_sends({.flags = ACK});
  s.host_sends({.flags = ACK, .len = 400, .psh = false});
}

TEST(Push, ComesWithTheCloseAllTheSame) {
  Scene s;
  s.establish({.mss = kMss});
  s.caller_sends_bytes(100);
  s.host_sends({.flags = ACK | PSH, .len = 100});
  s.end().set_push(false);
  s.caller_sends_bytes(100);
  s.host_is_silent();
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK | PSH, .len = 100});
}

TEST(Push, IsOnWhatTheCorkHeldTooLong) {  // MUST-60
  Scene s;
  s.establish({.mss = kMss});
  s.end().set_push(false);
  s.end().set_cork(true);
  s.caller_sends_bytes(400);
  s.after(200ms);
  s.host_sends({.flags = ACK | PSH, .len = 400});
}

TEST(Push, StandsAgainOnWhatGoesAgain) {
  TcpConfig config = plain_config();
  config.nagle = false;
  Scene s(with(config));
  s.establish({.mss = kMss});
  s.caller_sends_bytes(100);
  s.host_sends({.flags = ACK | PSH, .len = 100});
  s.caller_sends_bytes(2 * kMss);
  s.host_sends({.flags = ACK, .len = kMss, .psh = false});
  s.host_sends({.flags = ACK | PSH, .len = kMss});
  s.after(s.info().rto);
  s.host_sends({.flags = ACK | PSH, .seq = 1, .len = 100});
  EXPECT_TRUE(s.last().again);
}

// --- Nagle's rule in its two forms ---

TEST(Nagle, HoldsTheEndOfALongWrite) {  // SHLD-7
  Scene s;
  s.establish({.mss = kMss});
  s.caller_sends_bytes(2 * kMss + 500);
  s.host_sends({.flags = ACK, .len = kMss});
  s.host_sends({.flags = ACK, .len = kMss});
  s.host_is_silent();
}

TEST(Nagle, InTheFormOfMinshallHoldsOnlyASecondSmallSegment) {
  TcpConfig config = plain_config();
  config.nagle_minshall = true;
  Scene s(with(config));
  s.establish({.mss = kMss});
  s.caller_sends_bytes(2 * kMss + 500);
  s.host_sends({.flags = ACK, .len = kMss});
  s.host_sends({.flags = ACK, .len = kMss});
  s.host_sends({.flags = ACK | PSH, .len = 500});
  s.caller_sends_bytes(10);
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .ack = 1 + 2 * kMss});
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .ack = 501 + 2 * kMss});
  s.host_sends({.flags = ACK | PSH, .len = 10});
}

// --- what the window grows by ---

TEST(WindowUse, AWindowThatWasFullGrowsWithEveryAcknowledgmentOfTheRound) {
  Scene s;
  s.establish({.mss = kMss});
  s.caller_sends_bytes(9 * kMss);
  s.skip_all();
  const std::uint32_t before = s.info().cwnd;
  // The last acknowledgments find little in flight: the window was used all the same.
  for (std::uint32_t i = 1; i <= 8; ++i) s.peer_sends({.flags = ACK, .ack = 1 + i * kMss});
  EXPECT_EQ(s.info().cwnd, before + 8 * kMss);
  // Now it is twice what was used.
  s.peer_sends({.flags = ACK, .ack = 1 + 9 * kMss});
  EXPECT_EQ(s.info().cwnd, before + 8 * kMss);
}

TEST(WindowUse, OneThatWasUsedByHalfDoesNotGrow) {
  Scene s;
  s.establish({.mss = kMss});
  s.caller_sends_bytes(5 * kMss);
  s.skip_all();
  const std::uint32_t before = s.info().cwnd;
  for (std::uint32_t i = 1; i <= 5; ++i) s.peer_sends({.flags = ACK, .ack = 1 + i * kMss});
  EXPECT_EQ(s.info().cwnd, before);
}

TEST(SlowStart, AnAcknowledgmentCountsForAsMuchAsTheConfigurationSays) {  // 9406-6
  for (const std::uint8_t limit : {std::uint8_t{8}, std::uint8_t{0}}) {
    TcpConfig config = plain_config();
    config.congestion_control = CongestionControl::kCubic;
    config.slow_start_segments = limit;
    Scene s(with(config));
    s.establish({.mss = kMss});
    s.caller_sends_bytes(10 * kMss);
    s.skip_all();
    const std::uint32_t before = s.info().cwnd;
    s.peer_sends({.flags = ACK, .ack = 1 + 10 * kMss});
    EXPECT_EQ(s.info().cwnd, before + (limit == 0 ? 10 : 8) * kMss);
  }
}

TEST(SlowStart, ARestartAfterAPauseIsTheConfigurations) {  // 5681-10
  for (const bool restarts : {true, false}) {
    TcpConfig config = plain_config();
    config.restart_after_idle = restarts;
    Scene s(with(config));
    s.establish({.mss = kMss});
    s.caller_sends_bytes(10 * kMss);
    s.skip_all();
    for (std::uint32_t i = 1; i <= 10; ++i) s.peer_sends({.flags = ACK, .ack = 1 + i * kMss});
    const std::uint32_t grown = s.info().cwnd;
    ASSERT_GT(grown, 10 * kMss);
    s.after(10s);
    s.caller_sends_bytes(kMss);
    s.skip_all();
    EXPECT_EQ(s.info().cwnd, restarts ? 10 * kMss : grown);
  }
}

// --- the window that is told ---

TEST(WindowUpdate, APeerThatMaySendMostOfTheBufferNeedsNone) {  // MUST-39
  TcpConfig config = plain_config();
  config.receive_buffer = 16'000;
  Scene s(with(config));
  s.establish({.mss = kMss});
  s.peer_sends({.flags = ACK, .len = 3000});
  s.host_sends({.flags = ACK});
  s.caller_receives_bytes(3000);
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .len = 12'000});
  s.host_sends({.flags = ACK});
  s.caller_receives_bytes(12'000);
  s.host_sends({.flags = ACK, .win = 16'000});
}

// --- timestamps and resets ---

TEST(Timestamps, SegmentsWithoutMayBeTaken) {  // 7323-11
  for (const bool required : {true, false}) {
    TcpConfig config = plain_config();
    config.require_timestamps = required;
    Scene s(with(config));
    s.establish({.timestamps = true});
    s.peer_sends({.flags = ACK, .len = 100, .no_ts = true});
    s.skip_all();
    EXPECT_EQ(s.info().receive_queued, required ? 0u : 100u);
  }
}

TEST(Reset, OfAConnectionWithTimestampsCarriesOne) {  // 7323-9
  Scene s;
  s.establish({.timestamps = true});
  s.caller_aborts();
  s.host_sends({.flags = RST_ACK});
  EXPECT_TRUE(s.last().segment.options.timestamps.has_value());
}

TEST(Reset, InAnswerToTextAfterCloseHasTheNumberThatThePeerExpects) {
  Scene s;  // RFC 9293 §3.5.2; RFC 5961 §3.2: one behind a FIN that was lost would only be challenged
  s.establish();
  s.caller_lets_go();
  s.host_sends({.flags = FIN_ACK});
  s.peer_sends({.flags = ACK, .ack = 1, .len = 10});
  s.host_sends({.flags = RST, .seq = 1});
}

}  // namespace
}  // namespace handfast::scene
