#include "tcp/outstanding.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/test_random.h"

namespace handfast::tcp {
namespace {

const SeqNum kFirst(0xFFFFFE00);

Instant at_ms(int ms) { return Instant(std::chrono::milliseconds(ms)); }

struct ThreeSent : testing::Test {
  ThreeSent() {
    for (std::uint32_t i = 0; i < 3; ++i) {
      EXPECT_TRUE(list.make_room());
      list.sent(kFirst + 1000 * i, 1000, at_ms(static_cast<int>(i) * 10), 7 * i);
    }
  }
  Outstanding list{nullptr};
};

TEST_F(ThreeSent, AnAckTakesWholeRecordsAndPartsOff) {
  const Acknowledged taken = list.acknowledge(kFirst + 1500, at_ms(100));
  EXPECT_EQ(taken.bytes, 1500u);
  EXPECT_EQ(taken.rtt, Duration(std::chrono::milliseconds(100)));  // of the newest whole record
  EXPECT_EQ(list.size(), 1500u);
  EXPECT_TRUE(list.is_consistent(kFirst + 1500, kFirst + 3000));
  const Acknowledged rest = list.acknowledge(kFirst + 3000, at_ms(120));
  EXPECT_EQ(rest.bytes, 1500u);
  EXPECT_EQ(rest.rtt, Duration(std::chrono::milliseconds(100)));
  EXPECT_TRUE(list.empty());
}

TEST_F(ThreeSent, AnAckOfSomethingSentAgainGivesNoSample) {
  list.mark_front_lost(1000);
  list.sent_again(1000, at_ms(50), 0);
  EXPECT_EQ(list.acknowledge(kFirst + 3000, at_ms(100)).rtt, std::nullopt);
}

TEST_F(ThreeSent, LosingPartOfARecordSplitsIt) {
  list.mark_front_lost(400);
  EXPECT_EQ(list.lost(), 400u);
  EXPECT_EQ(list.records(), 4u);
  ASSERT_NE(list.first_lost(), nullptr);
  EXPECT_EQ(list.first_lost()->start, kFirst);
  EXPECT_EQ(list.first_lost()->length, 400u);
  list.sent_again(400, at_ms(60), 0);
  EXPECT_EQ(list.lost(), 0u);
  EXPECT_EQ(list.first_lost(), nullptr);
  EXPECT_TRUE(list.is_consistent(kFirst, kFirst + 3000));
}

TEST_F(ThreeSent, EverythingLostGoesAgainFromTheFront) {
  list.mark_all_lost();
  list.mark_all_lost();
  EXPECT_EQ(list.lost(), 3000u);
  list.sent_again(1000, at_ms(60), 0);
  EXPECT_EQ(list.first_lost()->start, kFirst + 1000);
  EXPECT_EQ(list.lost(), 2000u);
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
      const std::uint64_t choice = random.below(5);
      if (choice <= 1) {
        const auto length = static_cast<std::uint32_t>(1 + random.below(2000));
        if (list.make_room()) {
          list.sent(nxt, length, now, 0);
          nxt += length;
        }
      } else if (choice == 2 && una != nxt) {
        const auto count = static_cast<std::uint32_t>(random.below(nxt.since(una) + 1));
        EXPECT_EQ(list.acknowledge(una + count, now).bytes, count);
        una += count;
      } else if (choice == 3) {
        random.chance(1, 3) ? list.mark_all_lost()
                            : list.mark_front_lost(static_cast<std::uint32_t>(1 + random.below(1500)));
      } else if (const Transmission* lost = list.first_lost(); lost != nullptr && list.make_room()) {
        lost = list.first_lost();
        list.sent_again(static_cast<std::uint32_t>(1 + random.below(lost->length)), now, 0);
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
