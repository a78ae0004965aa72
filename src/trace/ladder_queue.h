#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

#include "trace/ladder_entry.h"

// Rungs wait here until it is known what became of their segments, so that the ladder can be written once, in the order
// of sending, with losses shown where they happened. How long a rung waits is bounded three ways: it is given up when
// its sender sends the same numbers again, when three later segments of its sender have arrived, or when it is two
// seconds old; and no more than kMostHeld rungs wait at all.

namespace handfast::trace {

class LadderQueue {
 public:
  static constexpr std::size_t kMostHeld = 256;
  static constexpr std::size_t kMostRemembered = 64;
  static constexpr unsigned kPassesUntilLost = 3;
  static constexpr Duration kOldestUnderway = std::chrono::seconds(2);

  using Reader = std::function<void(const LadderEntry&)>;
  /// `reader` gets each entry once, in order of `sent_at` as far as the bounds above allow.
  explicit LadderQueue(Reader reader) : reader_(std::move(reader)) {}

  /// What is still remembered of a segment that was given out already.
  struct Past {
    End sender = End::kA;
    std::uint64_t number = 0;
    Instant sent_at{};
    SegmentView segment;
    bool arrived = false;
  };

  /// Puts the entry at its place in time. The reference holds until the next call.
  LadderEntry& add(LadderEntry entry);
  /// The entry of the segment that has now arrived at the other end of `sender`; null: none is waiting for it.
  LadderEntry* match(End sender, const SegmentView& segment);
  /// `arrived` was joined on its way from several: those of them that lie within `segment` arrived with it.
  void arrived_with(const LadderEntry& arrived, const SegmentView& segment);
  /// The same among those given out.
  Past* match_past(End sender, const SegmentView& segment);
  /// The number of the last segment that used `segment`'s first number; 0: forgotten or never seen.
  std::uint64_t number_of_earlier(End sender, const SegmentView& segment) const;
  /// The sender has sent these numbers again: what waits with them is given up.
  void give_up(End sender, const SegmentView& segment);
  /// Call when `arrived` has: what its sender sent before it was passed once more.
  void passed(const LadderEntry& arrived);
  /// Gives out everything at the front that needs no more waiting at `now`.
  void drain(Instant now);
  /// Gives out everything.
  void finish();

 private:
  void give_out_front();

  Reader reader_;
  std::deque<LadderEntry> held_;
  std::deque<Past> past_;
};

}  // namespace handfast::trace
