#include "scene/scene.h"

// The user timeout: when it is over (RFC 9293 §3.8.3), and what the two ends tell each other of it (RFC 5482).

namespace handfast::scene {
namespace {

using wire::UserTimeout;

LoneEndOptions telling(Duration r2 = 100s) {
  LoneEndOptions options;
  options.config.user_timeout_option = true;
  options.config.r2 = r2;
  return options;
}

// --- when it is over ---

// Doubling, the retransmission timer would expire after 0.2, 0.6, 1.4 and 3 seconds.
TEST(UserTimeout, EndsWhenItIsOverAndNotWhenATimerHappensToExpire) {  // MUST-20
  Scene s;
  s.establish();
  s.end().set_user_timeout(2s);
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.after(2s - 1ms);
  s.skip_all();
  s.state_is("ESTABLISHED");
  s.after(1ms);
  s.host_is_silent();
  s.state_is("CLOSED");
  s.caller_receive_fails(Error::kTimedOut);
}

TEST(UserTimeout, OfAShutWindowEndsOnTimeToo) {
  Scene s;
  s.establish({.win = 0});
  s.end().set_user_timeout(2s);
  s.caller_sends("x");
  s.after(200ms);
  s.host_sends({.flags = ACK, .text = "x"});  // the probe that the peer does not answer
  s.after(2s - 1ms);
  s.skip_all();
  s.state_is("ESTABLISHED");
  s.after(1ms);
  s.skip_all();
  s.state_is("CLOSED");
}

// LinuxHabits::probe_without_text: there is nothing to acknowledge, and the first probe is where the silence begins.
TEST(UserTimeout, OfAShutWindowCountsFromTheFirstProbe) {  // MUST-20
  TcpConfig config;
  config.linux_habits.probe_without_text = true;
  Scene s({.config = config});
  s.establish({.win = 0});
  s.end().set_user_timeout(2s);
  s.caller_sends("x");
  s.after(200ms);
  s.host_sends({.flags = ACK, .seq = 0, .len = 0});
  s.after(2s - 1ms);
  s.skip_all();
  s.state_is("ESTABLISHED");
  s.after(1ms);
  s.skip_all();
  s.state_is("CLOSED");
}

TEST(UserTimeout, ShortenedWhileTextWaitsItIsOverSooner) {
  Scene s;
  s.establish();
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.after(10s);
  s.skip_all();
  s.end().set_user_timeout(11s);
  s.after(1s - 1ms);
  s.skip_all();
  s.state_is("ESTABLISHED");
  s.after(1ms);
  s.state_is("CLOSED");
}

TEST(UserTimeout, LengthenedItLeavesTheRetransmissionsWhereTheyWere) {
  Scene s;
  s.establish();
  s.end().set_user_timeout(1s);
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.after(700ms);
  s.skip_all();  // at 200 and 600 ms
  s.end().set_user_timeout(1min);
  s.silent_for(700ms);
  s.state_is("ESTABLISHED");
  s.after(1min);
  s.skip_all();
  s.state_is("CLOSED");
}

TEST(UserTimeout, R2OfTheConfigurationIsOverOnTimeAsWell) {
  Scene s;
  s.establish();
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.after(100s - 1ms);
  s.skip_all();
  s.state_is("ESTABLISHED");
  s.after(1ms);
  s.skip_all();
  s.state_is("CLOSED");
}

// --- told to the peer ---

TEST(UserTimeoutOption, IsToldInTheSynAndInTheFirstSegmentAfterIt) {  // 5482-1
  Scene s(telling());
  s.host_opens();
  s.host_sends({.flags = SYN, .uto = UserTimeout{.value = 100}});
  s.peer_sends({.flags = SYN_ACK});
  s.host_sends({.flags = ACK, .uto = UserTimeout{.value = 100}});
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  EXPECT_FALSE(s.last().segment.options.user_timeout);
}

// ADV_UTO is what we want, whatever the peer's advice has made of it.
TEST(UserTimeoutOption, IsNotThePeersOwnAdviceGivenBack) {
  Scene s(telling());
  s.host_opens();
  s.host_sends({.flags = SYN});
  s.peer_sends({.flags = SYN_ACK, .uto = UserTimeout{.value = 300}});
  s.host_sends({.flags = ACK, .uto = UserTimeout{.value = 100}});
  EXPECT_EQ(s.info().user_timeout, 300s);
}

TEST(UserTimeoutOption, IsToldByAListenerToo) {
  Scene s(telling());
  s.host_listens();
  s.peer_sends({.flags = SYN});
  s.host_sends({.flags = SYN_ACK, .uto = UserTimeout{.value = 100}});
  s.peer_sends({.flags = ACK});
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x", .uto = UserTimeout{.value = 100}});
}

TEST(UserTimeoutOption, IsToldWhenItChanges) {  // 5482-1
  Scene s(telling());
  s.establish();
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.peer_sends({.flags = ACK});
  s.end().set_user_timeout(11h);
  s.look();
  s.host_sends({.flags = ACK, .uto = UserTimeout{.value = 660, .in_minutes = true}});
  s.silent_for(1min);
}

TEST(UserTimeoutOption, TakesItsPlaceFromTheText) {
  Scene s(telling());
  s.establish({.mss = 1000});
  s.caller_sends_bytes(2000);
  s.host_sends({.flags = ACK, .len = 996, .uto = UserTimeout{.value = 100}});
  s.host_sends({.flags = ACK, .len = 1000});
  s.peer_sends({.flags = ACK});
  s.host_sends({.flags = ACK, .len = 4});
}

TEST(UserTimeoutOption, IsOffUnlessTheCallerWantsIt) {  // 5482-3
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  EXPECT_FALSE(s.last().segment.options.user_timeout);
  s.peer_sends({.flags = SYN_ACK, .uto = UserTimeout{.value = 3000}});
  s.host_sends({.flags = ACK});
  EXPECT_FALSE(s.last().segment.options.user_timeout);
  s.end().set_user_timeout(5s);
  s.look();
  s.host_is_silent();
  s.end().set_user_timeout(Duration::zero());
  s.peer_sends({.flags = ACK, .uto = UserTimeout{.value = 3000}});
  EXPECT_EQ(s.info().user_timeout, 100s);
}

// --- heard from the peer ---

TEST(UserTimeoutOption, OfThePeerMakesOursLonger) {  // 5482-1
  Scene s(telling());
  s.establish();
  EXPECT_EQ(s.info().user_timeout, 100s);
  s.peer_sends({.flags = ACK, .uto = UserTimeout{.value = 300}});
  EXPECT_EQ(s.info().user_timeout, 300s);
  s.caller_sends("x");
  s.skip_all();
  s.after(300s - 1ms);
  s.skip_all();
  s.state_is("ESTABLISHED");
  s.after(1ms);
  s.state_is("CLOSED");
}

TEST(UserTimeoutOption, IsTakenWithinTheLimits) {  // 5482-2
  LoneEndOptions options = telling(20s);
  options.config.user_timeout_lower = 10s;
  options.config.user_timeout_upper = 30min;
  Scene s(options);
  s.establish();
  s.peer_sends({.flags = ACK, .uto = UserTimeout{.value = 1}});
  EXPECT_EQ(s.info().user_timeout, 20s) << "what we tell ourselves counts too";
  s.peer_sends({.flags = ACK, .uto = UserTimeout{.value = 32767, .in_minutes = true}});
  EXPECT_EQ(s.info().user_timeout, 30min);
  s.peer_sends({.flags = ACK, .uto = UserTimeout{.value = 25, .in_minutes = true}});
  EXPECT_EQ(s.info().user_timeout, 25min);
}

TEST(UserTimeoutOption, OfZeroSaysNothing) {  // 5482-3
  Scene s(telling());
  s.establish();
  s.peer_sends({.flags = ACK, .uto = UserTimeout{.value = 300}});
  s.peer_sends({.flags = ACK, .uto = UserTimeout{}});
  s.peer_sends({.flags = ACK, .uto = UserTimeout{.in_minutes = true}});
  EXPECT_EQ(s.info().user_timeout, 300s);
}

// CHANGEABLE of RFC 5482 §3.1.
TEST(UserTimeoutOption, DoesNotOverruleTheCaller) {
  Scene s(telling());
  s.establish();
  s.end().set_user_timeout(5s);
  s.look();
  s.host_sends({.flags = ACK, .uto = UserTimeout{.value = 5}});
  s.peer_sends({.flags = ACK, .uto = UserTimeout{.value = 300}});
  EXPECT_EQ(s.info().user_timeout, 5s);
}

TEST(UserTimeoutOption, OfASegmentThatIsNotAcceptableSaysNothing) {
  Scene s(telling());
  s.establish();
  s.peer_sends({.flags = ACK, .seq = 1'000'000, .uto = UserTimeout{.value = 300}});
  s.host_sends({.flags = ACK, .ack = 1});
  EXPECT_EQ(s.info().user_timeout, 100s);
}

TEST(UserTimeoutOption, HeardWhileTextWaitsItCountsAtOnce) {
  Scene s(telling());
  s.establish();
  s.caller_sends("x");
  s.skip_all();
  s.after(90s);
  s.skip_all();
  s.peer_sends({.flags = ACK, .ack = 1, .uto = UserTimeout{.value = 300}});
  s.skip_all();
  s.after(200s);
  s.skip_all();
  s.state_is("ESTABLISHED");
  s.after(10s);
  s.skip_all();
  s.state_is("CLOSED");
}

TEST(UserTimeoutOption, GoesBesideSelectiveAcknowledgments) {
  Scene s(telling());
  s.establish({.mss = 1000, .sack = true, .timestamps = true});
  for (std::uint32_t i = 0; i < 4; ++i) {
    s.peer_sends({.flags = ACK, .seq = 101 + 200 * i, .len = 100});
    const Sent sent = s.take();
    EXPECT_LE(wire::tcp_options_length(sent.segment.options), 40u);
  }
  s.end().set_user_timeout(5s);
  s.look();
  const std::vector<Block> newest = {{701, 801}, {501, 601}};  // the option takes the place of a third
  s.host_sends({.flags = ACK, .ack = 1, .sack = newest, .uto = UserTimeout{.value = 5}});
  s.skip_all();
}

}  // namespace
}  // namespace handfast::scene
