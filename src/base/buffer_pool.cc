#include "base/buffer_pool.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/check.h"

namespace handfast::base {

/// The control block, alone on its cache line; the bytes follow it.
struct alignas(BufferPool::kOverhead) BufferPool::Block : Buffer {
  Block* next = nullptr;
  std::uint8_t size_class = 0;

  std::uint64_t cost() const { return std::uint64_t{capacity} + kOverhead; }
};

/// What the buffers know of their pool. It lives until the pool and the last buffer are gone.
struct BufferPool::Core {
  MemoryBudget* budget;
  std::uint64_t idle_limit;
  std::uint64_t idle_bytes = 0;
  std::uint64_t held_bytes = 0;
  std::uint64_t in_use = 0;
  bool is_detached = false;
  std::array<Block*, kCapacities.size()> idle{};

  Block* allocate(std::uint8_t size_class);
  void free(Block* block);
  void trim();
};

BufferPool::Block* BufferPool::Core::allocate(std::uint8_t size_class) {
  const std::uint32_t capacity = kCapacities[size_class];
  const std::size_t cost = std::size_t{capacity} + kOverhead;
  if (budget != nullptr && !budget->take(cost)) return nullptr;
  void* memory = ::operator new(cost, std::align_val_t{alignof(Block)}, std::nothrow);
  if (memory == nullptr) {
    if (budget != nullptr) budget->give(cost);
    return nullptr;
  }
  static_assert(sizeof(Block) == kOverhead);
  Block* block = ::new (memory) Block;
  block->bytes = static_cast<std::byte*>(memory) + kOverhead;
  block->capacity = capacity;
  block->release = &BufferPool::put_back;
  block->owner = this;
  block->size_class = size_class;
  held_bytes += cost;
  return block;
}

void BufferPool::Core::free(Block* block) {
  const std::uint64_t cost = block->cost();
  held_bytes -= cost;
  if (budget != nullptr) budget->give(cost);
  ::operator delete(block, std::align_val_t{alignof(Block)});
}

void BufferPool::Core::trim() {
  for (Block*& head : idle) {
    while (head != nullptr) free(std::exchange(head, head->next));
  }
  idle_bytes = 0;
}

BufferPool::BufferPool(MemoryBudget* budget, std::uint64_t idle_limit)
    : core_(new(std::nothrow) Core{.budget = budget, .idle_limit = idle_limit}) {}

BufferPool::~BufferPool() {
  if (core_ == nullptr) return;
  core_->trim();
  // What is still referenced belongs to nobody but its slices from here on.
  if (core_->budget != nullptr) core_->budget->give(core_->held_bytes);
  core_->budget = nullptr;
  core_->is_detached = true;
  if (core_->in_use == 0) delete core_;
}

std::optional<Slice> BufferPool::get(std::uint32_t size) {
  if (size > kLargest || core_ == nullptr) return std::nullopt;
  std::uint8_t size_class = 0;
  while (size > kCapacities[size_class]) ++size_class;
  Block* block = core_->idle[size_class];
  if (block != nullptr) [[likely]] {
    core_->idle[size_class] = block->next;
    core_->idle_bytes -= block->cost();
  } else if (block = core_->allocate(size_class); block == nullptr) {
    // Idle buffers of other sizes are the first to go when memory is short.
    if (core_->idle_bytes == 0) return std::nullopt;
    core_->trim();
    block = core_->allocate(size_class);
    if (block == nullptr) return std::nullopt;
  }
  ++core_->in_use;
  return std::optional<Slice>(std::in_place, *block, 0U, size);
}

std::optional<Slice> BufferPool::wrap_copy(std::span<const std::byte> bytes) {
  if (bytes.size() > kLargest) return std::nullopt;
  std::optional<Slice> slice = get(static_cast<std::uint32_t>(bytes.size()));
  if (slice) std::ranges::copy(bytes, slice->mutable_bytes().begin());
  return slice;
}

void BufferPool::trim() {
  if (core_ != nullptr) core_->trim();
}

void BufferPool::put_back(Buffer* buffer, void* owner) {
  Block* block = static_cast<Block*>(buffer);
  Core* core = static_cast<Core*>(owner);
  HANDFAST_CHECK(core->in_use != 0);
  --core->in_use;
  if (core->is_detached || core->idle_bytes + block->cost() > core->idle_limit) {
    core->free(block);
    if (core->is_detached && core->in_use == 0) delete core;
    return;
  }
  core->idle_bytes += block->cost();
  block->next = core->idle[block->size_class];
  core->idle[block->size_class] = block;
}

std::uint64_t BufferPool::memory_bytes() const { return core_ != nullptr ? core_->held_bytes : 0; }
std::uint64_t BufferPool::idle_bytes() const { return core_ != nullptr ? core_->idle_bytes : 0; }
std::uint64_t BufferPool::buffers_in_use() const { return core_ != nullptr ? core_->in_use : 0; }

}  // namespace handfast::base
