// The rules that the eight checks of RFC 9293 §3.10.7.4 do not contain. Each stands in front of the checks, in a
// function of its own that says what the letter of the RFC would do, what happens here instead, and why.
#include "textbook.h"

namespace model {

// Rule of our own: the peer's SYN again, in SYN-RECEIVED, gets the same SYN-ACK again. By the letter it is an
// unacceptable segment and its answer a bare ACK (first check), but it says that our SYN-ACK was lost, and a handshake
// stage that was interrupted sends the same segment again. Text or FIN on the SYN change nothing: they are sent again.
// Choice: both kinds of SYN-RECEIVED follow the rule.
bool Textbook::rule_same_syn_again(Arrival& arrival) {
  const Segment& segment = arrival.segment;
  const bool bare_syn = segment.syn && !segment.ack && !segment.rst;
  if (tcb_.state != State::kSynReceived || !bare_syn || segment.seq != tcb_.irs) return false;
  arrival.out.replies.push_back({tcb_.retransmission_queue.front(), false, true});
  arrival.out.why = "our rule: the same SYN again in SYN-RECEIVED, the same SYN-ACK again";
  return true;
}

// Rule of our own: line 6 of Figure 7. In a simultaneous open the peer's SYN-ACK repeats its SYN, so by the letter of
// Table 6 it lies wholly left of the window and could not establish anything, though the figure says it does (the RFC
// calls the trouble by name in Appendix A.2). The SYN, already received, is trimmed off; the rest goes on.
bool Textbook::rule_figure_7(Arrival& arrival) const {
  Segment& segment = arrival.segment;
  if (tcb_.state != State::kSynReceived || tcb_.passive_open) return false;
  if (!segment.syn || !segment.ack || segment.rst || segment.seq != tcb_.irs) return false;
  if (!less(tcb_.snd_una, segment.ack_number) || !less_or_equal(segment.ack_number, tcb_.snd_nxt)) return false;
  segment.syn = false;
  segment.seq += 1;
  return true;
}

// Rules for TIME-WAIT that stand before the sequence check.
bool Textbook::rule_time_wait(Arrival& arrival) const {
  const Segment& segment = arrival.segment;
  if (tcb_.state != State::kTimeWait) return false;
  if (segment.rst) {
    // Deviation from the second check: no reset ends TIME-WAIT early, in whatever place of the window (RFC 1337).
    arrival.out.why = "our rule: a RST in TIME-WAIT is ignored (RFC 1337)";
    return true;
  }
  if (segment.syn && !segment.ack && less(tcb_.rcv_nxt, segment.seq)) {
    // MAY-2 without timestamps (RFC 6191 §2): a SYN beyond all that the old connection used is no old duplicate.
    // Choice: strictly beyond RCV.NXT; the record stays in TIME-WAIT until the listener has taken the SYN.
    arrival.out.new_connection_may_open = true;
    arrival.out.why = "3.6.1 MAY-2: a SYN beyond the old connection";
    return true;
  }
  return false;
}

}  // namespace model
