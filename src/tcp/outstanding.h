#pragma once

#include <cstdint>
#include <optional>

#include "base/ring.h"
#include "handfast/time.h"
#include "tcp/sequence_number.h"

// One record for each transmission that the peer has not acknowledged, in order and without gaps from SND.UNA to
// SND.NXT (the SYN aside, which the handshake keeps). Everything that recovers losses reads and marks these records:
// NewReno knows only the first of them, a selective scoreboard marks them one by one. A record may cover a whole
// super-segment; where an acknowledgment or a loss ends inside it, it is split.

namespace handfast::tcp {

struct Transmission {
  SeqNum start;
  std::uint32_t length = 0;     ///< sequence numbers: text, and one for a FIN
  Instant sent_at;              ///< of the last time
  std::uint64_t delivered = 0;  ///< bytes the peer had acknowledged by then (for delivery-rate samples)
  std::uint16_t times_sent = 1;
  bool sacked = false;  ///< selectively acknowledged
  bool lost = false;    ///< held to be lost and not sent again since

  SeqNum end() const { return start + length; }
};

/// What an acknowledgment took off the list.
struct Acknowledged {
  std::uint32_t bytes = 0;
  /// Since the newest of the records was sent; nothing where one of them was sent again (Karn: RFC 6298 §3).
  std::optional<Duration> rtt;
  std::uint64_t delivered_then = 0;
};

class Outstanding {
 public:
  explicit Outstanding(base::MemoryBudget* budget) : records_(budget) {}

  bool empty() const { return records_.empty(); }
  /// Sequence numbers sent and not acknowledged: FlightSize of RFC 5681 §2.
  std::uint32_t size() const { return size_; }
  /// Of these, what is held to be lost.
  std::uint32_t lost() const { return lost_; }

  /// Makes sure that the next sent() or split finds room; false where memory is refused.
  bool make_room() { return records_.reserve(records_.size() + 2); }
  /// A new transmission at the end of the list; room was made before.
  void sent(SeqNum start, std::uint32_t length, Instant now, std::uint64_t delivered);
  /// The peer has everything before `ack`.
  Acknowledged acknowledge(SeqNum ack, Instant now);

  /// Holds the first `length` numbers to be lost.
  void mark_front_lost(std::uint32_t length);
  void mark_all_lost();
  /// The first record held to be lost, or nothing.
  const Transmission* first_lost() const;
  /// The first `length` numbers of first_lost() go out again.
  void sent_again(std::uint32_t length, Instant now, std::uint64_t delivered);

  /// Sum and order of the records are what the counters say: for check_invariants.
  bool is_consistent(SeqNum una, SeqNum nxt) const;
  std::uint32_t records() const { return records_.size(); }

 private:
  std::uint32_t first_lost_index() const;
  bool split(std::uint32_t index, std::uint32_t length);
  void mark_lost(Transmission& record);

  base::Ring<Transmission> records_;
  std::uint32_t size_ = 0;
  std::uint32_t lost_ = 0;
};

}  // namespace handfast::tcp
