#include "tcp/urgent.h"

#include "tcp/connection.h"

// What a connection makes of the peer's urgent pointer; how ours is sent stands in user_calls.cc (SEND) and
// transmit.cc.

namespace handfast::tcp {

// Sixth: URG. Urgent text is delivered in line, where it stands (RFC 6093 §6); the caller is told where it ends, at
// once and each time the pointer advances (MUST-32, MUST-47), whether the text is here or the window has room for it or
// not (MUST-66). A pointer to text that was taken tells nothing, and behind the peer's FIN nothing is.
Verdict Connection::check_urgent(const Segment& segment, Context& /*context*/) {
  if (!segment.flags.has(wire::kUrg) || !is_one_of(state_, kReceivesText)) return Verdict::go_on();
  SeqNum up = segment.seq + segment.urgent_pointer;
  if (segment.fin()) up = earlier(up, segment.seq + segment.text_length);
  if (close_.peer_fin_known) up = earlier(up, close_.peer_fin);
  if (up <= first_untaken() || (urgent_pending_ && up <= tcb_.rcv.up)) return Verdict::go_on();
  tcb_.rcv.up = up;
  urgent_pending_ = true;
  signals_ |= Readiness::kUrgent;
  return Verdict::go_on();
}

SeqNum ConnectionFacts::first_untaken() const {
  const SeqNum behind_text = tcb_.rcv.nxt - (close_.peer_fin_done ? 1 : 0);
  return behind_text - (active_ ? active_->received.size() : 0);
}

// How much the caller has to take until it has all urgent text, whether that is here yet or not (RFC 9293 §3.8.5,
// MUST-33). Nothing urgent stands behind the peer's FIN.
std::uint32_t ConnectionFacts::urgent_remaining() const {
  if (!urgent_pending_) return 0;
  const SeqNum end = close_.peer_fin_known ? earlier(tcb_.rcv.up, close_.peer_fin) : tcb_.rcv.up;
  const SeqNum begin = first_untaken();
  return begin < end ? end.since(begin) : 0;
}

}  // namespace handfast::tcp
