#pragma once

#include <array>
#include <cstdint>

#include "handfast/buffer.h"
#include "handfast/trace_reason.h"
#include "tcp/sequence_number.h"
#include "wire/ecn.h"
#include "wire/tcp.h"

// A segment as TCP thinks of it: numbers, control bits, options and the length of its text. The text itself travels
// beside it, as one slice on the way in and as a few on the way out.

namespace handfast::tcp {

using wire::TcpFlags;
using wire::TcpOptions;

struct Segment {
  SeqNum seq;
  SeqNum ack;
  TcpFlags flags;
  std::uint16_t window = 0;  ///< the header's field, unscaled
  std::uint16_t urgent_pointer = 0;
  std::uint32_t text_length = 0;
  TcpOptions options;
  wire::EcnCodepoint ecn = wire::EcnCodepoint::kNotEct;  ///< of the IP header that carries it

  bool syn() const { return flags.has(wire::kSyn); }
  bool fin() const { return flags.has(wire::kFin); }
  bool rst() const { return flags.has(wire::kRst); }
  bool has_ack() const { return flags.has(wire::kAck); }
  /// SEG.LEN: text, and one number each for SYN and FIN (RFC 9293 §3.4).
  std::uint32_t len() const { return text_length + (syn() ? 1u : 0u) + (fin() ? 1u : 0u); }
};

/// What follows the SYN of a segment: its other controls and its text, one number further on. The urgent pointer counts
/// from the segment's first number (RFC 9293 §3.1), so it comes one closer.
inline Segment behind_syn(Segment segment) {
  segment.flags = segment.flags.without(wire::kSyn);
  segment.seq += 1;
  if (segment.urgent_pointer > 0) --segment.urgent_pointer;
  return segment;
}

/// How many slices of text fit a frame beside the one that holds the headers.
inline constexpr std::size_t kMaxTextSlices = 7;

/// A segment on its way out, with references to its text.
struct Outgoing {
  Segment segment;
  std::array<Slice, kMaxTextSlices> text;
  std::uint8_t text_slices = 0;
  std::uint32_t segment_size = 0;  ///< text in each piece where this is a super-segment; 0: send it as it is
  std::uint32_t text_again = 0;    ///< bytes of the text that were sent before
  bool again = false;              ///< holds text or a control that was sent before
  trace::Reason reason = trace::Reason::kNone;

  void clear() {
    for (std::size_t i = 0; i < text_slices; ++i) text[i].reset();
    text_slices = 0;
    segment_size = 0;
    text_again = 0;
    again = false;
  }
};

}  // namespace handfast::tcp
