#pragma once

#include <algorithm>
#include <cstdint>

#include "base/check.h"

// Memory that a peer can cause to be held is counted before it is taken. A budget may have a parent: a connection's
// budget draws on its host's, and what either refuses is refused as a whole. Since every such allocation asks a budget
// first, the budget is also the one place where a test can make the n-th allocation fail.

namespace handfast::base {

/// Counts bytes held against a limit. Not movable while it is somebody's parent, so it is not movable at all; a parent
/// outlives its children.
class MemoryBudget {
 public:
  static constexpr std::uint64_t kUnlimited = ~std::uint64_t{0};

  explicit MemoryBudget(std::uint64_t limit = kUnlimited, MemoryBudget* parent = nullptr)
      : limit_(limit), parent_(parent) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;
  /// Whoever took bytes gives them back before the budget dies; what a child still holds goes back to the parent.
  ~MemoryBudget() {
    if (parent_ != nullptr) parent_->give(used_);
  }

  /// Charges `bytes`, to the parent too. False, and nothing is charged, if that would pass a limit anywhere up the
  /// line, or if a test asked for this take to fail.
  [[nodiscard]] bool take(std::uint64_t bytes) {
    for (MemoryBudget* budget = this; budget != nullptr; budget = budget->parent_) {
      if (!budget->allows(bytes)) return false;
    }
    for (MemoryBudget* budget = this; budget != nullptr; budget = budget->parent_) {
      budget->used_ += bytes;
      budget->peak_ = std::max(budget->peak_, budget->used_);
    }
    return true;
  }
  /// Gives back what was taken. Giving back more than is held means that something was freed twice.
  void give(std::uint64_t bytes) {
    for (MemoryBudget* budget = this; budget != nullptr; budget = budget->parent_) {
      HANDFAST_CHECK(bytes <= budget->used_);
      budget->used_ -= bytes;
    }
  }

  /// A lower limit takes nothing away: takes fail until enough was given back.
  void set_limit(std::uint64_t limit) { limit_ = limit; }
  std::uint64_t limit() const { return limit_; }
  std::uint64_t used() const { return used_; }
  /// The most that was ever used at once.
  std::uint64_t peak() const { return peak_; }
  /// What this budget alone still allows; the parent may allow less.
  std::uint64_t available() const { return limit_ > used_ ? limit_ - used_ : 0; }
  MemoryBudget* parent() const { return parent_; }

  /// How many takes were asked for, granted or not: a test runs once to learn the number, then fails each in turn.
  std::uint64_t takes() const { return takes_; }
  /// Makes the `nth` take from now fail (1 is the next one), and all after it too if `and_all_after`.
  void fail_nth_take(std::uint64_t nth, bool and_all_after = false) {
    fail_at_ = takes_ + nth;
    fail_on_ = and_all_after;
  }
  void stop_failing() {
    fail_at_ = kUnlimited;
    fail_on_ = false;
  }

 private:
  bool allows(std::uint64_t bytes) {
    ++takes_;
    const bool fails_for_a_test = takes_ == fail_at_ || (takes_ > fail_at_ && fail_on_);
    return !fails_for_a_test && bytes <= available();
  }

  std::uint64_t limit_;
  std::uint64_t used_ = 0;
  std::uint64_t peak_ = 0;
  MemoryBudget* parent_;
  std::uint64_t takes_ = 0;
  std::uint64_t fail_at_ = kUnlimited;
  bool fail_on_ = false;
};

}  // namespace handfast::base
