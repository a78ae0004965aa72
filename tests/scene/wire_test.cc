#include "scene/wire.h"

#include <gtest/gtest.h>

#include "scene/scene.h"

// Two ends against each other: everything that a caller hands over arrives, once and in order, whatever the wire does
// and whichever single allocation fails; and a connection in compact form does what it would do in full.

namespace handfast::scene {
namespace {

LoneEndOptions other_end() { return {.iss = Scene::kPeerIss, .timestamp_offset = 0x12345678}; }

void fill(Wire& wire, std::uint32_t bytes) {
  wire.a_caller.to_send = pattern(0, bytes);
  wire.b_caller.to_send = pattern(7, bytes + 1000);
  wire.b.listen();
  wire.a.open();
}

void expect_complete(const Wire& wire) {
  EXPECT_TRUE(wire.is_done()) << to_string(wire.a.state()) << " " << to_string(wire.b.state()) << ", "
                              << wire.a_caller.failure.message() << ", " << wire.b_caller.failure.message() << ", "
                              << wire.a_caller.received.size() << " and " << wire.b_caller.received.size();
  EXPECT_EQ(wire.b_caller.received == wire.a_caller.to_send, true);
  EXPECT_EQ(wire.a_caller.received == wire.b_caller.to_send, true);
}

TEST(Wire, WithoutFaultsEverythingArrives) {
  Wire wire({}, other_end(), 1);
  fill(wire, 500'000);
  wire.run(60s);
  expect_complete(wire);
  wire.run(0s);
  EXPECT_EQ(wire.a.counters().segments_retransmitted, 0u);
  EXPECT_EQ(wire.b.counters().segments_retransmitted, 0u);
}

TEST(Wire, WhateverIsLostRepeatedOrLateEverythingArrives) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    base::TestRandom random(seed * 977);
    LoneEndOptions a;
    LoneEndOptions b = other_end();
    for (LoneEndOptions* end : {&a, &b}) {
      end->config.sack = random.chance(1, 2);
      end->config.timestamps = random.chance(1, 2);
      end->config.window_scale = random.chance(1, 2);
      end->config.nagle = random.chance(1, 2);
      end->config.receive_buffer = static_cast<std::uint32_t>(1000 + random.below(60000));
      end->config.send_buffer = static_cast<std::uint32_t>(1000 + random.below(60000));
      end->mss = static_cast<std::uint16_t>(200 + random.below(1260));
      end->compact_half_open = random.chance(1, 2);
    }
    Wire wire(a, b, seed,
              {.loss = static_cast<std::uint32_t>(random.below(100)),
               .duplicate = static_cast<std::uint32_t>(random.below(100)),
               .late = static_cast<std::uint32_t>(random.below(300))});
    fill(wire, 20'000);
    wire.run(30min);
    expect_complete(wire);
  }
}

TEST(Wire, AnySingleRefusedAllocationCorruptsNothing) {
  const Faults faults{.loss = 20, .duplicate = 20, .late = 200};
  const auto options = [] {
    LoneEndOptions end = other_end();
    end.config.receive_buffer = 20'000;
    return end;
  };
  Wire count(options(), options(), 5, faults);
  fill(count, 8'000);
  count.run(30min);
  const std::uint64_t takes = count.a.memory().takes();
  EXPECT_GT(takes, 8u);
  for (std::uint64_t nth = 1; nth <= takes; ++nth) {
    SCOPED_TRACE(nth);
    Wire wire(options(), options(), 5, faults);
    wire.a.memory().fail_nth_take(nth);
    wire.b.memory().fail_nth_take(nth);
    fill(wire, 8'000);
    wire.run(30min);
    expect_complete(wire);
    if (HasFailure()) return;
  }
}

TEST(Wire, AfterAPauseInWhichNoMemoryIsGivenEverythingArrives) {
  for (std::uint64_t nth = 1; nth <= 40; nth += 3) {
    SCOPED_TRACE(nth);
    Wire wire({}, other_end(), nth, {.loss = 20, .late = 200});
    fill(wire, 8'000);
    wire.a.memory().fail_nth_take(nth, true);
    wire.b.memory().fail_nth_take(nth, true);
    wire.run(5s);
    wire.a.memory().stop_failing();
    wire.b.memory().stop_failing();
    wire.run(30min);
    expect_complete(wire);
  }
}

TEST(Wire, ATinyBudgetIsNeverPassed) {
  LoneEndOptions a;
  LoneEndOptions b = other_end();
  a.memory = b.memory = 40'000;
  Wire wire(a, b, 3, {.loss = 30, .late = 200});
  fill(wire, 60'000);
  wire.run(30min);
  expect_complete(wire);
  EXPECT_LE(wire.a.memory().peak(), 40'000u);
  EXPECT_LE(wire.b.memory().peak(), 40'000u);
}

// --- compact == full ---

// A segment near the numbers that matter, with any flags.
tcp::Segment random_segment(base::TestRandom& random, const LoneEnd& end, bool stamps) {
  const trace::TcbView view = end.view();
  tcp::Segment segment;
  constexpr wire::TcpFlags kFlags[] = {SYN, SYN, ACK, ACK, ACK, ACK, FIN_ACK, FIN_ACK, RST, RST_ACK, SYN_ACK, FIN, PSH};
  segment.flags = kFlags[random.below(std::size(kFlags))];
  constexpr std::uint32_t kOffsets[] = {0, 0, 0, 0, 1, 0xFFFFFFFF, 0xFFFFFFFE, 2, 1000, 70000, 0x80000000};
  segment.seq = tcp::SeqNum(view.rcv_nxt + kOffsets[random.below(std::size(kOffsets))]);
  if (segment.syn() && random.chance(1, 2)) segment.seq = tcp::SeqNum(view.irs);
  if (segment.has_ack()) segment.ack = tcp::SeqNum(view.snd_nxt + kOffsets[random.below(std::size(kOffsets))]);
  segment.window = static_cast<std::uint16_t>(random.chance(1, 8) ? 0 : random.below(65536));
  if (segment.syn()) {
    segment.options.mss = static_cast<std::uint16_t>(random.below(1461));
    segment.options.sack_permitted = stamps;
    if (random.chance(1, 2)) segment.options.window_scale = static_cast<std::uint8_t>(random.below(15));
  }
  if (stamps != random.chance(1, 20)) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(end.now().time_since_epoch()).count();
    segment.options.timestamps =
        wire::TcpTimestamps{.value = static_cast<std::uint32_t>(ms) - (random.chance(1, 6) ? 2000u : 0u), .echo = 1};
  }
  return segment;
}

void expect_same(LoneEnd& compact, LoneEnd& full) {
  ASSERT_EQ(compact.state_name(), full.state_name());
  ASSERT_EQ(compact.next_deadline(), full.next_deadline());
  const std::vector<Sent> one = compact.poll();
  const std::vector<Sent> two = full.poll();
  ASSERT_EQ(one.size(), two.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    const tcp::Segment& s = one[i].segment;
    const tcp::Segment& t = two[i].segment;
    EXPECT_EQ(s.seq.value(), t.seq.value());
    EXPECT_EQ(s.ack.value(), t.ack.value());
    EXPECT_EQ(s.flags.bits(), t.flags.bits());
    EXPECT_EQ(s.window, t.window);
    EXPECT_EQ(s.options, t.options);
    EXPECT_EQ(one[i].text, two[i].text);
    EXPECT_EQ(one[i].again, two[i].again);
    EXPECT_EQ(one[i].at, two[i].at);
  }
  EXPECT_EQ(compact.counters().drops, full.counters().drops);
  EXPECT_EQ(compact.counters().challenge_acks, full.counters().challenge_acks);
  EXPECT_EQ(compact.counters().connections_opened, full.counters().connections_opened);
  EXPECT_EQ(compact.counters().connections_closed, full.counters().connections_closed);
  EXPECT_EQ(compact.counters().connections_failed, full.counters().connections_failed);
  EXPECT_EQ(compact.take_signals(), full.take_signals());
  EXPECT_EQ(compact.state_name(), full.state_name());
}

TEST(CompactForms, DoWhatTheConnectionInFullDoes) {
  std::array<int, kTcpStateCount> seen{};
  for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    base::TestRandom random(seed);
    const bool stamps = random.chance(1, 2);
    LoneEnd compact({.compact_half_open = true, .compact_time_wait = true});
    LoneEnd full({.compact_half_open = false, .compact_time_wait = false});
    compact.listen();
    full.listen();
    for (int step = 0; step < 60; ++step) {
      const std::uint64_t choice = random.below(10);
      if (choice < 7) {
        const tcp::Segment segment = random_segment(random, compact, stamps);
        const std::string text = random.chance(1, 5) && !segment.rst() ? "text" : "";
        compact.deliver(segment, text);
        full.deliver(segment, text);
      } else if (choice == 7) {
        const auto pause = std::chrono::milliseconds(1 + random.below(random.chance(1, 4) ? 40000 : 700));
        compact.advance(pause);
        full.advance(pause);
      } else if (choice == 8 && compact.state() >= TcpState::kEstablished) {
        (void)compact.receive();
        (void)full.receive();
        compact.let_go();
        full.let_go();
      } else if (choice == 9) {
        EXPECT_EQ(compact.icmp_error(compact.view().snd_una, true), full.icmp_error(full.view().snd_una, true));
      }
      expect_same(compact, full);
      ++seen[static_cast<std::size_t>(compact.state())];
      if (testing::Test::HasFailure()) FAIL() << "step " << step;
    }
  }
  for (const TcpState state :
       {TcpState::kListen, TcpState::kSynReceived, TcpState::kEstablished, TcpState::kTimeWait}) {
    EXPECT_GT(seen[static_cast<std::size_t>(state)], 500) << to_string(state);
  }
}

}  // namespace
}  // namespace handfast::scene
