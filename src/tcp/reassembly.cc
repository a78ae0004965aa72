#include "tcp/reassembly.h"

#include <algorithm>

namespace handfast::tcp {

// All numbers here lie within one window, so differences from the first piece order them.
std::uint32_t Reassembly::first_piece_ending_after(SeqNum number) const {
  std::uint32_t low = 0;
  std::uint32_t high = pieces_.size();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (pieces_[middle].end() <= number) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

// The first range that `number` does not lie wholly behind: one that ends exactly at it touches.
std::uint32_t Reassembly::first_range_reaching(SeqNum number) const {
  std::uint32_t low = 0;
  std::uint32_t high = ranges_.size();
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (ranges_[middle].end < number) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

bool Reassembly::add_range(SeqNum start, SeqNum end, std::uint32_t max_ranges) {
  const std::uint32_t first = first_range_reaching(start);
  std::uint32_t last = first;
  while (last < ranges_.size() && ranges_[last].start <= end) ++last;
  if (first == last) {
    return ranges_.size() < max_ranges && ranges_.insert(first, Range{start, end});
  }
  if (start < ranges_[first].start) ranges_[first].start = start;
  ranges_[first].end = later(end, ranges_[last - 1].end);
  ranges_.erase(first + 1, last);
  return true;
}

bool Reassembly::keep(std::uint32_t at, SeqNum start, Slice text, base::BufferPool& buffers) {
  const std::uint32_t length = text.size();
  TextChunk chunk = settle(std::move(text), buffers);
  // Small pieces in a row share a buffer.
  if (chunk.growable && at > 0 && pieces_[at - 1].end() == start) {
    const std::uint32_t grown = grow_chunk(pieces_[at - 1].chunk, chunk.text.bytes());
    size_ += grown;
    if (grown == length) return true;
    start += grown;
    chunk.text.remove_prefix(grown);
  }
  const std::uint32_t rest = chunk.text.size();
  if (!pieces_.insert(at, Piece{start, std::move(chunk)})) return false;
  size_ += rest;
  return true;
}

void Reassembly::note_arrival(SeqNum start) {
  std::size_t last = recent_count_ < recent_.size() ? recent_count_++ : recent_.size() - 1;
  for (; last > 0; --last) recent_[last] = recent_[last - 1];
  recent_[0] = start;
}

Reassembly::Outcome Reassembly::insert(SeqNum start, const Slice& text, std::uint32_t max_ranges,
                                       base::BufferPool& buffers) {
  const SeqNum end = start + text.size();
  if (text.empty()) return Outcome::kDuplicate;
  const std::uint32_t touching = first_range_reaching(start);
  const bool is_new_range = touching == ranges_.size() || end < ranges_[touching].start;
  if (is_new_range && ranges_.size() >= max_ranges) return Outcome::kTooManyRanges;
  // A piece is never kept without its range: the range's room comes first.
  if (!ranges_.reserve(ranges_.size() + 1)) return Outcome::kNoMemory;
  note_arrival(start);

  bool kept_any = false;
  SeqNum at = start;
  for (std::uint32_t i = first_piece_ending_after(start); at < end; ++i) {
    const bool before_piece = i < pieces_.size() && at < pieces_[i].start;
    const SeqNum gap_end = i == pieces_.size() || end < pieces_[i].start ? end : pieces_[i].start;
    if (i == pieces_.size() || before_piece) {
      const std::uint32_t pieces_before = pieces_.size();
      if (!keep(i, at, text.sub(at.since(start), gap_end.since(at)), buffers)) return Outcome::kNoMemory;
      if (!add_range(at, gap_end, max_ranges)) return Outcome::kNoMemory;
      kept_any = true;
      i += pieces_.size() - pieces_before;
    }
    if (i >= pieces_.size()) break;
    at = later(gap_end, pieces_[i].end());
  }
  return kept_any ? Outcome::kHeld : Outcome::kDuplicate;
}

Reassembly::Stretch Reassembly::first_held(SeqNum start, std::uint32_t length) const {
  const std::uint32_t at = first_range_reaching(start + 1);
  if (at == ranges_.size()) return {start, 0};
  const SeqNum left = later(start, ranges_[at].start);
  const SeqNum end = start + length;
  const SeqNum right = ranges_[at].end < end ? ranges_[at].end : end;
  return {left, left < right ? right.since(left) : 0};
}

bool Reassembly::take(SeqNum next, TextChunk& chunk) {
  while (!pieces_.empty() && pieces_.front().end() <= next) size_ -= pieces_.pop_front().chunk.text.size();
  while (!ranges_.empty() && ranges_.front().end <= next) ranges_.pop_front();
  if (pieces_.empty() || next < pieces_.front().start) return false;
  Piece piece = pieces_.pop_front();
  size_ -= piece.chunk.text.size();
  chunk = std::move(piece.chunk);
  chunk.text.remove_prefix(next.since(piece.start));
  const SeqNum end = next + chunk.text.size();
  if (!ranges_.empty() && ranges_.front().end <= end) {
    ranges_.pop_front();
  } else if (!ranges_.empty() && ranges_.front().start < end) {
    ranges_.front().start = end;
  }
  if (pieces_.empty()) recent_count_ = 0;
  return true;
}

std::size_t Reassembly::blocks(std::span<wire::SackBlock> out) const {
  std::size_t count = 0;
  const auto report = [&](const Range& range) {
    const wire::SackBlock block{.left = range.start.value(), .right = range.end.value()};
    const auto reported = out.first(count);
    if (std::find(reported.begin(), reported.end(), block) == reported.end()) out[count++] = block;
  };
  for (std::uint8_t i = 0; i < recent_count_ && count < out.size(); ++i) {
    const std::uint32_t at = first_range_reaching(recent_[i] + 1);
    if (at < ranges_.size() && ranges_[at].start <= recent_[i]) report(ranges_[at]);
  }
  // Where recent arrivals share a range or were delivered, others take their room: as many as fit (RFC 2018 §4).
  for (std::uint32_t i = 0; i < ranges_.size() && count < out.size(); ++i) report(ranges_[i]);
  return count;
}

bool Reassembly::is_consistent(SeqNum rcv_nxt) const {
  std::uint32_t size = 0;
  SeqNum last = rcv_nxt;
  std::uint32_t range = 0;
  for (std::uint32_t i = 0; i < pieces_.size(); ++i) {
    if (pieces_[i].chunk.text.empty() || pieces_[i].start < last) return false;
    while (range < ranges_.size() && ranges_[range].end <= pieces_[i].start) ++range;
    if (range == ranges_.size() || pieces_[i].start < ranges_[range].start || ranges_[range].end < pieces_[i].end()) {
      return false;
    }
    last = pieces_[i].end();
    size += pieces_[i].chunk.text.size();
  }
  return size == size_;
}

}  // namespace handfast::tcp
