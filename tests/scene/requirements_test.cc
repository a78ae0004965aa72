#include "scene/scene.h"

// Requirements that no other scene is about: each test says in its name what the RFC asks.

namespace handfast::scene {
namespace {

constexpr std::uint32_t kMss = 1000;

TEST(Requirement, TheWindowHasNoSign) {  // MUST-1, REC-1
  Scene s;
  s.establish({.win = 0xFFFF, .mss = kMss});
  s.caller_sends_bytes(10 * kMss);
  EXPECT_EQ(s.waiting(), 10u) << "a window of 65,535 bytes, not of -1";
  s.skip_all();
  Scene scaled;
  scaled.establish({.win = 0x8000, .mss = kMss, .scale = 14});
  EXPECT_EQ(scaled.info().snd_wnd, 0x8000u << 14);
}

TEST(Requirement, AChallengeHasTheNextNumbersNoTextAndTheAgreedTimestamp) {  // 5961-6
  Scene s;
  s.establish({.timestamps = true});
  s.caller_sends("abc");
  s.host_sends({.flags = ACK, .seq = 1, .text = "abc"});
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 1, .text = "12345", .ts = Stamps{.val = 2000}});
  s.after(10ms);
  s.peer_sends({.flags = RST, .seq = 100});
  s.host_sends({.flags = ACK, .seq = 4, .ack = 6, .ts = Stamps{.val = 10, .ecr = 2000}});
  EXPECT_EQ(s.last().text, "");
  EXPECT_EQ(s.last().reason, trace::Reason::kSendChallenge);
  s.skip_all();
}

TEST(Requirement, OnlyAnAckThatAdvancesGivesASample) {  // 7323-13
  Scene s;
  s.establish({.mss = kMss, .timestamps = true});
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  const Duration srtt = s.info().srtt;
  s.after(100ms);
  s.peer_sends({.flags = ACK, .ack = 1, .ts = Stamps{.val = 1100, .ecr = 0}});
  EXPECT_EQ(s.info().srtt, srtt) << "a duplicate, whatever it echoes";
  s.peer_sends({.flags = ACK, .ack = 2, .ts = Stamps{.val = 1100, .ecr = 0}});
  EXPECT_NE(s.info().srtt, srtt);
}

TEST(Requirement, TsecrCountsOnlyBesideAck) {  // 7323-10
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = kMss, .ts = Stamps{.val = 1000, .ecr = 0xABCDEF}});
  s.host_sends({.flags = SYN_ACK, .ts = Stamps{.val = 0, .ecr = 1000}});
  EXPECT_EQ(s.info().srtt, 0ms);
  Scene opens;
  opens.host_opens();
  opens.host_sends({.flags = SYN, .ts = Stamps{.val = 0, .ecr = 0}});
  EXPECT_EQ(opens.last().segment.options.timestamps->echo, 0u);
}

TEST(Requirement, TextBeyondTheRightEdgeDoesNotTimeTheConnectionOut) {  // SHLD-17
  Scene s;
  s.establish({.mss = kMss});
  s.caller_sends_bytes(6 * kMss);
  s.skip_all();
  s.peer_sends({.flags = ACK, .ack = 2001, .win = 0});  // four segments of what was sent now lie beyond the edge
  for (int i = 0; i < 10; ++i) {
    s.after(60s);
    s.skip_all();
    s.peer_sends({.flags = ACK, .ack = 2001, .win = 0});
    s.state_is("ESTABLISHED");
  }
  s.peer_sends({.flags = ACK, .ack = 2001, .win = 10000});
  EXPECT_GT(s.waiting(), 0u) << "it goes again, at once";
  s.skip_all();
}

TEST(Requirement, AGapThatIsFilledInPartIsAnsweredAtOnce) {  // 5681-7
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .seq = 301, .len = 100});
  s.host_sends({.flags = ACK, .ack = 1});
  s.peer_sends({.flags = ACK, .seq = 1, .len = 100});
  s.host_sends({.flags = ACK, .ack = 101});
  s.peer_sends({.flags = ACK, .seq = 101, .len = 200});
  s.host_sends({.flags = ACK, .ack = 401});
}

TEST(Requirement, WhatWasSelectedIsFreedOnlyByTheCumulativeAck) {  // 2018-6
  Scene s;
  s.establish({.mss = kMss, .sack = true});
  s.caller_sends_bytes(3 * kMss);
  s.skip_all();
  s.peer_sends({.flags = ACK, .ack = 1, .sack = std::vector<Block>{{1001, 3001}}});
  s.skip_all();
  EXPECT_EQ(s.info().send_queued, 3 * kMss);
  s.peer_sends({.flags = ACK, .ack = 3001});
  EXPECT_EQ(s.info().send_queued, 0u);
}

TEST(Requirement, AnUnansweredSynAckIsGivenUpAndNoTextOfTheSynKept) {  // 4987-6, 4987-7
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .text = "early", .mss = kMss});
  s.host_sends({.flags = SYN_ACK, .seq = 0, .ack = 1});
  s.after(10min);
  EXPECT_EQ(s.waiting(), 5u) << "syn_ack_retries";
  s.skip_all();
  s.state_is("LISTEN");
}

TEST(Requirement, TheFirstTimeoutIsOneSecond) {  // 6298-1, MUST-22
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  const Sent syn = s.last();
  s.silent_for(1s - 1ms);
  s.after(1ms);
  s.host_repeats(syn);
}

TEST(Requirement, AResetNeverDrawsAReset) {  // U-10
  for (const wire::TcpFlags flags : {RST, RST_ACK, RST | SYN, RST | FIN}) {
    Scene closed;
    closed.peer_sends({.flags = flags, .seq = 77, .ack = 5});
    closed.host_is_silent();
    Scene listens;
    listens.host_listens();
    listens.peer_sends({.flags = flags, .seq = 77, .ack = 5});
    listens.host_is_silent();
    Scene opens;
    opens.host_opens();
    opens.host_sends({.flags = SYN});
    opens.peer_sends({.flags = flags, .seq = 77, .ack = 500});
    opens.host_is_silent();
    opens.state_is("SYN-SENT");
  }
}

}  // namespace
}  // namespace handfast::scene
