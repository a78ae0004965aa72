#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <type_traits>
#include <utility>

#include "base/memory_budget.h"

namespace handfast::base {

/// A growable array of plain values that asks a budget before it grows and reports refusal instead of throwing. It
/// grows through realloc, which moves the pages of a large array rather than its bytes where the system can.
template <typename T>
  requires std::is_trivially_copyable_v<T>
class FlatArray {
 public:
  explicit FlatArray(MemoryBudget* budget = nullptr) : budget_(budget) {}
  FlatArray(const FlatArray&) = delete;
  FlatArray& operator=(const FlatArray&) = delete;
  ~FlatArray() { release(); }

  /// Makes the array at least `size` long, new elements being copies of `fill`. Never shrinks. False, and nothing
  /// changed, if the budget refuses or memory is out.
  [[nodiscard]] bool grow(std::uint32_t size, const T& fill) {
    if (size <= size_) return true;
    if (std::uint64_t{size} * sizeof(T) > PTRDIFF_MAX) return false;
    const std::uint64_t more = std::uint64_t{size - size_} * sizeof(T);
    if (budget_ != nullptr && !budget_->take(more)) return false;
    void* moved = std::realloc(elements_, std::size_t{size} * sizeof(T));
    if (moved == nullptr) {
      if (budget_ != nullptr) budget_->give(more);
      return false;
    }
    elements_ = static_cast<T*>(moved);
    for (std::uint32_t i = size_; i < size; ++i) elements_[i] = fill;
    size_ = size;
    return true;
  }
  void release() {
    std::free(elements_);
    if (budget_ != nullptr) budget_->give(memory_bytes());
    elements_ = nullptr;
    size_ = 0;
  }
  void swap(FlatArray& other) noexcept {
    std::swap(elements_, other.elements_);
    std::swap(size_, other.size_);
    std::swap(budget_, other.budget_);
  }

  T& operator[](std::uint32_t at) { return elements_[at]; }
  const T& operator[](std::uint32_t at) const { return elements_[at]; }
  const T* data() const { return elements_; }
  std::uint32_t size() const { return size_; }
  std::uint64_t memory_bytes() const { return std::uint64_t{size_} * sizeof(T); }
  MemoryBudget* budget() const { return budget_; }

 private:
  T* elements_ = nullptr;
  std::uint32_t size_ = 0;
  MemoryBudget* budget_;
};

}  // namespace handfast::base
