#include "base/ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <memory>

#include "base/test_random.h"

namespace handfast::base {
namespace {

using Item = std::unique_ptr<int>;  // Movable only, and a leak or a double end shows.

void expect_equal(Ring<Item>& ring, const std::deque<int>& oracle) {
  ASSERT_EQ(ring.size(), oracle.size());
  for (std::uint32_t i = 0; i < ring.size(); ++i) ASSERT_EQ(*ring[i], oracle[i]);
}

void step(Ring<Item>& ring, std::deque<int>& oracle, TestRandom& random) {
  const int value = static_cast<int>(random.below(1000000));
  const auto place = static_cast<std::uint32_t>(random.below(oracle.size() + 1));
  const auto other = static_cast<std::uint32_t>(place + random.below(oracle.size() - place + 1) % 4);
  const auto here = oracle.begin() + place;
  switch (random.below(10)) {
    case 0:
      if (ring.push_front(std::make_unique<int>(value))) oracle.push_front(value);
      break;
    case 1:
    case 2:
      if (ring.push_back(std::make_unique<int>(value))) oracle.push_back(value);
      break;
    case 3:
    case 4:
      if (ring.insert(place, std::make_unique<int>(value))) oracle.insert(here, value);
      break;
    case 5:
      if (place < oracle.size()) ring.erase(place), oracle.erase(here);
      break;
    case 6:
      ring.erase(place, std::min(other, ring.size()));
      oracle.erase(here, oracle.begin() + std::min<std::ptrdiff_t>(other, std::ssize(oracle)));
      break;
    case 7:
      if (oracle.empty()) break;
      ASSERT_EQ(*ring.pop_front(), oracle.front());
      oracle.pop_front();
      break;
    case 8:
      if (oracle.empty()) break;
      ASSERT_EQ(*ring.pop_back(), oracle.back());
      oracle.pop_back();
      break;
    default:
      if (random.chance(1, 50)) ring.clear(), oracle.clear();
      if (random.chance(1, 50)) ring.release(), oracle.clear();
      if (random.chance(1, 50)) {
        Ring<Item> moved(std::move(ring));
        ring = std::move(moved);
      }
  }
}

TEST(Ring, BehavesLikeADeque) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    TestRandom random(seed);
    MemoryBudget budget(seed % 2 == 0 ? MemoryBudget::kUnlimited : 64 * sizeof(Item));
    if (seed % 3 == 0) budget.fail_nth_take(seed / 3, false);
    Ring<Item> ring(&budget);
    std::deque<int> oracle;
    for (int i = 0; i < 3000; ++i) {
      step(ring, oracle, random);
      expect_equal(ring, oracle);
      ASSERT_EQ(budget.used(), ring.memory_bytes());
      if (HasFatalFailure()) FAIL() << "seed " << seed << " step " << i;
    }
    ring.release();
    EXPECT_EQ(budget.used(), 0U);
  }
}

TEST(Ring, ARefusedPushChangesNothing) {
  MemoryBudget budget(4 * sizeof(int));
  Ring<int> ring(&budget);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(ring.push_back(i));
  EXPECT_FALSE(ring.push_back(4));
  EXPECT_FALSE(ring.push_front(4));
  EXPECT_FALSE(ring.insert(2, 4));
  EXPECT_FALSE(ring.reserve(5));
  EXPECT_FALSE(ring.reserve(0xFFFFFFFF));
  EXPECT_EQ(ring.size(), 4U);
  EXPECT_EQ(ring.front(), 0);
  EXPECT_EQ(ring.back(), 3);
}

TEST(Ring, ClearKeepsTheMemoryAndReleaseDoesNot) {
  Ring<int> ring;
  ASSERT_TRUE(ring.reserve(100));
  EXPECT_EQ(ring.capacity(), 128U);
  ASSERT_TRUE(ring.push_back(1));
  ring.clear();
  EXPECT_TRUE(ring.empty());
  EXPECT_EQ(ring.capacity(), 128U);
  ring.release();
  EXPECT_EQ(ring.memory_bytes(), 0U);
  EXPECT_LE(sizeof ring, 32U);
}

TEST(RingDeathTest, LooksWhereItIsAsked) {
  Ring<int> ring;
  EXPECT_DEATH(ring.pop_front(), "");
  EXPECT_DEATH(ring.pop_back(), "");
  EXPECT_DEATH((void)ring[0], "");
  EXPECT_DEATH(ring.erase(0), "");
}

}  // namespace
}  // namespace handfast::base
