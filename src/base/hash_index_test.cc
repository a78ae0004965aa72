#include "base/hash_index.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "base/siphash.h"
#include "base/test_random.h"

namespace handfast::base {
namespace {

/// Keys are numbers; index i holds keys[i]. `hash_bits` squeezes the hashes together until everything collides.
struct Table {
  Table(unsigned bits, std::uint32_t max_size, MemoryBudget* budget) : hash_bits(bits), index(max_size, budget) {}

  std::uint64_t hash(std::uint64_t key) const {
    const std::uint64_t mixed = siphash_words(SipKey{1, 2}, key);
    // Near the top of the tag's range, so that runs wrap around the end of the table.
    return hash_bits >= 64 ? mixed : 0xFFFFFFF8 + mixed % (std::uint64_t{1} << hash_bits);
  }
  std::optional<std::uint32_t> find(std::uint64_t key) const {
    return index.find(hash(key), [&](std::uint32_t at) { return keys[at] == key; });
  }

  unsigned hash_bits;
  HashIndex index;
  std::vector<std::uint64_t> keys;
};

void churn(std::uint64_t seed, unsigned hash_bits, std::uint32_t max_size, MemoryBudget& budget) {
  TestRandom random(seed);
  Table table(hash_bits, max_size, &budget);
  std::map<std::uint64_t, std::uint32_t> oracle;
  for (int step = 0; step < 4000; ++step) {
    const std::uint64_t key = random.below(300);
    const bool is_growing = (step / 500) % 2 == 0;
    const auto known = oracle.find(key);
    if (known != oracle.end() && random.chance(is_growing ? 1 : 4, 5)) {
      ASSERT_TRUE(table.index.erase(table.hash(key), known->second));
      ASSERT_FALSE(table.index.erase(table.hash(key), known->second));
      oracle.erase(known);
    } else if (known == oracle.end() && is_growing) {
      const auto at = static_cast<std::uint32_t>(table.keys.size());
      const bool inserted = table.index.insert(table.hash(key), at);
      ASSERT_TRUE(oracle.size() < max_size || !inserted);
      if (inserted) {
        table.keys.push_back(key);
        oracle.emplace(key, at);
      }
    }
    if (step % 700 == 699) table.index.shrink();
    ASSERT_EQ(table.index.size(), oracle.size());
    ASSERT_EQ(table.index.memory_bytes(), budget.used());
    for (std::uint64_t probe = step % 50 == 0 ? 0 : key; probe < 300; probe += step % 50 == 0 ? 1 : 300) {
      const auto expected = oracle.find(probe);
      const auto found = table.find(probe);
      ASSERT_EQ(found.has_value(), expected != oracle.end()) << "seed " << seed << " step " << step;
      if (found) {
        ASSERT_EQ(*found, expected->second);
      }
    }
  }
}

TEST(HashIndex, AgreesWithAMap) {
  for (const unsigned bits : {64U, 8U, 5U, 2U, 0U}) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      MemoryBudget budget;
      churn(seed, bits, 1000, budget);
      ASSERT_EQ(budget.used(), 0U);
    }
  }
}

TEST(HashIndex, AgreesWithAMapWhenRefused) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    MemoryBudget budget(seed % 2 == 0 ? 1600 : MemoryBudget::kUnlimited);
    budget.fail_nth_take(1 + seed / 2, seed % 3 == 0);
    churn(seed, 64, seed % 4 == 0 ? 50 : 1000, budget);
  }
}

TEST(HashIndex, HoldsEqualHashes) {
  HashIndex index;
  for (std::uint32_t i = 0; i < 100; ++i) ASSERT_TRUE(index.insert(42, i));
  for (std::uint32_t i = 0; i < 100; ++i) EXPECT_EQ(index.find(42, [i](std::uint32_t at) { return at == i; }), i);
  EXPECT_FALSE(index.find(42, [](std::uint32_t) { return false; }));
  EXPECT_FALSE(index.find(43, [](std::uint32_t) { return true; }));
  EXPECT_FALSE(index.erase(43, 0));
}

TEST(HashIndex, TheLimitHolds) {
  HashIndex index(3);
  for (std::uint32_t i = 0; i < 3; ++i) EXPECT_TRUE(index.insert(i, i));
  EXPECT_FALSE(index.insert(3, 3));
  EXPECT_TRUE(index.erase(1, 1));
  EXPECT_TRUE(index.insert(3, 3));
  EXPECT_FALSE(index.reserve(4));
}

TEST(HashIndex, EightBytesASlotAtMostThreeQuartersFull) {
  HashIndex index;
  ASSERT_TRUE(index.reserve(6));
  EXPECT_EQ(index.memory_bytes(), 64U);
  ASSERT_TRUE(index.reserve(7));
  EXPECT_EQ(index.memory_bytes(), 128U);
  index.shrink();
  EXPECT_EQ(index.memory_bytes(), 0U);
  EXPECT_TRUE(index.insert(1, 1));
}

/// With a good hash a look-up meets few strangers, and after a flood has come and gone it meets no more than before.
TEST(HashIndex, PredicatesAreRarelyAskedInVain) {
  HashIndex index;
  constexpr std::uint32_t kEntries = 100000;
  const auto hash = [](std::uint64_t key) { return siphash_words(SipKey{3, 4}, key); };
  for (std::uint32_t i = 0; i < kEntries; ++i) ASSERT_TRUE(index.insert(hash(i), i));
  std::uint32_t asked = 0;
  for (std::uint32_t i = 0; i < kEntries; ++i) {
    index.prefetch(hash(i));
    ASSERT_EQ(index.find(hash(i), [&](std::uint32_t at) { return ++asked, at == i; }), i);
  }
  EXPECT_LT(asked, kEntries + 10);
}

}  // namespace
}  // namespace handfast::base
