#pragma once

#include <cstdint>
#include <span>

#include "base/buffer_pool.h"
#include "base/ring.h"
#include "handfast/buffer.h"

// Text that arrived in order and waits for the caller. It stays in the driver's buffers, unless it would pin much more
// than it uses: then it is copied together with its neighbours, so that a peer who sends one byte a packet cannot make
// us hold a packet buffer for each.

namespace handfast::tcp {

/// One run of text in a buffer; `growable`: the buffer is ours and the bytes behind the run are free.
struct TextChunk {
  Slice text;
  bool growable = false;
};

/// Puts `text` at the end of `tail` where that is growable and has room; returns how many bytes went there.
std::uint32_t grow_chunk(TextChunk& tail, std::span<const std::byte> text);

/// The slice itself, or a growable copy where it uses less than a quarter of the buffer it pins. Without memory for
/// the copy it is the slice after all.
TextChunk settle(Slice text, base::BufferPool& buffers);

class ReceiveQueue {
 public:
  explicit ReceiveQueue(base::MemoryBudget* budget) : chunks_(budget) {}

  std::uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// False where memory is refused; nothing was taken then.
  bool append(TextChunk chunk);
  /// Copies out and drops at most out.size() bytes.
  std::uint32_t take(std::span<std::byte> out);
  /// Copies out without dropping any.
  std::uint32_t copy(std::span<std::byte> out) const;
  /// Takes the first run whole; empty where there is none.
  Slice take_slice();

 private:
  base::Ring<TextChunk> chunks_;
  std::uint32_t size_ = 0;
};

}  // namespace handfast::tcp
