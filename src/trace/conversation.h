#pragma once

#include <cstdint>
#include <optional>

#include "handfast/trace_event.h"
#include "trace/names.h"

// What a reader of the trace must remember of one connection to put its segments into words: which end opened, the
// initial sequence numbers, what was sent and acknowledged so far, and what each end has learned from what arrived.
// None of it decides anything; it only keeps up with the events.
//
// The point of the three-way handshake is knowledge: RFC 9293 §3.5 has both ends confirm each other's sequence numbers,
// which neither can do before it has seen its own number come back. Knowledge below keeps those four facts for each
// end.

namespace handfast::trace {

/// A is the end that was first seen to open, B the other.
enum class End : std::uint8_t { kA, kB };
constexpr End other(End end) { return end == End::kA ? End::kB : End::kA; }
constexpr char letter(End end) { return end == End::kA ? 'A' : 'B'; }

/// What one end has reason to believe. A segment that arrives shows that the peer sends and that we receive; a segment
/// that acknowledges ours shows that we send and that the peer receives.
struct Knowledge {
  bool own_sending = false;
  bool own_receiving = false;
  bool peers_sending = false;
  bool peers_receiving = false;
  constexpr bool any() const { return own_sending || own_receiving || peers_sending || peers_receiving; }
  constexpr bool all() const { return own_sending && own_receiving && peers_sending && peers_receiving; }
  friend constexpr bool operator==(const Knowledge&, const Knowledge&) = default;
};

struct EndRecord {
  Endpoint endpoint;
  TcpState state = TcpState::kClosed;
  bool state_known = false;
  bool observed = false;  ///< a Host told us itself; otherwise everything here is inferred
  NumberSpace numbers;
  std::optional<std::uint32_t> fin;      ///< the number its FIN used
  std::optional<std::uint32_t> acked;    ///< the highest acknowledgment it sent
  std::optional<std::uint32_t> sent_to;  ///< one beyond the highest number it sent
  std::optional<OptionsView> offered;    ///< in its SYN
  Knowledge knows;
};

class Conversation {
 public:
  /// `a_sees` has A's endpoint as host. `both_ends`: the events of both ends are in the trace.
  Conversation(const FourTuple& a_sees, bool both_ends);
  /// Who speaks in `first` and who opened, as far as one event shows it: A's view of the four-tuple.
  static FourTuple seen_from_opener(const Event& first);

  const EndRecord& at(End end) const { return ends_[static_cast<std::size_t>(end)]; }
  /// The end that speaks, given that the event belongs to this connection.
  End speaker(const Event& event) const { return event.tuple.host == at(End::kA).endpoint ? End::kA : End::kB; }
  bool both_ends() const { return both_ends_; }
  /// Both ends have left the handshake behind at one time.
  bool handshake_over() const { return handshake_over_; }

  /// Takes over what an end says of its own numbers (and of its peer's, where the peer is not in the trace).
  void learn(End end, const TcbView& tcb);
  void set_state(End end, TcpState state);
  /// A SYN without ACK that starts another connection between the same endpoints.
  bool starts_anew(End sender, const SegmentView& segment) const;
  /// Some of the numbers that the segment uses were sent before.
  bool is_again(End sender, const SegmentView& segment) const;
  /// A duplicate SYN of an older connection: its number gets the old name.
  void old_duplicate(End sender, const SegmentView& segment);
  /// The segment of this connection is about to leave `sender`: a SYN says from where its numbers count.
  void leaving(End sender, const SegmentView& segment);
  /// The segment belongs to this connection and left `sender`.
  void sent(End sender, const SegmentView& segment);
  /// It reached `receiver`, which took it or not.
  void arrived(End receiver, const SegmentView& segment, bool accepted);
  /// Only for a peer that is not in the trace: the state from which it sends this.
  void infer_sender(End sender, const SegmentView& segment);

 private:
  EndRecord& of(End end) { return ends_[static_cast<std::size_t>(end)]; }

  EndRecord ends_[2];
  bool both_ends_;
  bool handshake_over_ = false;
};

/// The state a peer must be in once it sent `segment`, having been in `before`. `acks_our_fin`: it acknowledges our
/// FIN.
TcpState state_after_sending(TcpState before, const SegmentView& segment, bool acks_our_fin);

}  // namespace handfast::trace
