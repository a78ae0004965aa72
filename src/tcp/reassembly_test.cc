#include "tcp/reassembly.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/test_random.h"

namespace handfast::tcp {
namespace {

constexpr std::uint32_t kStart = 0xFFFFFF00;  // RCV.NXT at the beginning: the window lies across the wrap
constexpr std::uint32_t kWindow = 600;

// One optional byte for each number of the window: the simplest reassembly there can be.
class ByteMap {
 public:
  std::uint32_t held() const {
    std::uint32_t count = 0;
    for (std::uint32_t i = next_; i < kWindow; ++i) count += bytes_[i].has_value();
    return count;
  }
  std::uint32_t ranges() const {
    std::uint32_t count = 0;
    for (std::uint32_t i = next_; i < kWindow; ++i) count += bytes_[i] && (i == next_ || !bytes_[i - 1]);
    return count;
  }
  void put(std::uint32_t at, const std::string& text) {
    for (std::uint32_t i = 0; i < text.size(); ++i) {
      if (!bytes_[at + i]) bytes_[at + i] = text[i];
    }
  }
  bool touches_or_overlaps(std::uint32_t at, std::uint32_t length) const {
    const std::uint32_t first = at > next_ ? at - 1 : at;
    for (std::uint32_t i = first; i <= at + length && i < kWindow; ++i) {
      if (bytes_[i]) return true;
    }
    return false;
  }
  bool is_range(std::uint32_t left, std::uint32_t right) const {
    for (std::uint32_t i = left; i < right; ++i) {
      if (!bytes_[i]) return false;
    }
    return (left == next_ || !bytes_[left - 1]) && (right == kWindow || !bytes_[right]);
  }
  bool has(std::uint32_t at) const { return at < kWindow && bytes_[at].has_value(); }
  char at(std::uint32_t i) const { return *bytes_[i]; }
  std::uint32_t next() const { return next_; }
  /// The first of `length` bytes from `at` on that is there, and how many follow it among them.
  std::pair<std::uint32_t, std::uint32_t> first_held(std::uint32_t at, std::uint32_t length) const {
    std::uint32_t left = at;
    while (left < at + length && !has(left)) ++left;
    std::uint32_t right = left;
    while (right < at + length && has(right)) ++right;
    return {left, right - left};
  }
  void move_to(std::uint32_t next) { next_ = next; }

 private:
  std::array<std::optional<char>, kWindow> bytes_{};
  std::uint32_t next_ = 0;
};

char true_byte(std::uint32_t at) { return static_cast<char>('A' + at % 50); }

struct Both {
  base::MemoryBudget budget;
  base::BufferPool buffers{&budget};
  base::BufferPool driver;
  Reassembly reassembly{&budget};
  ByteMap map;
  std::uint32_t last_at = 0;

  void insert(base::TestRandom& random, std::uint32_t max_ranges) {
    const auto at = static_cast<std::uint32_t>(map.next() + 1 + random.below(kWindow - map.next() - 1));
    const auto length = static_cast<std::uint32_t>(1 + random.below(std::min<std::uint32_t>(kWindow - at, 60)));
    std::string text(length, '\0');
    for (std::uint32_t i = 0; i < length; ++i) text[i] = true_byte(at + i);
    Slice slice = *driver.get(random.chance(1, 2) ? 2048 : 100);
    std::copy_n(reinterpret_cast<const std::byte*>(text.data()), length, slice.mutable_bytes().begin());
    slice.truncate(length);
    const bool limited = map.ranges() >= max_ranges && !map.touches_or_overlaps(at, length);
    const std::uint32_t before = map.held();
    const auto [held, held_length] = map.first_held(at, length);
    const Reassembly::Stretch stretch = reassembly.first_held(SeqNum(kStart + at), length);
    EXPECT_EQ(stretch.length, held_length);
    EXPECT_TRUE(held_length == 0 || stretch.start == SeqNum(kStart + held));
    const auto outcome = reassembly.insert(SeqNum(kStart + at), slice, max_ranges, buffers);
    if (limited) {
      EXPECT_EQ(outcome, Reassembly::Outcome::kTooManyRanges);
      return;
    }
    map.put(at, text);
    last_at = at;
    EXPECT_EQ(outcome, map.held() > before ? Reassembly::Outcome::kHeld : Reassembly::Outcome::kDuplicate);
  }

  // The missing byte arrives: everything behind it up to the next gap comes out.
  void fill_gap(std::uint32_t length) {
    std::uint32_t next = std::min(map.next() + length, kWindow);
    TextChunk chunk;
    while (reassembly.take(SeqNum(kStart + next), chunk)) {
      for (const std::byte byte : chunk.text.bytes()) {
        ASSERT_TRUE(map.has(next));
        ASSERT_EQ(static_cast<char>(byte), map.at(next));
        ++next;
      }
    }
    EXPECT_FALSE(map.has(next));
    map.move_to(next);
  }

  void check() const {
    ASSERT_EQ(reassembly.size(), map.held());
    ASSERT_EQ(reassembly.range_count(), map.ranges());
    ASSERT_EQ(reassembly.empty(), map.held() == 0);
    ASSERT_TRUE(reassembly.is_consistent(SeqNum(kStart + map.next())));
    std::array<wire::SackBlock, wire::kMaxSackBlocks> blocks;
    const std::size_t count = reassembly.blocks(blocks);
    EXPECT_EQ(count > 0, map.ranges() > 0);
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(map.is_range(blocks[i].left - kStart, blocks[i].right - kStart));
      for (std::size_t j = 0; j < i; ++j) EXPECT_NE(blocks[i], blocks[j]);
    }
    if (last_at > map.next()) {  // RFC 2018 §4: the first block holds the newest arrival
      EXPECT_LE(blocks[0].left - kStart, last_at);
      EXPECT_GT(blocks[0].right - kStart, last_at);
    }
  }
};

TEST(Reassembly, HoldsWhatAByteMapHolds) {  // 2018-8
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    base::TestRandom random(seed);
    Both run;
    const auto max_ranges = static_cast<std::uint32_t>(2 + random.below(20));
    for (int step = 0; step < 120 && run.map.next() + 2 < kWindow; ++step) {
      if (random.chance(1, 12)) {
        run.fill_gap(static_cast<std::uint32_t>(1 + random.below(20)));
      } else {
        run.insert(random, max_ranges);
      }
      run.check();
      if (testing::Test::HasFatalFailure() || testing::Test::HasNonfatalFailure()) FAIL() << "step " << step;
    }
  }
}

// Where memory is refused, what comes out is still the peer's text, and never a byte that did not arrive.
TEST(Reassembly, RefusedMemoryCorruptsNothing) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(seed);
    base::TestRandom random(seed);
    base::MemoryBudget budget;
    base::BufferPool buffers(&budget);
    base::BufferPool driver;
    Reassembly reassembly(&budget);
    std::uint32_t next = 0;
    for (int step = 0; step < 100 && next + 2 < kWindow; ++step) {
      const auto at = static_cast<std::uint32_t>(next + 1 + random.below(kWindow - next - 1));
      const auto length = static_cast<std::uint32_t>(1 + random.below(std::min<std::uint32_t>(kWindow - at, 60)));
      Slice slice = *driver.get(length);
      for (std::uint32_t i = 0; i < length; ++i) slice.mutable_bytes()[i] = static_cast<std::byte>(true_byte(at + i));
      if (random.chance(1, 2)) budget.fail_nth_take(1 + random.below(3));
      (void)reassembly.insert(SeqNum(kStart + at), slice, 100, buffers);
      budget.stop_failing();
      if (random.chance(1, 6)) {
        ++next;
        TextChunk chunk;
        while (reassembly.take(SeqNum(kStart + next), chunk)) {
          for (const std::byte byte : chunk.text.bytes()) ASSERT_EQ(static_cast<char>(byte), true_byte(next++));
        }
      }
      ASSERT_TRUE(reassembly.is_consistent(SeqNum(kStart + next)));
    }
  }
}

}  // namespace
}  // namespace handfast::tcp
