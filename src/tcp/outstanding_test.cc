#include "tcp/outstanding.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/test_random.h"

namespace handfast::tcp {
namespace {

const SeqNum kFirst(0xFFFFFE00);

Instant at_ms(int ms) { return Instant(std::chrono::milliseconds(ms)); }

constexpr std::uint32_t kMss = 1000;

struct ThreeSent : testing::Test {
  ThreeSent() {
    for (std::uint32_t i = 0; i < 3; ++i) send(i);
  }
  void send(std::uint32_t i) {
    EXPECT_TRUE(list.make_room());
    list.sent(kFirst + kMss * i, kMss, at_ms(static_cast<int>(i) * 10), {.delivered = 7 * i}, false);
  }
  void again(SeqNum start, std::uint32_t length, Instant now) {
    EXPECT_TRUE(list.make_room());
    list.sent_again(start, length, now, {}, false);
  }
  Delivery acknowledge(SeqNum ack, Instant now, Duration min_rtt = {}) {
    Delivery delivery;
    list.acknowledge(ack, {now, min_rtt}, delivery);
    return delivery;
  }
  Delivery sack(std::uint32_t from, std::uint32_t to, Instant now, Duration min_rtt = {}) {
    Delivery delivery;
    list.mark_sacked(kFirst + from, kFirst + to, kMss, {now, min_rtt}, delivery);
    return delivery;
  }
  Outstanding list{nullptr};
};

TEST_F(ThreeSent, AnAckTakesWholeRecordsAndPartsOff) {
  const Delivery taken = acknowledge(kFirst + 1500, at_ms(100));
  EXPECT_EQ(taken.acked, 1500u);
  EXPECT_EQ(taken.delivered, 1500u);
  EXPECT_EQ(taken.rtt, Duration(std::chrono::milliseconds(100)));  // of the newest whole record
  EXPECT_EQ(list.size(), 1500u);
  EXPECT_TRUE(list.is_consistent(kFirst + 1500, kFirst + 3000));
  const Delivery rest = acknowledge(kFirst + 3000, at_ms(120));
  EXPECT_EQ(rest.acked, 1500u);
  EXPECT_EQ(rest.rtt, Duration(std::chrono::milliseconds(100)));
  EXPECT_EQ(rest.newest.stamp.delivered, 14u);
  EXPECT_TRUE(list.empty());
}

TEST_F(ThreeSent, WhatIsTooBigForThePathGoesAgainInOtherPieces) {
  (void)sack(1000, 2000, at_ms(50));
  EXPECT_EQ(list.mark_too_big(kFirst, 1000, kFirst + 3000), 0u) << "it fits";
  EXPECT_EQ(list.mark_too_big(kFirst + 500, 999, kFirst + 3000), 2000u) << "what the peer has stays out of it";
  send(3);
  EXPECT_EQ(list.mark_too_big(kFirst + 3000, 999, kFirst + 3999), 0u) << "a FIN is no text";
  EXPECT_EQ(list.mark_too_big(kFirst + 3000, 998, kFirst + 3999), 1000u);
  list.join_lost();
  EXPECT_EQ(list.records(), 3u);
  EXPECT_EQ(list[2].length, 2000u);
  EXPECT_EQ(list[2].sent_at, at_ms(30));
  again(kFirst + 2000, 1500, at_ms(60));
  EXPECT_EQ(list.lost(), 1500u);
  EXPECT_TRUE(list.is_consistent(kFirst, kFirst + 4000));
}

TEST_F(ThreeSent, APathProbeIsToldApart) {  // 4821-2
  list.mark_last_as_path_probe();
  send(3);
  EXPECT_FALSE(list.misses_only_path_probe());
  EXPECT_FALSE(acknowledge(kFirst + 2000, at_ms(90)).path_probe);
  EXPECT_FALSE(list.misses_only_path_probe()) << "what follows is missing too";
  const Delivery next = sack(3000, 4000, at_ms(100));
  EXPECT_FALSE(next.path_probe);
  EXPECT_EQ(next.largest, 1000u);
  EXPECT_TRUE(list.misses_only_path_probe());
  const auto marked =
      list.mark_overdue({.newest_sent = at_ms(30), .newest_end = kFirst + 4000, .patience = {}}, at_ms(200));
  EXPECT_TRUE(marked.path_probe);
  EXPECT_EQ(marked.bytes, 0u) << "it counts by itself";
  EXPECT_EQ(list.lost(), 1000u);
  EXPECT_FALSE(acknowledge(kFirst + 4000, at_ms(210)).path_probe) << "too late: it was given up";
}

TEST_F(ThreeSent, APathProbeThatArrivesSaysSo) {  // 4821-1
  list.mark_last_as_path_probe();
  EXPECT_FALSE(acknowledge(kFirst + 2500, at_ms(90)).path_probe) << "half of it is no proof";
  Outstanding other(nullptr);
  EXPECT_TRUE(other.make_room());
  other.sent(kFirst, 1400, at_ms(0), {}, false);
  other.mark_last_as_path_probe();
  Delivery delivery;
  other.acknowledge(kFirst + 1400, {at_ms(10), {}}, delivery);
  EXPECT_TRUE(delivery.path_probe);
}

TEST_F(ThreeSent, AnAckOfSomethingSentAgainGivesNoSample) {
  list.mark_front_lost(1000);
  again(kFirst, 1000, at_ms(50));
  const Delivery delivery = acknowledge(kFirst + 3000, at_ms(100));
  EXPECT_EQ(delivery.rtt, std::nullopt);
  EXPECT_TRUE(delivery.some_again);
}

TEST_F(ThreeSent, LosingPartOfARecordSplitsIt) {
  list.mark_front_lost(400);
  EXPECT_EQ(list.lost(), 400u);
  EXPECT_EQ(list.records(), 4u);
  ASSERT_NE(list.first_lost(), nullptr);
  EXPECT_EQ(list.first_lost()->start, kFirst);
  EXPECT_EQ(list.first_lost()->length, 400u);
  again(kFirst, 400, at_ms(60));
  EXPECT_EQ(list.lost(), 0u);
  EXPECT_EQ(list.first_lost(), nullptr);
  EXPECT_TRUE(list.is_consistent(kFirst, kFirst + 3000));
}

TEST_F(ThreeSent, EverythingLostGoesAgainFromTheFront) {
  EXPECT_EQ(list.mark_all_lost(), 3000u);
  EXPECT_EQ(list.mark_all_lost(), 0u);
  EXPECT_EQ(list.lost(), 3000u);
  again(kFirst, 1000, at_ms(60));
  EXPECT_EQ(list.first_lost()->start, kFirst + 1000);
  EXPECT_EQ(list.lost(), 2000u);
}

TEST_F(ThreeSent, ABlockMarksWhatItCoversOnce) {  // 2018-10
  const Delivery first = sack(1000, 2000, at_ms(100));
  EXPECT_EQ(first.sacked, 1000u);
  EXPECT_EQ(first.delivered, 1000u);
  EXPECT_EQ(first.newest.sent_at, at_ms(10));
  EXPECT_EQ(list.sacked(), 1000u);
  EXPECT_EQ(sack(1000, 2000, at_ms(101)).delivered, 0u);
  EXPECT_EQ(sack(1000, 3000, at_ms(102)).delivered, 1000u);
  EXPECT_EQ(list.records(), 2u) << "neighbors that were delivered are one record";
  const Delivery rest = acknowledge(kFirst + 3000, at_ms(110));
  EXPECT_EQ(rest.acked, 3000u);
  EXPECT_EQ(rest.delivered, 1000u) << "only the hole is news";
}

// SACK-safe-1: an edge outside SND.UNA … SND.NXT, or edges the wrong way round, mark nothing.
TEST_F(ThreeSent, ABlockWithAnImpossibleEdgeMarksNothing) {  // 2018-9
  const std::uint32_t far = 0x80000000;
  const std::pair<std::uint32_t, std::uint32_t> kBlocks[] = {
      {0, 1000},         {2000, 1000},   {1000, 1000},      {1000, 3001},   {3000, 4000},      {1000, 1000 + far},
      {1000, 999 + far}, {far, far + 1}, {0u - 1000, 1000}, {0u - 1000, 0}, {1000, 0u - 1000}, {far - 1, 2000}};
  for (const auto& [from, to] : kBlocks) {
    EXPECT_EQ(sack(from, to, at_ms(100)).delivered, 0u) << from << " to " << to;
    EXPECT_EQ(list.sacked(), 0u);
    EXPECT_EQ(list.records(), 3u);
  }
}

// SACK-safe-2: a peer cannot cut the list into more pieces than there are segments.
TEST_F(ThreeSent, ABlockCountsWholeSegmentsAlone) {  // 2018-10
  EXPECT_EQ(sack(1001, 1999, at_ms(100)).delivered, 0u);
  EXPECT_EQ(sack(500, 2500, at_ms(100)).delivered, 1000u);
  EXPECT_EQ(list.records(), 3u);
}

TEST(Outstanding, ASuperSegmentIsCutWhereSegmentsBegin) {
  Outstanding list(nullptr);
  ASSERT_TRUE(list.make_room());
  list.sent(kFirst, 10 * kMss + 300, at_ms(0), {}, false);
  Delivery delivery;
  list.mark_sacked(kFirst + 1500, kFirst + 4700, kMss, {at_ms(5), {}}, delivery);
  EXPECT_EQ(delivery.sacked, 2000u) << "the segments at 2,000 and 3,000";
  EXPECT_EQ(list.records(), 3u);
  EXPECT_TRUE(list.has_sacked_segments(2));
  EXPECT_FALSE(list.has_sacked_segments(3));
  list.mark_sacked(kFirst + 9000, kFirst + 10300, kMss, {at_ms(6), {}}, delivery);
  EXPECT_EQ(list.sacked(), 3300u) << "the last segment is short";
  EXPECT_TRUE(list.has_sacked_segments(4));
}

TEST_F(ThreeSent, WhatWasSentAgainTooRecentlyDoesNotTellTheTime) {
  (void)list.mark_all_lost();
  again(kFirst + 1000, kMss, at_ms(100));
  const Delivery early = sack(1000, 2000, at_ms(104), std::chrono::milliseconds(5));
  EXPECT_TRUE(early.newest.known);
  EXPECT_FALSE(early.newest_certain.known) << "four milliseconds are less than the shortest round trip";
}

TEST_F(ThreeSent, OverdueIsWhatWentOutBeforeTheNewestDeliveryAndIsLate) {
  (void)sack(2000, 3000, at_ms(100));
  const Outstanding::Overdue rule{at_ms(20), kFirst + 3000, std::chrono::milliseconds(95)};
  const Outstanding::Marked marked = list.mark_overdue(rule, at_ms(100));
  EXPECT_EQ(marked.bytes, kMss) << "sent at 0 is late, sent at 10 is 5 ms from it";
  EXPECT_EQ(list.first_lost()->start, kFirst);
  EXPECT_EQ(marked.wait, Duration(std::chrono::milliseconds(5)));
}

TEST_F(ThreeSent, RenegingIsSeenWhenTheFrontIsSelected) {
  (void)sack(1000, 2000, at_ms(100));
  EXPECT_FALSE(list.has_reneged());
  (void)acknowledge(kFirst + 1000, at_ms(110));
  EXPECT_TRUE(list.has_reneged());
  list.forget_sacked();
  EXPECT_EQ(list.mark_all_lost(), 2000u);
}

// The scoreboard beside a plain map of bytes: what is delivered, what is lost, whatever the peer selects.
// Four records fit.
TEST(OutstandingWithoutMemory, WhatItHoldsCanGoAgain) {
  base::MemoryBudget budget(4 * sizeof(Transmission));
  Outstanding list(&budget);
  ASSERT_TRUE(list.make_room());
  for (std::uint32_t i = 0; i < 4; ++i) list.sent(kFirst + kMss * i, kMss, at_ms(0), {}, false);
  ASSERT_FALSE(list.make_room());
  EXPECT_TRUE(list.make_room_for_again(kFirst + kMss));
  EXPECT_FALSE(list.make_room_for_again(kFirst + kMss + 1)) << "no record begins there";
  list.sent_again(kFirst + kMss, kMss - 100, at_ms(10), {}, false);
  EXPECT_EQ(list.on_way_again(), kMss) << "the record cannot be split, so all of it counts";
  EXPECT_TRUE(list.is_consistent(kFirst, kFirst + 4 * kMss));
  Delivery delivery;
  list.acknowledge(kFirst + 2 * kMss - 100, {at_ms(20), {}}, delivery);
  EXPECT_TRUE(list.is_consistent(kFirst + 2 * kMss - 100, kFirst + 4 * kMss));
}

TEST(Outstanding, EqualsAMapOfBytes) {
  constexpr std::uint32_t kSmallMss = 4;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE(seed);
    base::TestRandom random(seed);
    Outstanding list(nullptr);
    const SeqNum first(static_cast<std::uint32_t>(0u - random.below(200)));
    SeqNum una = first;
    SeqNum nxt = first;
    std::vector<char> delivered;  // by distance from `first`
    for (int step = 0; step < 120; ++step) {
      const Instant now = at_ms(step);
      const std::uint64_t choice = random.below(6);
      if (choice <= 1) {
        const auto length = static_cast<std::uint32_t>(1 + random.below(14));
        ASSERT_TRUE(list.make_room());
        list.sent(nxt, length, now, {}, false);
        delivered.insert(delivered.end(), length, 0);
        nxt += length;
      } else if (choice == 2 && una != nxt) {
        const auto count = static_cast<std::uint32_t>(random.below(nxt.since(una) + 1));
        std::uint32_t news = 0;
        for (std::uint32_t i = 0; i < count; ++i) news += delivered[una.since(first) + i] == 0 ? 1 : 0;
        Delivery delivery;
        list.acknowledge(una + count, {now, {}}, delivery);
        una += count;
        ASSERT_EQ(delivery.delivered, news);
      } else if (choice == 3 || choice == 4) {
        // Blocks of whole records, as a peer that received them has them, and some that are nonsense.
        const std::uint32_t size = nxt.since(una);
        if (size == 0 || list.records() < 2) continue;
        const auto a = static_cast<std::uint32_t>(random.below(list.records()));
        const auto b = static_cast<std::uint32_t>(a + random.below(list.records() - a));
        const SeqNum left = list[a].start;
        const SeqNum right = list[b].end();
        std::uint32_t news = 0;
        for (std::uint32_t i = left.since(first); left != una && i < right.since(first); ++i) {
          news += delivered[i] == 0 ? 1 : 0;
          delivered[i] = 1;
        }
        Delivery delivery;
        list.mark_sacked(left, right, kSmallMss, {now, {}}, delivery);
        ASSERT_EQ(delivery.sacked, news) << "step " << step;
      } else {
        (void)(random.chance(1, 2) ? list.mark_all_lost() : 0);
      }
      std::uint32_t held = 0;
      for (std::uint32_t i = una.since(first); i < nxt.since(first); ++i) held += delivered[i] != 0 ? 1 : 0;
      ASSERT_EQ(list.sacked(), held) << "step " << step;
      ASSERT_TRUE(list.is_consistent(una, nxt)) << "step " << step;
    }
  }
}

TEST(Outstanding, StaysConsistentWhateverHappens) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    base::TestRandom random(seed);
    base::MemoryBudget budget;
    Outstanding list(&budget);
    SeqNum una = kFirst;
    SeqNum nxt = kFirst;
    for (int step = 0; step < 200; ++step) {
      if (random.chance(1, 4)) budget.fail_nth_take(1);
      const Instant now = at_ms(step);
      const std::uint64_t choice = random.below(7);
      if (choice <= 1) {
        const auto length = static_cast<std::uint32_t>(1 + random.below(2000));
        if (list.make_room()) {
          list.sent(nxt, length, now, {}, false);
          nxt += length;
        }
      } else if (choice == 2 && una != nxt) {
        const auto count = static_cast<std::uint32_t>(random.below(nxt.since(una) + 1));
        Delivery delivery;
        list.acknowledge(una + count, {now, {}}, delivery);
        EXPECT_EQ(delivery.acked, count);
        una += count;
      } else if (choice == 3) {
        if (random.chance(1, 3)) {
          (void)list.mark_all_lost();
          if (random.chance(1, 2)) list.join_lost();
        } else if (random.chance(1, 3) && una != nxt) {
          const auto from = static_cast<std::uint32_t>(random.below(nxt.since(una)));
          (void)list.mark_too_big(una + from, static_cast<std::uint32_t>(random.below(2000)), nxt);
          list.join_lost();
        } else {
          list.mark_front_lost(static_cast<std::uint32_t>(1 + random.below(1500)));
        }
      } else if (choice == 4 && una != nxt) {
        // Any edges at all: what is nonsense marks nothing, and nothing goes out of step.
        Delivery delivery;
        const SeqNum left = una + static_cast<std::uint32_t>(random.below(nxt.since(una) + 10)) - 5;
        list.mark_sacked(left, left + static_cast<std::uint32_t>(random.below(6000)), 700, {now, {}}, delivery);
        if (random.chance(1, 10)) list.forget_sacked();
      } else if (const Transmission* lost = list.first_lost(); lost != nullptr && list.make_room()) {
        lost = list.first_lost();
        list.sent_again(lost->start, static_cast<std::uint32_t>(1 + random.below(lost->length)), now, {}, false);
      }
      budget.stop_failing();
      ASSERT_TRUE(list.is_consistent(una, nxt)) << "step " << step;
      ASSERT_EQ(list.size(), nxt.since(una));
      ASSERT_LE(list.lost(), list.size());
    }
  }
}

}  // namespace
}  // namespace handfast::tcp
