#include "base/slab.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <vector>

#include "base/test_random.h"

namespace handfast::base {
namespace {

struct Thing {
  explicit Thing(int number) : value(std::make_unique<int>(number)) {}
  std::unique_ptr<int> value;  // A missed or repeated destructor shows.
};

using SmallSlab = Slab<Thing, 3>;

TEST(Slab, AHandleNamesOneObjectForEver) {
  SmallSlab slab;
  const std::uint32_t index = *slab.create(1);
  const Handle first = slab.handle(index);
  EXPECT_NE(first.packed(), 0U);
  EXPECT_EQ(Handle::unpacked(first.packed()), first);
  EXPECT_EQ(*slab.get(first)->value, 1);
  slab.destroy(index);
  EXPECT_EQ(slab.get(first), nullptr);
  EXPECT_EQ(slab.get(index), nullptr);
  ASSERT_EQ(*slab.create(2), index);
  EXPECT_EQ(slab.get(first), nullptr);
  EXPECT_EQ(*slab.at(index).value, 2);
  EXPECT_EQ(slab.get(Handle{}), nullptr);
  EXPECT_EQ(slab.get(Handle::unpacked(~std::uint64_t{0})), nullptr);
  EXPECT_EQ(slab.get(Handle{index, first.generation + 1}), nullptr);
}

TEST(Slab, ObjectsStayWhereTheyAre) {
  SmallSlab slab;
  std::vector<Thing*> addresses;
  addresses.reserve(1000);
  for (int i = 0; i < 1000; ++i) addresses.push_back(slab.get(*slab.create(i)));
  for (std::uint32_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(slab.get(i), addresses[i]);
    ASSERT_EQ(*addresses[i]->value, static_cast<int>(i));
  }
}

TEST(Slab, AgreesWithAMapThroughChurnAndRefusals) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    TestRandom random(seed);
    MemoryBudget budget(seed % 3 == 0 ? 6000 : MemoryBudget::kUnlimited);
    if (seed % 2 == 0) budget.fail_nth_take(1 + seed, seed % 4 == 0);
    SmallSlab slab(200, &budget);
    std::map<std::uint32_t, int> alive;
    std::vector<Handle> dead;
    for (int step = 0; step < 6000; ++step) {
      const bool is_growing = (step / 1000) % 2 == 0;
      if (random.chance(is_growing ? 3 : 1, 4)) {
        const auto index = slab.create(step);
        ASSERT_TRUE(alive.size() < 200 || !index);
        if (index) {
          ASSERT_TRUE(alive.emplace(*index, step).second);
        }
      } else if (!alive.empty()) {
        auto victim = alive.lower_bound(static_cast<std::uint32_t>(random.below(200)));
        if (victim == alive.end()) victim = alive.begin();
        dead.push_back(slab.handle(victim->first));
        slab.destroy(victim->first);
        alive.erase(victim);
      }
      ASSERT_EQ(slab.size(), alive.size());
      ASSERT_EQ(slab.memory_bytes(), budget.used());
    }
    for (std::uint32_t index = 0; index < 300; ++index) {
      const auto found = alive.find(index);
      ASSERT_EQ(slab.get(index) != nullptr, found != alive.end());
      if (found != alive.end()) {
        ASSERT_EQ(*slab.get(index)->value, found->second);
      }
    }
    for (const Handle handle : dead) ASSERT_EQ(slab.get(handle), nullptr);
    auto expected = alive.begin();
    slab.for_each([&](std::uint32_t index, Thing& thing) {
      ASSERT_EQ(index, expected->first);
      ASSERT_EQ(*thing.value, (expected++)->second);
      slab.destroy(index);
    });
    EXPECT_EQ(expected, alive.end());
    EXPECT_EQ(slab.size(), 0U);
  }
}

TEST(Slab, GivesEmptyChunksBackAndRemembersTheirGenerations) {
  MemoryBudget budget;
  SmallSlab slab(~0U, &budget);
  std::vector<Handle> handles;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 1000; ++i) handles.push_back(slab.handle(*slab.create(i)));
    const std::uint64_t full = budget.used();
    for (std::size_t i = handles.size() - 1000; i < handles.size(); ++i) slab.destroy(handles[i].index);
    EXPECT_LT(budget.used(), full / 2);
    ASSERT_TRUE(slab.create(0));
    slab.for_each([&](std::uint32_t index, Thing&) { slab.destroy(index); });
  }
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(slab.create(i));
  for (const Handle handle : handles) ASSERT_EQ(slab.get(handle), nullptr);
}

TEST(Slab, ASizeThatSwingsAroundAChunksEdgeTakesNoMemory) {
  MemoryBudget budget;
  SmallSlab slab(~0U, &budget);
  for (int i = 0; i < 8; ++i) ASSERT_TRUE(slab.create(i));
  for (int round = 0; round < 3; ++round) {
    const std::uint32_t ninth = *slab.create(8);
    const std::uint64_t takes = budget.takes();
    slab.destroy(ninth);
    slab.destroy(*slab.create(8));
    slab.destroy(*slab.create(8));
    EXPECT_EQ(budget.takes(), takes);
  }
}

TEST(Slab, APlaceWhoseGenerationWrapsIsRetired) {
  SmallSlab slab(8, nullptr, 0xFFFFFFFC);
  std::map<std::uint64_t, int> seen;
  int created = 0;
  for (; created < 100; ++created) {
    const auto index = slab.create(created);
    if (!index) break;
    if (*index >= 8) break;  // The first chunk is used up, and was never given back to start again.
    ASSERT_TRUE(seen.emplace(slab.handle(*index).packed(), created).second);
    slab.destroy(*index);
  }
  EXPECT_EQ(created, 16);  // Eight places with two generations left in each.
  EXPECT_LE(slab.size(), 1U);
}

TEST(Slab, CostsFourBytesAnObject) {
  Slab<std::array<std::uint64_t, 8>> slab;
  for (int i = 0; i < 6400; ++i) ASSERT_TRUE(slab.create());
  EXPECT_LE(slab.memory_bytes(), 6400U * (64 + 5));
}

TEST(SlabDeathTest, DestroyingTwiceAborts) {
  SmallSlab slab;
  const std::uint32_t index = *slab.create(1);
  slab.destroy(index);
  EXPECT_DEATH(slab.destroy(index), "");
  EXPECT_DEATH(slab.destroy(12345), "");
}

}  // namespace
}  // namespace handfast::base
