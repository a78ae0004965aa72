#pragma once

#include <cstdint>
#include <optional>

#include "base/check.h"
#include "base/flat_array.h"
#include "base/memory_budget.h"

// A table from a keyed hash to an index. It stores 32 bits of the hash beside the index, eight bytes in all: enough to
// reject nearly every stranger without touching the object, and to grow without asking for the hashes again. Linear
// probing keeps a look-up within a cache line or two; a deletion shifts the run behind it back, so there are no
// tombstones and a table that was once full is as fast as a new one.

namespace handfast::base {

/// Maps hashes to indexes; the keys themselves stay with whoever owns the indexes. Equal hashes may be inserted as
/// often as wanted, each with its own index. Hashes are expected to be keyed (SipHash) or otherwise out of a peer's
/// control.
class HashIndex {
 public:
  /// Holds at most `max_size` entries, in memory charged to `budget`.
  explicit HashIndex(std::uint32_t max_size = kMaxSize, MemoryBudget* budget = nullptr)
      : slots_(budget), max_size_(max_size < kMaxSize ? max_size : kMaxSize) {}

  /// The first index under `hash` for which `matches(index)` holds. The predicate compares the real keys.
  template <typename Predicate>
  std::optional<std::uint32_t> find(std::uint64_t hash, Predicate&& matches) const {
    if (size_ == 0) return std::nullopt;
    const std::uint32_t tag = tag_of(hash);
    for (std::uint32_t at = tag & mask(); slots_[at].index != kEmpty; at = (at + 1) & mask()) {
      if (slots_[at].tag == tag && matches(slots_[at].index)) return slots_[at].index;
    }
    return std::nullopt;
  }
  /// Enters `index`, which is below 2^32 - 1, under `hash`. False, and nothing changed, at the limit or where memory is
  /// refused. Does not look whether it is there already.
  [[nodiscard]] bool insert(std::uint64_t hash, std::uint32_t index) {
    HANDFAST_CHECK(index != kEmpty);
    if (!reserve(size_ + 1)) return false;
    place(slots_, {tag_of(hash), index});
    ++size_;
    return true;
  }
  /// Takes out the entry of `index` under `hash`; false if there is none.
  bool erase(std::uint64_t hash, std::uint32_t index) {
    if (size_ == 0) return false;
    const std::uint32_t tag = tag_of(hash);
    std::uint32_t at = tag & mask();
    while (slots_[at].tag != tag || slots_[at].index != index) {
      if (slots_[at].index == kEmpty) return false;
      at = (at + 1) & mask();
    }
    close_gap(at);
    --size_;
    return true;
  }
  /// Makes room for `size` entries in all.
  [[nodiscard]] bool reserve(std::uint32_t size) {
    if (size > max_size_) return false;
    const std::uint32_t wanted = capacity_for(size);
    return wanted <= slots_.size() || rebuild(wanted);
  }
  /// Gives memory back if the table is much too large for what it holds. Harmless if memory for that is refused.
  void shrink() {
    if (size_ == 0) return slots_.release();
    const std::uint32_t wanted = capacity_for(size_);
    if (wanted <= slots_.size() / 2) rebuild(wanted);
  }
  /// Fetches the slot of `hash` into the cache: worth it for a batch of look-ups whose hashes are known beforehand.
  void prefetch(std::uint64_t hash) const {
    if (size_ != 0) __builtin_prefetch(slots_.data() + (tag_of(hash) & mask()));
  }
  void clear() {
    slots_.release();
    size_ = 0;
  }

  std::uint32_t size() const { return size_; }
  std::uint32_t max_size() const { return max_size_; }
  std::uint64_t memory_bytes() const { return slots_.memory_bytes(); }

 private:
  static constexpr std::uint32_t kEmpty = 0xFFFFFFFF;
  static constexpr std::uint32_t kMaxSize = 3U << 29;  // Three quarters of 2^31 slots.
  static constexpr std::uint32_t kSmallest = 8;

  struct Slot {
    std::uint32_t tag;
    std::uint32_t index;
  };

  /// Both halves count, in case the caller's hash has only 32 good bits, wherever they are.
  static constexpr std::uint32_t tag_of(std::uint64_t hash) { return static_cast<std::uint32_t>(hash ^ hash >> 32); }
  static constexpr std::uint32_t capacity_for(std::uint32_t size) {
    std::uint32_t capacity = kSmallest;
    while (std::uint64_t{size} * 4 > std::uint64_t{capacity} * 3) capacity *= 2;
    return capacity;
  }
  std::uint32_t mask() const { return slots_.size() - 1; }

  static void place(FlatArray<Slot>& slots, Slot slot) {
    const std::uint32_t mask = slots.size() - 1;
    std::uint32_t at = slot.tag & mask;
    while (slots[at].index != kEmpty) at = (at + 1) & mask;
    slots[at] = slot;
  }
  /// Moves back every entry behind the gap that may stand in it: those whose home is not between the gap and them.
  void close_gap(std::uint32_t gap) {
    for (std::uint32_t at = (gap + 1) & mask(); slots_[at].index != kEmpty; at = (at + 1) & mask()) {
      const std::uint32_t displacement = (at - slots_[at].tag) & mask();
      if (displacement < ((at - gap) & mask())) continue;
      slots_[gap] = slots_[at];
      gap = at;
    }
    slots_[gap].index = kEmpty;
  }
  bool rebuild(std::uint32_t capacity) {
    FlatArray<Slot> larger(slots_.budget());
    if (!larger.grow(capacity, Slot{0, kEmpty})) return false;
    for (std::uint32_t at = 0; at < slots_.size(); ++at) {
      if (slots_[at].index != kEmpty) place(larger, slots_[at]);
    }
    slots_.swap(larger);
    return true;
  }

  FlatArray<Slot> slots_;
  std::uint32_t size_ = 0;
  std::uint32_t max_size_;
};

}  // namespace handfast::base
