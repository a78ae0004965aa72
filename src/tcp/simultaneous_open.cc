#include "tcp/connection.h"

// RFC 9293 §3.5, Figure 7 (MUST-10): both ends open, each answers the other's SYN with a SYN-ACK, and the peer's
// SYN-ACK stands for its ACK. Nothing more has to be said, though Linux acknowledges it.

namespace handfast::tcp {

// Its SYN was seen before; what is left of it is an acknowledgment.
bool ConnectionFacts::is_crossed_syn_ack(const Segment& segment) const {
  return state_ == State::kSynReceived && !passive_ && segment.syn() && segment.has_ack() && !segment.rst() &&
         segment.seq == tcb_.rcv.irs;
}

// The SYN came twice, and is reported as if it were text.
void Connection::answer_crossed(const Segment& arrived, Context& context) {
  if (!context.config.linux_habits.answer_crossed_syn_ack) return;
  note_duplicate(arrived.seq, 1, context);
  owe_ack(trace::Reason::kSendAck);
}

}  // namespace handfast::tcp
