#pragma once

#include <cstdint>

#include "tcp/segment.h"
#include "tcp/tcb.h"

// The tests that a segment passes before it may change anything, as functions of the segment and the variables.

namespace handfast::tcp {

/// The four-row table of RFC 9293 §3.10.7.4 (first step, U-1).
bool is_acceptable(const ReceiveVariables& rcv, SeqNum seq, std::uint32_t length);

enum class ResetJudgement : std::uint8_t { kOutside, kExact, kInWindow };

/// RFC 5961 §3.2: only a reset exactly at RCV.NXT resets. Works with a zero window too (MUST-66).
ResetJudgement judge_reset(const ReceiveVariables& rcv, SeqNum seq);

/// RFC 5961 §5.2: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT (U-5, MAY-12, 5961-3).
bool is_ack_in_range(const SendVariables& snd, SeqNum ack);

/// RFC 9293 §3.10.7.4 fifth: whether this segment is newer than the one behind SND.WND (U-7).
bool updates_window(const SendVariables& snd, SeqNum seq, SeqNum ack);

/// RFC 7323 §5.3: SEG.TSval < TS.Recent on the circle of 32 bits.
constexpr bool is_timestamp_older(std::uint32_t value, std::uint32_t recent) {
  return static_cast<std::int32_t>(value - recent) < 0;
}

/// The part of a segment's text that lies inside the window, and whether its FIN does.
struct Trimmed {
  std::uint32_t skip = 0;    ///< bytes in front that arrived before
  std::uint32_t length = 0;  ///< bytes to take
  SeqNum start{};            ///< number of the first byte to take
  bool fin = false;          ///< the FIN follows what is taken and lies inside the window
};

/// RFC 9293 §3.10.7.4 first: "trimming off any portions that lie outside the window (including SYN and FIN)" (U-8).
Trimmed trim_to_window(const ReceiveVariables& rcv, SeqNum text_start, std::uint32_t text_length, bool fin);

/// What of `part` lies before a FIN that is known to stand at `fin`.
Trimmed cut_at_fin(Trimmed part, SeqNum fin);

}  // namespace handfast::tcp
