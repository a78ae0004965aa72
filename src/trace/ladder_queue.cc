#include "trace/ladder_queue.h"

#include <algorithm>
#include <ranges>
#include <utility>

namespace handfast::trace {
namespace {

// The window is left out: a receiver without a connection cannot scale it.
bool same_segment(const SegmentView& a, const SegmentView& b) {
  const bool acks = a.has(SegmentView::kAck);
  return a.seq == b.seq && a.flags == b.flags && a.text_length == b.text_length && (!acks || a.ack == b.ack) &&
         a.options.has_timestamps == b.options.has_timestamps && a.options.timestamp == b.options.timestamp &&
         a.options.sack_count == b.options.sack_count && a.options.sack == b.options.sack;
}

// Segmentation offload cuts a segment on its way, or joins several: what arrives then lies within what was sent, or the
// other way round.
bool overlaps(const SegmentView& sent, const SegmentView& arrived) {
  if (sent.text_length == 0 || arrived.text_length == 0 || sent.has(SegmentView::kSyn)) return false;
  return arrived.seq - sent.seq < sent.length() || sent.seq - arrived.seq < arrived.length();
}

}  // namespace

LadderEntry& LadderQueue::add(LadderEntry entry) {
  while (held_.size() >= kMostHeld) give_out_front();
  auto place = held_.end();
  while (place != held_.begin() && std::prev(place)->sent_at > entry.sent_at) --place;
  return *held_.insert(place, std::move(entry));
}

LadderEntry* LadderQueue::match(End sender, const SegmentView& segment) {
  LadderEntry* given_up = nullptr;
  LadderEntry* part = nullptr;
  for (LadderEntry& entry : held_) {
    const bool waits = entry.fate == LadderEntry::Fate::kUnderway || !entry.is_settled();
    if (entry.sender != sender || !waits) continue;
    if (same_segment(entry.segment, segment)) {
      if (!entry.lost) return &entry;
      if (given_up == nullptr) given_up = &entry;
    } else if (part == nullptr && !entry.lost && overlaps(entry.segment, segment)) {
      part = &entry;
    }
  }
  return given_up != nullptr ? given_up : part;
}

void LadderQueue::arrived_with(const LadderEntry& arrived, const SegmentView& segment) {
  for (LadderEntry& entry : held_) {
    if (entry.sender != arrived.sender || entry.is_settled() || &entry == &arrived) continue;
    const bool within = entry.segment.seq - segment.seq <= segment.length() - entry.segment.length() &&
                        entry.segment.length() <= segment.length();
    if (!within || !overlaps(entry.segment, segment)) continue;
    const End receiver = other(arrived.sender);
    entry.fate = LadderEntry::Fate::kArrived;
    entry.arrived_length = entry.segment.length();
    entry.arrived_at = arrived.arrived_at;
    entry.refused = arrived.refused;
    entry.step(receiver) = arrived.step(receiver);
  }
}

LadderQueue::Past* LadderQueue::match_past(End sender, const SegmentView& segment) {
  Past* arrived = nullptr;
  const auto consider = [&](Past& past) {
    return past.sender == sender && (same_segment(past.segment, segment) || overlaps(past.segment, segment));
  };
  for (Past& past : past_) {
    if (!consider(past)) continue;
    if (!past.arrived) return &past;
    arrived = &past;
  }
  if (arrived != nullptr) return arrived;
  // It may be a second copy of one that arrived but still waits behind another to be given out.
  for (const LadderEntry& entry : held_) {
    if (entry.sender != sender || entry.fate != LadderEntry::Fate::kArrived) continue;
    if (!same_segment(entry.segment, segment)) continue;
    past_.push_back({sender, entry.number, entry.sent_at, entry.segment, true});
    return &past_.back();
  }
  return nullptr;
}

std::uint64_t LadderQueue::number_of_earlier(End sender, const SegmentView& segment) const {
  const auto repeats = [&](End from, const SegmentView& earlier) {
    return from == sender && earlier.length() > 0 && segment.seq - earlier.seq < earlier.length();
  };
  for (const LadderEntry& entry : std::views::reverse(held_)) {
    if (entry.number != 0 && repeats(entry.sender, entry.segment)) return entry.number;
  }
  for (const Past& past : std::views::reverse(past_)) {
    if (repeats(past.sender, past.segment)) return past.number;
  }
  return 0;
}

void LadderQueue::give_up(End sender, const SegmentView& segment) {
  for (LadderEntry& entry : held_) {
    if (entry.sender != sender || entry.is_settled() || entry.segment.length() == 0) continue;
    if (entry.segment.seq - segment.seq < segment.length()) entry.lost = true;
  }
}

void LadderQueue::passed(const LadderEntry& arrived) {
  for (LadderEntry& entry : held_) {
    if (&entry == &arrived) return;
    if (entry.sender != arrived.sender || entry.is_settled()) continue;
    if (++entry.passed_by >= kPassesUntilLost) entry.lost = true;
  }
}

void LadderQueue::drain(Instant now) {
  for (LadderEntry& entry : held_) {
    if (now - entry.sent_at <= kOldestUnderway) break;
    if (!entry.is_settled()) entry.lost = true;
  }
  while (!held_.empty() && held_.front().is_settled()) give_out_front();
}

void LadderQueue::finish() {
  while (!held_.empty()) give_out_front();
  past_.clear();
}

void LadderQueue::give_out_front() {
  LadderEntry entry = std::move(held_.front());
  held_.pop_front();
  using Fate = LadderEntry::Fate;
  if (entry.fate == Fate::kUnderway || entry.fate == Fate::kArrived || entry.fate == Fate::kUnwatched) {
    past_.push_back({entry.sender, entry.number, entry.sent_at, entry.segment, entry.fate != Fate::kUnderway});
    while (past_.size() > kMostRemembered) past_.pop_front();
  }
  reader_(entry);
}

}  // namespace handfast::trace
