#include <algorithm>

#include "tcp/acceptability.h"
#include "tcp/connection.h"
#include "tcp/tracing.h"

// What marks do to a connection (RFC 3168 §6.1, RFC 9768 §3): who understands them, those on text that arrives, and
// those that the peer tells of. What the accurate form alone has stands in accurate_marks.cc.

namespace handfast::tcp {

// --- Agreeing ---

// Both ends have to ask for it in every SYN that they send, so that none that a router saw goes back on it (RFC 3168
// §6.1.1, 3168-1). The accurate form counts for one who asked and then did not: that it was granted shows that the peer
// speaks it, so his text may be marked (RFC 9768 §3.1.4.1).
EcnFeedback ConnectionFacts::agree_on_ecn(Ecn setting, TcpFlags flags) const {
  if (passive_) return ecn_granted(setting, flags);
  if (ecn_question(setting).empty()) return EcnFeedback::kNone;
  const EcnFeedback agreed = flags.has(wire::kAck) ? ecn_answered(setting, flags) : ecn_granted(setting, flags);
  return ecn_.plain_syn && agreed == EcnFeedback::kClassic ? EcnFeedback::kNone : agreed;
}

void Connection::learn_ecn(const Segment& segment, Context& context) {
  if (!segment.has_ack()) ecn_.asked = ecn_forms(segment.flags) & 3;
  agreed_.ecn = agree_on_ecn(context.config.ecn, segment.flags);
  ecn_.arrived = segment.ecn;
  if (agreed_.ecn == EcnFeedback::kNone) return;
  if (context.trace != nullptr) trace_option(*this, trace::Reason::kEcnAgreed, 0, context);
  if (agreed_.ecn != EcnFeedback::kAccurate) return;
  if (!segment.has_ack()) {
    // Both ends open, and our last SYN asked for nothing: as an acceptor we may have nothing marked (RFC 9768 §3.1.5,
    // 9768-7).
    if (!passive_ && ecn_.plain_syn) ecn_.no_ect = true;
    return;
  }
  // Our SYN left as not capable; where it arrived as anything else, no mark can be believed (RFC 9768 §3.2.2.3).
  if (says_that_field_changed(ace_of(segment.flags))) ecn_.no_ect = true;
  ecn_.reflects = ecn_.owes_option = true;
  ecn_.count_syn_ack(segment.ecn);
}

// A reset answered our SYN. RFC 3168 §6.1.1.1 (3168-7): it may have been the question that was refused.
bool Connection::asks_without_ecn(Ecn setting) {
  if (ecn_.plain_syn || ecn_question(setting).empty()) return false;
  ecn_.plain_syn = owes_syn_ = true;
  return true;
}

// A SYN once more. One that asks for nothing makes ours unmarkable, in the classic form too (RFC 3168 §6.1.1); who asks
// for both forms in one handshake gets a reset, since neither end could know which of them counts (RFC 9768 §3.1.5,
// 9768-6). True: that is what happened.
bool Connection::asks_for_both_forms(const Segment& segment, Ecn setting) {
  const std::uint8_t asked = ecn_.asked | ecn_forms(segment.flags);
  if (setting == Ecn::kAccurate && asked == (kAskedClassic | kAskedAccurate)) return true;
  ecn_.asked = asked & 3;
  if (agreed_.ecn == EcnFeedback::kNone) return false;
  ecn_.arrived = segment.ecn;
  if ((segment.flags & kAceFlags).empty()) ecn_.no_ect = true;
  return false;
}

// --- The receiver ---

// Text within the window; a mark on anything else may be forged or old and is ignored (RFC 3168 §6.1.5, 3168-6). CWR
// ends the echo before the mark of the same segment begins it anew. Both are acknowledged at once: the peer's window
// may be a single segment by now.
void Connection::note_marks(const Segment& segment) {
  if (agreed_.ecn == EcnFeedback::kNone || !is_acceptable(tcb_.rcv, segment.seq, segment.len())) return;
  if (agreed_.ecn == EcnFeedback::kAccurate) return count_marks(segment);
  if (segment.text_length == 0 || !is_one_of(state_, kReceivesText)) return;
  const bool heard = ecn_.echo && segment.flags.has(wire::kCwr);
  const bool marked = segment.ecn == wire::EcnCodepoint::kCe;
  if (heard || (marked && !ecn_.echo)) owe_ack(trace::Reason::kSendAck);
  ecn_.echo = (ecn_.echo && !heard) || marked;
  if (marked) EcnCounts::add(ecn_counts_.marks);
}

// What every segment after the handshake says of marks: RFC 3168 §6.1.3 (3168-3), where who only lingers has nothing to
// say, or RFC 9768 §3.2.2.
void Connection::tell_marks(Outgoing& out) {
  if (agreed_.ecn == EcnFeedback::kClassic && ecn_.echo && state_ != State::kTimeWait) out.segment.flags |= wire::kEce;
  if (tells_number()) tell_number(out);
}

// --- The sender ---

// Bytes that met congestion, by an acknowledgment that newly delivered so much.
std::uint32_t Connection::told_marks(const Segment& segment, const Delivery& delivery, Context& context) {
  if (agreed_.ecn == EcnFeedback::kClassic) {
    if (!segment.flags.has(wire::kEce)) return 0;
    // One mark or many: the echo does not say (RFC 3168 §6.1.3), so all that it delivers counts, as in Linux.
    EcnCounts::add(ecn_counts_.told, segments_in(delivery.delivered, full_segment()));
    return full_segment();
  }
  if (agreed_.ecn != EcnFeedback::kAccurate) return 0;
  if (active_->marks.option_arrived(segment.ack)) ecn_.option = OptionPath::kProven;
  if (ecn_.deaf || ecn_.is_answer || segment.syn()) return 0;
  // What delivers nothing may have been overtaken, and its number be old (RFC 9768 §3.2.2.2).
  return delivery.delivered > 0 ? hear_number(segment, delivery, context) : 0;
}

// As to a loss, though nothing goes again (RFC 3168 §6.1.2, 3168-4; RFC 9438 §4.6). `flight_size`: what was outstanding
// when the acknowledgment arrived.
void Connection::respond_to_marks(std::uint32_t flight_size, Context& context) {
  ActiveBlock& block = *active_;
  const std::uint32_t mss = full_segment();
  const bool was_one_segment = cc_.cwnd <= mss;
  if (agreed_.ecn == EcnFeedback::kClassic) block.ecn.note_marked(mss);
  block.recovery.on_mark();
  controller(context).on_loss(
      cc_, block.scratch,
      {.now = context.now, .in_flight = std::min(flight_size, cc_.cwnd), .mss = mss, .by_ecn = true});
  window_was_reduced(true);
  EcnCounts::add(ecn_counts_.reductions);
  if (context.trace != nullptr) trace_call(*this, trace::Reason::kEcnReduced, cc_.cwnd, context);
  // A window cannot be less than a segment, but the time until the next can be longer (3168-5).
  if (!was_one_segment) return;
  block.pacer.shut();
  set_timer(Timer::kPace, context.now + rtt_.rto(context.config), context);
  if (context.trace != nullptr) trace_call(*this, trace::Reason::kEcnWaits, cc_.cwnd, context);
}

// Whatever the reason was, CWR tells the peer (RFC 3168 §6.1.2), and marks on what is in flight now ask for no more.
void Connection::window_was_reduced(bool by_mark) {
  active_->ecn.reduced(tcb_.snd.nxt, by_mark);
  ecn_.owes_cwr = agreed_.ecn == EcnFeedback::kClassic;
}

}  // namespace handfast::tcp
