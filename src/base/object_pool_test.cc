#include "base/object_pool.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>

namespace handfast::base {
namespace {

struct Tracker {
  explicit Tracker(int* count) : alive(count) { ++*alive; }
  ~Tracker() { --*alive; }
  int* alive;
  alignas(32) std::array<std::byte, 100> load{};
};
static_assert(sizeof(PoolPtr<Tracker>) == sizeof(void*));

TEST(ObjectPool, TheOwnerEndsTheObjectAndReturnsTheBlock) {
  int alive = 0;
  ObjectPool<Tracker> pool;
  PoolPtr<Tracker> owner = pool.take(&alive);
  ASSERT_TRUE(owner);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(owner.get()) % 32, 0U);
  Tracker* const place = owner.get();
  PoolPtr<Tracker> moved = std::move(owner);
  EXPECT_FALSE(owner);  // What is left after the move is the point.
  EXPECT_EQ(alive, 1);
  moved.reset();
  moved.reset();
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(pool.idle(), 1U);
  moved = pool.take(&alive);
  EXPECT_EQ(moved.get(), place);
  moved = pool.take(&alive);  // The one before ends.
  EXPECT_EQ(alive, 1);
  EXPECT_EQ(pool.in_use(), 1U);
  EXPECT_EQ(moved->alive, &alive);
}

TEST(ObjectPool, ChargesItsBudgetAndKeepsAFewIdle) {
  int alive = 0;
  MemoryBudget budget(5 * ObjectPool<Tracker>::kBlockBytes);
  {
    ObjectPool<Tracker> pool(&budget, 2);
    std::array<PoolPtr<Tracker>, 5> owners;
    for (auto& owner : owners) ASSERT_TRUE(owner = pool.take(&alive));
    EXPECT_FALSE(pool.take(&alive));
    EXPECT_EQ(alive, 5);
    for (auto& owner : owners) owner.reset();
    EXPECT_EQ(pool.idle(), 2U);
    EXPECT_EQ(budget.used(), pool.memory_bytes());
    budget.fail_nth_take(1);
    EXPECT_TRUE(pool.take(&alive));  // An idle block needs no memory.
    pool.trim();
    EXPECT_EQ(budget.used(), 0U);
    EXPECT_FALSE(pool.take(&alive));
    EXPECT_TRUE(pool.take(&alive));
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(budget.used(), 0U);
}

TEST(ObjectPoolDeathTest, MustOutliveItsObjects) {
  EXPECT_DEATH(
      {
        PoolPtr<int> owner;
        ObjectPool<int> pool;
        owner = pool.take(1);
      },
      "");
}

}  // namespace
}  // namespace handfast::base
