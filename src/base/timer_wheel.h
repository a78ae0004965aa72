#pragma once

#include <array>
#include <cstdint>

#include "base/flat_array.h"
#include "base/memory_budget.h"
#include "handfast/time.h"

// One timer for each key, a key being a connection's slab index. Time is cut into ticks of 2^16 ns (65.5 us), and a
// tick's number into eight digits of six bits: 48 + 16 = 64 bits, so that every Instant fits without an overflow list
// and a finer tick than a millisecond costs nothing. An entry hangs in the slot of the highest digit in which its tick
// differs from the wheel's own. That makes its place a function of two numbers: an entry needs to store only its
// deadline and two links (16 bytes), and it moves down a level exactly when the wheel reaches its slot. A bitmap per
// level finds the next slot that is in use, so a jump over days costs no more than the entries it passes.

namespace handfast::base {

/// A hierarchical timer wheel. No entry fires late or before its deadline; those that fire in one advance() do so in
/// order of deadline, equal ones in order of key.
class TimerWheel {
 public:
  /// Nanoseconds in a tick, as a power of two.
  static constexpr unsigned kTickBits = 16;

  /// `start` is where the wheel's own time begins; deadlines before it are allowed and due at once.
  explicit TimerWheel(Instant start = Instant{}, MemoryBudget* budget = nullptr);
  TimerWheel(const TimerWheel&) = delete;
  TimerWheel& operator=(const TimerWheel&) = delete;

  /// Makes room for keys 0 … count - 1. False if the budget or memory does not allow it.
  [[nodiscard]] bool reserve(std::uint32_t count);
  /// Makes `key` fire at `deadline`, in place of any deadline it had; kNever cancels. A deadline already past fires in
  /// the next advance(). False only if room for a new, larger key cannot be had; then nothing changed.
  bool schedule(std::uint32_t key, Instant deadline);
  /// Like schedule(), but leaves an entry alone that fires at or before `deadline` anyway: the cheap way to put a timer
  /// off, for owners who look at their own deadline when they are called and schedule the rest.
  bool schedule_no_later(std::uint32_t key, Instant deadline);
  /// Takes the entry out, if there is one.
  void cancel(std::uint32_t key);

  /// The deadline of `key`; kNever if it has none.
  Instant deadline(std::uint32_t key) const;
  bool is_scheduled(std::uint32_t key) const { return deadline(key) != kNever; }
  /// No entry fires before this; kNever if there is none. Exact when the next entry is within its tick or has little
  /// company, else the start of the slot where the next entry is. Always later than the `now` of the last advance(),
  /// unless something was scheduled for a time already past.
  Instant next_deadline() const;

  /// Calls `expired(key)` for every entry whose deadline is at or before `now`, having taken it out first. The callback
  /// may schedule and cancel any key, also ones that are due in this same call; what it schedules for a time already
  /// past fires in the next call, so that no callback can hold the wheel for ever. A `now` that goes backward is fine.
  template <typename Callback>
  void advance(Instant now, Callback&& expired) {
    if (now < next_deadline()) return;
    collect(now);
    while (due_head_ != kNone) {
      const std::uint32_t key = due_head_;
      remove(key);
      expired(key);
    }
  }

  /// Entries scheduled.
  std::uint32_t size() const { return size_; }
  std::uint64_t memory_bytes() const { return entries_.memory_bytes(); }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFF;
  static constexpr unsigned kDigitBits = 6;
  static constexpr unsigned kSlots = 1U << kDigitBits;
  static constexpr unsigned kLevels = (64 - kTickBits) / kDigitBits;

  struct Entry {
    std::int64_t deadline;
    std::uint32_t next;
    std::uint32_t previous;
  };
  struct Place {
    unsigned level;
    unsigned slot;
    /// Everything in a place of lower rank is due before everything in one of higher rank.
    unsigned rank() const { return level * kSlots + slot; }
  };
  struct Level {
    std::uint64_t occupied = 0;
    std::array<std::uint32_t, kSlots> heads;
  };

  static std::uint64_t tick_of(std::int64_t deadline);
  Place place_of(std::int64_t deadline) const;
  bool find_first(Place& place) const;
  std::uint64_t first_tick(Place place) const;
  void link(std::uint32_t key);
  void unlink(std::uint32_t key);
  void remove(std::uint32_t key);
  void collect(Instant now);
  std::uint32_t detach(Place place);
  void cascade(Place place);
  std::uint32_t split_due(Place place, std::int64_t now);
  bool before(std::uint32_t a, std::uint32_t b) const;
  std::uint32_t merge(std::uint32_t a, std::uint32_t b);
  std::uint32_t sort(std::uint32_t head);
  void append_due(std::uint32_t head, std::uint32_t& tail);
  bool is_current(Place place) const { return place.level == 0 && place.slot == (tick_ & (kSlots - 1)); }
  void find_next() const;

  FlatArray<Entry> entries_;
  std::array<Level, kLevels> levels_;
  std::uint64_t tick_;  // The wheel's own time: everything due before this tick was collected.
  std::uint32_t size_ = 0;
  std::uint32_t due_head_ = kNone;  // Entries that advance() is about to fire, in order.
  // What next_deadline() returns, and the rank of the slot it came from. Worth keeping only while it is exactly what
  // would be found again: asking must never change an answer given later.
  mutable std::int64_t next_ = 0;
  mutable unsigned next_rank_ = 0;
  mutable bool next_is_known_ = false;
};

}  // namespace handfast::base
