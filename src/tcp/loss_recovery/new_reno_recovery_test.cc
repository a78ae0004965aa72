#include "tcp/loss_recovery/new_reno_recovery.h"

#include <gtest/gtest.h>

#include "base/test_random.h"

namespace handfast::tcp::loss_recovery {
namespace {

constexpr std::uint32_t kMss = 1000;
const SeqNum kUna(0xFFFFF000);

struct NewReno : testing::Test {
  NewReno() {
    for (int i = 0; i < 10; ++i) send();
  }
  void send() {
    EXPECT_TRUE(list.make_room());
    list.sent(nxt, kMss, Instant(), {}, false);
    nxt += kMss;
  }
  NewRenoJudgement duplicate() {
    return recovery.on_ack({.ack = una, .snd_nxt = nxt, .duplicate = true, .mss = kMss}, list);
  }
  NewRenoJudgement ack(std::uint32_t bytes) {
    Delivery delivery;
    list.acknowledge(una + bytes, {}, delivery);
    una += bytes;
    return recovery.on_ack({.ack = una, .snd_nxt = nxt, .acked = bytes, .mss = kMss}, list);
  }
  void repair() {
    ASSERT_NE(list.first_lost(), nullptr);
    EXPECT_EQ(list.first_lost()->start, una);
    list.sent_again(una, kMss, Instant(), {}, false);
  }
  void begin() {
    duplicate();
    duplicate();
    EXPECT_TRUE(duplicate().congestion);
    repair();
  }

  SeqNum una = kUna;
  SeqNum nxt = kUna;
  Outstanding list{nullptr};
  NewRenoRecovery recovery{kUna};
};

TEST_F(NewReno, BeginsWithTheThirdDuplicate) {  // 6582-1, 5681-8
  EXPECT_FALSE(duplicate().congestion);
  EXPECT_EQ(recovery.departed(), kMss);
  EXPECT_FALSE(duplicate().congestion);
  EXPECT_EQ(list.lost(), 0u);
  const NewRenoJudgement judgement = duplicate();
  EXPECT_TRUE(judgement.congestion);
  EXPECT_EQ(judgement.again, trace::Reason::kRetransmitFast);
  EXPECT_EQ(list.lost(), kMss);
  EXPECT_TRUE(recovery.in_recovery());
  EXPECT_FALSE(duplicate().congestion);
}

TEST_F(NewReno, AnAckOfEverythingEndsIt) {  // 6582-3
  begin();
  const NewRenoJudgement judgement = ack(10 * kMss);
  EXPECT_TRUE(judgement.recovered);
  EXPECT_FALSE(recovery.in_recovery());
  EXPECT_EQ(recovery.departed(), 0u);
}

TEST_F(NewReno, AnAckOfExactlyWhatWasOutstandingEndsItThoughMoreWasSent) {
  begin();
  send();
  send();
  const NewRenoJudgement judgement = ack(10 * kMss);
  EXPECT_TRUE(judgement.recovered);
  EXPECT_EQ(list.lost(), 0u) << "the new text is not lost";
}

TEST_F(NewReno, APartialAckMarksTheNextHole) {  // 6582-2
  begin();
  const NewRenoJudgement judgement = ack(3 * kMss);
  EXPECT_FALSE(judgement.congestion);
  EXPECT_TRUE(judgement.restart_timer);
  EXPECT_EQ(judgement.again, trace::Reason::kRetransmitPartial);
  repair();
  EXPECT_TRUE(recovery.in_recovery());
}

TEST_F(NewReno, DuplicatesOfATimeoutBeginNothing) {  // 6582-4
  recovery.forget(nxt);
  (void)list.mark_all_lost();
  EXPECT_EQ(list.lost(), 10 * kMss);
  list.sent_again(una, kMss, Instant(), {}, false);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(duplicate().congestion);
}

TEST_F(NewReno, AnAckBetweenStartsTheCountAnew) {
  duplicate();
  duplicate();
  ack(kMss);
  EXPECT_FALSE(duplicate().congestion);
  EXPECT_FALSE(duplicate().congestion);
  EXPECT_TRUE(duplicate().congestion);
}

TEST(NewRenoProperty, NeverMoreDepartedThanIsOutstanding) {  // 5681-13
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    base::TestRandom random(seed);
    Outstanding list(nullptr);
    NewRenoRecovery recovery(kUna);
    SeqNum una = kUna;
    SeqNum nxt = kUna;
    for (int step = 0; step < 300; ++step) {
      const std::uint64_t choice = random.below(8);
      if (choice == 0 && list.make_room()) {
        const auto length = static_cast<std::uint32_t>(1 + random.below(kMss));
        list.sent(nxt, length, Instant(), {}, false);
        nxt += length;
      } else if (choice == 1 && una != nxt) {
        const auto bytes = static_cast<std::uint32_t>(1 + random.below(nxt.since(una)));
        una += bytes;
        Delivery delivery;
        list.acknowledge(una, {}, delivery);
        recovery.on_ack({.ack = una, .snd_nxt = nxt, .acked = bytes, .mss = kMss}, list);
      } else if (choice == 2 && list.first_lost() != nullptr && list.make_room()) {
        list.sent_again(list.first_lost()->start, list.first_lost()->length, Instant(), {}, false);
      } else if (choice == 3 && random.chance(1, 10)) {
        recovery.forget(nxt);
        (void)list.mark_all_lost();
      } else if (choice > 3) {
        recovery.on_ack({.ack = una, .snd_nxt = nxt, .duplicate = true, .mss = kMss}, list);
      }
      ASSERT_LE(recovery.departed() + list.lost(), list.size()) << "step " << step;
    }
  }
}

}  // namespace
}  // namespace handfast::tcp::loss_recovery
