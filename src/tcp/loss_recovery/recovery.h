#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "handfast/tcp_info.h"
#include "handfast/trace_reason.h"
#include "tcp/congestion/controller.h"
#include "tcp/loss_recovery/f_rto.h"
#include "tcp/loss_recovery/new_reno_recovery.h"
#include "tcp/loss_recovery/prr.h"
#include "tcp/loss_recovery/rack.h"
#include "tcp/loss_recovery/tail_loss_probe.h"
#include "tcp/loss_recovery/undo.h"
#include "tcp/outstanding.h"
#include "wire/tcp_options.h"

// What the parts of this folder say, taken together: one acknowledgment in, one judgement out. Where the peer selects
// (SACK), RACK alone finds the losses (8985-5); where it does not, NewReno counts duplicates. Three phases: none; fast
// recovery, from a loss found by acknowledgments; and timeout recovery. The last two end when what was outstanding at
// their beginning has arrived, and only the first can be left for a recovery (RFC 6675 §5.1, RFC 6582 §3.2).

namespace handfast::tcp::loss_recovery {

/// One acknowledgment, as far as loss recovery looks at it.
struct AckFacts {
  Instant now;
  SeqNum ack;
  SeqNum snd_nxt;
  std::uint32_t mss = 0;
  bool sack = false;                  ///< agreed
  bool duplicate = false;             ///< by the definition of RFC 5681 §2
  std::uint32_t dsack = 0;            ///< bytes reported as duplicates (RFC 2883)
  SeqNum dsack_end;                   ///< and where they end
  std::optional<std::uint32_t> echo;  ///< the timestamp echoed
  Duration min_rtt{};
  Duration srtt{};
  bool one_reduction = false;            ///< LinuxHabits
  bool rack_rtt_by_number = false;       ///< LinuxHabits
  std::uint32_t outstanding_before = 0;  ///< sequence numbers, before anything was taken off
  std::uint32_t sacked_before = 0;
};

/// What the connection has to do about it.
struct Judgement {
  bool congestion = false;       ///< a loss episode begins: tell the congestion control, once
  bool recovered = false;        ///< an episode is over: what was outstanding at its beginning has arrived
  bool undo = false;             ///< the episode was needless: back to `before`
  congestion::State before;      ///< with undo: what the congestion control had when the episode began
  bool safe = false;             ///< progress, and no further loss found (PRR)
  std::uint32_t lost = 0;        ///< bytes newly held to be lost, a path probe not counted
  bool path_probe_lost = false;  ///< a path probe is, and no congestion (RFC 4821 §7.6.2)
  Duration reorder_wait{};       ///< when RACK wants to look again; zero: it does not
  trace::Reason again = trace::Reason::kNone;  ///< records were marked as lost, for this reason
};

class Recovery {
 public:
  explicit Recovery(SeqNum una) : recover_(una), new_reno_(una) {}

  /// `delivery` is what the acknowledgment took off and marked; `cc` the congestion control's numbers before it.
  Judgement on_ack(const AckFacts& facts, const Delivery& delivery, Outstanding& outstanding,
                   const congestion::State& cc);
  /// RACK's reordering timer (RFC 8985 §6.3).
  Judgement on_reorder_timeout(const AckFacts& facts, Outstanding& outstanding, const congestion::State& cc);
  struct TimeoutFacts {
    Instant now;
    SeqNum snd_una;
    SeqNum snd_nxt;
    bool first = false;  ///< on this text
  };
  /// The retransmission timer: everything that is not known to be delivered counts as lost. Returns the bytes that did
  /// not count so before.
  std::uint32_t on_timeout(const TimeoutFacts& facts, Outstanding& outstanding, const congestion::State& cc);
  /// A shut window turned away what is outstanding: it goes again, and nothing was congested.
  void on_window_reopened(SeqNum snd_nxt, Outstanding& outstanding);

  /// The window was reduced for a mark: no episode before it can be undone any more.
  void on_mark() { undo_.end(); }
  /// Text was too big for the path and goes again in smaller segments: duplicates that its loss caused start nothing.
  void on_too_big(SeqNum snd_nxt, const Outstanding& outstanding);

  /// Text at `start` was sent; `again` where it was sent before.
  void on_sent(SeqNum start, std::uint32_t bytes, bool again, std::uint32_t mss,
               std::optional<std::uint32_t> timestamp);

  // --- The tail loss probe (RFC 8985 §7) ---
  /// Whether the timer of a probe may run.
  bool may_probe(const Outstanding& outstanding) const {
    return phase_ == RepairPhase::kNone && !probe_.is_out() && outstanding.sacked() == 0 && outstanding.lost() == 0;
  }
  void owe_probe() { owes_probe_ = true; }
  bool owes_probe() const { return owes_probe_; }
  void probe_left(SeqNum snd_nxt, bool again) {
    owes_probe_ = false;
    probe_.sent(snd_nxt, again);
  }

  /// PRR: bytes that may go out beyond what is in flight.
  std::uint32_t prr_allowed(const Prr::Ack& ack) { return prr_.allowed(ack); }
  bool in_fast_recovery() const { return phase_ == RepairPhase::kFast; }
  RepairPhase phase() const { return phase_; }
  /// What SND.NXT was when the episode began.
  SeqNum recovery_point() const { return recover_; }
  bool prefers_new_text() const { return f_rto_.prefers_new_text(); }
  /// Bytes that have left the network by the peer's duplicates, though nothing says which (without SACK).
  std::uint32_t departed() const { return new_reno_.departed(); }
  /// True: an idle connection would forget something that the next text can use.
  bool is_worth_keeping() const { return undo_.is_open() || rack_.is_worth_keeping() || probe_.is_out(); }
  bool has_seen_reordering() const { return rack_.has_seen_reordering(); }
  std::uint32_t reordering_degree() const { return rack_.reordering_degree(); }
  /// RACK's, as it is with these round-trip times.
  Duration reordering_window(const Outstanding& outstanding, Duration min_rtt, Duration srtt) const;

 private:
  Judgement judge_selective(const AckFacts& facts, const Delivery& delivery, Outstanding& outstanding,
                            const congestion::State& cc);
  Judgement judge_duplicates(const AckFacts& facts, const Delivery& delivery, Outstanding& outstanding,
                             const congestion::State& cc);
  void find_losses(const AckFacts& facts, Outstanding& outstanding, const congestion::State& cc, Judgement& judgement);
  void begin_fast(const AckFacts& facts, const congestion::State& cc, Judgement& judgement);
  bool was_needless(const AckFacts& facts, const Delivery& delivery);
  void end_needless(Outstanding& outstanding, Judgement& judgement);
  void forget_probe();
  RackFacts rack_facts(const AckFacts& facts) const;

  RepairPhase phase_ = RepairPhase::kNone;
  bool owes_probe_ = false;
  SeqNum recover_;      ///< SND.NXT when the episode began: RecoveryPoint
  Instant began_at_{};  ///< when the congestion control last heard of a loss
  NewRenoRecovery new_reno_;
  Rack rack_;
  TailLossProbe probe_;
  Prr prr_;
  Undo undo_;
  FRto f_rto_;
};

/// RFC 2883 §4: the first block of a selective acknowledgment that reports a duplicate, or nothing.
struct Duplicate {
  SeqNum left;
  SeqNum right;
};
std::optional<Duplicate> dsack_of(std::span<const wire::SackBlock> blocks, SeqNum ack);

}  // namespace handfast::tcp::loss_recovery
