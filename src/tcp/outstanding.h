#pragma once

#include <cstdint>
#include <optional>

#include "base/ring.h"
#include "handfast/time.h"
#include "tcp/sequence_number.h"

// One record for each transmission that the peer has not acknowledged, in order and without gaps from SND.UNA to
// SND.NXT (the SYN aside, which the handshake keeps). These records are the scoreboard: everything that recovers losses
// reads and marks them. NewReno knows only the first of them; selective acknowledgments (RFC 2018, 2018-6) mark them
// one by one. A record may cover a whole super-segment; where an acknowledgment or a loss ends inside it, it is split.
//
// A peer chooses the blocks of a selective acknowledgment, so what they can cost is bounded (2018-10): both edges of a
// block are checked, records are cut only where segments begin, and neighbors that were both delivered become one
// record. There are never more records than segments outstanding, and a block that tells nothing new costs a search and
// one look.

namespace handfast::tcp {

/// What the delivery-rate estimate has to know of the moment of a transmission (see delivery_rate.h).
struct SendStamp {
  std::uint32_t delivered = 0;            ///< bytes delivered by then, modulo 2^32
  std::uint32_t lost = 0;                 ///< bytes held to be lost by then, modulo 2^32
  std::uint32_t in_flight = 0;            ///< bytes in flight, this transmission included
  std::uint32_t since_delivery_us = 0;    ///< since the last delivery
  std::uint32_t since_first_sent_us = 0;  ///< since the transmission that this sample's interval begins with
};

struct Transmission {
  SeqNum start;
  std::uint32_t length = 0;  ///< sequence numbers: text, and one for a FIN
  Instant sent_at;           ///< of the last time, in nanoseconds (8985-2)
  SendStamp stamp;           ///< of the last time
  std::uint16_t times_sent = 1;
  std::uint8_t segments = 1;     ///< of a delivered record: how many it was, 255 for more
  bool sacked : 1 = false;       ///< selectively acknowledged
  bool lost : 1 = false;         ///< held to be lost and not sent again since
  bool app_limited : 1 = false;  ///< sent while the caller, not the network, held us back
  bool path_probe : 1 = false;   ///< one segment, larger than others: its loss tells of its size (RFC 4821 §7.4)
  bool pushed : 1 = false;       ///< its last segment had PUSH, and has it again

  SeqNum end() const { return start + length; }
  bool was_sent_again() const { return times_sent > 1; }
};

/// What decides whether a delivered record tells the time of its delivery.
struct DeliveryClock {
  Instant now;
  Duration
      min_rtt{};  ///< a record sent again and "delivered" sooner than this was delivered by an earlier transmission
};

/// What an acknowledgment, its cumulative and its selective part together, told for the first time.
struct Delivery {
  std::uint32_t acked = 0;      ///< bytes taken off the list by the cumulative part
  std::uint32_t sacked = 0;     ///< bytes newly delivered by the selective part
  std::uint32_t delivered = 0;  ///< bytes newly delivered, by either
  std::uint32_t records = 0;    ///< how many records, or parts of one, these bytes were in
  /// Bytes held to be lost that were delivered all the same, without having been sent again.
  std::uint32_t lost_in_error = 0;
  bool some_again = false;     ///< something delivered, or acknowledged, had been sent more than once
  bool some_original = false;  ///< something newly delivered had been sent once alone
  bool path_probe = false;     ///< a path probe was delivered
  std::uint32_t largest = 0;   ///< sequence numbers of the largest record, or part of one, that was newly delivered
  SeqNum highest_end;          ///< of what was newly delivered; meaningless while `delivered` is 0
  SeqNum lowest_original;      ///< where the lowest of it begins that was sent once alone, and
  SeqNum lowest_original_end;  ///< where that ends
  /// Since the newest record that was acknowledged whole and was not known as delivered before was sent; nothing where
  /// one of them was sent again (Karn: RFC 6298 §3).
  std::optional<Duration> rtt;

  /// The most recently sent record that was newly delivered.
  struct Newest {
    Instant sent_at{};
    SeqNum end;
    SendStamp stamp;
    bool app_limited = false;
    bool known = false;
  };
  Newest newest;
  Newest newest_certain;  ///< likewise, of those whose delivery cannot be that of an earlier transmission
  /// When that of these was sent which has the highest numbers; meaningless while `newest_certain` is not known.
  Instant last_certain_sent{};
  SeqNum last_certain_end;
};

/// How many segments of `mss` it takes to carry so much; the last may be short.
constexpr std::uint32_t segments_in(std::uint32_t bytes, std::uint32_t mss) { return (bytes + mss - 1) / mss; }

/// (a_sent, a_end) went out after (b_sent, b_end): RFC 8985 §5.2, RACK_sent_after.
constexpr bool sent_after(Instant a_sent, SeqNum a_end, Instant b_sent, SeqNum b_end) {
  return a_sent > b_sent || (a_sent == b_sent && a_end > b_end);
}

class Outstanding {
 public:
  explicit Outstanding(base::MemoryBudget* budget) : records_(budget) {}

  bool empty() const { return records_.empty(); }
  /// Sequence numbers sent and not cumulatively acknowledged: FlightSize of RFC 5681 §2.
  std::uint32_t size() const { return size_; }
  /// Of these, what is held to be lost, and what was selectively acknowledged.
  std::uint32_t lost() const { return lost_; }
  std::uint32_t sacked() const { return sacked_; }
  /// Whether at least `count` segments were selectively acknowledged.
  bool has_sacked_segments(std::uint32_t count) const;

  /// Makes sure that the next sent() or sent_again() finds room; false where memory is refused.
  bool make_room() { return records_.reserve(records_.size() + 2); }
  /// The same for sent_again() from `start` on. Where memory is refused and a record begins there, it will do: the
  /// whole record then counts as sent again, and what of it did not go is found missing later.
  bool make_room_for_again(SeqNum start);
  /// A new transmission at the end of the list; room was made before.
  void sent(SeqNum start, std::uint32_t length, Instant now, const SendStamp& stamp, bool app_limited);
  /// What was added last is a probe of the path's size.
  void mark_last_as_path_probe() { records_[records_.size() - 1].path_probe = true; }
  /// What was added last ends with PUSH.
  void mark_last_as_pushed() { records_[records_.size() - 1].pushed = true; }
  /// The numbers from `start` on, up to `length` and the end of their record, went out again; room was made before.
  void sent_again(SeqNum start, std::uint32_t length, Instant now, const SendStamp& stamp, bool app_limited);

  /// The peer has everything before `ack`.
  void acknowledge(SeqNum ack, const DeliveryClock& clock, Delivery& delivery);
  /// The peer says that it has `left` to `right`. Nothing happens unless SND.UNA < left < right =< SND.NXT. Segments
  /// covered in part, counted in `mss` from where their record begins, are not marked.
  void mark_sacked(SeqNum left, SeqNum right, std::uint32_t mss, const DeliveryClock& clock, Delivery& delivery);
  /// The peer took back what it acknowledged selectively (RFC 2018 §8): it does not count any more.
  void forget_sacked();
  /// The peer acknowledged selectively what it would have acknowledged cumulatively if it had it.
  bool has_reneged() const { return !records_.empty() && records_.front().sacked; }

  /// Holds the first `length` numbers to be lost.
  void mark_front_lost(std::uint32_t length);
  /// Everything that is not known to be delivered. Returns the bytes newly held to be lost.
  std::uint32_t mark_all_lost();
  /// Records from `from` on with more than `text` bytes of text, the last of which is `text_end` - 1, are held to be
  /// lost. Returns the bytes newly held to be so.
  std::uint32_t mark_too_big(SeqNum from, std::uint32_t text, SeqNum text_end);
  /// Neighbors that are held to be lost become one record, so that they can go again in segments of another size.
  void join_lost();
  /// Whether a path probe is all that the peer misses.
  bool misses_only_path_probe() const;
  /// Nothing is held to be lost any more.
  void forget_lost();

  /// RFC 8985 §6.2 step 5: what was sent before (newest_sent, newest_end), which was delivered, and longer than
  /// `patience` ago, is lost.
  struct Overdue {
    Instant newest_sent;
    SeqNum newest_end;
    Duration patience;
  };
  struct Marked {
    std::uint32_t bytes = 0;  ///< newly held to be lost, path probes not counted
    bool path_probe = false;  ///< a path probe is newly held to be lost
    std::uint32_t again = 0;  ///< of these, sent more than once: a retransmission was lost
    Instant again_sent{};     ///< when the newest of those went out
    Duration wait{};          ///< until the last of the others is overdue too; zero: there are none
  };
  Marked mark_overdue(const Overdue& rule, Instant now);

  /// The first record held to be lost, or nothing.
  const Transmission* first_lost() const;
  /// The record with the highest numbers that is not known to be delivered, or nothing.
  const Transmission* last_missing() const;
  /// Bytes that were sent again and are in flight. Looks at every record.
  std::uint32_t on_way_again() const;

  /// Sum and order of the records are what the counters say: for check_invariants.
  bool is_consistent(SeqNum una, SeqNum nxt) const;
  std::uint32_t records() const { return records_.size(); }
  const Transmission& operator[](std::uint32_t index) const { return records_[index]; }

 private:
  std::uint32_t first_lost_index() const;
  std::uint32_t index_of(SeqNum number) const;
  bool split(std::uint32_t index, std::uint32_t length);
  std::uint32_t mark_lost(std::uint32_t index);
  void note_delivered(const Transmission& record, std::uint32_t count, const DeliveryClock& clock, Delivery& delivery);
  void mark_run_sacked(std::uint32_t first, std::uint32_t last, std::uint32_t mss, const DeliveryClock& clock,
                       Delivery& delivery);

  base::Ring<Transmission> records_;
  std::uint32_t size_ = 0;
  std::uint32_t lost_ = 0;
  std::uint32_t sacked_ = 0;
  mutable std::uint32_t lost_from_ = 0;  ///< no record before this one is held to be lost
};

}  // namespace handfast::tcp
