#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "handfast/trace_event.h"
#include "trace/conversation.h"
#include "trace/ladder_queue.h"

// One connection on its way from events to rungs. A segment gives two events, one at each end, and its state changes
// give more of them around these; a track brings together what belongs together:
//
//   sent        opens a rung, with the numbers in words as they stood when it left;
//   received    finds the rung of the same segment and closes it; without one, the segment is a second copy, a late
//   one,
//               or one that nobody in the trace has sent;
//   changed     belongs to the segment of the same end and moment where there is one, else becomes a rung of its own.

namespace handfast::trace {

class LadderTrack {
 public:
  /// `reader` gets the rungs. `both_ends`: whether the peer's events will come too.
  LadderTrack(const Event& first, bool both_ends, LadderQueue::Reader reader);

  const Conversation& conversation() const { return talk_; }
  std::uint64_t incarnation() const { return incarnation_; }
  bool is_about(const FourTuple& tuple) const;

  /// An event whose tuple is this track's.
  void on_event(const Event& event);
  /// The caller of `end` listens: the passive OPEN that happened before there was a peer.
  void listened(const Event& call);
  /// Time has come to `now`: give out what has waited long enough.
  void advance(Instant now);
  /// Give out everything.
  void finish();

 private:
  struct Change {
    End end;
    TcpState from;
    TcpState to;
    Reason reason;
    Instant at;
  };

  void segment_sent(const Event& event);
  void segment_received(const Event& event);
  void state_changed(const Event& event);
  void noted(const Event& event, const std::string& words);
  void arrive(LadderEntry& entry, const Event& event);
  LadderEntry departure(End sender, const Event& event);
  LadderEntry unwatched_departure(End sender, const Event& event);
  LadderEntry unmatched_arrival(End sender, const Event& event);
  void words(LadderEntry& entry);
  void agree(LadderEntry& entry);
  LadderEntry::Phase phase_of(const LadderEntry& entry) const;
  void start_anew();
  StateStep standing(End end) const;
  void show_knowledge(LadderEntry& entry);
  /// Takes the waiting changes of `end` that lead to `event`, telling them in `says`; the state before the first.
  TcpState absorb_changes(End end, const Event& event, std::vector<std::string>& says);
  /// What no segment followed at once becomes a rung of its own.
  void settle_changes(Instant now);
  void add_change(const Change& change);

  Conversation talk_;
  LadderQueue queue_;
  std::vector<Change> changes_;
  std::uint64_t segments_ = 0;
  std::uint64_t incarnation_ = 1;
  Knowledge shown_[2];
  Event last_[2];  ///< the last segment event of each end, without its frame
};

}  // namespace handfast::trace
