#include "base/timer_wheel.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "base/check.h"

namespace handfast::base {

namespace {
constexpr std::int64_t kNeverCount = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t kSignBit = std::uint64_t{1} << 63;
// How many entries of a slot next_deadline() looks at before it settles for the slot's start.
constexpr unsigned kExactUpTo = 16;
}  // namespace

TimerWheel::TimerWheel(Instant start, MemoryBudget* budget)
    : entries_(budget), tick_(tick_of(start.time_since_epoch().count())) {
  for (Level& level : levels_) level.heads.fill(kNone);
}

bool TimerWheel::reserve(std::uint32_t count) { return entries_.grow(count, Entry{kNeverCount, kNone, kNone}); }

bool TimerWheel::schedule(std::uint32_t key, Instant deadline) {
  if (deadline == kNever) {
    cancel(key);
    return true;
  }
  if (key >= entries_.size()) {
    if (key == kNone) return false;
    // By half again, so that keys that come one by one cost a constant each; exactly, where memory is short.
    const std::uint64_t ample = std::min<std::uint64_t>(std::uint64_t{key} + key / 2 + 16, kNone);
    if (!reserve(static_cast<std::uint32_t>(ample)) && !reserve(key + 1)) return false;
  }
  if (entries_[key].deadline != kNeverCount) remove(key);
  entries_[key].deadline = deadline.time_since_epoch().count();
  link(key);
  ++size_;
  return true;
}

bool TimerWheel::schedule_no_later(std::uint32_t key, Instant deadline) {
  if (deadline != kNever && this->deadline(key) <= deadline) return true;
  return schedule(key, deadline);
}

void TimerWheel::cancel(std::uint32_t key) {
  if (is_scheduled(key)) remove(key);
}

Instant TimerWheel::deadline(std::uint32_t key) const {
  return key < entries_.size() ? Instant(Duration(entries_[key].deadline)) : kNever;
}

Instant TimerWheel::next_deadline() const {
  if (!next_is_known_) find_next();
  return Instant(Duration(next_));
}

/// The order of signed instants, in unsigned ticks.
std::uint64_t TimerWheel::tick_of(std::int64_t deadline) {
  return (static_cast<std::uint64_t>(deadline) ^ kSignBit) >> kTickBits;
}

TimerWheel::Place TimerWheel::place_of(std::int64_t deadline) const {
  const std::uint64_t tick = std::max(tick_of(deadline), tick_);
  const std::uint64_t difference = tick ^ tick_;
  const unsigned level = difference == 0 ? 0 : (static_cast<unsigned>(std::bit_width(difference)) - 1) / kDigitBits;
  return {level, static_cast<unsigned>(tick >> (level * kDigitBits)) & (kSlots - 1)};
}

/// The place with the earliest entries: the first slot of the lowest level in use, since all levels below share more
/// leading digits with the wheel's own time.
bool TimerWheel::find_first(Place& place) const {
  for (unsigned level = 0; level < kLevels; ++level) {
    if (levels_[level].occupied == 0) continue;
    place = {level, static_cast<unsigned>(std::countr_zero(levels_[level].occupied))};
    return true;
  }
  return false;
}

std::uint64_t TimerWheel::first_tick(Place place) const {
  const std::uint64_t below = (std::uint64_t{1} << ((place.level + 1) * kDigitBits)) - 1;
  return (tick_ & ~below) | std::uint64_t{place.slot} << (place.level * kDigitBits);
}

void TimerWheel::link(std::uint32_t key) {
  Entry& entry = entries_[key];
  const Place place = place_of(entry.deadline);
  Level& level = levels_[place.level];
  std::uint32_t& head = level.heads[place.slot];
  entry.next = head;
  entry.previous = kNone;
  if (head != kNone) entries_[head].previous = key;
  head = key;
  level.occupied |= std::uint64_t{1} << place.slot;
  if (!next_is_known_ || place.rank() > next_rank_) return;
  if (place.rank() == next_rank_ && is_current(place)) {
    next_ = std::min(next_, entry.deadline);
  } else {
    next_is_known_ = false;
  }
}

void TimerWheel::unlink(std::uint32_t key) {
  const Entry entry = entries_[key];
  if (entry.next != kNone) entries_[entry.next].previous = entry.previous;
  if (key == due_head_) {
    due_head_ = entry.next;
    return;
  }
  const Place place = place_of(entry.deadline);
  if (entry.previous != kNone) {
    entries_[entry.previous].next = entry.next;
  } else {
    HANDFAST_DCHECK(levels_[place.level].heads[place.slot] == key);
    levels_[place.level].heads[place.slot] = entry.next;
    if (entry.next == kNone) levels_[place.level].occupied &= ~(std::uint64_t{1} << place.slot);
  }
  if (place.rank() == next_rank_ && (entry.deadline == next_ || !is_current(place))) next_is_known_ = false;
}

void TimerWheel::remove(std::uint32_t key) {
  unlink(key);
  entries_[key].deadline = kNeverCount;
  --size_;
}

/// Brings the wheel's time up to `now` and moves all that is due into the due list, in order.
void TimerWheel::collect(Instant now) {
  HANDFAST_CHECK(due_head_ == kNone);  // No advance() within a callback.
  const std::int64_t now_count = now.time_since_epoch().count();
  const std::uint64_t target = std::max(tick_of(now_count), tick_);
  next_is_known_ = false;
  std::uint32_t tail = kNone;
  Place place{};
  while (find_first(place) && first_tick(place) <= target) {
    tick_ = first_tick(place);
    if (place.level > 0) {
      cascade(place);
      continue;
    }
    append_due(sort(split_due(place, now_count)), tail);
    if (tick_ == target) break;
  }
  tick_ = target;
}

std::uint32_t TimerWheel::detach(Place place) {
  levels_[place.level].occupied &= ~(std::uint64_t{1} << place.slot);
  return std::exchange(levels_[place.level].heads[place.slot], kNone);
}

/// The wheel has reached the start of a slot above the lowest level: its entries belong further down now.
void TimerWheel::cascade(Place place) {
  for (std::uint32_t key = detach(place); key != kNone;) {
    const std::uint32_t next = entries_[key].next;
    link(key);
    key = next;
  }
}

/// Takes what is due out of a slot of the lowest level, as a list linked forward only.
std::uint32_t TimerWheel::split_due(Place place, std::int64_t now) {
  std::uint32_t due = kNone;
  for (std::uint32_t key = detach(place); key != kNone;) {
    const std::uint32_t next = entries_[key].next;
    if (entries_[key].deadline <= now) {
      entries_[key].next = due;
      due = key;
    } else {
      link(key);
    }
    key = next;
  }
  return due;
}

bool TimerWheel::before(std::uint32_t a, std::uint32_t b) const {
  if (entries_[a].deadline != entries_[b].deadline) return entries_[a].deadline < entries_[b].deadline;
  return a < b;
}

std::uint32_t TimerWheel::merge(std::uint32_t a, std::uint32_t b) {
  std::uint32_t head = kNone;
  std::uint32_t tail = kNone;
  while (a != kNone || b != kNone) {
    std::uint32_t& from = b == kNone || (a != kNone && before(a, b)) ? a : b;
    const std::uint32_t key = from;
    from = entries_[key].next;
    (tail == kNone ? head : entries_[tail].next) = key;
    tail = key;
    entries_[key].next = kNone;
  }
  return head;
}

/// Merge sort of a list without memory of its own: runs[i] is a sorted list of 2^i entries, or empty.
std::uint32_t TimerWheel::sort(std::uint32_t head) {
  std::array<std::uint32_t, 33> runs;
  runs.fill(kNone);
  while (head != kNone) {
    std::uint32_t run = std::exchange(head, entries_[head].next);
    entries_[run].next = kNone;
    std::size_t i = 0;
    for (; runs[i] != kNone; ++i) run = merge(std::exchange(runs[i], kNone), run);
    runs[i] = run;
  }
  std::uint32_t sorted = kNone;
  for (const std::uint32_t run : runs) sorted = merge(run, sorted);
  return sorted;
}

/// Links a sorted list behind the due list, backward links included.
void TimerWheel::append_due(std::uint32_t head, std::uint32_t& tail) {
  if (head == kNone) return;
  (tail == kNone ? due_head_ : entries_[tail].next) = head;
  for (std::uint32_t key = head; key != kNone; key = entries_[key].next) {
    entries_[key].previous = tail;
    tail = key;
  }
}

void TimerWheel::find_next() const {
  next_is_known_ = true;
  next_ = kNeverCount;
  next_rank_ = kLevels * kSlots;
  Place place{};
  if (!find_first(place)) return;
  next_rank_ = place.rank();
  // In the wheel's own tick the start of the slot has passed already, so only the exact answer will do.
  unsigned allowance = is_current(place) ? std::numeric_limits<unsigned>::max() : kExactUpTo;
  for (std::uint32_t key = levels_[place.level].heads[place.slot]; key != kNone; key = entries_[key].next) {
    if (allowance-- == 0) {
      next_ = static_cast<std::int64_t>((first_tick(place) << kTickBits) ^ kSignBit);
      return;
    }
    next_ = std::min(next_, entries_[key].deadline);
  }
}

}  // namespace handfast::base
