#include "pair/flooded.h"

// TIME-WAIT as a Host keeps it: its limit, and a new connection in place of an old one (RFC 6191, RFC 1122 §4.2.2.13).
// Which SYN may do that stands, case by case, in tests/scene/close_test.cc.

namespace handfast::pair {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kOpenerPort = 5000;

class TimeWaitHost : public testing::TestWithParam<bool>, public Flooded {
 protected:
  TimeWaitHost() : Flooded({.fill = false}) {}

  TcpHandle open(std::uint16_t port) {
    const auto opened = host(1).connect({.peer = {address(0), kPort}, .source_port = port}, now());
    EXPECT_TRUE(opened);
    settle();
    return *opened;
  }
  // A connection whose server closed first and lingers, its handle kept by the caller or given back.
  void reach_time_wait(std::uint16_t port, std::size_t text = 0) {
    const TcpHandle opener = open(port);
    server_side = *host(0).accept(listener, now());
    const std::string sent(text, 'x');
    for (std::size_t at = 0; at < text;) {
      const auto taken = host(0).send(server_side, as_text(std::string_view(sent).substr(at)), now());
      if (taken) at += *taken;
      settle();
      (void)take_text(host(1), opener, now());
      settle();
    }
    EXPECT_TRUE(host(0).close_send(server_side, now()));
    settle();
    const TcpInfo there = *host(1).info(opener);
    peer_next = there.snd_nxt + 1;
    EXPECT_TRUE(host(1).close(opener, now()));
    settle();
    const TcpInfo here = *host(0).info(server_side);
    EXPECT_EQ(here.state, TcpState::kTimeWait);
    old_iss = here.snd_iss;
    old_next = here.snd_nxt;
    if (!GetParam()) return;
    EXPECT_TRUE(host(0).close(server_side, now()));
    settle();
    EXPECT_EQ(host(0).connection_count(), 0u);
  }
  // A reset exactly at RCV.NXT tells, and changes nothing (RFC 1337).
  bool lingers(std::uint16_t port) {
    const std::uint64_t before = host(0).counters().dropped(DropReason::kTcpResetInTimeWait);
    deliver(0, segment(port, peer_next, sim::Packet::kRst));
    return host(0).counters().dropped(DropReason::kTcpResetInTimeWait) == before + 1;
  }
  static sim::BuiltPacket segment(std::uint16_t port, std::uint32_t seq, std::uint8_t flags) {
    return {.source = {address(1), port}, .destination = {address(0), kPort}, .seq = seq, .flags = flags};
  }

  TcpHandle server_side;
  std::uint32_t peer_next = 0;
  std::uint32_t old_iss = 0;
  std::uint32_t old_next = 0;
};
INSTANTIATE_TEST_SUITE_P(Form, TimeWaitHost, testing::Bool(),
                         [](const auto& form) { return form.param ? "Compact" : "Full"; });

TEST_P(TimeWaitHost, ANewConnectionTakesItsPlaceAndOutlivesIt) {
  reach_time_wait(kOpenerPort);
  EXPECT_TRUE(lingers(kOpenerPort));
  pass(1s);
  const TcpHandle opener = open(kOpenerPort);
  const TcpHandle accepted = *host(0).accept(listener, now());
  EXPECT_EQ(host(1).info(opener)->state, TcpState::kEstablished);
  pass(2min);  // the old deadline passes
  EXPECT_TRUE(host(1).send(opener, as_text("here"), now()));
  settle();
  EXPECT_EQ(take_text(host(0), accepted, now()), "here");
}

// RFC 1122 §4.2.2.13 condition 1: beyond every number of the old connection, however fast that used them up.
TEST_P(TimeWaitHost, TheNewNumbersLieBeyondTheOldOnes) {
  reach_time_wait(kOpenerPort, 3'000'000);
  ASSERT_GT(old_next - old_iss, 3'000'000u);
  pass(2ms);  // the clock of four microseconds is at old_iss + 500
  (void)open(kOpenerPort);
  const TcpHandle accepted = *host(0).accept(listener, now());
  const std::uint32_t beyond = host(0).info(accepted)->snd_iss - old_next;
  EXPECT_GT(beyond, 0u);
  EXPECT_LT(beyond, 0x80000000u);
}

// Condition 2: "returns to TIME-WAIT if the SYN turns out to be an old duplicate".
TEST_P(TimeWaitHost, GoesOnWhereTheSynWasAnOldDuplicate) {
  reach_time_wait(kOpenerPort);
  pass(1s);
  sim::BuiltPacket old_syn = segment(kOpenerPort, peer_next + 1000, sim::Packet::kSyn);
  for (const int byte : {1, 1, 8, 10, 0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0}) {
    old_syn.options.push_back(static_cast<std::byte>(byte));
  }
  // Its timestamp may be newer or not: try both halves of the circle, one of them opens.
  deliver(0, old_syn);
  old_syn.options[4] = std::byte{0xFF};
  deliver(0, old_syn);
  EXPECT_EQ(info().half_open, 1u);
  EXPECT_FALSE(lingers(kOpenerPort));
  settle();  // Host 1 knows nothing of it and resets
  EXPECT_EQ(info().half_open, 0u);
  EXPECT_TRUE(lingers(kOpenerPort));
  pass(30s);
  EXPECT_TRUE(lingers(kOpenerPort));
  pass(30s);  // the first deadline still holds
  EXPECT_FALSE(lingers(kOpenerPort));
  EXPECT_EQ(host(0).connection_count(), GetParam() ? 0u : 1u);
}

TEST_P(TimeWaitHost, GoesOnWhereTheListenerEndsInTheMiddle) {
  reach_time_wait(kOpenerPort);
  pass(1s);
  const auto opened = host(1).connect({.peer = {address(0), kPort}, .source_port = kOpenerPort}, now());
  ASSERT_TRUE(opened);
  std::array<Frame, 1> frames;
  ASSERT_EQ(host(1).poll_transmit(frames, now()), 1u);
  const auto syn = frames[0].slices[0].bytes();
  deliver(0, std::vector<std::byte>(syn.begin(), syn.end()));
  frames[0].clear();
  EXPECT_EQ(info().half_open, 1u);
  EXPECT_TRUE(host(0).close_listener(listener, now()));
  EXPECT_TRUE(lingers(kOpenerPort));
}

TEST_P(TimeWaitHost, AHandshakeLongerThanTheWaitLeavesNothingBehind) {
  reach_time_wait(kOpenerPort);
  pass(59s);
  const auto opened = host(1).connect({.peer = {address(0), kPort}, .source_port = kOpenerPort}, now());
  lose(0, 2);  // the SYN-ACK, twice
  pass(10s);
  EXPECT_EQ(host(1).info(*opened)->state, TcpState::kEstablished);
  EXPECT_EQ(info().waiting, 1u);
  EXPECT_FALSE(lingers(kOpenerPort));
}

TEST_P(TimeWaitHost, WithoutAListenerASynIsChallenged) {
  reach_time_wait(kOpenerPort);
  EXPECT_TRUE(host(0).close_listener(listener, now()));
  pass(1s);
  const auto opened = host(1).connect({.peer = {address(0), kPort}, .source_port = kOpenerPort}, now());
  settle();
  EXPECT_EQ(host(1).info(*opened)->state, TcpState::kSynSent);
  EXPECT_EQ(host(0).counters().dropped(DropReason::kTcpSynChallenged), 1u);
  EXPECT_TRUE(lingers(kOpenerPort));
}

TEST_P(TimeWaitHost, WhatTheCallerGivesBackAfterwardsDoesNotDisturbTheNewConnection) {
  reach_time_wait(kOpenerPort);
  pass(1s);
  const TcpHandle opener = open(kOpenerPort);
  const TcpHandle accepted = *host(0).accept(listener, now());
  if (!GetParam()) {
    EXPECT_TRUE(host(0).close(server_side, now()));
  }
  settle();
  EXPECT_EQ(host(0).connection_count(), 1u);
  EXPECT_TRUE(host(1).send(opener, as_text("mine"), now()));
  settle();
  EXPECT_EQ(take_text(host(0), accepted, now()), "mine");
  EXPECT_TRUE(host(0).abort(accepted, now()));
  EXPECT_FALSE(lingers(kOpenerPort));
}

TEST(TimeWaitLimit, BeyondItTheOldestGoes) {
  Config server;
  server.limits.time_wait = 2;
  Flooded net({.server = server, .fill = false});
  std::array<std::uint32_t, 3> next{};
  for (std::uint16_t i = 0; i < 3; ++i) {
    const std::uint16_t port = kOpenerPort + i;
    const auto opener = net.host(1).connect({.peer = {Bench::address(0), 80}, .source_port = port}, net.now());
    net.settle();
    EXPECT_TRUE(net.host(0).close(*net.host(0).accept(net.listener, net.now()), net.now()));
    net.settle();
    next[i] = net.host(1).info(*opener)->snd_nxt + 1;
    EXPECT_TRUE(net.host(1).close(*opener, net.now()));
    net.settle();
    net.pass(1s);
  }
  for (std::uint16_t i = 0; i < 3; ++i) {
    net.deliver(0, sim::BuiltPacket{.source = {Bench::address(1), static_cast<std::uint16_t>(kOpenerPort + i)},
                                    .destination = {Bench::address(0), 80},
                                    .seq = next[i],
                                    .flags = sim::Packet::kRst});
    EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpResetInTimeWait), i) << i;
  }
}

}  // namespace
}  // namespace handfast::pair
