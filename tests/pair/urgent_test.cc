#include <gtest/gtest.h>

#include "pair/pair.h"

// Urgent text with both ends real (RFC 9293 §3.8.5): the news travels ahead, the text stays where it was written.

namespace handfast::pair {
namespace {

std::size_t sends_urgently(Connected& c, std::string_view text) {
  return c.of_a.send_urgent(std::as_bytes(std::span(text)), c.p.now()).value_or(0);
}

TEST(PairUrgent, IsHeardOfAndTakenInLine) {  // MUST-30, MUST-32, MUST-33
  Connected c;
  EXPECT_EQ(c.p.sends(c.of_a, "before "), 7u);
  EXPECT_EQ(sends_urgently(c, "urgent"), 6u);
  c.p.pass(1s);
  EXPECT_EQ(c.p.sends(c.of_a, " after"), 6u);
  c.p.pass(1s);
  EXPECT_NE(c.p.b.hears(c.of_b) & Readiness::kUrgent, 0);
  EXPECT_EQ(c.of_b.info()->urgent_remaining, 13u) << "all the text up to the mark";
  EXPECT_EQ(c.p.takes(c.of_b), "before urgent after");
  EXPECT_EQ(c.of_b.info()->urgent_remaining, 0u);
}

// The very case that the mechanism is for: a caller that does not read learns that it should.
TEST(PairUrgent, ReachesACallerThatDoesNotRead) {  // MUST-66
  Config config;
  config.tcp.receive_buffer = 4096;
  config.tcp.send_buffer = 20'000;
  Connected c(config);
  const std::string text = text_of(10'000);
  EXPECT_EQ(c.p.sends(c.of_a, text), text.size());
  c.p.pass(30s);
  EXPECT_EQ(c.of_b.info()->rcv_wnd, 0u);
  EXPECT_EQ(c.p.b.hears(c.of_b) & Readiness::kUrgent, 0);
  EXPECT_EQ(sends_urgently(c, "stop"), 4u);
  c.p.settle();
  EXPECT_NE(c.p.b.hears(c.of_b) & Readiness::kUrgent, 0);
  EXPECT_EQ(c.of_b.info()->urgent_remaining, 10'004u);
  std::string taken;
  for (int turns = 0; turns < 50; ++turns) {
    taken += c.p.takes(c.of_b);
    c.p.pass(1s);
  }
  EXPECT_EQ(taken, text + "stop");
}

TEST(PairUrgent, MoreThanThePointerCanSayIsToldPieceByPiece) {  // MUST-31
  Connected c;
  const std::string text = text_of(200'000);
  std::string taken;
  EXPECT_EQ(sends_urgently(c, text), text.size());
  std::uint32_t furthest = 0;
  for (int turns = 0; turns < 300 && taken.size() < text.size(); ++turns) {
    c.p.pass(10ms);
    furthest = std::max(furthest, c.of_b.info()->urgent_remaining + static_cast<std::uint32_t>(taken.size()));
    taken += c.p.takes(c.of_b);
  }
  EXPECT_TRUE(taken == text);
  EXPECT_EQ(furthest, 200'000u) << "the mark came to stand where it belongs";
  EXPECT_EQ(c.of_b.info()->urgent_remaining, 0u);
}

TEST(PairUrgent, SurvivesALossOfTheNews) {
  Connected c;
  EXPECT_EQ(sends_urgently(c, "stop"), 4u);
  EXPECT_NE(c.p.a.says(), "");
  c.p.a.loses();
  c.p.pass(3s);
  EXPECT_NE(c.p.b.hears(c.of_b) & Readiness::kUrgent, 0);
  EXPECT_EQ(c.p.takes(c.of_b), "stop");
}

}  // namespace
}  // namespace handfast::pair
