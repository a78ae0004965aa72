#include "base/buffer_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/test_random.h"

namespace handfast::base {
namespace {

constexpr std::uint64_t cost_of(std::size_t size_class) {
  return std::uint64_t{BufferPool::kCapacities[size_class]} + BufferPool::kOverhead;
}

TEST(BufferPool, GivesTheSmallestBufferThatHoldsTheBytes) {
  BufferPool pool;
  const std::pair<std::uint32_t, std::uint32_t> cases[] = {{0, 256},      {256, 256},     {257, 2048},   {1514, 2048},
                                                           {2049, 16384}, {16385, 65792}, {65792, 65792}};
  for (const auto& [size, capacity] : cases) {
    std::optional<Slice> slice = pool.get(size);
    ASSERT_TRUE(slice);
    EXPECT_EQ(slice->size(), size);
    EXPECT_EQ(slice->buffer()->capacity, capacity);
    EXPECT_EQ(slice->buffer()->references, 1U);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(slice->buffer()->bytes) % 64, 0U);
    slice->extend(capacity - size);
    std::ranges::fill(slice->mutable_bytes(), std::byte{0xAA});
  }
  EXPECT_FALSE(pool.get(65793));
  EXPECT_FALSE(pool.get(0xFFFFFFFF));
}

TEST(BufferPool, UsesABufferAgainWhenTheLastSliceGoes) {
  BufferPool pool;
  std::optional<Slice> first = pool.get(1000);
  Slice part = first->sub(100, 10);
  Buffer* const buffer = first->buffer();
  first.reset();
  EXPECT_EQ(pool.buffers_in_use(), 1U);
  part.reset();
  EXPECT_EQ(pool.buffers_in_use(), 0U);
  EXPECT_EQ(pool.idle_bytes(), cost_of(1));
  first = pool.get(2000);
  EXPECT_EQ(first->buffer(), buffer);
  EXPECT_EQ(pool.idle_bytes(), 0U);
}

TEST(BufferPool, CopiesBytes) {
  BufferPool pool;
  std::vector<std::byte> bytes(3000);
  TestRandom random(7);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
  EXPECT_TRUE(std::ranges::equal(pool.wrap_copy(bytes)->bytes(), bytes));
  EXPECT_TRUE(pool.wrap_copy({})->empty());
  bytes.resize(BufferPool::kLargest + 1);
  EXPECT_FALSE(pool.wrap_copy(bytes));
}

TEST(BufferPool, KeepsNoMoreIdleThanItsLimit) {
  MemoryBudget budget;
  BufferPool pool(&budget, 3 * cost_of(1));
  std::vector<Slice> slices;
  slices.reserve(10);
  for (int i = 0; i < 10; ++i) slices.push_back(*pool.get(2048));
  EXPECT_EQ(budget.used(), 10 * cost_of(1));
  slices.clear();
  EXPECT_EQ(pool.idle_bytes(), 3 * cost_of(1));
  EXPECT_EQ(pool.memory_bytes(), 3 * cost_of(1));
  EXPECT_EQ(budget.used(), 3 * cost_of(1));
  pool.trim();
  EXPECT_EQ(budget.used(), 0U);
}

TEST(BufferPool, RefusalIsAnEmptyAnswerAndIdleBuffersGoFirst) {
  MemoryBudget budget(cost_of(2) + cost_of(1));
  BufferPool pool(&budget);
  std::optional<Slice> large = pool.get(16384);
  std::optional<Slice> middle = pool.get(2048);
  ASSERT_TRUE(large && middle);
  EXPECT_FALSE(pool.get(1));
  large.reset();
  std::vector<Slice> small;
  while (std::optional<Slice> slice = pool.get(100)) small.push_back(*slice);  // The idle 16 KiB made room for these.
  EXPECT_EQ(small.size(), cost_of(2) / cost_of(0));
  EXPECT_LE(budget.used(), budget.limit());
}

TEST(BufferPool, SurvivesEveryFailedTake) {
  for (std::uint64_t nth = 1; nth < 40; ++nth) {
    MemoryBudget budget;
    budget.fail_nth_take(nth, nth % 2 == 0);
    BufferPool pool(&budget, 20000);
    TestRandom random(nth);
    std::vector<Slice> held;
    for (int step = 0; step < 200; ++step) {
      if (std::optional<Slice> slice = pool.get(static_cast<std::uint32_t>(random.below(70000)))) {
        std::ranges::fill(slice->mutable_bytes(), std::byte{1});
        held.push_back(*std::move(slice));
      }
      if (held.size() > 5) held.erase(held.begin() + static_cast<std::ptrdiff_t>(random.below(held.size())));
      ASSERT_EQ(budget.used(), pool.memory_bytes());
      ASSERT_EQ(pool.buffers_in_use(), held.size());
      ASSERT_LE(pool.idle_bytes(), 20000U);
    }
  }
}

TEST(BufferPool, BuffersMayOutliveIt) {
  MemoryBudget budget;
  auto pool = std::make_unique<BufferPool>(&budget);
  std::optional<Slice> first = pool->get(100);
  std::optional<Slice> second = pool->get(5000);
  std::optional<Slice> third = pool->get(5000);
  third.reset();
  pool.reset();
  EXPECT_EQ(budget.used(), 0U);
  std::ranges::fill(second->mutable_bytes(), std::byte{1});
  first.reset();
  EXPECT_EQ(second->bytes()[4999], std::byte{1});
  second.reset();  // The leak checker sees whether everything went.
}

}  // namespace
}  // namespace handfast::base
