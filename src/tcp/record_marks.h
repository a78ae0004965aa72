#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "tcp/sequence_number.h"

// Where records of the caller end. A byte stream has none, so they bind nobody; but text behind the end of one begins a
// segment of its own, so that a record is not held up by the repair of the next, and a receiver that is woken by PUSH
// wakes where one ends.

namespace handfast::tcp {

/// The numbers behind the last byte of records that are not acknowledged, in order. Beyond kMost the newest are
/// forgotten: their text travels together, which a stream allows anyway.
class RecordMarks {
 public:
  static constexpr std::size_t kMost = 32;

  void mark(SeqNum end) {
    if (count_ == kMost || (count_ > 0 && ends_[count_ - 1] >= end)) return;
    ends_[count_++] = end;
  }
  /// How much of the `length` bytes from `start` on belongs to the record that begins or goes on there.
  std::uint32_t within(SeqNum start, std::uint32_t length) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (start < ends_[i]) return ends_[i].since(start) < length ? ends_[i].since(start) : length;
    }
    return length;
  }
  /// Whether a record ends just before `number`.
  bool is_end(SeqNum number) const {
    for (std::size_t i = 0; i < count_; ++i) {
      if (ends_[i] == number) return true;
    }
    return false;
  }
  void acknowledged(SeqNum una) {
    std::size_t gone = 0;
    while (gone < count_ && ends_[gone] <= una) ++gone;
    for (std::size_t i = gone; i < count_; ++i) ends_[i - gone] = ends_[i];
    count_ = static_cast<std::uint8_t>(count_ - gone);
  }

 private:
  std::array<SeqNum, kMost> ends_{};
  std::uint8_t count_ = 0;
};

}  // namespace handfast::tcp
