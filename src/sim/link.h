#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "handfast/config.h"
#include "handfast/time.h"
#include "sim/seeded_random.h"

// One direction of a link, made of arithmetic. A packet that is offered meets, in this order: a scripted fault for its
// number, blackhole windows, the MTU, independent loss, burst loss, the queue in front of the bottleneck, congestion
// marks, corruption, the way itself (delay, jitter, reordering) and duplication. Whatever goes in comes out, is still
// on its way, or is counted under exactly one reason for its loss.

namespace handfast::sim {

/// Burst loss after Gilbert and Elliott: a good and a bad state, each packet may change it.
struct BurstLoss {
  std::uint32_t enter = 0;  ///< good to bad, per million packets
  std::uint32_t leave = 0;  ///< bad to good, per million packets
  std::uint32_t loss = 0;   ///< lost in the bad state, per million
};

/// A span of time, `until` not included.
struct TimeWindow {
  Instant from;
  Instant until;
};

/// What happens to one packet, named by its number on this link (from 1), whatever else is drawn.
struct ScriptedFault {
  enum class What : std::uint8_t { kDrop, kDuplicate, kDelay };
  std::uint64_t packet = 0;
  What what = What::kDrop;
  Duration delay{};  ///< of the packet (kDelay) or of its copy (kDuplicate)
};

struct LinkParameters {
  Duration delay = std::chrono::milliseconds(1);
  Duration jitter{};                ///< up to this much more, without changing the order
  std::uint64_t rate = 0;           ///< bits per second; 0: no limit
  std::uint64_t queue_bytes = 0;    ///< before the bottleneck; 0: no limit
  std::uint32_t queue_packets = 0;  ///< the same in packets
  std::uint32_t loss = 0;           ///< independent, per million
  BurstLoss burst{};
  std::uint32_t reorder = 0;           ///< per million: leave the order and take longer
  Duration reorder_delay{};            ///< up to this much longer
  std::uint32_t duplicate = 0;         ///< per million
  std::uint32_t duplicate_copies = 1;  ///< up to this many
  Duration duplicate_delay{};          ///< a copy comes up to this much later
  std::uint32_t corrupt = 0;           ///< per million: 1 to corrupt_bits bits change
  std::uint32_t corrupt_bits = 1;
  std::uint32_t truncate = 0;    ///< per million: the end is missing
  std::uint32_t mark = 0;        ///< per million: congestion marks on packets that may be marked (RFC 3168 §5)
  std::uint64_t mark_above = 0;  ///< bytes waiting before the bottleneck from which on each of them is marked; 0: never
  std::uint32_t mtu = 65535;     ///< larger IP packets vanish
  bool mtu_reports = false;      ///< and a router says so to their sender (RFC 1191 §4); else it is a black hole
  std::vector<TimeWindow> blackholes{};
  std::vector<ScriptedFault> scripted{};

  /// The same way without its faults: delay and rate stay.
  LinkParameters clean() const;
};

struct LinkStatistics {
  std::uint64_t offered = 0;
  std::uint64_t delivered = 0;
  std::uint64_t duplicated = 0;  ///< copies added
  std::uint64_t reordered = 0;
  std::uint64_t corrupted = 0;  ///< damaged and delivered or still on the way; truncated ones included
  std::uint64_t truncated = 0;
  std::uint64_t marked = 0;
  std::uint64_t dropped_script = 0;
  std::uint64_t dropped_blackhole = 0;
  std::uint64_t dropped_mtu = 0;
  std::uint64_t dropped_loss = 0;
  std::uint64_t dropped_burst = 0;
  std::uint64_t dropped_queue = 0;
  std::uint64_t dropped_checksum = 0;  ///< damaged frames without a checksum above the link: its own check dropped them
  std::uint64_t bytes_delivered = 0;

  std::uint64_t dropped() const {
    return dropped_script + dropped_blackhole + dropped_mtu + dropped_loss + dropped_burst + dropped_queue +
           dropped_checksum;
  }
  void add(const LinkStatistics& other);
};

/// A packet on its way.
struct Flight {
  Instant at;
  std::uint64_t order = 0;
  bool damaged = false;
  std::vector<std::byte> bytes;
};

class Link {
 public:
  /// `order` numbers the flights of all links of a world, so that equal instants have one order.
  Link(LinkKind kind, LinkParameters parameters, Generator random, std::uint64_t& order);

  void set_parameters(LinkParameters parameters) { parameters_ = std::move(parameters); }
  const LinkParameters& parameters() const { return parameters_; }
  const LinkStatistics& statistics() const { return statistics_; }
  LinkKind kind() const { return kind_; }
  std::size_t in_flight() const { return flights_.size(); }

  void offer(std::span<const std::byte> frame, Instant now);
  /// Whether what was offered last was too big, and its sender is to be told.
  bool owes_report() const { return owes_report_; }
  /// When the next flight ends; kNever where there is none.
  Instant next() const { return flights_.empty() ? kNever : flights_.front().at; }
  /// Its place among all flights; only where there is one.
  std::uint64_t next_order() const { return flights_.front().order; }
  /// Takes the next flight that has ended by `now`.
  bool take(Instant now, Flight& flight);
  /// Puts a frame on the way that nobody sends now: an old duplicate, or a forgery. It is not counted as offered but as
  /// a duplicate.
  void inject(std::span<const std::byte> frame, Instant at);
  /// Gives the memory of a flight back for the next one.
  void recycle(std::vector<std::byte> bytes);

 private:
  bool lost(std::size_t size, Instant now);
  bool burst_lost();
  bool admit(std::size_t size, Instant now, Instant& departure);
  /// False where the frame is lost over it.
  void mark(std::vector<std::byte>& bytes, bool queue_is_long);
  bool damage(std::vector<std::byte>& bytes, bool& damaged);
  Instant arrival(Instant departure, const ScriptedFault* script);
  void fly(std::vector<std::byte> bytes, Instant at, bool damaged);
  std::vector<std::byte> copy_of(std::span<const std::byte> frame);
  const ScriptedFault* script_for(std::uint64_t packet) const;

  struct Queued {
    Instant departure;
    std::size_t size;
  };

  LinkKind kind_;
  LinkParameters parameters_;
  Generator random_;
  std::uint64_t& order_;
  LinkStatistics statistics_;
  std::vector<Flight> flights_;  ///< a heap, the next on top
  std::vector<std::vector<std::byte>> spare_;
  std::vector<Queued> queue_;  ///< packets that have not left the bottleneck, from queue_head_ on
  std::size_t queue_head_ = 0;
  std::uint64_t queue_bytes_ = 0;
  Instant busy_until_{};
  Instant last_arrival_{};
  bool bad_ = false;
  bool owes_report_ = false;
};

}  // namespace handfast::sim
