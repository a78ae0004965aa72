#include "scene/scene.h"

// What STATUS says of the past of a connection (RFC 9293 §3.10.6): bytes, segments, and what held the sender back.

namespace handfast::scene {
namespace {

LoneEndOptions with_send_buffer(std::uint32_t bytes) {
  LoneEndOptions options;
  options.config.send_buffer = bytes;
  return options;
}

TEST(Status, ANewConnectionHasSentAndReceivedNothing) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  const TcpInfo info = s.info();
  EXPECT_EQ(info.bytes_sent, 0u);
  EXPECT_EQ(info.bytes_acked, 0u);
  EXPECT_EQ(info.bytes_received, 0u);
  EXPECT_EQ(info.segments_sent, 1u);
  EXPECT_EQ(info.segments_received, 0u);
  EXPECT_EQ(info.busy, 0ms);
}

TEST(Status, CountsTheHandshakeOfBothKinds) {
  Scene passive;
  passive.establish();
  EXPECT_EQ(passive.info().segments_received, 2u);
  EXPECT_EQ(passive.info().segments_sent, 1u);
  Scene active;
  active.establish_actively();
  EXPECT_EQ(active.info().segments_received, 1u);
  EXPECT_EQ(active.info().segments_sent, 2u);
}

TEST(Status, CountsTextInBothDirections) {
  Scene s;
  s.establish();
  s.caller_sends_bytes(1000);
  s.host_sends({.flags = PSH_ACK, .len = 1000});
  s.peer_sends({.flags = ACK, .ack = 401, .len = 300});
  s.after(1s);
  s.skip_all();
  const TcpInfo info = s.info();
  EXPECT_EQ(info.bytes_acked, 400u);
  EXPECT_EQ(info.bytes_received, 300u);
  EXPECT_EQ(info.peer_segment, 300u);
  EXPECT_EQ(info.text_segments_received, 1u);
  EXPECT_EQ(info.segments_received, 3u);
  EXPECT_EQ(info.since_text, 1s);
}

TEST(Status, TextThatIsNotTheNextIsNotReceivedYet) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = ACK, .seq = 101, .len = 100});
  s.host_sends({.flags = ACK, .ack = 1});
  EXPECT_EQ(s.info().bytes_received, 0u);
  EXPECT_EQ(s.info().text_segments_received, 1u);
  s.peer_sends({.flags = ACK, .seq = 1, .len = 100});
  s.host_sends({.flags = ACK, .ack = 201});
  EXPECT_EQ(s.info().bytes_received, 200u);
}

TEST(Status, CountsWhatIsSentAgainApart) {
  Scene s;
  s.establish();
  s.caller_sends_bytes(1000);
  s.host_sends({.flags = PSH_ACK, .len = 1000});
  s.after(200ms);
  s.host_sends({.flags = PSH_ACK, .seq = 1, .len = 1000});
  const TcpInfo info = s.info();
  EXPECT_EQ(info.bytes_sent, 2000u);
  EXPECT_EQ(info.bytes_retransmitted, 1000u);
  EXPECT_EQ(info.text_segments_sent, 2u);
  EXPECT_EQ(info.bytes_acked, 0u);
  EXPECT_EQ(info.retransmitted_in_flight, 1000u);
  s.peer_sends({.flags = ACK, .ack = 1001});
  EXPECT_EQ(s.info().retransmitted_in_flight, 0u);
  EXPECT_EQ(s.info().bytes_sent, 2000u);
  EXPECT_EQ(s.info().bytes_acked, 1000u);
}

TEST(Status, NeitherSynNorFinIsText) {
  Scene s;
  s.establish();
  s.caller_sends("bye");
  s.host_sends({.flags = PSH_ACK, .text = "bye"});
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK});
  EXPECT_EQ(s.info().bytes_sent, 3u);
  s.peer_sends({.flags = FIN_ACK, .ack = 5});
  s.host_sends({.flags = ACK});
  EXPECT_EQ(s.info().bytes_sent, 3u);
  EXPECT_EQ(s.info().bytes_acked, 3u);
  EXPECT_EQ(s.info().bytes_received, 0u);
}

TEST(Status, CountsWhatThePeerHadAlready) {
  Scene s;
  s.establish({.sack = true});
  s.caller_sends_bytes(1000);
  s.host_sends({.flags = PSH_ACK, .len = 1000});
  s.peer_sends({.flags = ACK, .ack = 1001, .sack = {{{1, 501}}}});
  EXPECT_EQ(s.info().duplicates_reported, 500u);
}

TEST(Status, BusyIsTheTimeWithTextThatIsNotAcknowledged) {
  Scene s;
  s.establish();
  s.after(1s);
  s.caller_sends("x");
  s.host_sends({.flags = PSH_ACK, .text = "x"});
  s.after(30ms);
  EXPECT_EQ(s.info().busy, 30ms) << "it counts while it runs";
  s.peer_sends({.flags = ACK, .ack = 2});
  s.after(1s);
  EXPECT_EQ(s.info().busy, 30ms);
  EXPECT_EQ(s.info().limited_by_window, 0ms);
  EXPECT_EQ(s.info().limited_by_send_buffer, 0ms);
}

TEST(Status, TellsWhenTheWindowOfThePeerHeldItBack) {
  Scene s;
  s.establish({.win = 1000, .mss = 1000});
  s.caller_sends_bytes(3000);
  s.host_sends({.flags = ACK, .len = 1000});
  s.after(50ms);
  s.peer_sends({.flags = ACK, .ack = 1001, .win = 2000});
  s.host_sends({.flags = ACK, .len = 1000});
  s.host_sends({.flags = PSH_ACK, .len = 1000});
  s.after(20ms);
  EXPECT_EQ(s.info().limited_by_window, 50ms);
  EXPECT_EQ(s.info().busy, 70ms);
}

TEST(Status, TheCongestionWindowIsNotTheWindowOfThePeer) {
  Scene s;
  s.establish({.mss = 1000});
  s.caller_sends_bytes(12000);
  s.skip_all();
  s.after(50ms);
  EXPECT_EQ(s.info().not_sent, 2000u);
  EXPECT_EQ(s.info().limited_by_window, 0ms);
  EXPECT_EQ(s.info().busy, 50ms);
}

TEST(Status, TellsWhenTheSendBufferWasTooSmall) {
  Scene s(with_send_buffer(2000));
  s.establish({.mss = 1000});
  s.caller_sends_bytes(2000);
  s.host_sends({.flags = ACK, .len = 1000});
  s.host_sends({.flags = PSH_ACK, .len = 1000});
  s.after(10ms);
  const std::string more = pattern(0, 10);
  EXPECT_FALSE(s.end().send(more).has_value());
  s.after(40ms);
  EXPECT_EQ(s.info().limited_by_send_buffer, 40ms);
  EXPECT_EQ(s.info().busy, 50ms);
}

TEST(Status, AnAbortEndsTheWatch) {
  Scene s;
  s.establish();
  s.caller_sends("x");
  s.host_sends({.flags = PSH_ACK, .text = "x"});
  s.after(30ms);
  s.caller_aborts();
  s.host_sends({.flags = RST_ACK});
  s.after(1s);
  EXPECT_EQ(s.info().busy, 30ms);
}

}  // namespace
}  // namespace handfast::scene
