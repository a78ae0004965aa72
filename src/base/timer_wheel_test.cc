#include "base/timer_wheel.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

#include "base/test_random.h"

namespace handfast::base {
namespace {

constexpr Instant at(std::int64_t nanoseconds) { return Instant(Duration(nanoseconds)); }
constexpr std::int64_t kDay = 86'400'000'000'000;

std::vector<std::uint32_t> fired_by(TimerWheel& wheel, Instant now) {
  std::vector<std::uint32_t> keys;
  wheel.advance(now, [&keys](std::uint32_t key) { keys.push_back(key); });
  return keys;
}
using Keys = std::vector<std::uint32_t>;

TEST(TimerWheel, FiresExactlyAtTheDeadline) {
  TimerWheel wheel;
  ASSERT_TRUE(wheel.schedule(3, at(1'000'000'007)));
  EXPECT_EQ(wheel.next_deadline(), at(1'000'000'007));
  EXPECT_TRUE(fired_by(wheel, at(1'000'000'006)).empty());
  EXPECT_EQ(wheel.next_deadline(), at(1'000'000'007));
  EXPECT_EQ(fired_by(wheel, at(1'000'000'007)), Keys{3});
  EXPECT_EQ(wheel.next_deadline(), kNever);
  EXPECT_EQ(wheel.size(), 0U);
  EXPECT_FALSE(wheel.is_scheduled(3));
}

TEST(TimerWheel, NeverNeverFires) {
  TimerWheel wheel;
  ASSERT_TRUE(wheel.schedule(0, kNever));
  EXPECT_EQ(wheel.next_deadline(), kNever);
  ASSERT_TRUE(wheel.schedule(0, at(5)));
  ASSERT_TRUE(wheel.schedule(0, kNever));
  EXPECT_TRUE(fired_by(wheel, kNever).empty());
  ASSERT_TRUE(wheel.schedule(0, kNever - Duration(1)));
  EXPECT_TRUE(fired_by(wheel, kNever - Duration(2)).empty());
  EXPECT_EQ(fired_by(wheel, kNever), Keys{0});
}

TEST(TimerWheel, FiresInOrderOfDeadlineThenKey) {
  TimerWheel wheel;
  const std::int64_t deadlines[] = {kDay, 50, 7, kDay, 7, 3 * kDay, 8, -100};
  for (std::uint32_t key = 0; key < 8; ++key) ASSERT_TRUE(wheel.schedule(key, at(deadlines[key])));
  EXPECT_EQ(fired_by(wheel, at(4 * kDay)), (Keys{7, 2, 4, 6, 1, 0, 3, 5}));
}

TEST(TimerWheel, ReschedulesAndCancels) {
  TimerWheel wheel;
  ASSERT_TRUE(wheel.schedule(1, at(100)));
  ASSERT_TRUE(wheel.schedule_no_later(1, at(200)));
  EXPECT_EQ(wheel.deadline(1), at(100));
  ASSERT_TRUE(wheel.schedule_no_later(1, at(50)));
  EXPECT_EQ(wheel.deadline(1), at(50));
  ASSERT_TRUE(wheel.schedule(1, at(300)));
  EXPECT_EQ(wheel.next_deadline(), at(300));
  ASSERT_TRUE(wheel.schedule_no_later(1, kNever));
  EXPECT_FALSE(wheel.is_scheduled(1));
  wheel.cancel(1);
  wheel.cancel(999);
  EXPECT_TRUE(fired_by(wheel, at(kDay)).empty());
}

TEST(TimerWheel, CallbacksMayChangeAnyKey) {
  TimerWheel wheel;
  for (std::uint32_t key = 0; key < 5; ++key) ASSERT_TRUE(wheel.schedule(key, at(10 + key)));
  Keys fired;
  const auto callback = [&](std::uint32_t key) {
    fired.push_back(key);
    if (key != 0) return;
    wheel.cancel(1);
    EXPECT_TRUE(wheel.schedule(2, at(kDay)));
    EXPECT_TRUE(wheel.schedule(0, at(3)));  // Past: next time, or a callback could hold the wheel for ever.
    wheel.cancel(4);
    EXPECT_TRUE(wheel.schedule(40, at(1)));
    wheel.cancel(40);
  };
  wheel.advance(at(1000), callback);
  EXPECT_EQ(fired, (Keys{0, 3}));
  EXPECT_EQ(wheel.next_deadline(), at(3));
  EXPECT_EQ(fired_by(wheel, at(1000)), Keys{0});
  EXPECT_EQ(wheel.next_deadline(), at(kDay));
}

TEST(TimerWheel, ABackwardClockIsHarmless) {
  TimerWheel wheel;
  ASSERT_TRUE(wheel.schedule(0, at(kDay)));
  ASSERT_TRUE(wheel.schedule(1, at(kDay + 5)));
  EXPECT_EQ(fired_by(wheel, at(kDay)), Keys{0});
  ASSERT_TRUE(wheel.schedule(2, at(50)));
  EXPECT_TRUE(fired_by(wheel, at(49)).empty());
  EXPECT_EQ(fired_by(wheel, at(50)), Keys{2});
  EXPECT_EQ(fired_by(wheel, at(kDay + 5)), Keys{1});
}

TEST(TimerWheel, ManyEntriesInOneTickStillEachHaveTheirTurn) {
  TimerWheel wheel;
  for (std::uint32_t key = 0; key < 100; ++key) ASSERT_TRUE(wheel.schedule(key, at(1 + 10 * key)));
  for (std::uint32_t key = 0; key < 100; ++key) {
    ASSERT_EQ(wheel.next_deadline(), at(1 + 10 * key));
    ASSERT_EQ(fired_by(wheel, at(1 + 10 * key)), Keys{key});
  }
}

TEST(TimerWheel, RefusedMemoryChangesNothing) {
  MemoryBudget budget(16 * 20);
  TimerWheel wheel(at(0), &budget);
  ASSERT_TRUE(wheel.schedule(19, at(5)));
  EXPECT_FALSE(wheel.schedule(20, at(1)));
  EXPECT_FALSE(wheel.schedule(0xFFFFFFFF, at(1)));
  EXPECT_EQ(wheel.next_deadline(), at(5));
  EXPECT_EQ(wheel.memory_bytes(), budget.used());
  EXPECT_EQ(budget.used(), 16U * 20);
}

/// The wheel against a sorted set.
class Scene {
 public:
  explicit Scene(std::uint64_t seed) : random_(seed), now_(start(seed)), wheel_(at(now_)) {}

  void step() {
    const auto key = static_cast<std::uint32_t>(random_.below(kKeys));
    if (random_.chance(1, 5)) {
      wheel_.cancel(key);
      set(key, kNever);
    } else if (random_.chance(3, 5)) {
      schedule(key);
    } else {
      advance();
    }
    ASSERT_EQ(wheel_.size(), by_deadline_.size());
    ASSERT_EQ(wheel_.deadline(key), deadlines_.contains(key) ? deadlines_[key] : kNever);
    if (random_.chance(1, 2)) check_next();
  }

 private:
  static constexpr std::uint32_t kKeys = 200;
  static std::int64_t start(std::uint64_t seed) {
    if (seed % 4 == 0) return 0;
    if (seed % 4 == 1) return -kDay;
    return static_cast<std::int64_t>(TestRandom(seed).next() / 4);
  }

  void schedule(std::uint32_t key) {
    std::int64_t ahead = static_cast<std::int64_t>(random_.below(std::uint64_t{1} << random_.below(63)));
    if (random_.chance(1, 8)) ahead = -static_cast<std::int64_t>(random_.below(100000));
    if (random_.chance(1, 4)) ahead = static_cast<std::int64_t>(random_.below(5)) * 1000000;  // Company in a slot.
    Instant deadline = now_ > 0 && ahead > kNever.time_since_epoch().count() - now_ ? kNever : at(now_ + ahead);
    if (random_.chance(1, 3) && deadlines_.contains(key)) {
      ASSERT_TRUE(wheel_.schedule_no_later(key, deadline));
      if (deadline != kNever) deadline = std::min(deadline, deadlines_[key]);
    } else {
      ASSERT_TRUE(wheel_.schedule(key, deadline));
    }
    set(key, deadline);
  }
  void set(std::uint32_t key, Instant deadline) {
    if (deadlines_.contains(key)) by_deadline_.erase({deadlines_[key], key});
    deadlines_.erase(key);
    if (deadline == kNever) return;
    deadlines_[key] = deadline;
    by_deadline_.insert({deadline, key});
  }
  void advance() {
    if (random_.chance(1, 2) && wheel_.next_deadline() != kNever) {
      now_ = std::max(now_, wheel_.next_deadline().time_since_epoch().count());
    } else {
      const auto jump = static_cast<std::int64_t>(random_.below(std::uint64_t{1} << random_.below(56)));
      if (jump < kNever.time_since_epoch().count() - std::max<std::int64_t>(now_, 0)) now_ += jump;
    }
    wheel_.advance(at(now_), [this](std::uint32_t key) {
      ASSERT_FALSE(by_deadline_.empty());
      ASSERT_EQ(by_deadline_.begin()->second, key);
      ASSERT_LE(by_deadline_.begin()->first, at(now_));
      set(key, kNever);
      const auto other = static_cast<std::uint32_t>(random_.below(kKeys));
      if (random_.chance(1, 4)) wheel_.cancel(other), set(other, kNever);
      if (random_.chance(1, 4)) {
        const Instant later = at(now_) + Duration(1 + random_.below(1000000));
        ASSERT_TRUE(wheel_.schedule(other, later));
        set(other, later);
      }
    });
    ASSERT_TRUE(by_deadline_.empty() || by_deadline_.begin()->first > at(now_));
    ASSERT_GT(wheel_.next_deadline(), at(now_));
  }
  void check_next() {
    if (by_deadline_.empty()) {
      ASSERT_EQ(wheel_.next_deadline(), kNever);
    } else {
      ASSERT_LE(wheel_.next_deadline(), by_deadline_.begin()->first);
    }
  }

  TestRandom random_;
  std::int64_t now_;
  TimerWheel wheel_;
  std::map<std::uint32_t, Instant> deadlines_;
  std::set<std::pair<Instant, std::uint32_t>> by_deadline_;
};

TEST(TimerWheel, AgreesWithASortedSet) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Scene scene(seed);
    for (int step = 0; step < 2000; ++step) {
      scene.step();
      if (HasFatalFailure()) FAIL() << "seed " << seed << " step " << step;
    }
  }
}

/// Asking for the next deadline, or not, must not change what is answered later.
TEST(TimerWheel, AskingLeavesNoTrace) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    TestRandom random(seed);
    TimerWheel asked;
    TimerWheel left_alone;
    std::int64_t now = 0;
    for (int step = 0; step < 500; ++step) {
      const auto key = static_cast<std::uint32_t>(random.below(100));
      const Instant deadline = at(now + static_cast<std::int64_t>(random.below(std::uint64_t{1} << random.below(34))));
      if (random.chance(1, 10)) now += static_cast<std::int64_t>(random.below(1U << 24));
      const bool is_advancing = random.chance(1, 20);
      for (TimerWheel* wheel : {&asked, &left_alone}) {
        if (key % 3 == 0) wheel->cancel(key);
        ASSERT_TRUE(key % 3 == 0 || wheel->schedule(key, deadline));
        if (is_advancing) wheel->advance(at(now), [](std::uint32_t) {});
      }
      (void)asked.next_deadline();
      if (random.chance(1, 20)) {
        ASSERT_EQ(asked.next_deadline(), left_alone.next_deadline()) << step;
      }
    }
  }
}

TEST(TimerWheel, AskingACrowdedSlotLeavesNoTraceEither) {
  for (const bool is_asked : {false, true}) {
    TimerWheel wheel;
    for (std::uint32_t key = 0; key < 17; ++key) ASSERT_TRUE(wheel.schedule(key, at(kDay + key)));
    if (is_asked) {
      EXPECT_LT(wheel.next_deadline(), at(kDay));  // Too many to look at: the slot's start.
    }
    wheel.cancel(16);
    EXPECT_EQ(wheel.next_deadline(), at(kDay));
    ASSERT_TRUE(wheel.schedule(16, at(kDay + 16)));
    EXPECT_LT(wheel.next_deadline(), at(kDay));
  }
}

/// A loop that sleeps until next_deadline() wakes a few times for each entry at most: once for each level above it.
TEST(TimerWheel, SleepersWakeSeldom) {
  TimerWheel wheel;
  TestRandom random(9);
  constexpr std::uint32_t kEntries = 20000;
  for (std::uint32_t key = 0; key < kEntries; ++key) {
    ASSERT_TRUE(wheel.schedule(key, at(static_cast<std::int64_t>(random.below(100 * kDay)))));
  }
  std::uint32_t wakes = 0;
  while (wheel.size() != 0) {
    const Instant now = wheel.next_deadline();
    wheel.advance(now, [](std::uint32_t) {});
    ASSERT_GT(wheel.next_deadline(), now);
    ++wakes;
  }
  EXPECT_LT(wakes, kEntries + kEntries / 10);
}

}  // namespace
}  // namespace handfast::base
