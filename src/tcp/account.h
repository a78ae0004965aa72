#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "handfast/time.h"
#include "tcp/clock_readings.h"
#include "tcp/outstanding.h"
#include "tcp/sequence_number.h"

// What a connection has done so far: the figures of STATUS that nothing else remembers. They are kept while it is idle,
// so what can be told from a sequence number is not counted twice, and times are in milliseconds. A stretch of time
// counts by the milliseconds that began in it: short stretches are too long or too short by chance, and right on the
// average.

namespace handfast::tcp {

/// The length of a stream in 48 bits, where a sequence number holds the lower 32.
class StreamLength {
 public:
  /// The number went on from `before` to `after`; `first` is that of the first byte.
  void moved(SeqNum first, SeqNum before, SeqNum after) {
    if (after.since(first) < before.since(first)) ++wraps_;
  }
  std::uint64_t bytes(SeqNum first, SeqNum number) const { return std::uint64_t{wraps_} << 32 | number.since(first); }

 private:
  std::uint16_t wraps_ = 0;  // good for 281 TB
};

/// A number of 64 bits that stands on any four bytes.
class WideCount {
 public:
  void add(std::uint32_t count) {
    low_ += count;
    if (low_ < count) ++high_;
  }
  std::uint64_t value() const { return std::uint64_t{high_} << 32 | low_; }

 private:
  std::uint32_t low_ = 0;
  std::uint32_t high_ = 0;
};

/// What the sender waits for while it has text: each counts as busy.
enum class Limit : std::uint8_t {
  kNone,        ///< no text is queued or in flight
  kPath,        ///< the congestion window, pacing, or nothing at all
  kPeerWindow,  ///< the window that the peer offers
  kSendBuffer,  ///< all is sent, and the caller waits for room in the send buffer
};

/// How long each limit held.
class LimitTimes {
 public:
  void add(Limit limit, std::uint32_t milliseconds) {
    if (limit != Limit::kNone) spent_[static_cast<std::size_t>(limit) - 1] += milliseconds;
  }
  std::uint32_t spent(Limit limit) const { return spent_[static_cast<std::size_t>(limit) - 1]; }

 private:
  std::array<std::uint32_t, 3> spent_{};
};

/// Runs while the connection is active, on one limit at a time.
struct LimitWatch {
  std::uint32_t since_ms = 0;
  Limit running = Limit::kNone;

  /// From now on it is `limit`; what went by counts for the one before.
  void turn_to(Limit limit, std::uint32_t now_ms, LimitTimes& times) {
    times.add(running, now_ms - since_ms);
    running = limit;
    since_ms = now_ms;
  }
};

struct Account {
  WideCount bytes_again;  ///< of text, retransmissions alone
  std::uint32_t segments_in = 0;
  std::uint32_t segments_out = 0;
  std::uint32_t text_segments_in = 0;
  std::uint32_t text_segments_out = 0;
  std::uint32_t duplicates_reported = 0;  ///< bytes that the peer says it had already (RFC 2883)
  std::uint32_t text_in_at_ms = 0;
  LimitTimes limits;
  StreamLength acked;
  StreamLength received;
  std::uint16_t largest_text_in = 0;
  std::uint16_t early_text = 0;  ///< that the peer took with our SYN (RFC 7413)

  /// A segment arrived; what a driver merged counts as the segments it was made of.
  void arrived(std::uint32_t text, std::uint32_t full_segment, Instant now) {
    const std::uint32_t pieces = pieces_of(text, full_segment);
    segments_in += pieces;
    if (text == 0) return;
    text_segments_in += pieces;
    text_in_at_ms = milliseconds_of(now);
    const std::uint32_t largest = pieces > 1 ? full_segment : text;
    if (largest > largest_text_in) largest_text_in = static_cast<std::uint16_t>(largest);
  }
  /// A segment left; `piece` is the text in each part of a super-segment, or 0. Of the text `again` was sent before.
  void left(std::uint32_t text, std::uint32_t piece, std::uint32_t again) {
    const std::uint32_t pieces = pieces_of(text, piece);
    segments_out += pieces;
    if (text == 0) return;
    text_segments_out += pieces;
    bytes_again.add(again);
  }

 private:
  static constexpr std::uint32_t pieces_of(std::uint32_t text, std::uint32_t piece) {
    return piece == 0 ? 1 : std::max(tcp::segments_in(text, piece), 1u);
  }
};

}  // namespace handfast::tcp
