#pragma once

#include <cstdint>
#include <optional>

#include "handfast/time.h"
#include "tcp/outstanding.h"
#include "tcp/sequence_number.h"

// RACK of RFC 8985 §6: a record is lost when something sent after it was delivered and it is late by more than the
// reordering window. Time, not a count of duplicates, decides, so that a lost retransmission is noticed like a first
// loss, and a path that reorders by less than the window costs nothing.

namespace handfast::tcp::loss_recovery {

/// What RACK looks at beside the records.
struct RackFacts {
  Instant now;
  SeqNum snd_una;
  SeqNum snd_nxt;
  Duration min_rtt{};
  Duration srtt{};
  bool dsack = false;          ///< the peer says that something arrived twice
  bool in_recovery = false;    ///< fast or timeout recovery
  bool rtt_by_number = false;  ///< LinuxHabits::rack_rtt_by_number
};

class Rack {
 public:
  /// §6.2 steps 1 to 4: takes in what was delivered.
  void on_delivery(const Delivery& delivery, const RackFacts& facts);
  /// §6.2 step 5: marks what is overdue. The wait is until the reordering timer (§6.3).
  Outstanding::Marked detect(Outstanding& outstanding, const RackFacts& facts) const;
  /// Fast or timeout recovery ended: the memory of duplicates fades (§6.2 step 4).
  void on_recovered();

  /// §6.2 step 4: how much later than the newest delivery a record may be.
  Duration reordering_window(const Outstanding& outstanding, const RackFacts& facts) const;
  bool has_seen_reordering() const { return degree_ > 0; }
  /// How far from where it was expected, at most, text arrived that was sent once alone: bytes, up to the highest
  /// number that was delivered before it. 0: always in order.
  std::uint32_t reordering_degree() const { return degree_; }
  bool is_worth_keeping() const { return has_seen_reordering() || window_quarters_ > 1; }

 private:
  static constexpr std::uint8_t kPersist = 16;             // recoveries that a widened window lasts
  static constexpr std::uint32_t kDuplicateThreshold = 3;  // segments

  Instant sent_at_{};         ///< RACK.xmit_ts
  SeqNum end_;                ///< RACK.end_seq
  Duration rtt_{};            ///< RACK.rtt
  SeqNum forward_;            ///< RACK.fack: the highest number delivered
  SeqNum dsack_round_;        ///< no second widening before this is acknowledged
  std::uint32_t degree_ = 0;  ///< reordering_degree(); above 0: RACK.reordering_seen
  std::uint8_t window_quarters_ = 1;
  std::uint8_t persist_ = 0;
  bool known_ = false;
  bool has_forward_ = false;
  bool in_dsack_round_ = false;
};

}  // namespace handfast::tcp::loss_recovery
