#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "base/check.h"
#include "base/memory_budget.h"

// What a connection needs only while data is in flight lives in a block that it takes from a pool and gives back when
// the data has drained. The block knows its pool, so that the owner in the connection is a single pointer.

namespace handfast::base {

template <typename T>
class ObjectPool;

/// An object with what its pool needs to know about it.
template <typename T>
struct PooledBlock {
  alignas(T) std::byte storage[sizeof(T)];
  ObjectPool<T>* pool;
  PooledBlock* next;

  T* object() { return std::launder(reinterpret_cast<T*>(storage)); }
};

/// The owner of an object from an ObjectPool, or of nothing: a unique_ptr of the size of one pointer. The object ends,
/// and its block goes back to the pool, with the owner.
template <typename T>
class PoolPtr {
 public:
  constexpr PoolPtr() = default;
  PoolPtr(PoolPtr&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  PoolPtr& operator=(PoolPtr&& other) noexcept {
    PoolPtr taken(std::move(other));
    std::swap(block_, taken.block_);
    return *this;
  }
  ~PoolPtr() { reset(); }

  void reset() {
    if (PooledBlock<T>* block = std::exchange(block_, nullptr)) block->pool->put_back(block);
  }
  T* get() const { return block_ != nullptr ? block_->object() : nullptr; }
  T& operator*() const { return *block_->object(); }
  T* operator->() const { return block_->object(); }
  explicit operator bool() const { return block_ != nullptr; }

 private:
  friend class ObjectPool<T>;
  explicit PoolPtr(PooledBlock<T>* block) : block_(block) {}

  PooledBlock<T>* block_ = nullptr;
};

/// Makes objects in blocks charged to `budget` and keeps up to `idle_limit` blocks that nobody uses, still charged.
/// The pool outlives its objects; that is checked.
template <typename T>
class ObjectPool {
 public:
  static constexpr std::uint64_t kBlockBytes = sizeof(PooledBlock<T>);

  explicit ObjectPool(MemoryBudget* budget = nullptr, std::uint32_t idle_limit = 64)
      : budget_(budget), idle_limit_(idle_limit) {}
  ObjectPool(const ObjectPool&) = delete;
  ObjectPool& operator=(const ObjectPool&) = delete;
  ~ObjectPool() {
    HANDFAST_CHECK(in_use_ == 0);
    trim();
  }

  /// A new object made from `args`, or nothing if memory is refused.
  template <typename... Args>
  [[nodiscard]] PoolPtr<T> take(Args&&... args) {
    PooledBlock<T>* block = idle_head_;
    if (block != nullptr) {
      idle_head_ = block->next;
      --idle_;
    } else if (block = allocate(); block == nullptr) {
      return {};
    }
    ++in_use_;
    ::new (static_cast<void*>(block->storage)) T(std::forward<Args>(args)...);
    return PoolPtr<T>(block);
  }
  /// Frees every idle block.
  void trim() {
    while (idle_head_ != nullptr) {
      PooledBlock<T>* block = std::exchange(idle_head_, idle_head_->next);
      --idle_;
      free_block(block);
    }
  }
  std::uint32_t in_use() const { return in_use_; }
  std::uint32_t idle() const { return idle_; }
  std::uint64_t memory_bytes() const { return (std::uint64_t{in_use_} + idle_) * kBlockBytes; }

 private:
  friend class PoolPtr<T>;

  PooledBlock<T>* allocate() {
    if (budget_ != nullptr && !budget_->take(kBlockBytes)) return nullptr;
    void* memory = ::operator new(sizeof(PooledBlock<T>), std::align_val_t{alignof(PooledBlock<T>)}, std::nothrow);
    if (memory == nullptr) {
      if (budget_ != nullptr) budget_->give(kBlockBytes);
      return nullptr;
    }
    PooledBlock<T>* block = ::new (memory) PooledBlock<T>;
    block->pool = this;
    return block;
  }
  void free_block(PooledBlock<T>* block) {
    ::operator delete(block, std::align_val_t{alignof(PooledBlock<T>)});
    if (budget_ != nullptr) budget_->give(kBlockBytes);
  }
  void put_back(PooledBlock<T>* block) {
    std::destroy_at(block->object());
    --in_use_;
    if (idle_ >= idle_limit_) return free_block(block);
    block->next = idle_head_;
    idle_head_ = block;
    ++idle_;
  }

  MemoryBudget* budget_;
  PooledBlock<T>* idle_head_ = nullptr;
  std::uint32_t idle_limit_;
  std::uint32_t idle_ = 0;
  std::uint32_t in_use_ = 0;
};

}  // namespace handfast::base
