#include "scene/scene.h"

// Keep-alive (RFC 9293 §3.8.4) and the user timeout of a connection (§3.8.3).

namespace handfast::scene {
namespace {

LoneEndOptions with_keep_alive(Duration idle = 2h) {
  LoneEndOptions options;
  options.config.keep_alive = true;
  options.config.keep_alive_idle = idle;
  return options;
}

void host_asks(Scene& s, Where where = Where::current()) {
  s.host_sends({.flags = ACK, .seq = s.host_next() - 1, .len = 0}, where);
  s.host_is_silent(where);
}

TEST(KeepAlive, IsOffUnlessTheCallerWantsIt) {
  Scene s;  // MUST-25
  s.establish();
  s.silent_for(48h);
  s.state_is("ESTABLISHED");
}

TEST(KeepAlive, AsksAfterTwoQuietHoursWithoutText) {  // MAY-5
  Scene s(with_keep_alive());                         // MUST-28, SHLD-12
  s.establish();
  s.silent_for(2h - 1ms);
  s.after(1ms);
  host_asks(s);
  s.peer_sends({.flags = ACK});
  s.silent_for(2h - 1ms);
  s.after(1ms);
  host_asks(s);
  s.state_is("ESTABLISHED");
}

TEST(KeepAlive, WhatArrivesBeginsTheQuietTimeAnew) {
  Scene s(with_keep_alive(1min));  // MUST-26, MUST-27
  s.establish();
  s.silent_for(50s);
  s.peer_sends({.flags = ACK, .len = 1});
  s.after(1s);
  s.skip_all();  // its acknowledgment
  s.silent_for(59s - 1ms);
  s.after(1ms);
  host_asks(s);
}

TEST(KeepAlive, IsNotSentWhileTextIsOnItsWay) {
  Scene s(with_keep_alive(1min));  // MUST-26
  s.establish();
  s.silent_for(59s);
  s.caller_sends("x");
  s.host_sends({.flags = ACK, .text = "x"});
  s.after(70s);
  while (s.waiting() > 0) EXPECT_EQ(s.take().text, "x") << "retransmissions and nothing else";
  s.state_is("ESTABLISHED");
}

TEST(KeepAlive, OneThatIsNotAnsweredIsNoDeadConnection) {
  Scene s(with_keep_alive(1min));  // MUST-29
  s.establish();
  s.after(1min);
  host_asks(s);
  s.silent_for(75s - 1ms);
  s.after(1ms);
  host_asks(s);
  s.peer_sends({.flags = ACK});
  s.silent_for(1min - 1ms);
  s.after(1ms);
  host_asks(s);
}

TEST(KeepAlive, APeerThatAnswersNoneIsGone) {
  Scene s(with_keep_alive(1min));
  s.establish();
  s.after(1min);
  host_asks(s);
  for (int i = 1; i < 9; ++i) {
    s.silent_for(75s - 1ms);
    s.after(1ms);
    host_asks(s);
  }
  s.state_is("ESTABLISHED");
  s.silent_for(75s - 1ms);
  s.after(1ms);
  s.host_is_silent();
  s.state_is("CLOSED");
  s.caller_receive_fails(Error::kTimedOut);
}

TEST(KeepAlive, EndsWithTimeWait) {
  Scene s(with_keep_alive(10s));
  s.reach_time_wait();
  s.silent_for(59s);
  s.state_is("TIME-WAIT");
}

TEST(UserTimeout, OfOneConnectionTakesThePlaceOfR2) {
  Scene s;  // MUST-21
  s.establish();
  s.end().set_user_timeout(5s);
  s.caller_sends("x");
  s.skip_all();
  s.after(10s);
  s.skip_all();
  s.state_is("CLOSED");
  s.caller_receive_fails(Error::kTimedOut);
}

}  // namespace
}  // namespace handfast::scene
