#include "scene/scene.h"

// Buffers that grow with what is seen of the path (src/tcp/buffer_tuning.h).

namespace handfast::scene {
namespace {

LoneEndOptions growing(std::uint32_t most) {
  LoneEndOptions options;
  options.config.receive_buffer = 20'000;
  options.config.receive_buffer_max = most;
  return options;
}

// A connection whose handshake took 10 ms: a round trip for the receiver.
void establish_over_10ms(Scene& s) {
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = 1000, .scale = 0});
  s.host_sends({.flags = SYN_ACK});
  s.after(10ms);
  s.peer_sends({.flags = ACK});
}

// So much arrives and is taken at once, in each of `rounds` round trips.
void flows(Scene& s, int rounds, std::uint32_t bytes) {
  for (int i = 0; i < rounds; ++i) {
    for (std::uint32_t sent = 0; sent < bytes; sent += 1000) s.peer_sends({.flags = ACK, .len = 1000}), s.skip_all();
    s.caller_receives_bytes(bytes);
    s.skip_all();
    s.after(10ms);
    s.skip_all();
  }
}

TEST(BufferTuning, TheWindowIsTwiceWhatIsTakenInARoundTrip) {
  Scene s(growing(300'000));
  establish_over_10ms(s);
  EXPECT_EQ(s.info().rcv_wnd, 20'000u);
  flows(s, 4, 15'000);
  EXPECT_EQ(s.info().rcv_wnd, 40'000u);
  flows(s, 4, 35'000);
  EXPECT_EQ(s.info().rcv_wnd, 80'000u) << "70,000 fit";
}

TEST(BufferTuning, ASlowCallerNeedsNoMore) {
  Scene s(growing(300'000));
  establish_over_10ms(s);
  flows(s, 20, 9000);
  EXPECT_EQ(s.info().rcv_wnd, 20'000u);
}

TEST(BufferTuning, EndsAtItsLimitAndStaysThere) {
  Scene s(growing(50'000));
  establish_over_10ms(s);
  flows(s, 4, 15'000);
  flows(s, 8, 35'000);
  EXPECT_EQ(s.info().rcv_wnd, 50'000u);
  s.after(1min);
  flows(s, 4, 1000);
  EXPECT_GE(s.info().rcv_wnd, 48'000u) << "what was offered is not taken back";
}

TEST(BufferTuning, IsOffUnlessTheConfigurationGivesItRoom) {
  Scene s(growing(0));
  establish_over_10ms(s);
  flows(s, 20, 20'000);
  EXPECT_EQ(s.info().rcv_wnd, 20'000u);
  EXPECT_EQ(s.info().receive_scale, 0);
}

TEST(BufferTuning, TheScaleIsChosenForTheLimit) {
  Scene s(growing(1 << 20));
  s.host_opens();
  s.host_sends({.flags = SYN, .win = 20'000, .scale = 5});
  s.peer_sends({.flags = SYN_ACK, .mss = 1000, .scale = 0});
  s.host_sends({.flags = ACK, .win = 20'000 >> 5});
}

TEST(BufferTuning, PromisesNoMoreThanTheMemoryHolds) {
  LoneEndOptions options = growing(10 << 20);
  options.memory = 200'000;
  Scene s(options);
  establish_over_10ms(s);
  for (std::uint32_t bytes : {15'000u, 30'000u, 60'000u}) flows(s, 4, std::min(bytes, s.info().rcv_wnd / 1000 * 1000));
  EXPECT_LE(s.info().rcv_wnd, 100'000u);
}

// What STATUS tells of it: TcpInfo::receive_round_trip, receive_taken, receive_room.
TEST(BufferTuning, ToldIsWhatItWorksWith) {
  Scene s(growing(300'000));
  establish_over_10ms(s);
  EXPECT_EQ(s.info().receive_round_trip, 10ms);
  EXPECT_EQ(s.info().receive_taken, 0u);
  EXPECT_EQ(s.info().receive_room, 20'000u);
  flows(s, 4, 15'000);
  EXPECT_EQ(s.info().receive_taken, 15'000u);
  EXPECT_EQ(s.info().receive_room, 40'000u);
  s.peer_sends({.flags = ACK, .len = 1000});
  s.skip_all();
  EXPECT_EQ(s.info().receive_room, 39'000u) << "what is not taken takes room";
  s.caller_receives_bytes(1000);
  s.skip_all();
  s.after(1s);
  s.skip_all();
  EXPECT_EQ(s.info().receive_taken, 0u) << "that was long ago";
}

TEST(BufferTuning, ToldIsNothingWhereNothingGrows) {
  Scene fixed(growing(0));
  establish_over_10ms(fixed);
  flows(fixed, 4, 15'000);
  EXPECT_EQ(fixed.info().receive_round_trip, 0ms);
  EXPECT_EQ(fixed.info().receive_taken, 0u);
  EXPECT_EQ(fixed.info().receive_room, 20'000u);

  Scene grown(growing(40'000));
  establish_over_10ms(grown);
  flows(grown, 4, 15'000);
  EXPECT_EQ(grown.info().receive_round_trip, 0ms) << "it is as large as it may be";
  EXPECT_EQ(grown.info().receive_taken, 0u);
  EXPECT_EQ(grown.info().receive_room, 40'000u);
}

TEST(BufferTuning, BeforeARoundTripIsKnownTheFirstTimeoutStandsForIt) {
  LoneEndOptions options = growing(300'000);
  Scene s(options);
  s.host_listens();
  s.peer_sends({.flags = SYN, .mss = 1000, .scale = 0});
  s.host_sends({.flags = SYN_ACK});
  s.after(1s);
  s.host_sends({.flags = SYN_ACK});  // sent twice, so its round trip is nobody's knowledge
  s.peer_sends({.flags = ACK});
  EXPECT_EQ(s.info().receive_round_trip, options.config.initial_rto);
}

TEST(BufferTuning, AnIdleConnectionGivesBackWhatItMeasuredWith) {
  Scene s(growing(300'000));
  establish_over_10ms(s);
  flows(s, 2, 9000);
  s.after(1s);
  s.skip_all();
  EXPECT_EQ(s.end().active_blocks().in_use(), 0u);
}

TEST(BufferTuning, TheSendBufferFollowsTheCongestionWindow) {
  LoneEndOptions options;
  options.config.send_buffer = 20'000;
  options.config.send_buffer_max = 100'000;
  Scene s(options);
  s.establish({.mss = 1000});
  ASSERT_EQ(s.info().cwnd, 10'000u);
  EXPECT_EQ(s.end().send(pattern(0, 50'000)).value_or(0), 20'000u);
  s.look();
  for (int i = 0; i < 10; ++i) (void)s.take();
  for (std::uint32_t i = 1; i <= 10; ++i) {
    s.peer_sends({.flags = ACK, .ack = 1 + i * 1000});
    s.skip_all();
  }
  ASSERT_EQ(s.info().cwnd, 20'000u);
  s.caller_hears(Readiness::kWritable);
  EXPECT_EQ(s.end().send(pattern(20'000, 100'000)).value_or(0), 30'000u) << "40,000 less the 10,000 that wait";
}

}  // namespace
}  // namespace handfast::scene
