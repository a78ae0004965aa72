#include "tcp/acceptability.h"
#include "tcp/connection.h"
#include "tcp/tracing.h"

// What marks do to a connection (RFC 3168 §6.1): those on text that arrives, and those that the peer tells of.

namespace handfast::tcp {

// Both ends have to ask for it in every SYN that they send, so that none that a router saw goes back on it (RFC 3168
// §6.1.1, 3168-1).
EcnFeedback Connection::agree_on_ecn(Ecn setting, TcpFlags flags) const {
  if (passive_) return ecn_granted(setting, flags);
  if (ecn_.plain_syn || ecn_question(setting).empty()) return EcnFeedback::kNone;
  return flags.has(wire::kAck) ? ecn_answered(flags) : ecn_granted(setting, flags);
}

// Text within the window; a mark on anything else may be forged or old and is ignored (RFC 3168 §6.1.5, 3168-6). CWR
// ends the echo before the mark of the same segment begins it anew. Both are acknowledged at once: the peer's window may
// be a single segment by now.
void Connection::note_marks(const Segment& segment) {
  if (agreed_.ecn == EcnFeedback::kNone || segment.text_length == 0) return;
  if (!is_one_of(state_, kReceivesText) || !is_acceptable(tcb_.rcv, segment.seq, segment.len())) return;
  const bool heard = ecn_.echo && segment.flags.has(wire::kCwr);
  const bool marked = segment.ecn == wire::EcnCodepoint::kCe;
  if (heard || (marked && !ecn_.echo)) owe_ack(trace::Reason::kSendAck);
  ecn_.echo = (ecn_.echo && !heard) || marked;
  if (marked) EcnCounts::add(ecn_counts_.marks);
}

bool Connection::tells_of_marks(const Segment& segment) const {
  return agreed_.ecn == EcnFeedback::kClassic && segment.flags.has(wire::kEce);
}

// As to a loss, though nothing goes again (RFC 3168 §6.1.2, 3168-4; RFC 9438 §4.6). `flight_size`: what was outstanding
// when the acknowledgment arrived.
void Connection::respond_to_marks(std::uint32_t flight_size, Context& context) {
  ActiveBlock& block = *active_;
  const std::uint32_t mss = full_segment();
  const bool was_one_segment = cc_.cwnd <= mss;
  block.ecn.note_marked(mss);
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
