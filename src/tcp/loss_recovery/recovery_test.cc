#include "tcp/loss_recovery/recovery.h"

#include <gtest/gtest.h>

namespace handfast::tcp::loss_recovery {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kMss = 1000;
const SeqNum kUna(0xFFFFF000);

SeqNum at(std::uint32_t segment) { return kUna + segment * kMss; }
Instant when(Duration since_start) { return Instant(since_start); }

struct RecoveryTest : testing::Test {
  void send(std::uint32_t count, Instant now) {
    for (; count > 0; --count) {
      ASSERT_TRUE(list.make_room());
      list.sent(nxt, kMss, now, {}, false);
      nxt += kMss;
    }
  }
  Judgement hears(std::uint32_t ack, std::uint32_t left, std::uint32_t right, Instant now) {
    AckFacts facts;
    facts.now = now;
    facts.ack = at(ack);
    facts.snd_nxt = nxt;
    facts.mss = kMss;
    facts.sack = true;
    facts.min_rtt = 100ms;
    facts.srtt = 100ms;
    facts.outstanding_before = list.size();
    facts.sacked_before = list.sacked();
    Delivery delivery;
    list.acknowledge(at(ack), {now, facts.min_rtt}, delivery);
    list.mark_sacked(at(left), at(right), kMss, {now, facts.min_rtt}, delivery);
    return recovery.on_ack(facts, delivery, list, {});
  }

  SeqNum nxt = kUna;
  Outstanding list{nullptr};
  Recovery recovery{kUna};
};

// RFC 8985 §7.4 and §6.2 in one acknowledgment: the probe repaired one loss, and another begins an episode.
TEST_F(RecoveryTest, ALossThatTheProbeRepairedDoesNotEndTheEpisodeOfAnother) {
  send(3, when(0ms));
  ASSERT_TRUE(list.make_room());
  list.sent_again(at(2), kMss, when(200ms), {}, false);
  recovery.probe_left(nxt, true);
  send(5, when(210ms));
  const Judgement judgement = hears(4, 5, 8, when(310ms));
  EXPECT_TRUE(judgement.congestion);
  EXPECT_TRUE(recovery.in_fast_recovery());
  EXPECT_EQ(list.lost(), kMss);
  EXPECT_FALSE(judgement.recovered);
}

TEST_F(RecoveryTest, ALossThatTheProbeRepairedIsAnEpisodeThatIsOver) {
  send(3, when(0ms));
  ASSERT_TRUE(list.make_room());
  list.sent_again(at(2), kMss, when(200ms), {}, false);
  recovery.probe_left(nxt, true);
  send(1, when(210ms));
  const Judgement judgement = hears(4, 4, 4, when(310ms));
  EXPECT_TRUE(judgement.congestion);
  EXPECT_TRUE(judgement.recovered);
  EXPECT_EQ(recovery.phase(), RepairPhase::kNone);
}

// RFC 8985 §6.2 step 2: RACK.rtt is the latest round trip even where what was delivered was not sent last, or the path
// that has just become slower would look like one that loses.
TEST_F(RecoveryTest, ALateDeliveryOfOlderTextTellsTheLatestRoundTrip) {
  send(4, when(0ms));
  send(1, when(10ms));
  EXPECT_EQ(hears(0, 4, 5, when(110ms)).reorder_wait, 15ms);
  const Judgement judgement = hears(0, 2, 3, when(120ms));
  EXPECT_EQ(judgement.lost, 0u);
  EXPECT_EQ(judgement.reorder_wait, 25ms);
}

}  // namespace
}  // namespace handfast::tcp::loss_recovery
