#include <functional>

#include "scene/scene.h"

// Each user call in each state: RFC 9293 §3.10.1 to §3.10.6.

namespace handfast::scene {
namespace {

struct StateCase {
  std::string name;
  std::function<void(Scene&)> reach;
};

void PrintTo(const StateCase& state, std::ostream* out) { *out << state.name; }

std::vector<StateCase> all_states() {
  const auto by = [](void (Scene::*reach)(const Peer&, Where)) {
    return [reach](Scene& s) { (s.*reach)({}, Where::current()); };
  };
  const auto syn_sent = [](Scene& s) {
    s.host_opens();
    s.host_sends({.flags = SYN});
  };
  const auto syn_received = [syn_sent](Scene& s) {
    syn_sent(s);
    s.peer_sends({.flags = SYN, .mss = 1460});
    s.host_sends({.flags = SYN_ACK});
  };
  const auto closed = [by](Scene& s) {
    by (&Scene::reach_last_ack)(s);
    s.peer_sends({.flags = ACK});
  };
  return {{"CLOSED", closed},
          {"SYN-SENT", syn_sent},
          {"SYN-RECEIVED", syn_received},
          {"ESTABLISHED", by(&Scene::establish)},
          {"FIN-WAIT-1", by(&Scene::reach_fin_wait_1)},
          {"FIN-WAIT-2", by(&Scene::reach_fin_wait_2)},
          {"CLOSE-WAIT", by(&Scene::reach_close_wait)},
          {"CLOSING", by(&Scene::reach_closing)},
          {"LAST-ACK", by(&Scene::reach_last_ack)},
          {"TIME-WAIT", by(&Scene::reach_time_wait)}};
}

template <typename T>
std::string answer(const Result<T>& result) {
  return result ? "ok" : result.error().message();
}
std::string answer(Error error) { return make_error_code(error).message(); }

class UserCall : public testing::TestWithParam<StateCase> {
 protected:
  void SetUp() override {
    GetParam().reach(scene_);
    scene_.state_is(GetParam().name);
  }
  bool in(std::initializer_list<std::string_view> names) const {
    return std::find(names.begin(), names.end(), GetParam().name) != names.end();
  }

  Scene scene_;
};

INSTANTIATE_TEST_SUITE_P(State, UserCall, testing::ValuesIn(all_states()), [](const auto& state) {
  std::string name;
  for (const char c : state.param.name) {
    if (c != '-') name += c;
  }
  return name;
});

TEST_P(UserCall, Send) {  // U-11
  const std::string result = answer(scene_.end().send("x"));
  if (in({"SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT"})) {
    EXPECT_EQ(result, "ok");
  } else if (in({"CLOSED"})) {
    EXPECT_EQ(result, answer(Error::kNotConnected));
  } else {
    EXPECT_EQ(result, answer(Error::kClosing));
  }
  scene_.look();
  EXPECT_EQ(scene_.waiting(), in({"ESTABLISHED", "CLOSE-WAIT"}) ? 1u : 0u);
  scene_.skip_all();
}

TEST_P(UserCall, ReceiveWithNothingThere) {  // U-11
  const auto result = scene_.end().receive();
  if (in({"CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT", "CLOSED"})) {
    ASSERT_TRUE(result.has_value()) << result.error().message();
    EXPECT_EQ(*result, "");  // "connection closing": the end of the text
  } else {
    EXPECT_EQ(answer(result), answer(Error::kWouldBlock));
  }
}

TEST_P(UserCall, Close) {  // U-11
  const std::string result = answer(scene_.end().close());
  scene_.look();
  if (in({"SYN-SENT"})) {
    EXPECT_EQ(result, "ok");
    scene_.host_is_silent();
    scene_.state_is("CLOSED");
  } else if (in({"SYN-RECEIVED"})) {
    EXPECT_EQ(result, "ok");
    scene_.host_is_silent();
    EXPECT_EQ(answer(scene_.end().close()), answer(Error::kClosing));
    EXPECT_EQ(answer(scene_.end().send("x")), answer(Error::kClosing));
  } else if (in({"ESTABLISHED", "CLOSE-WAIT"})) {
    EXPECT_EQ(result, "ok");
    scene_.host_sends({.flags = FIN_ACK});
    scene_.state_is(in({"ESTABLISHED"}) ? "FIN-WAIT-1" : "LAST-ACK");
  } else {
    EXPECT_EQ(result, answer(in({"CLOSED"}) ? Error::kNotConnected : Error::kClosing));
    scene_.host_is_silent();
    scene_.state_is(GetParam().name);
  }
}

TEST_P(UserCall, Abort) {  // U-11
  const std::uint32_t next = scene_.end().view().snd_nxt;
  scene_.caller_aborts();
  if (in({"SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT"})) {
    const Sent reset = scene_.take();
    EXPECT_TRUE(reset.segment.rst());
    EXPECT_EQ(reset.segment.seq.value(), next);
  }
  scene_.host_is_silent();
  scene_.state_is("CLOSED");
  EXPECT_EQ(scene_.end().next_deadline(), kNever);
  if (!in({"CLOSED"})) {
    EXPECT_EQ(scene_.info().error, make_error_code(Error::kAborted));
    EXPECT_EQ(answer(scene_.end().send("x")), answer(Error::kAborted));
  }
}

TEST_P(UserCall, Status) {  // U-11
  const TcpInfo info = scene_.info();
  EXPECT_EQ(to_string(info.state), GetParam().name);
  EXPECT_EQ(info.tuple, scene_.end().tuple());
  EXPECT_EQ(info.snd_iss, 0xFFFFFF00u);
  if (!in({"SYN-SENT"})) {
    EXPECT_EQ(info.rcv_irs, Scene::kPeerIss);
  }
}

TEST_P(UserCall, LetGo) {
  scene_.end().let_go();
  scene_.look();
  if (in({"ESTABLISHED", "CLOSE-WAIT"})) scene_.host_sends({.flags = FIN_ACK});
  scene_.host_is_silent();
  if (in({"SYN-SENT"})) scene_.state_is("CLOSED");
  scene_.after(200s);
  scene_.skip_all();
  if (!in({"CLOSE-WAIT", "LAST-ACK"})) scene_.state_is("CLOSED");
}

TEST(UserCalls, ReceiveTakesWhatIsThereBeforeTheEnd) {
  for (const auto reach : {&Scene::reach_fin_wait_1, &Scene::reach_fin_wait_2}) {
    Scene s;
    (s.*reach)({}, Where::current());
    s.peer_sends({.flags = FIN_ACK, .text = "last"});
    s.skip_all();
    s.caller_receives("last");
    s.caller_receives_end();
  }
}

TEST(UserCalls, WhatArrivedInGoodOrderOutlivesTheConnection) {
  Scene s;
  s.establish();
  s.peer_sends({.flags = FIN_ACK, .text = "kept"});
  s.host_sends({.flags = ACK});
  s.caller_closes();
  s.host_sends({.flags = FIN_ACK});
  s.peer_sends({.flags = ACK});
  s.state_is("CLOSED");
  s.caller_receives("kept");
  s.caller_receives_end();
  EXPECT_EQ(s.end().active_blocks().in_use(), 0u);
}

TEST(UserCalls, AListenerTakesNoText) {  // U-11
  Scene s;
  s.host_listens();
  EXPECT_EQ(answer(s.end().send("x")), answer(Error::kUnspecifiedPeer));
}

TEST(UserCalls, SendOfNothingIsNothing) {
  Scene s;
  s.establish();
  EXPECT_EQ(s.end().send("").value(), 0u);
  s.look();
  s.host_is_silent();
}

TEST(UserCalls, TextQueuedInSynReceivedFollowsTheHandshake) {
  Scene s;
  s.host_opens();
  s.host_sends({.flags = SYN});
  s.peer_sends({.flags = SYN, .mss = 1460});
  s.host_sends({.flags = SYN_ACK});
  s.caller_sends("queued");
  s.host_is_silent();
  s.peer_sends({.flags = ACK, .seq = 1, .ack = 1});
  s.host_sends({.flags = PSH_ACK, .seq = 1, .ack = 1, .text = "queued"});
}

}  // namespace
}  // namespace handfast::scene
