#pragma once

#include <cstdint>
#include <span>

#include "base/buffer_pool.h"
#include "base/ring.h"
#include "handfast/buffer.h"

// The bytes that the caller handed over and the peer has not acknowledged, as slices. A byte is copied at most once, on
// its way in, and stays where it is until it is acknowledged: what goes out are references.

namespace handfast::tcp {

class SendQueue {
 public:
  explicit SendQueue(base::MemoryBudget* budget) : chunks_(budget) {}

  std::uint32_t size() const { return static_cast<std::uint32_t>(end_ - front_); }
  bool empty() const { return end_ == front_; }

  /// Copies as much of `text` as memory allows; returns how much.
  std::uint32_t append_copy(std::span<const std::byte> text, base::BufferPool& buffers);
  /// Takes the slice as it is; false where memory is refused.
  bool append_slice(Slice text);
  /// Lets go of the first `count` bytes: they were acknowledged.
  void drop_front(std::uint32_t count);

  /// References to the bytes from `offset` on, in order: at most `length` bytes and as many slices as `out` holds.
  struct Gathered {
    std::uint32_t bytes = 0;
    std::uint8_t slices = 0;
  };
  Gathered gather(std::uint32_t offset, std::uint32_t length, std::span<Slice> out) const;
  /// How many of the `length` bytes from `offset` fit in `slices` slices.
  std::uint32_t gatherable(std::uint32_t offset, std::uint32_t length, std::size_t slices) const;

 private:
  struct Chunk {
    Slice text;
    std::uint64_t start = 0;  ///< place of its first byte among all bytes ever queued here
    bool growable = false;    ///< the rest of its buffer is ours to write
  };
  std::uint32_t fill_tail(std::span<const std::byte> text);
  std::uint32_t find(std::uint64_t place) const;

  base::Ring<Chunk> chunks_;
  std::uint64_t front_ = 0;
  std::uint64_t end_ = 0;
};

}  // namespace handfast::tcp
