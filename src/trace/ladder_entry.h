#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "trace/conversation.h"

namespace handfast::trace {

/// An end's state before and after one segment.
struct StateStep {
  TcpState from = TcpState::kClosed;
  TcpState to = TcpState::kClosed;
  bool known = false;
  bool inferred = false;
  constexpr bool changes() const { return from != to; }
};

/// One rung of the ladder: a segment from where it left to where it arrived, or something that an end did by itself.
struct LadderEntry {
  enum class Fate : std::uint8_t {
    kUnderway,    ///< sent; has not arrived so far
    kArrived,     ///< sent and arrived
    kUnwatched,   ///< sent to, or received from, a peer whose events are not in the trace
    kSecondCopy,  ///< the network delivered one more copy of a segment
    kLate,        ///< arrives after it was given up
    kUnsent,      ///< arrived, though no end in the trace sent it: an old duplicate, or forged
    kNoSegment,
  };
  enum class Phase : std::uint8_t { kHandshake, kText, kClose };

  Fate fate = Fate::kUnderway;
  Phase phase = Phase::kText;
  End sender = End::kA;        ///< for kNoSegment: the end that did it
  std::uint64_t number = 0;    ///< counts segments; copies keep their segment's number
  std::uint64_t again_of = 0;  ///< the segment that this one repeats, where it is remembered
  bool again = false;
  bool acks_fin = false;       ///< the first acknowledgment of the peer's FIN
  bool refused = false;        ///< the receiver dropped it
  bool lost = false;           ///< given up: it was passed by others, repeated, or is too old
  std::uint8_t passed_by = 0;  ///< later segments of the same sender that arrived first
  Instant sent_at{};
  Instant arrived_at{};
  SegmentView segment;
  std::uint32_t arrived_length = 0;  ///< of its sequence numbers
  std::string seq_words;
  std::string ack_words;
  std::string options_words;
  std::string agreed_words;
  std::vector<std::string> sender_says;
  std::vector<std::string> receiver_says;
  StateStep states[2];  ///< of A and of B
  Knowledge knows[2];
  bool shows_knowledge = false;
  bool inferred[2] = {};  ///< the end is not in the trace

  StateStep& step(End end) { return states[static_cast<std::size_t>(end)]; }
  const StateStep& step(End end) const { return states[static_cast<std::size_t>(end)]; }
  /// Nothing more will become of it, as far as can be told.
  bool is_settled() const {
    const bool partly = fate == Fate::kArrived && arrived_length < segment.length();
    return lost || (fate != Fate::kUnderway && !partly);
  }
};

}  // namespace handfast::trace
