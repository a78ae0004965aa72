#include <gtest/gtest.h>

#include "pair/pair.h"

// Windows: each end's pace is the other's limit, in both directions at once.

namespace handfast::pair {
namespace {

Config small_buffers() {
  Config config;
  config.tcp.receive_buffer = 4096;
  config.tcp.send_buffer = 20'000;
  return config;
}

struct Small : Connected {
  explicit Small(const Config& config = small_buffers()) : Connected(config) {}
};

// MUST-37: a window may stay shut for as long as it likes; the answers to probes keep the connection alive.
TEST(PairWindow, BothShutForLongAndOpenAgain) {  // MAY-8
  Small c;
  const std::string text = text_of(20'000);
  EXPECT_EQ(c.p.sends(c.of_a, text), text.size());
  EXPECT_EQ(c.p.sends(c.of_b, text), text.size());
  EXPECT_EQ(c.p.sends(c.of_a, text), 0u) << "the send queue is full";
  c.p.pass(10s);
  for (const TcpSocket* end : {&c.of_a, &c.of_b}) {
    EXPECT_EQ(end->info()->rcv_wnd, 0u);
    EXPECT_EQ(end->info()->snd_wnd, 0u);
    EXPECT_EQ(end->info()->receive_queued, 4096u) << "all the room there is, and no more";
  }
  c.p.pass(1h);
  EXPECT_EQ(state_of(c.of_a), "ESTABLISHED");
  EXPECT_EQ(state_of(c.of_b), "ESTABLISHED");

  std::string at_a;
  std::string at_b;
  for (int turns = 0; turns < 100; ++turns) {
    at_a += c.p.takes(c.of_a);
    at_b += c.p.takes(c.of_b);
    c.p.pass(10ms);
  }
  EXPECT_TRUE(at_a == text);
  EXPECT_TRUE(at_b == text);
  EXPECT_EQ(c.of_a.info()->send_queued, 0u);
  EXPECT_GT(c.of_b.info()->snd_wnd, 0u);
}

TEST(PairWindow, AShutOneDoesNotHinderTheOtherDirection) {
  Small c;
  const std::string text = text_of(20'000);
  EXPECT_EQ(c.p.sends(c.of_b, text), text.size());
  c.p.pass(10s);
  EXPECT_EQ(c.of_a.info()->rcv_wnd, 0u);
  const std::string other = text_of(50'000);
  EXPECT_TRUE(c.p.carries(c.of_a, other, c.of_b) == other);
  EXPECT_EQ(c.of_a.info()->rcv_wnd, 0u);
}

TEST(PairWindow, ALostUpdateIsMadeUpForByAProbe) {
  Small c;
  const std::string text = text_of(20'000);
  EXPECT_EQ(c.p.sends(c.of_a, text), text.size());
  c.p.pass(10s);
  EXPECT_EQ(c.of_a.info()->snd_wnd, 0u);
  std::string arrived = c.p.takes(c.of_b);
  EXPECT_EQ(c.p.b.says(), "ACK") << "the window opens";
  c.p.b.loses();
  c.p.settle();
  EXPECT_EQ(c.of_a.info()->snd_wnd, 0u);
  for (int turns = 0; turns < 200; ++turns) {
    c.p.pass(500ms);
    arrived += c.p.takes(c.of_b);
  }
  EXPECT_TRUE(arrived == text);
}

TEST(PairWindow, APeerThatVanishesBehindAShutOneIsGivenUp) {
  Small c;
  EXPECT_EQ(c.p.sends(c.of_a, text_of(20'000)), 20'000u);
  c.p.pass(10s);
  EXPECT_EQ(c.of_a.info()->snd_wnd, 0u);
  c.p.cut();
  c.p.pass(5min);
  EXPECT_EQ(error_of(c.of_a), make_error_code(Error::kTimedOut));
  EXPECT_EQ(state_of(c.of_b), "ESTABLISHED") << "which has nothing on its way, and so no way to know";
}

// The reset keeps to the edge of the shut window, though a probe is on its way beyond it.
TEST(PairWindow, AnAbortBehindAShutOneIsHeard) {
  Small c;
  EXPECT_EQ(c.p.sends(c.of_a, text_of(20'000)), 20'000u);
  c.p.pass(10s);
  EXPECT_EQ(c.of_a.info()->snd_wnd, 0u);
  EXPECT_EQ(c.of_a.info()->snd_nxt, c.of_a.info()->snd_una + 1);
  EXPECT_TRUE(c.of_a.abort(c.p.now()));
  c.p.settle();
  EXPECT_EQ(error_of(c.of_b), make_error_code(Error::kReset));
}

TEST(PairWindow, AnEndOfTextBehindAShutOneArrives) {
  Small c;
  const std::string text = text_of(10'000);
  EXPECT_EQ(c.p.sends(c.of_a, text), text.size());
  EXPECT_TRUE(c.of_a.close_send(c.p.now()));
  c.p.pass(10s);
  std::string arrived;
  for (int turns = 0; turns < 100; ++turns) {
    arrived += c.p.takes(c.of_b);
    c.p.pass(10ms);
  }
  EXPECT_TRUE(arrived == text);
  EXPECT_TRUE(c.p.is_at_end(c.of_b));
  EXPECT_EQ(state_of(c.of_a), "FIN-WAIT-2");
}

}  // namespace
}  // namespace handfast::pair
