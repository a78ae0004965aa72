#include <array>

#include "scene/scene.h"

// What two SYNs agree on: RFC 9293 §3.7.1, RFC 7323 §2 and §3, RFC 2018 §2.

namespace handfast::scene {
namespace {

TEST(Options, EverythingIsOffered) {  // MUST-14, SHLD-5, MAY-3, 2018-1, 7323-10
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN, .win = 65535, .mss = 1460, .scale = 3, .sack_ok = true, .ts = Stamps{0, 0}});
}

TEST(Options, NothingIsOfferedThatIsSwitchedOff) {
  TcpConfig config;
  config.window_scale = config.timestamps = config.sack = false;
  Scene s({.config = config});
  s.host_opens();
  s.host_sends({.flags = SYN, .mss = 1460, .sack_ok = false, .no_ts = true});
  EXPECT_FALSE(s.last().segment.options.window_scale.has_value());
}

TEST(Options, ASynAckAnswersOnlyWhatTheSynOffered) {  // MUST-14, 2018-2, 7323-3
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = 1460});
  s.host_sends({.flags = SYN_ACK, .mss = 1460, .sack_ok = false, .no_ts = true});
  EXPECT_FALSE(s.last().segment.options.window_scale.has_value());
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 1, .win = 500});
  EXPECT_EQ(s.end().view().snd_wnd, 500u);
  const TcpInfo info = s.info();
  EXPECT_FALSE(info.sack || info.timestamps);
  EXPECT_EQ(info.send_scale, 0);
  EXPECT_EQ(info.receive_scale, 0);
}

TEST(Options, BothEndsScaleWindows) {  // 7323-5
  Scene s;
  s.establish({.win = 100, .scale = 9});
  EXPECT_EQ(s.info().send_scale, 9);
  EXPECT_EQ(s.info().receive_scale, 3);
  EXPECT_EQ(s.info().snd_wnd, 100u << 9);
}

TEST(Options, WithoutTheMssOptionTheDefaultCounts) {  // MUST-15
  Scene s;
  s.establish({.mss = std::nullopt});
  EXPECT_EQ(s.info().mss, 536u);
  s.caller_sends_bytes(600);
  s.host_sends({.flags = ACK, .seq = 1, .len = 536});
}

TEST(Options, WithoutTheMssOptionTheDefaultOfIpv6Counts) {  // MUST-15
  Scene s({.version = IpVersion::kV6});
  s.establish({.mss = std::nullopt});
  EXPECT_EQ(s.info().mss, 1220u);
}

TEST(Options, TheSmallerOfPathAndPeerIsTheMss) {  // MUST-14, MUST-16
  Scene small_path({.mss = 500});
  small_path.establish({.mss = 1460});
  EXPECT_EQ(small_path.info().mss, 500u);
  Scene small_peer;
  small_peer.establish({.mss = 700});
  EXPECT_EQ(small_peer.info().mss, 700u);
}

TEST(Options, AnAbsurdMssIsRaised) {
  for (const auto offer : std::to_array<std::uint16_t>({0, 1, 64, 87, 88})) {
    Scene s;
    s.establish({.mss = offer});
    EXPECT_EQ(s.info().mss, 88u);
    s.caller_sends_bytes(100);
    s.host_sends({.flags = ACK, .seq = 1, .len = 88});
    s.skip_all();
  }
}

TEST(Options, AWindowScaleAboveFourteenCountsAsFourteen) {  // REC-1, 7323-4
  Scene s;
  s.establish({.win = 1, .scale = 15});
  EXPECT_EQ(s.info().send_scale, 14);
  EXPECT_EQ(s.info().snd_wnd, 1u << 14);
}

TEST(Options, TimestampsTakeTwelveBytesOfEachSegment) {
  Scene s;
  s.establish({.timestamps = true});
  EXPECT_EQ(s.info().mss, 1448u);
  s.caller_sends_bytes(1448);
  s.host_sends({.flags = ACK, .seq = 1, .len = 1448, .ts = Stamps{.val = 0, .ecr = 1000}});
}

TEST(Options, OnceAgreedEverySegmentCarriesATimestamp) {  // 7323-9, 7323-18
  Scene s;
  s.establish({.timestamps = true});
  s.silent_for(250ms);
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x", .ts = Stamps{.val = 250, .ecr = 1000}});
  s.peer_sends({.flags = ACK, .ts = Stamps{.val = 1300, .ecr = 250}});
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK, .ts = Stamps{.val = 250, .ecr = 1300}});
  s.peer_sends({.flags = FIN_ACK, .ts = Stamps{.val = 1400, .ecr = 250}});
  s.host_sends({.flags = ACK, .ts = Stamps{.val = 250, .ecr = 1400}});
}

TEST(Options, ASegmentWithoutItsTimestampIsTakenWhereTheCallerSaysSo) {
  for (const bool required : {true, false}) {
    LoneEndOptions options;
    options.config.require_timestamps = required;
    Scene s(options);
    s.establish({.timestamps = true});
    s.peer_sends({.flags = PSH_ACK, .text = "x", .no_ts = true});
    EXPECT_EQ(s.info().receive_queued, required ? 0u : 1u);
    s.skip_all();
  }
}

TEST(Options, ASynAckThatEchoesATimestampOfNoSynOfOursIsReset) {
  Scene s;
  s.host_opens();
  s.skip_all();
  s.after(100ms);
  s.peer_sends({.flags = SYN_ACK, .ack = 1, .ts = Stamps{.val = 1000, .ecr = 101}});
  s.host_sends({.flags = RST, .seq = 1});
  s.dropped(DropReason::kTcpSynSentBadEcho, 1);
  s.state_is("SYN-SENT");
  s.peer_sends({.flags = SYN_ACK, .ack = 1, .ts = Stamps{.val = 1000, .ecr = 0}});
  s.host_sends({.flags = ACK, .seq = 1});
  s.state_is("ESTABLISHED");
}

TEST(Options, AnUnaskedTimestampIsIgnored) {  // MUST-5, 7323-12
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .text = "abc", .ts = Stamps{.val = 1, .ecr = 0}});
  s.caller_receives("abc");
  s.after(40ms);
  s.host_sends({.flags = ACK, .no_ts = true});
}

TEST(Options, AnMssOptionAfterTheSynIsIgnoredAndNeverSent) {  // MUST-5, MUST-65, 7323-1, 2018-1
  Scene s;
  s.establish({.mss = 1000});
  s.peer_sends({.flags = ACK, .mss = 100, .scale = 5});
  EXPECT_EQ(s.info().mss, 1000u);
  EXPECT_EQ(s.info().send_scale, 0);
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  EXPECT_FALSE(s.last().segment.options.mss.has_value());
  EXPECT_FALSE(s.last().segment.options.window_scale.has_value());
  EXPECT_FALSE(s.last().segment.options.sack_permitted);
}

TEST(Options, ATimestampOfZeroIsATimestamp) {
  Scene s;
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = 1460, .ts = Stamps{.val = 0}});
  s.host_sends({.flags = SYN_ACK, .ts = Stamps{.val = 0, .ecr = 0}});
  s.peer_sends({.flags = ACK, .ts = Stamps{.val = 1}});
  s.state_is("ESTABLISHED");
  EXPECT_TRUE(s.info().timestamps);
}

}  // namespace
}  // namespace handfast::scene
