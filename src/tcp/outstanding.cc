#include "tcp/outstanding.h"

#include "base/check.h"

namespace handfast::tcp {

void Outstanding::sent(SeqNum start, std::uint32_t length, Instant now, std::uint64_t delivered) {
  const bool kept = records_.push_back({.start = start, .length = length, .sent_at = now, .delivered = delivered});
  HANDFAST_CHECK(kept);
  size_ += length;
}

Acknowledged Outstanding::acknowledge(SeqNum ack, Instant now) {
  Acknowledged result;
  bool some_again = false;
  while (!records_.empty() && records_.front().start < ack) {
    Transmission& front = records_.front();
    const bool whole = front.end() <= ack;
    const std::uint32_t count = whole ? front.length : ack.since(front.start);
    result.bytes += count;
    size_ -= count;
    if (front.lost) lost_ -= count;
    some_again = some_again || front.times_sent > 1;
    if (whole) result.rtt = now - front.sent_at;
    result.delivered_then = front.delivered;
    if (whole) {
      records_.pop_front();
    } else {
      front.start = ack;
      front.length -= count;
    }
  }
  // Karn's rule, and its second half: what waited behind a hole was acknowledged late because of the hole.
  if (some_again) result.rtt.reset();
  return result;
}

// Cuts a record in two so that the first has `length` numbers.
bool Outstanding::split(std::uint32_t index, std::uint32_t length) {
  Transmission rest = records_[index];
  if (length >= rest.length) return true;
  rest.start += length;
  rest.length -= length;
  if (!records_.insert(index + 1, rest)) return false;
  records_[index].length = length;
  return true;
}

void Outstanding::mark_lost(Transmission& record) {
  if (record.lost || record.sacked) return;
  record.lost = true;
  lost_ += record.length;
}

void Outstanding::mark_front_lost(std::uint32_t length) {
  if (records_.empty()) return;
  // Without memory for the split the whole record counts as lost: more is sent again than needed, nothing is missed.
  (void)split(0, length);
  mark_lost(records_.front());
}

void Outstanding::mark_all_lost() {
  for (std::uint32_t i = 0; i < records_.size(); ++i) mark_lost(records_[i]);
}

std::uint32_t Outstanding::first_lost_index() const {
  if (lost_ == 0) return records_.size();
  std::uint32_t i = 0;
  while (i < records_.size() && !records_[i].lost) ++i;
  return i;
}

const Transmission* Outstanding::first_lost() const {
  const std::uint32_t i = first_lost_index();
  return i < records_.size() ? &records_[i] : nullptr;
}

void Outstanding::sent_again(std::uint32_t length, Instant now, std::uint64_t delivered) {
  const std::uint32_t i = first_lost_index();
  HANDFAST_CHECK(i < records_.size());
  const bool cut = split(i, length);
  HANDFAST_CHECK(cut);
  Transmission& record = records_[i];
  record.lost = false;
  lost_ -= record.length;
  record.sent_at = now;
  record.delivered = delivered;
  if (record.times_sent < 0xFFFF) ++record.times_sent;
}

bool Outstanding::is_consistent(SeqNum una, SeqNum nxt) const {
  std::uint32_t size = 0;
  std::uint32_t lost = 0;
  SeqNum next = una;
  for (std::uint32_t i = 0; i < records_.size(); ++i) {
    const Transmission& record = records_[i];
    if (record.length == 0 || record.start != next) return false;
    next = record.end();
    size += record.length;
    if (record.lost) lost += record.length;
  }
  return next == nxt && size == size_ && lost == lost_;
}

}  // namespace handfast::tcp
