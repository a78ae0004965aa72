#include "tcp/acceptability.h"

#include <algorithm>

namespace handfast::tcp {

bool is_acceptable(const ReceiveVariables& rcv, SeqNum seq, std::uint32_t length) {
  const std::uint32_t window = rcv.wnd();
  if (window == 0) return length == 0 && seq == rcv.nxt;
  if (seq.in(rcv.nxt, window)) return true;
  return length > 0 && (seq + (length - 1)).in(rcv.nxt, window);
}

ResetJudgement judge_reset(const ReceiveVariables& rcv, SeqNum seq) {
  if (seq == rcv.nxt) return ResetJudgement::kExact;
  return seq.in(rcv.nxt, rcv.wnd()) ? ResetJudgement::kInWindow : ResetJudgement::kOutside;
}

bool is_ack_in_range(const SendVariables& snd, SeqNum ack) {
  const SeqNum oldest = snd.una - snd.max_wnd;
  return ack.since(oldest) <= snd.nxt.since(oldest);
}

bool updates_window(const SendVariables& snd, SeqNum seq, SeqNum ack) {
  return snd.wl1 < seq || (snd.wl1 == seq && snd.wl2 <= ack);
}

Trimmed trim_to_window(const ReceiveVariables& rcv, SeqNum text_start, std::uint32_t text_length, bool fin) {
  Trimmed part{.length = text_length, .start = text_start, .fin = fin};
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

Trimmed cut_at_fin(Trimmed part, SeqNum fin) {
  if (fin < part.start + part.length) part.length = part.start < fin ? fin.since(part.start) : 0;
  return part;
}

}  // namespace handfast::tcp
