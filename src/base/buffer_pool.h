#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/memory_budget.h"
#include "handfast/buffer.h"

// Buffers come in a few sizes: one for headers and small packets, one for a full Ethernet frame, one for a jumbo frame
// or a merged run of segments, one for the largest super-segment with its headers. A buffer's control block stands in
// front of its bytes in the same allocation, on a cache line of its own, so that getting and putting one back touches
// that line and the pool's list head only. Idle buffers wait in a list per size, up to a cap; they stay charged to the
// budget, and are given up before a request is refused.

namespace handfast::base {

/// Hands out writable, unshared slices. Not thread-safe: the pool, its buffers and the Host stay on one thread.
///
/// A buffer may outlive its pool: the pool's destructor frees what is idle, gives the budget back all it was charged,
/// and leaves the buffers still referenced to free themselves with their last Slice. The budget must outlive the pool.
class BufferPool {
 public:
  /// Usable bytes of each size class.
  static constexpr std::array<std::uint32_t, 4> kCapacities = {256, 2048, 16384, 65536 + 256};
  static constexpr std::uint32_t kLargest = kCapacities.back();
  /// What a buffer costs beyond its capacity.
  static constexpr std::uint32_t kOverhead = 64;
  static constexpr std::uint64_t kDefaultIdleLimit = std::uint64_t{1} << 20;

  /// Charges `budget`, if there is one, and keeps at most `idle_limit` bytes of buffers that nobody uses.
  explicit BufferPool(MemoryBudget* budget = nullptr, std::uint64_t idle_limit = kDefaultIdleLimit);
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;
  ~BufferPool();

  /// A slice of exactly `size` bytes at the start of the smallest buffer that holds them, contents unspecified; its
  /// view may be extended up to buffer()->capacity. None if `size` exceeds kLargest, or if the budget refuses or memory
  /// is out even after the idle buffers went.
  std::optional<Slice> get(std::uint32_t size);
  /// A slice with a copy of `bytes`.
  std::optional<Slice> wrap_copy(std::span<const std::byte> bytes);
  /// Frees every idle buffer.
  void trim();

  /// Bytes held, overhead included: in use or idle.
  std::uint64_t memory_bytes() const;
  std::uint64_t idle_bytes() const;
  /// Buffers that somebody references.
  std::uint64_t buffers_in_use() const;

  /// What a buffer of any origin pins: its capacity and, for the pool's own, the overhead.
  static std::uint64_t pinned_bytes(const Buffer& buffer) { return std::uint64_t{buffer.capacity} + kOverhead; }

 private:
  struct Block;
  struct Core;
  static void put_back(Buffer* buffer, void* owner);

  Core* core_;
};

}  // namespace handfast::base
