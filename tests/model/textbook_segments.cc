// RFC 9293 §3.10.7, SEGMENT ARRIVES, top to bottom: CLOSED, LISTEN, SYN-SENT, then the eight checks of "Other States".
// Three rules of our own stand in front of the eight checks: they are in textbook_rules.cc.
// Security labels (third) are not modelled.
#include <algorithm>
#include <utility>

#include "textbook.h"

namespace model {

Outcome Textbook::segment_arrives(const Segment& segment) {
  Arrival arrival;
  arrival.segment = segment;
  arrival.urgent_end = segment.seq + segment.urgent_pointer;
  const std::uint32_t fin_at = segment.seq + (segment.syn ? 1u : 0u) + static_cast<std::uint32_t>(segment.text.size());
  if (choices_.urgent_ends_at_fin && segment.fin && less(fin_at, arrival.urgent_end)) arrival.urgent_end = fin_at;
  switch (tcb_.state) {
    case State::kClosed:
      closed_state(arrival);
      break;
    case State::kListen:
      listen_state(arrival);
      break;
    case State::kSynSent:
      syn_sent_state(arrival);
      break;
    default:
      other_states(arrival);
      break;
  }
  if (arrival.out.why.empty()) arrival.out.why = "3.10.7.4 fifth: the ACK field, and nothing more";
  send_queued(arrival.out);
  return std::move(arrival.out);
}

// §3.10.7.1.
void Textbook::closed_state(Arrival& arrival) {
  if (arrival.segment.rst) {
    arrival.out.why = "3.10.7.1 a RST is discarded";
    return;
  }
  reply_reset(arrival.segment, arrival.out);
  arrival.out.why = "3.10.7.1 no connection: reset";
}

// §3.10.7.2.
void Textbook::listen_state(Arrival& arrival) {
  const Segment& segment = arrival.segment;
  if (segment.rst) {
    arrival.out.why = "3.10.7.2 first: a RST is ignored";
    return;
  }
  if (segment.ack) {
    reply_reset(segment, arrival.out);
    arrival.out.why = "3.10.7.2 second: any ACK is bad";
    return;
  }
  if (!segment.syn) {
    arrival.out.why = "3.10.7.2 fourth: neither RST, ACK nor SYN";
    return;
  }
  tcb_.irs = segment.seq;
  tcb_.rcv_nxt = segment.seq + 1;
  tcb_.iss = next_iss_;
  tcb_.snd_una = tcb_.iss;
  take_send_window(segment);
  if (choices_.keep_text_of_syn_in_listen) {
    Segment rest = segment;
    rest.seq += 1;
    hold(rest);
  }
  tcb_.state = State::kSynReceived;
  transmit({.syn = true, .ack = true, .seq = tcb_.iss, .ack_number = tcb_.rcv_nxt, .window = tcb_.rcv_wnd},
           arrival.out);
  arrival.out.why = "3.10.7.2 third: SYN";
}

// §3.10.7.3, the first, second and fifth checks.
void Textbook::syn_sent_state(Arrival& arrival) {
  const Segment& segment = arrival.segment;
  if (segment.ack && (less_or_equal(segment.ack_number, tcb_.iss) || less(tcb_.snd_nxt, segment.ack_number))) {
    if (!segment.rst) reply_reset(segment, arrival.out);
    arrival.out.why = "3.10.7.3 first: the ACK is not for our SYN";
    return;
  }
  const bool ack_is_acceptable = segment.ack;
  if (segment.rst) {
    // Choice: the RFC 5961 test SEG.SEQ = RCV.NXT is left out. Before the peer's SYN there is no RCV.NXT, and a reset
    // from CLOSED carries SEQ=0 (§3.10.7.1); the acceptable ACK is the proof that the sender saw our SYN.
    arrival.out.why = "3.10.7.3 second: RST without an ACK of our SYN is dropped";
    if (!ack_is_acceptable) return;
    arrival.out.signals.push_back(Signal::kConnectionReset);
    flush_calls(arrival.out, "error: connection reset");
    delete_tcb();
    arrival.out.why = "3.10.7.3 second: RST with an ACK of our SYN";
    return;
  }
  if (!segment.syn) {
    arrival.out.why = "3.10.7.3 fifth: neither SYN nor RST";
    return;
  }
  syn_sent_fourth_check_syn(arrival, ack_is_acceptable);
}

// §3.10.7.3, the fourth check.
void Textbook::syn_sent_fourth_check_syn(Arrival& arrival, bool ack_is_acceptable) {
  Segment rest = arrival.segment;  // what follows the SYN
  rest.syn = false;
  rest.seq += 1;
  tcb_.irs = arrival.segment.seq;
  tcb_.rcv_nxt = rest.seq;
  if (!ack_is_acceptable) {
    arrival.out.why = "3.10.7.3 fourth: simultaneous open";
    take_send_window(arrival.segment);
    if (choices_.keep_text_of_syn_in_syn_sent) hold(rest);
    tcb_.state = State::kSynReceived;
    tcb_.retransmission_queue.clear();  // the SYN-ACK takes the place of the SYN
    transmit({.syn = true, .ack = true, .seq = tcb_.iss, .ack_number = tcb_.rcv_nxt, .window = tcb_.rcv_wnd},
             arrival.out);
    return;
  }
  arrival.out.why = "3.10.7.3 fourth: SYN with an ACK of our SYN";
  take_acknowledgment(arrival.segment.ack_number);
  take_send_window(arrival.segment);
  tcb_.state = State::kEstablished;
  arrival.out.signals.push_back(Signal::kEstablished);
  // Choice: with text or a FIN in the segment there is one ACK for everything, and at once, because the peer is still
  // waiting in SYN-RECEIVED ("some TCP implementations suppress sending this segment").
  arrival.segment = rest;
  sixth_check_urg(arrival);
  seventh_text_and_eighth_fin(arrival);
  if (arrival.out.replies.empty()) reply_ack(arrival.out);
  arrival.out.replies.back().may_be_delayed = false;
}

// §3.10.7.4.
void Textbook::other_states(Arrival& arrival) {
  if (rule_same_syn_again(arrival)) return;
  if (rule_time_wait(arrival)) return;
  const bool to_the_end = (rule_figure_7(arrival) || first_check_sequence(arrival)) && second_check_rst(arrival) &&
                          fourth_check_syn(arrival) && fifth_check_ack(arrival);
  if (to_the_end) {
    sixth_check_urg(arrival);
    seventh_text_and_eighth_fin(arrival);
  }
  if (arrival.ack_owed && arrival.out.replies.empty() && tcb_.state != State::kClosed) {
    reply_ack(arrival.out, false, true);
  }
}

// Table 6.
bool Textbook::acceptable_by_table_6(const Segment& segment) const {
  const std::uint32_t length = segment.length();
  if (length == 0 && tcb_.rcv_wnd == 0) return segment.seq == tcb_.rcv_nxt;
  if (length == 0) return in_receive_window(segment.seq);
  if (tcb_.rcv_wnd == 0) return false;
  return in_receive_window(segment.seq) || in_receive_window(segment.seq + length - 1);
}

bool Textbook::first_check_sequence(Arrival& arrival) {
  Segment& segment = arrival.segment;
  // For a RST the three tests of the second check say it all: outside the window it is dropped there as well, and at
  // RCV.NXT it counts even with a zero window (MUST-66).
  if (segment.rst || acceptable_by_table_6(segment)) return true;
  if (tcb_.rcv_wnd == 0 && segment.seq == tcb_.rcv_nxt && !segment.syn) {
    // "Special allowance should be made to accept valid ACKs": the text and the FIN are refused, and an ACK says so,
    // but the ACK field is read. Two hosts with full buffers would otherwise never hear that a window has opened.
    segment.text.clear();
    segment.fin = false;
    arrival.ack_owed = true;
    arrival.out.why = "3.10.7.4 first: zero window, only the ACK field counts";
    return true;
  }
  reply_challenge(arrival.out, "3.10.7.4 first: not acceptable");
  const bool peer_fin_again = segment.fin && segment.ack && segment.seq + segment.length() == tcb_.rcv_nxt &&
                              between(tcb_.snd_una - tcb_.max_snd_wnd, segment.ack_number, tcb_.snd_nxt);
  if (tcb_.state == State::kTimeWait && peer_fin_again && !segment.syn) {
    // U-9. The FIN was received, so its number is left of the window; the eighth check, which restarts the timeout, is
    // only reached in spirit. Choice: the exact FIN with a sane ACK restarts it, and nothing else does.
    arrival.out.time_wait_restarted = true;
    arrival.out.why = "3.10.7.4 eighth: the FIN again in TIME-WAIT";
  }
  return false;
}

// The three tests of RFC 5961 look at SEG.SEQ alone: text on a RST is allowed and has no meaning (SHLD-2).
bool Textbook::second_check_rst(Arrival& arrival) {
  Outcome& out = arrival.out;
  if (!arrival.segment.rst) return true;
  if (arrival.segment.seq != tcb_.rcv_nxt) {
    out.why = "3.10.7.4 second 1): RST outside the window";
    if (in_receive_window(arrival.segment.seq)) reply_challenge(out, "3.10.7.4 second 3): RST not at RCV.NXT");
    return false;
  }
  out.why = "3.10.7.4 second 2): RST at RCV.NXT";
  switch (tcb_.state) {
    case State::kSynReceived:
      if (tcb_.passive_open) {
        return_to_listen(out);
        return false;
      }
      out.signals.push_back(Signal::kConnectionRefused);
      flush_calls(out, "error: connection refused");
      break;
    case State::kEstablished:
    case State::kFinWait1:
    case State::kFinWait2:
    case State::kCloseWait:
      out.signals.push_back(Signal::kConnectionReset);
      flush_calls(out, "error: connection reset");
      break;
    default:
      break;  // CLOSING and LAST-ACK end without a signal
  }
  delete_tcb();
  return false;
}

bool Textbook::fourth_check_syn(Arrival& arrival) {
  if (!arrival.segment.syn) return true;
  // Choice: a SYN left of the window whose text reaches into it counts as "not in the window"; the first check's ACK is
  // what the RFC expects for it, and no listener loses a half-open peer to it.
  const bool in_window = in_receive_window(arrival.segment.seq);
  if (tcb_.state == State::kSynReceived && tcb_.passive_open && in_window) {
    return_to_listen(arrival.out);
    arrival.out.why = "3.10.7.4 fourth: SYN in SYN-RECEIVED after a passive OPEN, back to LISTEN";
    return false;
  }
  reply_challenge(arrival.out, "3.10.7.4 fourth: SYN, challenge ACK");
  return false;
}

bool Textbook::fifth_check_ack(Arrival& arrival) {
  const Segment& segment = arrival.segment;
  if (!segment.ack) {
    arrival.out.why = "3.10.7.4 fifth: no ACK bit";
    return false;
  }
  const bool in_range = between(tcb_.snd_una - tcb_.max_snd_wnd, segment.ack_number, tcb_.snd_nxt);
  const bool reset_instead = tcb_.state == State::kSynReceived && choices_.reset_for_bad_ack_in_syn_received;
  if (!in_range && !reset_instead) {
    reply_challenge(arrival.out, "3.10.7.4 fifth: ACK outside SND.UNA-MAX.SND.WND..SND.NXT");
    return false;
  }
  if (tcb_.state == State::kTimeWait) {
    fifth_in_time_wait(arrival);
    return false;
  }
  if (tcb_.state == State::kSynReceived && !fifth_in_syn_received(arrival)) return false;
  fifth_as_established(arrival);
  return fifth_our_fin(arrival);
}

// Choice: after the reset the segment is dropped; the RFC does not say that it is, but nothing in it can be believed.
bool Textbook::fifth_in_syn_received(Arrival& arrival) {
  const Segment& segment = arrival.segment;
  if (!less(tcb_.snd_una, segment.ack_number) || !less_or_equal(segment.ack_number, tcb_.snd_nxt)) {
    reply_reset(segment, arrival.out);
    arrival.out.why = "3.10.7.4 fifth, SYN-RECEIVED: ACK not acceptable";
    return false;
  }
  tcb_.state = State::kEstablished;
  take_send_window(segment);
  arrival.out.signals.push_back(Signal::kEstablished);
  if (choices_.close_in_syn_received_waits && tcb_.close_asked) tcb_.state = State::kFinWait1;
  arrival.out.why = "3.10.7.4 fifth, SYN-RECEIVED: our SYN is acknowledged";
  return true;
}

// Choice: an ACK is taken when it arrives, even if the segment's text has to wait for earlier text.
void Textbook::fifth_as_established(Arrival& arrival) {
  const Segment& segment = arrival.segment;
  const std::uint32_t una_before = tcb_.snd_una;
  if (less(tcb_.snd_una, segment.ack_number)) take_acknowledgment(segment.ack_number);
  if (!between(tcb_.snd_una, segment.ack_number, tcb_.snd_nxt)) return;  // old, but within MAX.SND.WND: ignored
  // A segment that starts left of the window counts from RCV.NXT: that is the idealized segment of the first check.
  Segment idealized = segment;
  if (less(segment.seq, tcb_.rcv_nxt)) idealized.seq = tcb_.rcv_nxt;
  const bool newer = less(tcb_.snd_wl1, idealized.seq);
  const bool same = tcb_.snd_wl1 == idealized.seq && less_or_equal(tcb_.snd_wl2, segment.ack_number);
  if (newer || same) {
    take_send_window(idealized);
  } else if (choices_.send_edge_stays_without_update) {
    tcb_.snd_wnd -= std::min(tcb_.snd_wnd, tcb_.snd_una - una_before);
  }
}

bool Textbook::fifth_our_fin(Arrival& arrival) {
  Outcome& out = arrival.out;
  const bool finished = our_fin_is_acknowledged();
  switch (tcb_.state) {
    case State::kFinWait1:
      if (!finished) return true;
      tcb_.state = State::kFinWait2;
      out.returned.emplace_back("CLOSE ok");
      out.why = "3.10.7.4 fifth, FIN-WAIT-1: our FIN is acknowledged";
      return true;
    case State::kClosing:
      out.why = "3.10.7.4 fifth, CLOSING: not for our FIN, ignored";
      if (!finished) return false;
      tcb_.state = State::kTimeWait;
      out.time_wait_restarted = true;
      out.why = "3.10.7.4 fifth, CLOSING: our FIN is acknowledged";
      return true;
    case State::kLastAck:
      if (!finished) return true;
      out.signals.push_back(Signal::kClosed);
      delete_tcb();
      out.why = "3.10.7.4 fifth, LAST-ACK: our FIN is acknowledged";
      return false;
    default:
      return true;
  }
}

// "The only thing that can arrive in this state is a retransmission of the remote FIN", says the RFC; that one is left
// of the window and was answered in the first check. Choice: what else occupies sequence space is acknowledged and
// changes nothing, and an empty segment is dropped: two hosts in TIME-WAIT would otherwise answer each other's ACKs for
// ever.
void Textbook::fifth_in_time_wait(Arrival& arrival) {
  arrival.out.why = "3.10.7.4 fifth, TIME-WAIT: empty, dropped";
  if (arrival.segment.length() > 0) reply_challenge(arrival.out, "3.10.7.4 fifth, TIME-WAIT: acknowledged only");
}

// URG says where urgent text ends, whether that text is here or not; the text itself is text (RFC 6093 §6). The user
// hears of it whenever there was none pending, and whenever the pointer advances (§3.8.5, MUST-32), which is more often
// than the sixth check has it ("do not signal the user again").
void Textbook::sixth_check_urg(Arrival& arrival) {
  const bool receives =
      tcb_.state == State::kEstablished || tcb_.state == State::kFinWait1 || tcb_.state == State::kFinWait2;
  if (!arrival.segment.urg || !receives) return;  // later: "this should not occur …, ignore the URG"
  std::uint32_t up = arrival.urgent_end;
  if (choices_.urgent_ends_at_fin && tcb_.held_fin && less(*tcb_.held_fin, up)) up = *tcb_.held_fin;
  if (tcb_.urgent_mode && less_or_equal(up, tcb_.rcv_up)) return;  // RCV.UP <- max(RCV.UP,SEG.UP)
  if (less_or_equal(up, consumed())) return;
  tcb_.rcv_up = up;
  tcb_.urgent_mode = true;
  arrival.out.signals.push_back(Signal::kUrgent);
  if (arrival.out.why.empty()) arrival.out.why = "3.10.7.4 sixth: URG";
}

// The seventh and the eighth check, and one ACK for both.
void Textbook::seventh_text_and_eighth_fin(Arrival& arrival) {
  Segment& segment = arrival.segment;
  Outcome& out = arrival.out;
  if (tcb_.peer_fin_reached) {
    // "This should not occur since a FIN has been received." Text is ignored without a word. Choice: a FIN to the right
    // of the FIN already taken is acknowledged, as the eighth check asks, but moves RCV.NXT nowhere.
    if (segment.fin) reply_challenge(out, "3.10.7.4 eighth: a FIN after the FIN");
    return;
  }
  const std::uint32_t before = tcb_.rcv_nxt;
  const bool gap_before = !tcb_.held.empty() || tcb_.held_fin.has_value();
  hold(segment);
  deliver_in_order(out);
  if (segment.length() == 0 && tcb_.rcv_nxt == before) return;
  if (out.why.empty()) out.why = "3.10.7.4 seventh: segment text";
  if (tcb_.rcv_nxt == before) {
    // MAY-13, taken: an ACK that repeats RCV.NXT tells the peer of the gap, and must not wait (RFC 5681 §4.2).
    reply_ack(out);
    return;
  }
  // Choice: only plain in-order text may wait for its ACK; the end of a gap and a FIN are acknowledged at once.
  const bool may_be_delayed = !gap_before && !tcb_.peer_fin_reached;
  reply_ack(out, may_be_delayed);
}

// Takes bytes from the left edge for as long as the next one is there, then the FIN if its turn has come.
void Textbook::deliver_in_order(Outcome& out) {
  std::string text;
  for (auto next = tcb_.held.find(tcb_.rcv_nxt); next != tcb_.held.end() && tcb_.held_fin != tcb_.rcv_nxt;
       next = tcb_.held.find(tcb_.rcv_nxt)) {
    text += next->second;
    tcb_.held.erase(next);
    ++tcb_.rcv_nxt;
    --tcb_.rcv_wnd;  // RCV.NXT+RCV.WND stays where it is until the user takes the text
  }
  out.delivered += text;
  tcb_.unread += text;
  if (tcb_.waiting_receives > 0 && !tcb_.unread.empty()) {
    --tcb_.waiting_receives;
    out.returned.emplace_back("RECEIVE ok");
    tcb_.rcv_wnd += static_cast<std::uint32_t>(tcb_.unread.size());
    tcb_.unread.clear();
  }
  if (tcb_.held_fin == tcb_.rcv_nxt) eighth_fin_reached(out);
}

void Textbook::eighth_fin_reached(Outcome& out) {
  ++tcb_.rcv_nxt;
  tcb_.peer_fin_reached = true;
  tcb_.held.clear();
  tcb_.held_fin.reset();
  out.signals.push_back(Signal::kConnectionClosing);
  for (; tcb_.waiting_receives > 0; --tcb_.waiting_receives) {
    out.returned.emplace_back("RECEIVE error: connection closing");
  }
  if (tcb_.state == State::kEstablished)
    tcb_.state = State::kCloseWait;
  else if (tcb_.state == State::kFinWait1)
    tcb_.state = State::kClosing;  // an acknowledged FIN is FIN-WAIT-2 by now
  else if (tcb_.state == State::kFinWait2) {
    tcb_.state = State::kTimeWait;
    out.time_wait_restarted = true;
  }
  out.why = "3.10.7.4 eighth: the peer's FIN";
}

}  // namespace model
