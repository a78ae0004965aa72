#include "scene/scene.h"

// Text in both directions on a path that loses nothing: when it is acknowledged, how it is cut into segments, what the
// windows do. RFC 9293 §3.7.4, §3.8.6; RFC 5681 §4.2; RFC 2018.

namespace handfast::scene {
namespace {

// --- acknowledging ---

TEST(Receiving, AnAcknowledgmentIsDelayed) {
  Scene s;  // SHLD-18, MUST-40
  s.establish();
  s.peer_sends({.flags = ACK, .len = 100});
  s.silent_for(39ms);
  s.after(1ms);
  s.host_sends({.flags = ACK, .seq = 1, .ack = 101});
  s.silent_for(10s);
}

TEST(Receiving, TheDelayRunsFromTheFirstUnacknowledgedText) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .len = 100});
  s.silent_for(30ms);
  s.peer_sends({.flags = ACK, .len = 100});
  s.silent_for(9ms);
  s.after(1ms);
  s.host_sends({.flags = ACK, .ack = 201});
}

TEST(Receiving, EverySecondFullSegmentIsAcknowledgedAtOnce) {  // 5681-11
  Scene s;                                                     // SHLD-19
  s.establish();
  for (std::uint32_t i = 0; i < 6; ++i) {
    s.peer_sends({.flags = ACK, .len = 1460});
    if (i % 2 == 0) {
      s.host_is_silent();
    } else {
      s.host_sends({.flags = ACK, .ack = 1 + 1460 * (i + 1)});
    }
  }
  s.silent_for(1s);
}

TEST(Receiving, WithTimestampsAFullSegmentIsTwelveBytesSmaller) {
  Scene s;
  s.establish({.timestamps = true});
  s.peer_sends({.flags = ACK, .len = 1448});
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .len = 1448});
  s.host_sends({.flags = ACK, .ack = 2897});
}

TEST(Receiving, ABatchIsAcknowledgedOnce) {  // 5681-11
  Scene s;                                   // MUST-58, MUST-59
  s.establish();
  s.batch_begins();
  for (int i = 0; i < 10; ++i) s.peer_sends({.flags = ACK, .len = 1460});
  s.batch_ends();
  s.host_sends({.flags = ACK, .ack = 14601});
  s.host_is_silent();
}

TEST(Receiving, TextCarriesTheAcknowledgment) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .text = "question"});
  s.caller_receives("question");
  s.caller_sends("answer");
  s.host_sends({.flags = ACK, .seq = 1, .ack = 9, .text = "answer"});
  s.peer_sends({.flags = ACK});
  s.silent_for(1s);
}

TEST(Receiving, ADuplicateIsAcknowledgedAgain) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .seq = 1, .len = 100});
  s.after(40ms);
  s.host_sends({.flags = ACK, .ack = 101});
  for (int i = 0; i < 3; ++i) {
    s.peer_sends({.flags = ACK, .seq = 1, .len = 100});
    s.host_sends({.flags = ACK, .ack = 101});
  }
  s.dropped(DropReason::kTcpOutsideWindow, 3);
  s.caller_receives_bytes(100);
  s.caller_has_nothing_to_receive();
}

TEST(Receiving, WhatOverlapsTheLeftEdgeIsTrimmed) {  // U-8
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .seq = 1, .len = 100});
  s.peer_sends({.flags = ACK, .seq = 51, .len = 100});
  s.caller_receives_bytes(150);
  s.after(40ms);
  s.host_sends({.flags = ACK, .ack = 151});
}

TEST(Receiving, WhatReachesBeyondTheWindowIsTrimmed) {  // U-8
  TcpConfig config;
  config.receive_buffer = 1000;
  Scene s({.config = config});
  s.establish();
  s.peer_sends({.flags = FIN_ACK, .seq = 1, .len = 1400});
  s.state_is("ESTABLISHED");  // the FIN lies outside too
  s.set_peer_next(1001);
  s.after(40ms);
  s.host_sends({.flags = ACK, .ack = 1001, .win = 0});
  s.caller_receives_bytes(1000);
  s.host_sends({.flags = ACK, .ack = 1001, .win = 1000});
  s.caller_has_nothing_to_receive();
}

TEST(Receiving, TextBeyondTheWindowIsAnsweredAndDropped) {  // U-1
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .seq = 70000, .len = 10});
  s.host_sends({.flags = ACK, .ack = 1});
  s.dropped(DropReason::kTcpOutsideWindow, 1);
  s.caller_has_nothing_to_receive();
}

// RFC 9293 §3.10.7.4 first: RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND. The last number inside is taken, the next is not.
TEST(Receiving, TheRightEdgeOfTheWindowLiesOutside) {
  TcpConfig config;
  config.receive_buffer = 2048;
  Scene s({.config = config});
  s.establish();
  s.peer_sends({.flags = ACK, .seq = 1 + 2048, .len = 10});
  s.host_sends({.flags = ACK, .ack = 1, .win = 2048});
  s.dropped(DropReason::kTcpOutsideWindow, 1);
  s.peer_sends({.flags = ACK, .seq = 1 + 2048});
  s.host_sends({.flags = ACK, .ack = 1});
  s.dropped(DropReason::kTcpOutsideWindow, 2);
  EXPECT_EQ(s.info().out_of_order, 0u);

  s.peer_sends({.flags = ACK, .seq = 1 + 2047, .len = 10});
  s.host_sends({.flags = ACK, .ack = 1});
  s.dropped(DropReason::kTcpOutsideWindow, 2);
  EXPECT_EQ(s.info().out_of_order, 1u) << "its first byte, and nothing beyond the edge";
  s.peer_sends({.flags = ACK, .seq = 1, .len = 2047});
  s.host_sends({.flags = ACK, .ack = 2049, .win = 0});
  s.caller_receives_bytes(2048);
  s.skip_all();
}

// --- out of order ---

TEST(OutOfOrder, EachSegmentBeyondAGapIsAnsweredAtOnce) {  // SHLD-31, MAY-13, 5681-7, 2018-2
  Scene s;
  s.establish();
  for (std::uint32_t i = 1; i <= 4; ++i) {
    s.peer_sends({.flags = ACK, .seq = 1 + 100 * i, .len = 100});
    s.host_sends({.flags = ACK, .seq = 1, .ack = 1, .sack = std::vector<Block>{}});
  }
  s.caller_has_nothing_to_receive();
  s.peer_sends({.flags = ACK, .seq = 1, .len = 100});
  s.host_sends({.flags = ACK, .ack = 501});
  s.caller_receives_bytes(500);
}

TEST(OutOfOrder, WithoutSackABatchOwesOneDuplicateEach) {
  Scene s;
  s.establish();
  s.batch_begins();
  for (std::uint32_t i = 1; i <= 3; ++i) s.peer_sends({.flags = ACK, .seq = 1 + 100 * i, .len = 100});
  s.batch_ends();
  for (int i = 0; i < 3; ++i) s.host_sends({.flags = ACK, .ack = 1});
  s.host_is_silent();
}

TEST(OutOfOrder, WithSackABatchOwesOne) {
  Scene s;
  s.establish({.sack = true});
  s.batch_begins();
  for (std::uint32_t i = 1; i <= 3; ++i) s.peer_sends({.flags = ACK, .seq = 1 + 200 * i, .len = 100});
  s.batch_ends();
  s.host_sends({.flags = ACK, .ack = 1, .sack = std::vector<Block>{{601, 701}, {401, 501}, {201, 301}}});
  s.host_is_silent();
}

TEST(OutOfOrder, TheFirstBlockIsTheNewest) {  // 2018-3, 2018-5
  Scene s;                                    // RFC 2018 §4
  s.establish({.sack = true});
  s.peer_sends({.flags = ACK, .seq = 501, .len = 100});
  s.host_sends({.flags = ACK, .ack = 1, .sack = std::vector<Block>{{501, 601}}});
  s.peer_sends({.flags = ACK, .seq = 201, .len = 100});
  s.host_sends({.flags = ACK, .ack = 1, .sack = std::vector<Block>{{201, 301}, {501, 601}}});
  s.peer_sends({.flags = ACK, .seq = 601, .len = 100});
  s.host_sends({.flags = ACK, .ack = 1, .sack = std::vector<Block>{{501, 701}, {201, 301}}});
  s.peer_sends({.flags = ACK, .seq = 1, .len = 200});
  s.host_sends({.flags = ACK, .ack = 301, .sack = std::vector<Block>{{501, 701}}});
  s.peer_sends({.flags = ACK, .seq = 301, .len = 200});
  s.host_sends({.flags = ACK, .ack = 701, .sack = std::vector<Block>{}});
  s.caller_receives_bytes(700);
}

TEST(OutOfOrder, WithoutTimestampsFourBlocksFit) {  // 2018-4
  Scene s;
  s.establish({.sack = true});
  for (std::uint32_t i = 1; i <= 6; ++i) {
    s.peer_sends({.flags = ACK, .seq = 1 + 200 * i, .len = 100});
    (void)s.take();
  }
  EXPECT_EQ(s.last().segment.options.sack_count, 4);
}

TEST(OutOfOrder, WithTimestampsThreeBlocksFit) {  // 2018-4
  Scene s;
  s.establish({.sack = true, .timestamps = true});
  for (std::uint32_t i = 1; i <= 4; ++i) {
    s.peer_sends({.flags = ACK, .seq = 1 + 200 * i, .len = 100});
    (void)s.take();
  }
  EXPECT_EQ(s.last().segment.options.sack_count, 3);
  EXPECT_EQ(s.last().segment.options.sack_blocks[0].left, Scene::kPeerIss + 801);
}

TEST(OutOfOrder, SackBlocksTakeTheirRoomFromTheText) {
  Scene s;
  s.establish({.sack = true, .timestamps = true});
  s.peer_sends({.flags = ACK, .seq = 201, .len = 100});
  s.host_sends({.flags = ACK, .ack = 1});
  s.caller_sends_bytes(3000);
  s.host_sends({.flags = ACK, .seq = 1, .ack = 1, .len = 1448 - 12, .sack = std::vector<Block>{{201, 301}}});
  s.skip_all();
}

TEST(OutOfOrder, PiecesThatOverlapAreKeptOnce) {
  Scene s;
  s.establish();
  const std::pair<std::uint32_t, std::uint32_t> pieces[] = {{301, 100}, {251, 100}, {201, 300}, {251, 50}, {401, 200}};
  for (const auto& [seq, len] : pieces) {
    s.peer_sends({.flags = ACK, .seq = seq, .len = len});
    s.host_sends({.flags = ACK, .ack = 1});
  }
  s.peer_sends({.flags = ACK, .seq = 1, .len = 250});
  s.host_sends({.flags = ACK, .ack = 601});
  s.caller_receives_bytes(600);
}

// --- sending ---

TEST(Sending, PshStandsOnTheLastOfWhatIsQueued) {  // SHLD-27, MAY-16
  Scene s;                                         // MUST-61
  s.establish();
  s.caller_sends_bytes(3000);
  s.host_sends({.flags = ACK, .seq = 1, .len = 1460, .psh = false});
  s.host_sends({.flags = ACK, .seq = 1461, .len = 1460, .psh = false});
  s.host_is_silent();  // Nagle holds the rest
  s.peer_sends({.flags = ACK});
  s.host_sends({.flags = PSH_ACK, .seq = 2921, .len = 80});
}

TEST(Sending, NagleHoldsASmallSegmentWhileTextIsInFlight) {  // MAY-16, MUST-60
  Scene s;                                                   // SHLD-7
  s.establish();
  s.caller_sends("a");
  s.host_sends({.flags = ACK, .seq = 1, .text = "a"});
  s.caller_sends("b");
  s.caller_sends("c");
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .ack = 2});
  s.host_sends({.flags = ACK, .seq = 2, .text = "bc"});
}

TEST(Sending, NagleLetsAFullSegmentGo) {  // SHLD-28
  Scene s;
  s.establish();
  s.caller_sends("a");
  s.host_sends({.flags = ACK, .seq = 1, .text = "a"});
  s.caller_sends(pattern(0, 1459));
  s.host_is_silent();
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .seq = 2, .len = 1460});
}

TEST(Sending, WithoutNagleEachWriteGoes) {
  Scene s;  // MUST-17
  s.establish();
  s.end().set_nagle(false);
  for (std::uint32_t i = 0; i < 5; ++i) {
    s.caller_sends("x");
    s.host_sends({.flags = ACK, .seq = 1 + i, .text = "x"});
  }
}

TEST(Sending, AFinToComeLetsTheLastTextGo) {
  Scene s;
  s.establish();
  s.caller_sends("a");
  s.host_sends({.flags = ACK, .seq = 1, .text = "a"});
  s.caller_sends("b");
  s.host_is_silent();
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK, .seq = 2, .text = "b"});
}

TEST(Sending, TheWindowOfThePeerIsNotPassed) {  // 5681-1, 7323-8
  Scene s;
  s.establish({.win = 4000});
  s.caller_sends_bytes(10000);
  s.host_sends({.flags = ACK, .seq = 1, .len = 1460});
  s.host_sends({.flags = ACK, .seq = 1461, .len = 1460});
  s.host_is_silent();  // 1,080 bytes are left: less than a segment
  s.peer_sends({.flags = ACK, .ack = 2921, .win = 4000});
  s.host_sends({.flags = ACK, .seq = 2921, .len = 1460});
  s.host_sends({.flags = ACK, .seq = 4381, .len = 1460});
  s.host_is_silent();
}

TEST(Sending, AnOlderSegmentDoesNotMoveTheWindow) {  // U-7
  Scene s;                                           // SND.WL1, SND.WL2
  s.establish();
  s.peer_sends({.flags = ACK, .seq = 101, .win = 5000, .len = 10});
  s.host_sends({.flags = ACK, .ack = 1});
  EXPECT_EQ(s.end().view().snd_wnd, 5000u);
  s.peer_sends({.flags = ACK, .seq = 1, .win = 60000, .len = 10});  // sent before the other
  s.host_sends({.flags = ACK, .ack = 11});
  EXPECT_EQ(s.end().view().snd_wnd, 5000u);
  s.peer_sends({.flags = ACK, .seq = 111, .win = 7000});
  EXPECT_EQ(s.end().view().snd_wnd, 7000u);
}

TEST(Sending, TheSendBufferIsALimitAndWritableTellsOfRoom) {
  TcpConfig config;
  config.send_buffer = 2000;
  Scene s({.config = config});
  s.establish();
  EXPECT_EQ(s.end().send(pattern(0, 3000)).value(), 2000u);
  EXPECT_EQ(s.end().send("x").error(), make_error_code(Error::kWouldBlock));
  s.end().take_signals();
  s.look();
  EXPECT_EQ(s.take().text.size(), 1460u);
  s.peer_sends({.flags = ACK, .ack = 1461});
  s.caller_hears(Readiness::kWritable);
  s.skip_all();
}

// --- silly windows ---

TEST(SillyWindow, TheSenderDoesNotUseASliverOfAWindow) {  // MUST-60
  Scene s;                                                // MUST-38
  s.establish();
  s.peer_sends({.flags = ACK, .win = 500});
  s.caller_sends_bytes(5000);
  s.host_is_silent();
  s.silent_for(199ms);
  s.after(1ms);  // the override of §3.8.6.2.1
  s.host_sends({.flags = ACK, .seq = 1, .len = 500});
}

TEST(SillyWindow, HalfTheLargestWindowIsWorthASegment) {  // MUST-38
  Scene s;
  s.establish({.win = 1000});
  s.caller_sends_bytes(5000);
  s.host_sends({.flags = ACK, .seq = 1, .len = 1000});
  s.peer_sends({.flags = ACK, .ack = 1001, .win = 500});
  s.host_sends({.flags = ACK, .seq = 1001, .len = 500});
  s.peer_sends({.flags = ACK, .ack = 1501, .win = 499});
  s.host_is_silent();
}

TEST(SillyWindow, TheReceiverOpensInStepsWorthTelling) {
  TcpConfig config;
  config.receive_buffer = 6000;
  Scene s({.config = config});  // MUST-39
  s.establish();
  s.peer_sends({.flags = ACK, .len = 1460});
  s.peer_sends({.flags = ACK, .len = 1460});
  s.host_sends({.flags = ACK, .ack = 2921, .win = 3080});
  s.peer_sends({.flags = ACK, .len = 1460});
  s.peer_sends({.flags = ACK, .len = 1460});
  s.host_sends({.flags = ACK, .ack = 5841, .win = 160});
  s.caller_receives_bytes(1000);
  s.host_is_silent();  // 1,000 bytes more are neither a segment nor half the buffer
  s.caller_receives_bytes(460);
  s.host_sends({.flags = ACK, .ack = 5841, .win = 1620});
  s.caller_receives_bytes(4380);
  s.host_sends({.flags = ACK, .ack = 5841, .win = 6000});
}

TEST(SillyWindow, TheRightEdgeNeverMovesBack) {  // 7323-7
  TcpConfig config;
  config.receive_buffer = 6000;
  Scene s({.config = config});  // SHLD-14
  s.establish();
  std::uint32_t edge = 6001;
  for (int i = 0; i < 400; ++i) {
    if (s.end().view().rcv_wnd >= 100) s.peer_sends({.flags = ACK, .len = 100});
    if (i % 3 == 0) (void)s.end().receive(290);
    s.look();
    if (s.waiting() == 0) s.after(41ms);
    while (s.waiting() > 0) {
      const Sent sent = s.take();
      const std::uint32_t now = sent.segment.ack.value() - Scene::kPeerIss + sent.segment.window;
      EXPECT_GE(now, edge);
      edge = now;
    }
  }
  EXPECT_GT(edge, 6001u);
}

TEST(SillyWindow, RoundingByTheScaleTakesNoWindowBack) {  // SHLD-14, 7323-6
  Scene s;  // RFC 7323 §2.4: what was once offered stays good, though the rounded field says a little less
  s.establish({.scale = 7});
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .win = 32768, .text = "x"});  // the right edge is 1 + 262,144
  s.peer_sends({.flags = ACK, .len = 3});
  s.after(40ms);
  s.host_sends({.flags = ACK, .ack = 4, .win = 32767});
  s.peer_sends({.flags = ACK, .seq = 262144, .len = 1});
  s.host_sends({.flags = ACK, .ack = 4});
  s.dropped(DropReason::kTcpOutsideWindow, 0);
  EXPECT_EQ(s.info().out_of_order, 1u);
}

// --- shut windows ---

TEST(ZeroWindow, AQuietTimeBeforeItIsNoSilence) {
  Scene s;  // MUST-37: R2 counts from when there was something to answer
  s.establish();
  s.silent_for(150s);
  s.peer_sends({.flags = ACK, .win = 0});
  s.caller_sends("x");
  s.after(2s);
  s.state_is("ESTABLISHED");
  s.skip_all();
}

TEST(ZeroWindow, IsProbedWithOneByteAfterAnRtoAndThenWithDoublingPauses) {
  Scene s;  // MUST-36, SHLD-29, SHLD-30
  s.establish();
  s.peer_sends({.flags = ACK, .win = 0});
  s.caller_sends_bytes(100);
  s.host_is_silent();
  for (const auto pause : {200ms, 400ms, 800ms, 1600ms}) {
    s.silent_for(pause - 1ms);
    s.after(1ms);
    s.host_sends({.flags = ACK, .seq = 1, .len = 1});
    s.peer_sends({.flags = ACK, .ack = 1, .win = 0});
    s.host_is_silent();
  }
}

TEST(ZeroWindow, TheConnectionStaysWhileThePeerAnswers) {
  Scene s;  // MUST-37
  s.establish();
  s.peer_sends({.flags = ACK, .win = 0});
  s.caller_sends_bytes(100);
  for (int i = 0; i < 30; ++i) {
    s.after(60s);
    s.state_is("ESTABLISHED");
    s.skip_all();
    s.peer_sends({.flags = ACK, .ack = 1, .win = 0});
  }
  EXPECT_GE(s.end().now() - Instant(1s), 30min);
  s.state_is("ESTABLISHED");
  s.peer_sends({.flags = ACK, .ack = 1, .win = 1000});
  s.host_sends({.flags = PSH_ACK, .seq = 1, .len = 100});  // the probe that was turned away, and the rest (SHLD-28)
}

// A probe that was refused, and `bytes` in the queue with its octet.
void refuse_a_probe(Scene& s, std::uint32_t bytes) {
  s.establish({.win = 65535, .mss = 1000});
  s.peer_sends({.flags = ACK, .win = 0});
  s.caller_sends_bytes(bytes);
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = 1});
  s.peer_sends({.flags = ACK, .ack = 1, .win = 0});
}

TEST(RefusedProbe, TakesOneSegmentAlongAndNoMore) {  // SHLD-28
  Scene s;
  refuse_a_probe(s, 5000);
  s.peer_sends({.flags = ACK, .ack = 1, .win = 65535});
  for (std::uint32_t i = 0; i < 4; ++i) s.host_sends({.flags = ACK, .seq = 1 + i * 1000, .len = 1000});
  s.host_sends({.flags = PSH_ACK, .seq = 4001, .len = 1000});
  EXPECT_EQ(s.info().bytes_sent, 5001u);
  EXPECT_EQ(s.info().bytes_retransmitted, 1u) << "the rest was new";
}

TEST(RefusedProbe, LeavesASliverOfAWindowAlone) {  // MUST-38
  Scene s;
  refuse_a_probe(s, 5000);
  s.peer_sends({.flags = ACK, .ack = 1, .win = 10});
  s.host_sends({.flags = ACK, .seq = 1, .len = 1});
  s.host_is_silent();
}

TEST(RefusedProbe, LeavesTheNextRecordAlone) {
  Scene s;
  refuse_a_probe(s, 100);
  s.end().end_record();
  s.caller_sends_bytes(200);
  s.peer_sends({.flags = ACK, .ack = 1, .win = 65535});
  s.host_sends({.flags = PSH_ACK, .seq = 1, .len = 100});
}

TEST(RefusedProbe, LeavesCorkedTextAlone) {
  Scene s;
  s.establish({.mss = 1000});
  s.peer_sends({.flags = ACK, .win = 0});
  s.end().set_cork(true);
  s.caller_sends_bytes(1500);
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = 1});
  s.peer_sends({.flags = ACK, .ack = 2, .win = 0});  // it took this octet
  s.after(400ms);
  s.host_sends({.flags = ACK, .seq = 2, .len = 1});
  s.peer_sends({.flags = ACK, .ack = 2, .win = 0});
  s.peer_sends({.flags = ACK, .ack = 2, .win = 65535});
  s.host_sends({.flags = ACK, .seq = 2, .len = 1000});
  s.host_is_silent();
}

TEST(ZeroWindow, APeerThatDoesNotAnswerProbesIsGivenUpAtR2) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .win = 0});
  s.caller_sends_bytes(100);
  s.after(99s);
  s.skip_all();
  s.state_is("ESTABLISHED");
  s.after(61s);
  s.skip_all();
  s.state_is("CLOSED");
  EXPECT_EQ(s.info().error, make_error_code(Error::kTimedOut));
}

TEST(ZeroWindow, ReopeningLetsTextGoAtOnce) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .win = 0});
  s.caller_sends_bytes(3000);
  s.silent_for(100ms);
  s.peer_sends({.flags = ACK, .win = 65535});
  s.host_sends({.flags = ACK, .seq = 1, .len = 1460});
  s.host_sends({.flags = ACK, .seq = 1461, .len = 1460});
  s.skip_all();
}

TEST(ZeroWindow, AProbeThatThePeerTookIsNotSentAgain) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .win = 0});
  s.caller_sends_bytes(100);
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = 1});
  s.peer_sends({.flags = ACK, .ack = 2, .win = 0});
  s.silent_for(399ms);  // the window is still shut: the pauses go on doubling
  s.after(1ms);
  s.host_sends({.flags = ACK, .seq = 2, .len = 1});
  s.peer_sends({.flags = ACK, .ack = 2, .win = 5000});
  s.host_sends({.flags = PSH_ACK, .seq = 2, .len = 99});
  s.host_is_silent();
}

TEST(ZeroWindow, OurShutWindowOpensWithASegment) {  // MAY-8
  TcpConfig config;
  config.receive_buffer = 2920;
  Scene s({.config = config});
  s.establish();
  s.peer_sends({.flags = ACK, .len = 1460});
  s.peer_sends({.flags = ACK, .len = 1460});
  s.host_sends({.flags = ACK, .ack = 2921, .win = 0});
  // Probes of the shut window are answered with what is expected, and their text is not taken.
  s.peer_sends({.flags = ACK, .seq = 2921, .len = 1});
  s.host_sends({.flags = ACK, .ack = 2921, .win = 0});
  s.peer_sends({.flags = ACK, .seq = 2921, .len = 1});
  s.host_sends({.flags = ACK, .ack = 2921, .win = 0});
  s.caller_receives_bytes(2920);
  s.host_sends({.flags = ACK, .ack = 2921, .win = 2920});
  s.peer_sends({.flags = ACK, .seq = 2921, .len = 1460});
  s.caller_receives_bytes(1460);
  s.skip_all();
}

TEST(ZeroWindow, AnAckIsTakenThoughOurWindowIsShut) {
  TcpConfig config;
  config.receive_buffer = 2920;
  Scene s({.config = config});
  s.establish();
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.peer_sends({.flags = ACK, .ack = 1, .len = 1460});
  s.peer_sends({.flags = ACK, .ack = 1, .len = 1460});
  s.host_sends({.flags = ACK, .ack = 2921, .win = 0});
  s.peer_sends({.flags = ACK, .ack = 2, .len = 1});  // beyond the window, but its ACK counts
  s.skip_all();
  EXPECT_EQ(s.host_relative(s.end().view().snd_una), 2u);
  s.peer_sends({.flags = RST, .seq = 2921});  // MUST-66
  s.state_is("CLOSED");
}

// With a probe on its way SND.NXT lies beyond the window, and a peer that goes by the four rows of §3.10.7.4 would drop
// whatever starts there.
TEST(ZeroWindow, WhileItIsProbedAcknowledgmentsKeepToItsEdge) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .win = 0});
  s.caller_sends_bytes(100);
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = 1});
  s.peer_sends({.flags = ACK, .ack = 1, .win = 0, .len = 1460});
  s.peer_sends({.flags = ACK, .ack = 1, .win = 0, .len = 1460});
  s.host_sends({.flags = ACK, .seq = 1, .ack = 2921});
  s.peer_sends({.flags = ACK, .ack = 1, .win = 1, .len = 1460});
  s.host_sends({.flags = ACK, .seq = 1, .len = 1});
  s.after(40ms);
  s.skip_all();
}

TEST(ZeroWindow, AResetIntoItKeepsToItsEdge) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .win = 0});
  s.caller_sends_bytes(100);
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 1, .len = 1});
  s.caller_aborts();
  s.host_sends({.flags = RST_ACK, .seq = 1});
}

TEST(ZeroWindow, AFinIsTakenWhenTheWindowOpens) {
  TcpConfig config;
  config.receive_buffer = 2920;
  Scene s({.config = config});
  s.establish();
  s.peer_sends({.flags = ACK, .len = 1460});
  s.peer_sends({.flags = ACK, .len = 1460});
  s.host_sends({.flags = ACK, .win = 0});
  s.peer_sends({.flags = FIN_ACK, .seq = 2921});
  s.host_sends({.flags = ACK, .ack = 2921, .win = 0});
  s.state_is("ESTABLISHED");
  s.caller_receives_bytes(2920);
  s.host_sends({.flags = ACK, .ack = 2921, .win = 2920});
  s.peer_sends({.flags = FIN_ACK, .seq = 2921});
  s.host_sends({.flags = ACK, .ack = 2922});
  s.state_is("CLOSE-WAIT");
}

TEST(Sending, SuperSegmentsAreCutAtWholeSegments) {
  Scene s({.largest_text = 65000});
  s.establish();
  s.caller_sends_bytes(14600);
  // At most half a window, so that acknowledgments come while there is something left to send.
  s.host_sends({.flags = ACK, .seq = 1, .len = 7300, .psh = false});
  EXPECT_EQ(s.last().segment_size, 1460u);
  s.host_sends({.flags = PSH_ACK, .seq = 7301, .len = 7300});
  EXPECT_EQ(s.last().segment_size, 1460u);
}

}  // namespace
}  // namespace handfast::scene
