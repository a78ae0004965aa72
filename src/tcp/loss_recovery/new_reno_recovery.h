#pragma once

#include <algorithm>
#include <cstdint>

#include "handfast/trace_reason.h"
#include "tcp/outstanding.h"
#include "tcp/sequence_number.h"

// Finding losses from cumulative acknowledgments alone: RFC 5681 §3.2 (5681-8) and RFC 6582 (6582-1, 6582-3). Three
// duplicates say that the first record is lost; while that is being repaired, an acknowledgment that moves forward
// without reaching the recovery point uncovers the next hole. Each duplicate also says that one segment has left the
// network: that is counted as `departed` and lets new text out, which is what the RFC calls inflating the window, and
// makes the first two duplicates a limited transmit (RFC 3042: 3042-1, 3042-2, 3042-3).

namespace handfast::tcp::loss_recovery {

/// One acknowledgment, as far as loss recovery looks at it.
struct NewRenoFacts {
  SeqNum ack;
  SeqNum snd_nxt;
  std::uint32_t acked = 0;  ///< bytes that it acknowledged newly
  bool duplicate = false;   ///< by the definition of RFC 5681 §2
  std::uint32_t mss = 0;
};

/// What the connection has to do about it.
struct NewRenoJudgement {
  bool congestion = false;                     ///< a loss episode begins: tell the congestion control, once
  bool restart_timer = false;                  ///< RFC 6582 §3.2: progress, give the repair another RTO
  bool recovered = false;                      ///< everything that was outstanding when the episode began has arrived
  trace::Reason again = trace::Reason::kNone;  ///< records were marked as lost, for this reason
};

class NewRenoRecovery {
 public:
  /// RFC 6582 §3.2 step 1: duplicates that ask for `una` can begin a recovery, as the initial "recover" is the number
  /// before it.
  explicit NewRenoRecovery(SeqNum una) : recover_(una - 1) {}

  NewRenoJudgement on_ack(const NewRenoFacts& facts, Outstanding& outstanding);
  /// RFC 6582 §3.2 step 4: a timeout, or what undid the episode, has dealt with everything up to `snd_nxt`, and
  /// duplicates of what is repaired now start nothing.
  void forget(SeqNum snd_nxt);
  /// No more than `most` can have left the network.
  void limit_departed(std::uint32_t most) { departed_ = std::min(departed_, most); }

  bool in_recovery() const { return in_recovery_; }
  /// Bytes that have left the network by the peer's duplicates, though no cumulative acknowledgment covers them.
  std::uint32_t departed() const { return departed_; }

 private:
  NewRenoJudgement on_duplicate(const NewRenoFacts& facts, Outstanding& outstanding);

  SeqNum recover_;  ///< SND.NXT when the last episode began: one behind the RFC's "recover"
  std::uint32_t departed_ = 0;
  std::uint8_t duplicates_ = 0;
  bool in_recovery_ = false;
};

}  // namespace handfast::tcp::loss_recovery
