#include "sim/seeded_random.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "sim/keyed_stream.h"

namespace handfast::sim {
namespace {

TEST(Generator, KnownNumbersOnEveryMachine) {
  // SplitMix64 from 0 is published with its algorithm; xoshiro256** from the state {1, 2, 3, 4} starts with 11520.
  std::uint64_t state = 0;
  EXPECT_EQ(split_mix(state), 0xE220A8397B1DCDAFu);
  EXPECT_EQ(split_mix(state), 0x6E789E6AA1B965F4u);
  Generator generator(0);
  // With a state of SplitMix64(0)'s first four numbers.
  EXPECT_EQ(generator.next(), 0x99EC5F36CB75F2B4u);
  EXPECT_EQ(generator.next(), 0xBF6E1F784956452Au);
}

TEST(Generator, StreamsDependOnSeedLabelAndNumber) {
  const std::uint64_t base = Generator(1, "link", 0).next();
  EXPECT_EQ(base, Generator(1, "link", 0).next());
  EXPECT_NE(base, Generator(2, "link", 0).next());
  EXPECT_NE(base, Generator(1, "host", 0).next());
  EXPECT_NE(base, Generator(1, "link", 1).next());
}

TEST(Generator, BelowIsUniform) {
  Generator generator(7);
  for (const std::uint64_t bound : {1u, 2u, 3u, 5u, 7u, 10u, 13u}) {
    std::vector<int> seen(bound);
    constexpr int kDraws = 20000;
    for (int i = 0; i < kDraws; ++i) {
      const std::uint64_t drawn = generator.below(bound);
      ASSERT_LT(drawn, bound);
      ++seen[drawn];
    }
    const int expected = kDraws / static_cast<int>(bound);
    for (const int count : seen) EXPECT_NEAR(count, expected, 6 * 75) << "bound " << bound;
  }
  EXPECT_EQ(generator.below(0), 0u);
}

TEST(Generator, BelowHasNoModuloBias) {
  // Two thirds of the range: with a plain remainder the lower half would come twice as often as the upper one.
  constexpr std::uint64_t kBound = 0xAAAAAAAAAAAAAAAA;
  Generator generator(11);
  int low = 0;
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) low += generator.below(kBound) < kBound / 2 ? 1 : 0;
  constexpr int kExpected = kDraws / 2;
  EXPECT_NEAR(low, kExpected, 500);
}

TEST(Generator, ChanceIsPerMillion) {
  Generator generator(3);
  int hits = 0;
  for (int i = 0; i < 100000; ++i) hits += generator.chance(250'000) ? 1 : 0;
  EXPECT_NEAR(hits, 25000, 800);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_FALSE(generator.chance(0));
    EXPECT_TRUE(generator.chance(kMillion));
  }
}

TEST(Generator, RangesHoldTheirBounds) {
  Generator generator(5);
  bool low_seen = false, high_seen = false;
  for (int i = 0; i < 5000; ++i) {
    const std::uint64_t drawn = generator.log_range(3, 70000);
    ASSERT_GE(drawn, 3u);
    ASSERT_LE(drawn, 70000u);
    low_seen = low_seen || drawn < 8;
    high_seen = high_seen || drawn > 65535;
    const Duration duration = generator.duration(Duration(10), Duration(12));
    ASSERT_GE(duration.count(), 10);
    ASSERT_LE(duration.count(), 12);
  }
  EXPECT_TRUE(low_seen);
  EXPECT_TRUE(high_seen);
  EXPECT_EQ(generator.log_range(0, 0), 0u);
}

TEST(Generator, FillIsTheSameInOnePiece) {
  std::array<std::byte, 19> a{}, b{};
  SeededRandom first{Generator(9)};
  SeededRandom second{Generator(9)};
  first.fill(a);
  second.fill(b);
  EXPECT_EQ(a, b);
}

TEST(KeyedStream, AnyPieceIsPartOfTheWhole) {
  const KeyedStream stream(42);
  std::vector<std::byte> whole(4096);
  stream.write(0, whole);
  Generator generator(1);
  for (int i = 0; i < 500; ++i) {
    const std::uint64_t from = generator.below(4096);
    const std::uint64_t count = generator.below(4096 - from + 1);
    std::vector<std::byte> piece(count);
    stream.write(from, piece);
    EXPECT_TRUE(std::equal(piece.begin(), piece.end(), whole.begin() + static_cast<std::ptrdiff_t>(from)));
    EXPECT_FALSE(stream.first_difference(from, piece));
    if (count == 0) continue;
    const std::uint64_t bad = generator.below(count);
    piece[bad] ^= std::byte{1};
    EXPECT_EQ(stream.first_difference(from, piece), bad);
  }
}

TEST(KeyedStream, OtherKeysAndOffsetsDiffer) {
  std::vector<std::byte> text(64);
  KeyedStream(1).write(0, text);
  EXPECT_TRUE(KeyedStream(2).first_difference(0, text));
  EXPECT_TRUE(KeyedStream(1).first_difference(1, text));
  EXPECT_TRUE(KeyedStream(1).first_difference(8, text));
}

}  // namespace
}  // namespace handfast::sim
