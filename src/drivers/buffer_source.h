#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <optional>

#include "handfast/buffer.h"

namespace handfast::drivers {

/// Where a device gets buffers to receive into: the Host, so that its memory limit holds, or the heap in a test.
class BufferSource {
 public:
  virtual ~BufferSource() = default;
  /// A buffer of `size` bytes that nobody else shares; nothing where memory is used up.
  virtual std::optional<Slice> allocate(std::uint32_t size) = 0;
};

/// Buffers of the process's heap, each freed with its last slice.
class HeapBuffers final : public BufferSource {
 public:
  std::optional<Slice> allocate(std::uint32_t size) override {
    auto block = std::unique_ptr<Block>(new (std::nothrow) Block);
    if (block == nullptr) return std::nullopt;
    block->bytes.reset(new (std::nothrow) std::byte[size]);
    if (block->bytes == nullptr) return std::nullopt;
    block->buffer.bytes = block->bytes.get();
    block->buffer.capacity = size;
    block->buffer.owner = block.get();
    block->buffer.release = [](Buffer*, void* owner) { delete static_cast<Block*>(owner); };
    return Slice(block.release()->buffer, 0, size);
  }

 private:
  struct Block {
    Buffer buffer;
    std::unique_ptr<std::byte[]> bytes;
  };
};

}  // namespace handfast::drivers
