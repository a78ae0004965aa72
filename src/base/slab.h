#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/flat_array.h"
#include "base/memory_budget.h"

// Objects that live long, never move and are named by a number. They stand in chunks; a 32-bit index names a place,
// and a generation, counted up at every birth and every death, tells apart those who had the place in turn. It is odd
// while the place is taken. Generations stand together at the end of the chunk, four bytes for each object. A place
// whose generation would wrap is never used again, so a stale handle can never name a later object. A chunk that
// empties is freed, so that memory taken in a flood comes back; its generations are remembered by their maximum.

namespace handfast::base {

/// Names an object in a Slab for good: after its death the handle names nothing.
struct Handle {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;  ///< Odd for every object that ever lived, so a packed handle is never 0.

  constexpr std::uint64_t packed() const { return std::uint64_t{generation} << 32 | index; }
  static constexpr Handle unpacked(std::uint64_t packed) {
    return {static_cast<std::uint32_t>(packed), static_cast<std::uint32_t>(packed >> 32)};
  }
  friend constexpr bool operator==(Handle, Handle) = default;
};

/// Stable storage for at most `max_objects` objects, charged to `budget` a chunk at a time.
template <typename T, unsigned kChunkBits = 6>
class Slab {
  static constexpr std::uint32_t kChunk = 1U << kChunkBits;
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static_assert(kChunkBits <= 14);

 public:
  /// `first_generation` is even; tests start just below the wrap.
  explicit Slab(std::uint32_t max_objects = kNone, MemoryBudget* budget = nullptr, std::uint32_t first_generation = 0)
      : pages_(budget), max_objects_(max_objects), first_generation_(first_generation & ~1U) {}
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;
  ~Slab() {
    for_each([this](std::uint32_t index, T&) { destroy(index); });
    for (std::uint32_t page = 0; page < pages_.size(); ++page) {
      if (pages_[page].chunk != nullptr) free_chunk(page);
    }
  }

  /// Makes an object from `args`; its index, or none at the limit or where memory is refused.
  template <typename... Args>
  [[nodiscard]] std::optional<std::uint32_t> create(Args&&... args) {
    if (size_ >= max_objects_ || (open_ == kNone && !add_chunk())) return std::nullopt;
    const std::uint32_t page = open_;
    Chunk& chunk = *pages_[page].chunk;
    const std::uint32_t at = pages_[page].free_head;
    std::uint16_t next;
    std::memcpy(&next, chunk.slots[at].bytes, sizeof next);
    pages_[page].free_head = next;
    if (++pages_[page].used == kChunk) close(page);
    if (page == spare_) spare_ = kNone;
    ++chunk.generations[at];
    ++size_;
    ::new (static_cast<void*>(chunk.slots[at].bytes)) T(std::forward<Args>(args)...);
    return page << kChunkBits | at;
  }
  /// Ends the object at `index`, which must be alive. Handles to it are stale before its destructor runs.
  void destroy(std::uint32_t index) {
    T* object = get(index);
    HANDFAST_CHECK(object != nullptr);
    const std::uint32_t page = index >> kChunkBits;
    const std::uint32_t at = index & (kChunk - 1);
    const std::uint32_t generation = ++pages_[page].chunk->generations[at];
    std::destroy_at(object);
    --size_;
    if (generation == 0) return;  // The generation wrapped: the place stays in use by nobody.
    if (pages_[page].used == kChunk) open(page);
    std::memcpy(pages_[page].chunk->slots[at].bytes, &pages_[page].free_head, sizeof(std::uint16_t));
    pages_[page].free_head = static_cast<std::uint16_t>(at);
    if (--pages_[page].used == 0) chunk_emptied(page);
  }

  /// The object at `index`, which must be alive: for indexes from our own tables.
  T& at(std::uint32_t index) {
    HANDFAST_DCHECK(get(index) != nullptr);
    return *object(index);
  }
  const T& at(std::uint32_t index) const {
    HANDFAST_DCHECK(contains(index));
    return *object(index);
  }
  /// The object at `index`; nullptr if nothing lives there.
  T* get(std::uint32_t index) { return contains(index) ? object(index) : nullptr; }
  const T* get(std::uint32_t index) const { return contains(index) ? object(index) : nullptr; }
  /// The object that a handle was made for; nullptr if it is gone, whoever lives there now.
  T* get(std::uint32_t index, std::uint32_t generation) {
    return contains(index) && generation_at(index) == generation ? object(index) : nullptr;
  }
  const T* get(std::uint32_t index, std::uint32_t generation) const {
    return contains(index) && generation_at(index) == generation ? object(index) : nullptr;
  }
  T* get(Handle handle) { return get(handle.index, handle.generation); }
  /// The handle of the living object at `index`.
  Handle handle(std::uint32_t index) const {
    HANDFAST_CHECK(contains(index));
    return {index, generation_at(index)};
  }
  bool contains(std::uint32_t index) const {
    const std::uint32_t page = index >> kChunkBits;
    return page < pages_.size() && pages_[page].chunk != nullptr && (generation_at(index) & 1) != 0;
  }

  /// Calls `visit(index, object)` for each object in order of index; the visitor may destroy the one it was given.
  template <typename Visitor>
  void for_each(Visitor&& visit) {
    for (std::uint32_t page = 0; page < pages_.size(); ++page) {
      for (std::uint32_t at = 0; at < kChunk && pages_[page].chunk != nullptr; ++at) {
        const std::uint32_t index = page << kChunkBits | at;
        if (T* found = get(index)) visit(index, *found);
      }
    }
  }
  std::uint32_t size() const { return size_; }
  std::uint32_t max_objects() const { return max_objects_; }
  std::uint64_t memory_bytes() const { return pages_.memory_bytes() + chunks_ * sizeof(Chunk); }

 private:
  struct Slot {
    alignas(T) alignas(std::uint16_t) std::byte bytes[sizeof(T) < 2 ? 2 : sizeof(T)];
  };
  struct Chunk {
    std::array<Slot, kChunk> slots;
    std::array<std::uint32_t, kChunk> generations;
  };
  /// The directory entry of a chunk. Pages with free places, and pages without a chunk, are linked in two lists.
  struct Page {
    Chunk* chunk;
    std::uint32_t first_generation;
    std::uint32_t next;
    std::uint32_t previous;
    std::uint16_t used;
    std::uint16_t free_head;
  };

  T* object(std::uint32_t index) const {
    Slot& slot = pages_[index >> kChunkBits].chunk->slots[index & (kChunk - 1)];
    return std::launder(reinterpret_cast<T*>(slot.bytes));
  }
  std::uint32_t generation_at(std::uint32_t index) const {
    return pages_[index >> kChunkBits].chunk->generations[index & (kChunk - 1)];
  }
  bool add_chunk() {
    if (bare_ == kNone && !add_page()) return false;
    if (MemoryBudget* budget = pages_.budget(); budget != nullptr && !budget->take(sizeof(Chunk))) return false;
    void* memory = ::operator new(sizeof(Chunk), std::align_val_t{alignof(Chunk)}, std::nothrow);
    if (memory == nullptr) {
      if (MemoryBudget* budget = pages_.budget()) budget->give(sizeof(Chunk));
      return false;
    }
    const std::uint32_t page = bare_;
    bare_ = pages_[page].next;
    Chunk* chunk = ::new (memory) Chunk;
    chunk->generations.fill(pages_[page].first_generation);
    for (std::uint32_t at = 0; at < kChunk; ++at) {
      const auto next = static_cast<std::uint16_t>(at + 1);
      std::memcpy(chunk->slots[at].bytes, &next, sizeof next);
    }
    pages_[page].chunk = chunk;
    pages_[page].free_head = 0;
    ++chunks_;
    open(page);
    return true;
  }
  /// A larger directory, by half again: the last index must stay below kNone.
  bool add_page() {
    const std::uint32_t count = pages_.size();
    if (count >= (kNone >> kChunkBits)) return false;
    std::uint32_t target = count + count / 2 + 1;
    if (target > (kNone >> kChunkBits)) target = kNone >> kChunkBits;
    if (!pages_.grow(target, Page{nullptr, first_generation_, kNone, kNone, 0, 0})) return false;
    for (std::uint32_t page = target; page-- > count;) {
      pages_[page].next = bare_;
      bare_ = page;
    }
    return true;
  }
  void chunk_emptied(std::uint32_t page) {
    // One empty chunk is kept, or a size that swings around a chunk's edge would allocate at every turn.
    if (spare_ == kNone) {
      spare_ = page;
      return;
    }
    close(page);
    for (const std::uint32_t generation : pages_[page].chunk->generations) {
      if (generation > pages_[page].first_generation) pages_[page].first_generation = generation;
    }
    free_chunk(page);
    pages_[page].next = bare_;
    bare_ = page;
  }
  void free_chunk(std::uint32_t page) {
    ::operator delete(pages_[page].chunk, std::align_val_t{alignof(Chunk)});
    pages_[page].chunk = nullptr;
    --chunks_;
    if (MemoryBudget* budget = pages_.budget()) budget->give(sizeof(Chunk));
  }
  void open(std::uint32_t page) {
    pages_[page].previous = kNone;
    pages_[page].next = open_;
    if (open_ != kNone) pages_[open_].previous = page;
    open_ = page;
  }
  void close(std::uint32_t page) {
    const Page& closed = pages_[page];
    if (closed.next != kNone) pages_[closed.next].previous = closed.previous;
    if (closed.previous != kNone) pages_[closed.previous].next = closed.next;
    if (open_ == page) open_ = closed.next;
  }

  FlatArray<Page> pages_;
  std::uint32_t max_objects_;
  std::uint32_t first_generation_;
  std::uint32_t size_ = 0;
  std::uint32_t open_ = kNone;   // A list of pages with a chunk that has free places.
  std::uint32_t bare_ = kNone;   // A list of pages without a chunk.
  std::uint32_t spare_ = kNone;  // An open page whose chunk is empty.
  std::uint64_t chunks_ = 0;
};

}  // namespace handfast::base
