#include "tcp/outstanding.h"

#include <algorithm>

#include "base/check.h"

namespace handfast::tcp {

void Outstanding::sent(SeqNum start, std::uint32_t length, Instant now, const SendStamp& stamp, bool app_limited) {
  Transmission record{.start = start, .length = length, .sent_at = now, .stamp = stamp};
  record.app_limited = app_limited;
  const bool kept = records_.push_back(record);
  HANDFAST_CHECK(kept);
  size_ += length;
}

// Without the exception nothing could be repaired, and no memory come back, once all of it is used up.
bool Outstanding::make_room_for_again(SeqNum start) {
  if (make_room()) return true;
  const std::uint32_t i = index_of(start);
  return i < records_.size() && records_[i].start == start;
}

void Outstanding::sent_again(SeqNum start, std::uint32_t length, Instant now, const SendStamp& stamp,
                             bool app_limited) {
  std::uint32_t i = index_of(start);
  HANDFAST_CHECK(i < records_.size());
  if (const std::uint32_t skipped = start.since(records_[i].start); skipped > 0) {
    const bool cut = split(i, skipped);
    HANDFAST_CHECK(cut);
    ++i;
  }
  (void)split(i, length);
  Transmission& record = records_[i];
  if (record.lost) lost_ -= record.length;
  if (record.sacked) sacked_ -= record.length;
  record.lost = false;
  record.sacked = false;
  record.path_probe = false;
  record.sent_at = now;
  record.stamp = stamp;
  record.app_limited = app_limited;
  if (record.times_sent < 0xFFFF) ++record.times_sent;
}

// What one record, or the first `count` numbers of it, tells when its delivery is heard of for the first time.
void Outstanding::note_delivered(const Transmission& record, std::uint32_t count, const DeliveryClock& clock,
                                 Delivery& delivery) {
  const SeqNum end = record.start + count;
  if (delivery.delivered == 0 || delivery.highest_end < end) delivery.highest_end = end;
  delivery.delivered += count;
  ++delivery.records;
  delivery.largest = std::max(delivery.largest, count);
  if (record.path_probe && count == record.length) delivery.path_probe = true;
  if (record.was_sent_again()) {
    delivery.some_again = true;
  } else {
    if (record.lost) delivery.lost_in_error += count;
    if (!delivery.some_original || end < delivery.lowest_original_end) {
      delivery.lowest_original = record.start;
      delivery.lowest_original_end = end;
    }
    delivery.some_original = true;
  }
  const auto take = [&](Delivery::Newest& newest) {
    if (newest.known && !sent_after(record.sent_at, end, newest.sent_at, newest.end)) return;
    newest = {record.sent_at, end, record.stamp, record.app_limited, true};
  };
  take(delivery.newest);
  if (record.was_sent_again() && clock.now - record.sent_at < clock.min_rtt) return;
  if (!delivery.newest_certain.known || delivery.last_certain_end < end) {
    delivery.last_certain_sent = record.sent_at;
    delivery.last_certain_end = end;
  }
  take(delivery.newest_certain);
}

void Outstanding::acknowledge(SeqNum ack, const DeliveryClock& clock, Delivery& delivery) {
  bool some_again = false;
  while (!records_.empty() && records_.front().start < ack) {
    Transmission& front = records_.front();
    const bool whole = front.end() <= ack;
    const std::uint32_t count = whole ? front.length : ack.since(front.start);
    some_again = some_again || front.was_sent_again();
    delivery.acked += count;
    size_ -= count;
    if (front.sacked) {
      sacked_ -= count;
    } else {
      note_delivered(front, count, clock, delivery);
      if (whole) delivery.rtt = clock.now - front.sent_at;
    }
    if (front.lost) lost_ -= count;
    if (whole) {
      records_.pop_front();
      lost_from_ -= std::min(lost_from_, 1u);
    } else {
      front.start = ack;
      front.length -= count;
      front.path_probe = false;
    }
  }
  // Karn's rule, and its second half: what waited behind a hole was acknowledged late because of the hole.
  if (some_again) {
    delivery.rtt.reset();
    delivery.some_again = true;
  }
}

void Outstanding::mark_sacked(SeqNum left, SeqNum right, std::uint32_t mss, const DeliveryClock& clock,
                              Delivery& delivery) {
  if (records_.empty() || left == right) return;
  const SeqNum una = records_.front().start;
  // Both edges, as distances from SND.UNA: no comparison here can be turned around by an edge far away.
  const std::uint32_t from = left.since(una);
  const std::uint32_t to = right.since(una);
  if (from == 0 || from >= to || to > size_ || !records_.reserve(records_.size() + 2)) return;
  std::uint32_t first = index_of(left);
  const std::uint32_t into = left.since(records_[first].start);
  if (into > 0 && !records_[first].sacked) {
    const std::uint32_t whole = segments_in(into, mss) * mss;
    if (whole < records_[first].length && !split(first, whole)) return;
    ++first;
  }
  std::uint32_t last = first;
  while (last < records_.size() && records_[last].end() <= right) ++last;
  if (last < records_.size() && records_[last].start < right && !records_[last].sacked) {
    const std::uint32_t whole = right.since(records_[last].start) / mss * mss;
    if (whole > 0 && split(last, whole)) ++last;
  }
  if (first < last) mark_run_sacked(first, last, mss, clock, delivery);
}

// Records first … last - 1 become one delivered record, with the delivered ones beside them.
void Outstanding::mark_run_sacked(std::uint32_t first, std::uint32_t last, std::uint32_t mss,
                                  const DeliveryClock& clock, Delivery& delivery) {
  std::uint32_t length = 0;
  std::uint32_t segments = 0;
  for (std::uint32_t i = first; i < last; ++i) {
    const Transmission& record = records_[i];
    length += record.length;
    segments += record.sacked ? record.segments : segments_in(record.length, mss);
    if (record.sacked) continue;
    note_delivered(record, record.length, clock, delivery);
    delivery.sacked += record.length;
    sacked_ += record.length;
    if (record.lost) lost_ -= record.length;
  }
  const auto join = [&](const Transmission& neighbor) {
    length += neighbor.length;
    segments += neighbor.segments;
  };
  if (first > 0 && records_[first - 1].sacked) join(records_[--first]);
  if (last < records_.size() && records_[last].sacked) join(records_[last++]);
  records_[first].length = length;
  records_[first].segments = static_cast<std::uint8_t>(std::min(segments, 255u));
  records_[first].sacked = true;
  records_[first].lost = false;
  records_[first].path_probe = false;
  records_.erase(first + 1, last);
  if (lost_from_ > first) lost_from_ = first;
}

bool Outstanding::has_sacked_segments(std::uint32_t count) const {
  std::uint32_t seen = 0;
  for (std::uint32_t i = 0; sacked_ > 0 && i < records_.size() && seen < count; ++i) {
    if (records_[i].sacked) seen += records_[i].segments;
  }
  return seen >= count;
}

void Outstanding::forget_sacked() {
  for (std::uint32_t i = 0; i < records_.size(); ++i) records_[i].sacked = false;
  sacked_ = 0;
}

// The record that covers `number`, which lies in the list, or size().
std::uint32_t Outstanding::index_of(SeqNum number) const {
  if (records_.empty()) return 0;
  const SeqNum una = records_.front().start;
  const std::uint32_t distance = number.since(una);
  std::uint32_t low = 0;
  std::uint32_t high = records_.size();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (records_[middle].end().since(una) <= distance) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// Cuts a record in two so that the first has `length` numbers.
bool Outstanding::split(std::uint32_t index, std::uint32_t length) {
  Transmission rest = records_[index];
  if (length >= rest.length) return true;
  rest.path_probe = false;
  rest.start += length;
  rest.length -= length;
  if (!records_.insert(index + 1, rest)) return false;
  records_[index].length = length;
  records_[index].path_probe = false;
  records_[index].pushed = false;
  return true;
}

std::uint32_t Outstanding::mark_lost(std::uint32_t index) {
  Transmission& record = records_[index];
  if (record.lost || record.sacked) return 0;
  record.lost = true;
  record.path_probe = false;
  lost_ += record.length;
  lost_from_ = std::min(lost_from_, index);
  return record.length;
}

void Outstanding::mark_front_lost(std::uint32_t length) {
  if (records_.empty()) return;
  // Without memory for the split the whole record counts as lost: more is sent again than needed, nothing is missed.
  (void)split(0, length);
  (void)mark_lost(0);
}

std::uint32_t Outstanding::mark_all_lost() {
  std::uint32_t bytes = 0;
  for (std::uint32_t i = 0; i < records_.size(); ++i) bytes += mark_lost(i);
  return bytes;
}

// What went out before the quoted segment passed the place that turned it away, or has a report of its own.
std::uint32_t Outstanding::mark_too_big(SeqNum from, std::uint32_t text, SeqNum text_end) {
  std::uint32_t bytes = 0;
  for (std::uint32_t i = index_of(from); i < records_.size(); ++i) {
    const Transmission& record = records_[i];
    const SeqNum end = text_end < record.end() ? text_end : record.end();
    if (record.start < end && end.since(record.start) > text) bytes += mark_lost(i);
  }
  return bytes;
}

void Outstanding::join_lost() {
  for (std::uint32_t i = first_lost_index(); i < records_.size(); ++i) {
    Transmission& record = records_[i];
    std::uint32_t last = i + 1;
    for (; record.lost && last < records_.size() && records_[last].lost; ++last) {
      record.length += records_[last].length;
      record.sent_at = std::max(record.sent_at, records_[last].sent_at);
      record.times_sent = std::max(record.times_sent, records_[last].times_sent);
      record.pushed = records_[last].pushed;
    }
    records_.erase(i + 1, last);
  }
}

bool Outstanding::misses_only_path_probe() const {
  return !records_.empty() && records_.front().path_probe && size_ - sacked_ == records_.front().length;
}

void Outstanding::forget_lost() {
  for (std::uint32_t i = first_lost_index(); i < records_.size(); ++i) records_[i].lost = false;
  lost_ = 0;
}

// In order of numbers, the first record that was sent once alone and after the newest delivered one ends the search:
// what follows it went out later still.
Outstanding::Marked Outstanding::mark_overdue(const Overdue& rule, Instant now) {
  Marked marked;
  for (std::uint32_t i = 0; i < records_.size(); ++i) {
    const Transmission& record = records_[i];
    if (record.sacked || record.lost) continue;
    if (!sent_after(rule.newest_sent, rule.newest_end, record.sent_at, record.end())) {
      if (!record.was_sent_again()) break;
      continue;
    }
    const Duration left = record.sent_at + rule.patience - now;
    if (left > Duration::zero()) {
      marked.wait = std::max(marked.wait, left);
      continue;
    }
    if (record.was_sent_again()) {
      marked.again += record.length;
      marked.again_sent = std::max(marked.again_sent, record.sent_at);
    }
    const bool path_probe = record.path_probe;
    const std::uint32_t bytes = mark_lost(i);
    if (path_probe) {
      marked.path_probe = true;
    } else {
      marked.bytes += bytes;
    }
  }
  return marked;
}

std::uint32_t Outstanding::first_lost_index() const {
  if (lost_ == 0) return records_.size();
  while (lost_from_ < records_.size() && !records_[lost_from_].lost) ++lost_from_;
  return lost_from_;
}

const Transmission* Outstanding::first_lost() const {
  const std::uint32_t i = first_lost_index();
  return i < records_.size() ? &records_[i] : nullptr;
}

const Transmission* Outstanding::last_missing() const {
  for (std::uint32_t i = records_.size(); i > 0; --i) {
    if (!records_[i - 1].sacked) return &records_[i - 1];
  }
  return nullptr;
}

std::uint32_t Outstanding::on_way_again() const {
  std::uint32_t bytes = 0;
  for (std::uint32_t i = 0; i < records_.size(); ++i) {
    const Transmission& record = records_[i];
    if (record.was_sent_again() && !record.sacked && !record.lost) bytes += record.length;
  }
  return bytes;
}

bool Outstanding::is_consistent(SeqNum una, SeqNum nxt) const {
  std::uint32_t size = 0;
  std::uint32_t lost = 0;
  std::uint32_t sacked = 0;
  SeqNum next = una;
  for (std::uint32_t i = 0; i < records_.size(); ++i) {
    const Transmission& record = records_[i];
    if (record.length == 0 || record.start != next || (record.sacked && record.lost)) return false;
    if (record.lost && i < lost_from_) return false;
    next = record.end();
    size += record.length;
    if (record.lost) lost += record.length;
    if (record.sacked) sacked += record.length;
  }
  return next == nxt && size == size_ && lost == lost_ && sacked == sacked_;
}

}  // namespace handfast::tcp
