#include "scene/scene.h"

// Urgent text (RFC 9293 §3.8.5): a mark in the stream, told ahead of the text where the text cannot go yet.

namespace handfast::scene {
namespace {

inline constexpr wire::TcpFlags URG_ACK = URG | ACK;

TEST(Urgent, ThePointerNamesTheOctetBehindTheUrgentText) {  // MUST-62
  Scene s;                                                  // MUST-30
  s.establish();
  s.caller_sends_urgent("stop");
  s.host_sends({.flags = URG_ACK | PSH, .text = "stop", .up = 4});
  s.host_is_silent();
}

TEST(Urgent, EverySegmentBeforeItsEndSaysSo) {
  Scene s;  // MUST-30
  s.establish();
  s.caller_sends_urgent(pattern(0, 3000));
  s.host_sends({.flags = URG_ACK, .len = 1460, .up = 3000});
  s.host_sends({.flags = URG_ACK, .len = 1460, .up = 1540});
  s.peer_sends({.flags = ACK});
  s.host_sends({.flags = URG_ACK, .len = 80, .up = 80});
  s.peer_sends({.flags = ACK});
  s.caller_sends("and on");
  s.host_sends({.flags = ACK, .text = "and on"});
}

TEST(Urgent, TextThatGoesAgainSaysItAgain) {
  Scene s;
  s.establish();
  s.caller_sends_urgent("stop");
  s.host_sends({.flags = URG_ACK, .text = "stop", .up = 4});
  s.after(200ms);
  s.host_sends({.flags = URG_ACK, .seq = 1, .text = "stop", .up = 4});
  s.peer_sends({.flags = ACK});
  s.silent_for(1min);
}

TEST(Urgent, MoreUrgentTextMovesThePointer) {
  Scene s;
  s.establish();
  s.caller_sends_urgent("one");
  s.host_sends({.flags = URG_ACK, .text = "one", .up = 3});
  s.caller_sends_urgent("two");  // Nagle holds the text back, and the news goes ahead of it
  s.host_sends({.flags = URG_ACK, .len = 0, .up = 3});
  s.peer_sends({.flags = ACK});
  s.host_sends({.flags = URG_ACK, .text = "two", .up = 3});
}

TEST(Urgent, TextOfAnyLengthIsTold) {  // MUST-31
  LoneEndOptions options;
  options.config.initial_window_segments = 100;
  options.config.congestion_control = CongestionControl::kNone;
  Scene s(options);
  s.establish({.scale = 4});
  s.caller_sends_urgent(pattern(0, 100'000));
  s.host_sends({.flags = URG_ACK, .len = 1460, .up = 65535});  // as far as the field can say
  std::uint32_t told = 1460;
  while (s.waiting() > 1) {
    const Sent sent = s.take();
    ASSERT_TRUE(sent.segment.flags.has(URG));
    EXPECT_EQ(sent.segment.urgent_pointer, std::min(100'000u - told, 65535u));
    told += static_cast<std::uint32_t>(sent.text.size());
  }
  EXPECT_GT(told, 50'000u) << "and later segments say the rest";
  s.skip_all();
}

TEST(Urgent, AShutWindowDoesNotHoldTheNewsBack) {  // MUST-30
  Scene s;
  s.establish({.win = 0});
  s.caller_sends_urgent("stop");
  s.host_sends({.flags = URG_ACK, .len = 0, .up = 4});
  s.host_is_silent();
  s.after(200ms);
  s.host_sends({.flags = URG_ACK, .len = 1, .up = 4});  // the probe says it too
  s.peer_sends({.flags = ACK, .ack = 1, .win = 0});
  s.peer_sends({.flags = ACK, .ack = 1, .win = 100});
  s.host_sends({.flags = URG_ACK | PSH, .seq = 1, .text = "stop", .up = 4});
}

TEST(Urgent, AnAcknowledgmentSaysItWhileTheTextWaits) {
  Scene s;
  s.establish({.win = 0});
  s.caller_sends_urgent("stop");
  s.host_sends({.flags = URG_ACK, .len = 0, .up = 4});
  s.peer_sends({.flags = ACK, .win = 0, .len = 1460});
  s.peer_sends({.flags = ACK, .win = 0, .len = 1460});
  s.host_sends({.flags = URG_ACK, .len = 0, .up = 4});
}

TEST(Urgent, NothingElseIsBypassed) {
  Scene s;
  s.establish({.win = 3});
  s.caller_sends_urgent("stop it");
  s.host_sends({.flags = URG_ACK, .text = "sto", .up = 7});  // no more than the window
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .win = 100});
  s.host_sends({.flags = URG_ACK, .text = "p it", .up = 4});
}

TEST(Urgent, GoesWithTheFirstTextWhereTheHandshakeIsNotThrough) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  s.caller_sends_urgent("hello");
  s.host_is_silent();
  s.peer_sends({.flags = SYN_ACK, .mss = 1460});
  s.host_sends({.flags = URG_ACK, .text = "hello", .up = 5});
  s.host_is_silent();
}

// A device that cuts the segment would copy one pointer into every piece.
TEST(Urgent, IsNeverPartOfASuperSegment) {
  LoneEndOptions options;
  options.largest_text = 60'000;
  Scene s(options);
  s.establish();
  s.caller_sends_urgent(pattern(0, 2920));
  s.host_sends({.flags = URG_ACK, .len = 1460, .up = 2920});
  EXPECT_EQ(s.last().segment_size, 0u);
  s.host_sends({.flags = URG_ACK, .len = 1460, .up = 1460});
  s.peer_sends({.flags = ACK});
  s.caller_sends(pattern(0, 2920));
  s.host_sends({.flags = ACK, .len = 2920});
  EXPECT_EQ(s.last().segment_size, 1460u) << "and with its end they come back";
}

TEST(Urgent, TheCallerHearsAtOnceAndOfEachAdvance) {  // MUST-32, MUST-47
  Scene s;
  s.establish();
  s.peer_sends({.flags = URG_ACK, .up = 3});  // before any of it is here
  s.caller_hears(Readiness::kUrgent);
  EXPECT_EQ(s.info().urgent_remaining, 3u);
  s.peer_sends({.flags = URG_ACK, .up = 3});
  s.caller_hears(0);
  s.peer_sends({.flags = URG_ACK, .up = 2});
  s.caller_hears(0);
  s.peer_sends({.flags = URG_ACK, .up = 4});
  s.caller_hears(Readiness::kUrgent);
  EXPECT_EQ(s.info().urgent_remaining, 4u);
}

TEST(Urgent, TheCallerLearnsHowMuchRemains) {  // MUST-33
  Scene s;
  s.establish();
  s.peer_sends({.flags = URG_ACK | PSH, .len = 10, .up = 6});
  EXPECT_EQ(s.info().urgent_remaining, 6u);
  s.caller_receives_bytes(4);
  EXPECT_EQ(s.info().urgent_remaining, 2u);
  s.caller_receives_bytes(2);
  EXPECT_EQ(s.info().urgent_remaining, 0u);
  s.caller_receives_bytes(4);
  s.after(40ms);
  s.host_sends({.flags = ACK});
  s.caller_hears(Readiness::kReadable | Readiness::kUrgent);
  s.peer_sends({.flags = URG_ACK, .len = 1, .up = 1});
  s.caller_hears(Readiness::kReadable | Readiness::kUrgent);  // and it begins anew
  s.skip_all();
}

TEST(Urgent, TextStaysInLine) {
  Scene s;  // RFC 6093 §6
  s.establish();
  s.peer_sends({.flags = URG_ACK, .text = "ab!cd", .up = 3});
  s.caller_receives("ab!cd");
  s.after(40ms);
  s.host_sends({.flags = ACK});
}

TEST(Urgent, ThePointerCountsBehindAShutWindow) {  // MUST-66
  LoneEndOptions options;
  options.config.receive_buffer = 2920;
  Scene s(options);
  s.establish();
  s.peer_sends({.flags = ACK, .len = 1460});
  s.peer_sends({.flags = ACK, .len = 1460});
  s.host_sends({.flags = ACK, .win = 0});
  s.caller_hears(Readiness::kReadable);
  s.peer_sends({.flags = URG_ACK, .up = 2});
  s.caller_hears(Readiness::kUrgent);
  EXPECT_EQ(s.info().urgent_remaining, 2922u);
  s.peer_sends({.flags = URG_ACK, .seq = 2921, .len = 1, .up = 5});  // beside text that there is no room for
  s.caller_hears(Readiness::kUrgent);
  EXPECT_EQ(s.info().urgent_remaining, 2925u);
  s.host_sends({.flags = ACK, .ack = 2921, .win = 0});
}

TEST(Urgent, ThePointerCountsFromWhereTheSegmentStarts) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .len = 100});
  s.peer_sends({.flags = URG_ACK, .seq = 51, .len = 100, .up = 60});  // half of it was here before
  EXPECT_EQ(s.info().urgent_remaining, 110u);
  s.skip_all();
  s.peer_sends({.flags = URG_ACK, .seq = 301, .len = 10, .up = 10});  // beyond a gap
  EXPECT_EQ(s.info().urgent_remaining, 310u);
  s.skip_all();
}

TEST(Urgent, APointerToWhatWasTakenSaysNothing) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .len = 10});
  s.caller_receives_bytes(10);
  s.caller_hears(Readiness::kReadable);
  s.peer_sends({.flags = URG_ACK, .up = 0});
  s.caller_hears(0);
  EXPECT_EQ(s.info().urgent_remaining, 0u);
  s.after(40ms);
  s.skip_all();
}

TEST(Urgent, NothingUrgentLiesBehindTheFin) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = URG_ACK | FIN, .up = 9});
  s.caller_hears(Readiness::kReadable | Readiness::kPeerClosed);
  EXPECT_EQ(s.info().urgent_remaining, 0u);
  s.host_sends({.flags = ACK});
}

TEST(Urgent, AMarkBeyondTheFinEndsWithTheText) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = URG_ACK, .up = 9});
  s.peer_sends({.flags = FIN_ACK, .text = "abc"});
  s.host_sends({.flags = ACK});
  EXPECT_EQ(s.info().urgent_remaining, 3u);
  s.caller_receives("abc");
  EXPECT_EQ(s.info().urgent_remaining, 0u);
  s.caller_receives_end();
}

TEST(Urgent, ASynHasNone) {
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN | URG, .up = 5});
  s.host_sends({.flags = SYN_ACK});
  s.peer_sends({.flags = ACK});
  s.caller_hears(Readiness::kConnected | Readiness::kWritable);
  EXPECT_EQ(s.info().urgent_remaining, 0u);
}

// RFC 9293 §3.10.7.3 fourth: "continue processing at the sixth step". The pointer counts from the SYN's own number.
TEST(Urgent, ASynAckMayCarryAPointer) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  s.peer_sends({.flags = SYN_ACK | URG, .mss = 1460, .up = 5});
  s.host_sends({.flags = ACK});
  s.caller_hears(Readiness::kConnected | Readiness::kWritable | Readiness::kUrgent);
  EXPECT_EQ(s.info().urgent_remaining, 4u);
  s.peer_sends({.flags = ACK, .text = "stop"});
  s.caller_receives("stop");
  EXPECT_EQ(s.info().urgent_remaining, 0u);
  s.after(40ms);
  s.skip_all();
}

TEST(Urgent, SoMayTheSynAckOfASimultaneousOpen) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .seq = 0});
  s.peer_sends({.flags = SYN, .seq = 0, .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1});
  s.peer_sends({.flags = SYN_ACK | URG, .seq = 0, .ack = 1, .mss = 1460, .up = 5});
  s.state_is("ESTABLISHED");
  EXPECT_EQ(s.info().urgent_remaining, 4u);
  s.skip_all();
}

// Numbers go round: a mark that was passed must not come to lie ahead once more.
TEST(Urgent, AMarkThatWasPassedIsForgotten) {
  tcp::SendUrgent urgent;
  urgent.mark(tcp::SeqNum(100));
  EXPECT_EQ(urgent.pointer(tcp::SeqNum(90)), 10);
  urgent.acknowledged(tcp::SeqNum(99));
  EXPECT_TRUE(urgent.is_on());
  urgent.acknowledged(tcp::SeqNum(100));
  EXPECT_FALSE(urgent.is_on());
  EXPECT_EQ(urgent.pointer(tcp::SeqNum(0x80000000)), 0);
}

}  // namespace
}  // namespace handfast::scene
