#pragma once

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "tcp/tcb.h"

// The tests that a segment passes before it may change anything, as functions of the segment and the variables. They
// are written for a circle of any width: the stack uses 32 bits, and small_circle_test.cc walks through every case of
// a small one.

namespace handfast::tcp {

/// The four-row table of RFC 9293 §3.10.7.4 (first step, U-1).
template <unsigned Bits>
constexpr bool is_acceptable(const ReceiveVariablesOf<Bits>& rcv, CircularNumber<Bits> seq, std::uint32_t length) {
  const std::uint32_t window = rcv.wnd();
  if (window == 0) return length == 0 && seq == rcv.nxt;
  if (seq.in(rcv.nxt, window)) return true;
  return length > 0 && (seq + (length - 1)).in(rcv.nxt, window);
}

enum class ResetJudgement : std::uint8_t { kOutside, kExact, kInWindow };

/// RFC 5961 §3.2: only a reset exactly at RCV.NXT resets. Works with a zero window too (MUST-66).
template <unsigned Bits>
constexpr ResetJudgement judge_reset(const ReceiveVariablesOf<Bits>& rcv, CircularNumber<Bits> seq) {
  if (seq == rcv.nxt) return ResetJudgement::kExact;
  return seq.in(rcv.nxt, rcv.wnd()) ? ResetJudgement::kInWindow : ResetJudgement::kOutside;
}

/// RFC 5961 §5.2: SND.UNA - MAX.SND.WND =< SEG.ACK =< SND.NXT (U-5, MAY-12, 5961-3).
template <unsigned Bits>
constexpr bool is_ack_in_range(const SendVariablesOf<Bits>& snd, CircularNumber<Bits> ack) {
  const CircularNumber<Bits> oldest = snd.una - snd.max_wnd;
  return ack.since(oldest) <= snd.nxt.since(oldest);
}

/// RFC 9293 §3.10.7.4 fifth: whether this segment is newer than the one behind SND.WND (U-7).
template <unsigned Bits>
constexpr bool updates_window(const SendVariablesOf<Bits>& snd, CircularNumber<Bits> seq, CircularNumber<Bits> ack) {
  return snd.wl1 < seq || (snd.wl1 == seq && snd.wl2 <= ack);
}

/// ISS < SEG.ACK =< SND.NXT: the acknowledgment is of our SYN (RFC 9293 §3.10.7.3 first, U-2).
template <unsigned Bits>
constexpr bool acknowledges_syn(CircularNumber<Bits> ack, CircularNumber<Bits> iss, CircularNumber<Bits> snd_nxt) {
  return iss < ack && ack <= snd_nxt;
}

/// RFC 7323 §5.3: SEG.TSval < TS.Recent on the circle of 32 bits.
constexpr bool is_timestamp_older(std::uint32_t value, std::uint32_t recent) {
  return static_cast<std::int32_t>(value - recent) < 0;
}

/// The part of a segment's text that lies inside the window, and whether its FIN does.
template <unsigned Bits>
struct TrimmedOf {
  std::uint32_t skip = 0;        ///< bytes in front that arrived before
  std::uint32_t length = 0;      ///< bytes to take
  CircularNumber<Bits> start{};  ///< number of the first byte to take
  bool fin = false;              ///< the FIN follows what is taken and lies inside the window
};

using Trimmed = TrimmedOf<32>;

/// RFC 9293 §3.10.7.4 first: "trimming off any portions that lie outside the window (including SYN and FIN)" (U-8).
template <unsigned Bits>
constexpr TrimmedOf<Bits> trim_to_window(const ReceiveVariablesOf<Bits>& rcv, CircularNumber<Bits> text_start,
                                         std::uint32_t text_length, bool fin) {
  TrimmedOf<Bits> part{.length = text_length, .start = text_start, .fin = fin};
  if (text_start < rcv.nxt) {
    part.skip = std::min(rcv.nxt.since(text_start), text_length);
    // A FIN that was left of the window was processed before.
    if (fin && text_start + text_length < rcv.nxt) part.fin = false;
    part.start = rcv.nxt;
    part.length = text_length - part.skip;
  }
  const std::uint32_t room = part.start <= rcv.edge ? rcv.edge.since(part.start) : 0;
  if (part.length > room) {
    part.length = room;
    part.fin = false;
  } else if (part.length == room) {
    part.fin = false;
  }
  return part;
}

/// What of `part` lies before a FIN that is known to stand at `fin`.
template <unsigned Bits>
constexpr TrimmedOf<Bits> cut_at_fin(std::type_identity_t<TrimmedOf<Bits>> part, CircularNumber<Bits> fin) {
  if (fin < part.start + part.length) part.length = part.start < fin ? fin.since(part.start) : 0;
  return part;
}

}  // namespace handfast::tcp
