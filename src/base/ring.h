#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/memory_budget.h"

namespace handfast::base {

/// A double-ended queue in one power-of-two array that grows on demand. What would allocate returns false instead of
/// throwing, and then changed nothing. References are invalidated by whatever inserts, erases or releases.
template <typename T>
class Ring {
  static_assert(std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>);

 public:
  static constexpr std::uint32_t kMaxCapacity = 1U << 30;

  explicit Ring(MemoryBudget* budget = nullptr) : budget_(budget) {}
  Ring(Ring&& other) noexcept : Ring(other.budget_) { swap(other); }
  Ring& operator=(Ring&& other) noexcept {
    Ring taken(std::move(other));
    swap(taken);
    return *this;
  }
  ~Ring() { release(); }

  [[nodiscard]] bool push_back(T value) {
    if (!make_room()) return false;
    std::construct_at(address(size_), std::move(value));
    ++size_;
    return true;
  }
  [[nodiscard]] bool push_front(T value) {
    if (!make_room()) return false;
    std::construct_at(address(capacity_ - 1), std::move(value));
    head_ = (head_ - 1) & (capacity_ - 1);
    ++size_;
    return true;
  }
  /// Removes and returns the first element; the ring must not be empty.
  T pop_front() {
    HANDFAST_CHECK(size_ != 0);
    T value = std::move(*address(0));
    std::destroy_at(address(0));
    head_ = (head_ + 1) & (capacity_ - 1);
    --size_;
    return value;
  }
  T pop_back() {
    HANDFAST_CHECK(size_ != 0);
    T value = std::move(*address(size_ - 1));
    std::destroy_at(address(size_ - 1));
    --size_;
    return value;
  }
  /// Puts `value` before the element at `at`, or at the end if `at` is size(), moving the shorter side.
  [[nodiscard]] bool insert(std::uint32_t at, T value) {
    HANDFAST_CHECK(at <= size_);
    if (at < size_ / 2) {
      if (!push_front(std::move(value))) return false;
      for (std::uint32_t i = 0; i < at; ++i) std::swap(*address(i), *address(i + 1));
    } else {
      if (!push_back(std::move(value))) return false;
      for (std::uint32_t i = size_ - 1; i > at; --i) std::swap(*address(i), *address(i - 1));
    }
    return true;
  }
  /// Removes the element at `at`, moving the shorter side.
  void erase(std::uint32_t at) {
    HANDFAST_CHECK(at < size_);
    if (at < size_ / 2) {
      for (std::uint32_t i = at; i > 0; --i) *address(i) = std::move(*address(i - 1));
      pop_front();
    } else {
      for (std::uint32_t i = at; i + 1 < size_; ++i) *address(i) = std::move(*address(i + 1));
      pop_back();
    }
  }
  /// Removes the elements at first … last - 1, moving the shorter side once.
  void erase(std::uint32_t first, std::uint32_t last) {
    HANDFAST_CHECK(first <= last);
    HANDFAST_CHECK(last <= size_);
    const std::uint32_t count = last - first;
    if (count == 0) return;
    if (first < size_ - last) {
      for (std::uint32_t i = first; i > 0; --i) *address(i + count - 1) = std::move(*address(i - 1));
      for (std::uint32_t i = 0; i < count; ++i) pop_front();
    } else {
      for (std::uint32_t i = last; i < size_; ++i) *address(i - count) = std::move(*address(i));
      for (std::uint32_t i = 0; i < count; ++i) pop_back();
    }
  }

  T& operator[](std::uint32_t at) {
    HANDFAST_CHECK(at < size_);
    return *address(at);
  }
  const T& operator[](std::uint32_t at) const {
    HANDFAST_CHECK(at < size_);
    return *address(at);
  }
  T& front() { return (*this)[0]; }
  const T& front() const { return (*this)[0]; }
  T& back() { return (*this)[size_ - 1]; }
  const T& back() const { return (*this)[size_ - 1]; }

  std::uint32_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::uint32_t capacity() const { return capacity_; }
  std::uint64_t memory_bytes() const { return std::uint64_t{capacity_} * sizeof(T); }

  /// Makes room for `count` elements in all.
  [[nodiscard]] bool reserve(std::uint32_t count) {
    if (count <= capacity_) return true;
    if (count > kMaxCapacity) return false;
    std::uint32_t capacity = capacity_ == 0 ? 4 : capacity_;
    while (capacity < count) capacity *= 2;
    return move_to(capacity);
  }
  /// Removes everything and keeps the memory.
  void clear() {
    for (std::uint32_t i = 0; i < size_; ++i) std::destroy_at(address(i));
    head_ = 0;
    size_ = 0;
  }
  /// Removes everything and gives the memory back.
  void release() {
    clear();
    free_elements();
    elements_ = nullptr;
    capacity_ = 0;
  }

 private:
  T* address(std::uint32_t at) const { return elements_ + ((head_ + at) & (capacity_ - 1)); }
  bool make_room() { return size_ < capacity_ || reserve(size_ + 1); }

  bool move_to(std::uint32_t capacity) {
    const std::uint64_t bytes = std::uint64_t{capacity} * sizeof(T);
    if (bytes > PTRDIFF_MAX || (budget_ != nullptr && !budget_->take(bytes))) return false;
    void* memory = ::operator new(static_cast<std::size_t>(bytes), std::align_val_t{alignof(T)}, std::nothrow);
    if (memory == nullptr) {
      if (budget_ != nullptr) budget_->give(bytes);
      return false;
    }
    T* elements = static_cast<T*>(memory);
    for (std::uint32_t i = 0; i < size_; ++i) {
      std::construct_at(elements + i, std::move(*address(i)));
      std::destroy_at(address(i));
    }
    free_elements();
    elements_ = elements;
    capacity_ = capacity;
    head_ = 0;
    return true;
  }
  void free_elements() {
    if (elements_ == nullptr) return;
    ::operator delete(elements_, std::align_val_t{alignof(T)});
    if (budget_ != nullptr) budget_->give(memory_bytes());
  }
  void swap(Ring& other) noexcept {
    std::swap(elements_, other.elements_);
    std::swap(budget_, other.budget_);
    std::swap(head_, other.head_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

  T* elements_ = nullptr;
  MemoryBudget* budget_;
  std::uint32_t head_ = 0;
  std::uint32_t size_ = 0;
  std::uint32_t capacity_ = 0;
};

}  // namespace handfast::base
