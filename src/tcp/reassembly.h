#pragma once

#include <cstdint>
#include <span>

#include "base/buffer_pool.h"
#include "base/ring.h"
#include "tcp/receive_queue.h"
#include "tcp/sequence_number.h"
#include "wire/tcp_options.h"

// Text beyond a gap (RFC 9293 §3.10.7.4, SHLD-31). Two lists in sequence order: the pieces with their bytes, and the
// ranges without gaps that they form. The ranges are what selective acknowledgments speak of, and their number is the
// limit that an attacker meets (CVE-2018-5390): a new piece finds its place by halving and moves at most the shorter
// half of a bounded list.

namespace handfast::tcp {

class Reassembly {
 public:
  explicit Reassembly(base::MemoryBudget* budget) : pieces_(budget), ranges_(budget) {}

  bool empty() const { return pieces_.empty(); }
  /// Bytes held.
  std::uint32_t size() const { return size_; }
  std::uint32_t range_count() const { return ranges_.size(); }

  enum class Outcome : std::uint8_t { kHeld, kDuplicate, kTooManyRanges, kNoMemory };
  /// Keeps those of the bytes from `start` on that are new. On refusal nothing, or only a part that filled a gap
  /// between held pieces, was kept: either way what is held is right.
  Outcome insert(SeqNum start, const Slice& text, std::uint32_t max_ranges, base::BufferPool& buffers);

  /// The first stretch of the `length` numbers from `start` on that is held; of length 0 where none is.
  struct Stretch {
    SeqNum start;
    std::uint32_t length = 0;
  };
  Stretch first_held(SeqNum start, std::uint32_t length) const;

  /// Hands over the piece that continues at `next`, cut to what is new; false where there is none. Pieces left of
  /// `next` are dropped on the way.
  bool take(SeqNum next, TextChunk& chunk);

  /// The ranges to report: first the one that holds the newest arrival, then those reported most recently
  /// (RFC 2018 §4). Returns how many.
  std::size_t blocks(std::span<wire::SackBlock> out) const;

  bool is_consistent(SeqNum rcv_nxt) const;

 private:
  struct Piece {
    SeqNum start;
    TextChunk chunk;
    SeqNum end() const { return start + chunk.text.size(); }
  };
  struct Range {
    SeqNum start;
    SeqNum end;
  };
  std::uint32_t first_piece_ending_after(SeqNum number) const;
  std::uint32_t first_range_reaching(SeqNum number) const;
  bool add_range(SeqNum start, SeqNum end, std::uint32_t max_ranges);
  bool keep(std::uint32_t at, SeqNum start, Slice text, base::BufferPool& buffers);
  void note_arrival(SeqNum start);

  base::Ring<Piece> pieces_;
  base::Ring<Range> ranges_;
  std::uint32_t size_ = 0;
  std::array<SeqNum, wire::kMaxSackBlocks> recent_{};
  std::uint8_t recent_count_ = 0;
};

}  // namespace handfast::tcp
