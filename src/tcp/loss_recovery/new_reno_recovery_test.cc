#include "tcp/loss_recovery/new_reno_recovery.h"

#include <gtest/gtest.h>

#include "base/test_random.h"

namespace handfast::tcp::loss_recovery {
namespace {

constexpr std::uint32_t kMss = 1000;
const SeqNum kUna(0xFFFFF000);

struct Recovery : testing::Test {
  Recovery() {
    for (int i = 0; i < 10; ++i) send();
  }
  void send() {
    EXPECT_TRUE(list.make_room());
    list.sent(nxt, kMss, Instant(), 0);
    nxt += kMss;
  }
  Judgement duplicate() { return recovery.on_ack({.ack = una, .snd_nxt = nxt, .duplicate = true, .mss = kMss}, list); }
  Judgement ack(std::uint32_t bytes) {
    list.acknowledge(una + bytes, Instant());
    una += bytes;
    return recovery.on_ack({.ack = una, .snd_nxt = nxt, .acked = bytes, .mss = kMss}, list);
  }
  void repair() {
    ASSERT_NE(list.first_lost(), nullptr);
    EXPECT_EQ(list.first_lost()->start, una);
    list.sent_again(kMss, Instant(), 0);
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

TEST_F(Recovery, BeginsWithTheThirdDuplicate) {
  EXPECT_FALSE(duplicate().congestion);
  EXPECT_EQ(recovery.departed(), kMss);
  EXPECT_FALSE(duplicate().congestion);
  EXPECT_EQ(list.lost(), 0u);
  const Judgement judgement = duplicate();
  EXPECT_TRUE(judgement.congestion);
  EXPECT_EQ(judgement.again, trace::Reason::kRetransmitFast);
  EXPECT_EQ(list.lost(), kMss);
  EXPECT_TRUE(recovery.in_recovery());
  EXPECT_FALSE(duplicate().congestion);
}

TEST_F(Recovery, AnAckOfEverythingEndsIt) {
  begin();
  const Judgement judgement = ack(10 * kMss);
  EXPECT_TRUE(judgement.recovered);
  EXPECT_FALSE(recovery.in_recovery());
  EXPECT_EQ(recovery.departed(), 0u);
}

TEST_F(Recovery, AnAckOfExactlyWhatWasOutstandingEndsItThoughMoreWasSent) {
  begin();
  send();
  send();
  const Judgement judgement = ack(10 * kMss);
  EXPECT_TRUE(judgement.recovered);
  EXPECT_EQ(list.lost(), 0u) << "the new text is not lost";
}

TEST_F(Recovery, APartialAckMarksTheNextHole) {
  begin();
  const Judgement judgement = ack(3 * kMss);
  EXPECT_FALSE(judgement.congestion);
  EXPECT_TRUE(judgement.restart_timer);
  EXPECT_EQ(judgement.again, trace::Reason::kRetransmitPartial);
  repair();
  EXPECT_TRUE(recovery.in_recovery());
}

TEST_F(Recovery, DuplicatesOfATimeoutBeginNothing) {
  recovery.on_timeout(nxt, list);
  EXPECT_EQ(list.lost(), 10 * kMss);
  list.sent_again(kMss, Instant(), 0);
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(duplicate().congestion);
}

TEST_F(Recovery, AnAckBetweenStartsTheCountAnew) {
  duplicate();
  duplicate();
  ack(kMss);
  EXPECT_FALSE(duplicate().congestion);
  EXPECT_FALSE(duplicate().congestion);
  EXPECT_TRUE(duplicate().congestion);
}

TEST(RecoveryProperty, NeverMoreDepartedThanIsOutstanding) {
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
        list.sent(nxt, length, Instant(), 0);
        nxt += length;
      } else if (choice == 1 && una != nxt) {
        const auto bytes = static_cast<std::uint32_t>(1 + random.below(nxt.since(una)));
        una += bytes;
        list.acknowledge(una, Instant());
        recovery.on_ack({.ack = una, .snd_nxt = nxt, .acked = bytes, .mss = kMss}, list);
      } else if (choice == 2 && list.first_lost() != nullptr && list.make_room()) {
        list.sent_again(list.first_lost()->length, Instant(), 0);
      } else if (choice == 3 && random.chance(1, 10)) {
        recovery.on_timeout(nxt, list);
      } else if (choice > 3) {
        recovery.on_ack({.ack = una, .snd_nxt = nxt, .duplicate = true, .mss = kMss}, list);
      }
      ASSERT_LE(recovery.departed() + list.lost(), list.size()) << "step " << step;
    }
  }
}

}  // namespace
}  // namespace handfast::tcp::loss_recovery
