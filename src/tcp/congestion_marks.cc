#include <algorithm>

#include "tcp/acceptability.h"
#include "tcp/connection.h"
#include "tcp/tracing.h"

// What marks do to a connection (RFC 3168 §6.1, RFC 9768 §3): who understands them, those on text that arrives, and
// those that the peer tells of.

namespace handfast::tcp {

// --- Agreeing ---

// Both ends have to ask for it in every SYN that they send, so that none that a router saw goes back on it (RFC 3168
// §6.1.1, 3168-1). The accurate form may be told to one who asked and then did not, but he sends nothing that could be
// marked (RFC 9768 §3.1.4.1).
EcnFeedback ConnectionFacts::agree_on_ecn(Ecn setting, TcpFlags flags) const {
  if (passive_) return ecn_granted(setting, flags);
  if (ecn_question(setting).empty()) return EcnFeedback::kNone;
  const EcnFeedback agreed = flags.has(wire::kAck) ? ecn_answered(setting, flags) : ecn_granted(setting, flags);
  return ecn_.plain_syn && agreed == EcnFeedback::kClassic ? EcnFeedback::kNone : agreed;
}

void Connection::learn_ecn(const Segment& segment, Context& context) {
  agreed_.ecn = agree_on_ecn(context.config.ecn, segment.flags);
  ecn_.arrived = segment.ecn;
  if (agreed_.ecn == EcnFeedback::kNone) return;
  if (context.trace != nullptr) trace_option(*this, trace::Reason::kEcnAgreed, 0, context);
  if (agreed_.ecn != EcnFeedback::kAccurate || !segment.has_ack()) return;
  // Our SYN left as not capable; where it arrived as anything else, no mark can be believed (RFC 9768 §3.2.2.3).
  ecn_.no_ect = ecn_.plain_syn || says_that_field_changed(ace_of(segment.flags));
  ecn_.reflects = true;
  if (segment.ecn == wire::EcnCodepoint::kCe) ++ecn_.received;
}

// A reset answered our SYN. RFC 3168 §6.1.1.1 (3168-7): it may have been the question that was refused.
bool Connection::asks_without_ecn(Ecn setting) {
  if (ecn_.plain_syn || ecn_question(setting).empty()) return false;
  ecn_.plain_syn = owes_syn_ = true;
  return true;
}

// RFC 9768 §3.1.5 (9768-1): the latest SYN or SYN-ACK is the one to tell of. Once a SYN came that asked for nothing,
// nothing of ours may be marked, in the classic form neither (RFC 3168 §6.1.1).
void Connection::syn_came_again(const Segment& segment) {
  if (agreed_.ecn == EcnFeedback::kNone || !segment.syn() || segment.seq != tcb_.rcv.irs) return;
  ecn_.arrived = segment.ecn;
  ecn_.reflects = agreed_.ecn == EcnFeedback::kAccurate && segment.has_ack();
  if (!segment.has_ack() && (segment.flags & kAceFlags).empty()) ecn_.no_ect = true;
}

// RFC 9768 §3.1.4.2 (9768-1): a SYN-ACK that was lost goes without the option, and then without the flags, in case that
// somebody on the way minds them; what either end counts is still told.
void Connection::grant_ecn(Segment& segment) {
  const bool is_accurate = agreed_.ecn == EcnFeedback::kAccurate;
  if (is_accurate && timeouts_ >= kEcnSyns) return;
  segment.flags |= ecn_grant(agreed_.ecn, ecn_.arrived);
  if (is_accurate && timeouts_ == 0) segment.options.accurate_ecn = EcnBytes().option();
}

// The acknowledgment of our SYN-ACK tells how that arrived (RFC 9768 §3.2.2.1), unless it carries text already.
void Connection::handshake_is_over(const Segment& segment, Context& context) {
  if (agreed_.ecn != EcnFeedback::kAccurate) return;
  ecn_bytes_ = context.resources.ecn_bytes.take();
  if (!ecn_bytes_) ++context.counters.allocation_failures;
  if (segment.syn() || !passive_) return;
  const bool is_bare = segment.text_length == 0 && segment.options.sack_count == 0;
  if (timeouts_ >= kEcnSyns || (is_bare && says_that_field_changed(ace_of(segment.flags)))) ecn_.no_ect = true;
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

// RFC 9768 §3.2.2 (9768-2): every marked packet counts, of a merged one each that it was made of. The first after one
// without a mark is acknowledged at once, and so are every two, long before three bits have gone round (§3.2.2.5.1,
// 9768-4).
void Connection::count_marks(const Segment& segment) {
  if (state_ == State::kTimeWait || segment.syn()) return;
  if (!ecn_.heard_ace) {
    // The count begins at 5, so that a number which somebody clears is seen (§3.2.2.4).
    ecn_.deaf = (segment.flags & kAceFlags).empty();
    ecn_.no_ect = ecn_.no_ect || ecn_.deaf;
    ecn_.heard_ace = true;
  }
  const bool marked = segment.ecn == wire::EcnCodepoint::kCe;
  if (marked) {
    const std::uint32_t packets = std::max(segments_in(segment.text_length, full_segment()), 1u);
    ecn_.received = (ecn_.received + packets) & 7;
    ecn_.unacknowledged = static_cast<std::uint8_t>(std::min(ecn_.unacknowledged + packets, 255u));
    EcnCounts::add(ecn_counts_.marks);
  }
  if (segment.text_length == 0) return;
  if (ecn_bytes_) ecn_bytes_->count(segment.ecn, segment.text_length);
  if (marked && (!ecn_.last_was_ce || ecn_.unacknowledged >= 2)) owe_ack(trace::Reason::kSendAck);
  ecn_.last_was_ce = marked;
}

// What every segment after the handshake says of marks: RFC 3168 §6.1.3 (3168-3), where who only lingers has nothing to
// say, or RFC 9768 §3.2.2. The option goes where no text loses room to it (§3.2.3, 9768-3), and where no selective
// acknowledgment does.
void Connection::tell_marks(Segment& segment) {
  if (agreed_.ecn == EcnFeedback::kClassic && ecn_.echo && state_ != State::kTimeWait) segment.flags |= wire::kEce;
  if (!tells_number()) return;
  const bool is_bare = segment.text_length == 0 && segment.options.sack_count == 0;
  segment.flags |= flags_of(ecn_.reflects && is_bare ? handshake_ace(ecn_.arrived) : ecn_.received);
  if (is_bare && ecn_bytes_ && state_ != State::kTimeWait) segment.options.accurate_ecn = ecn_bytes_->option();
  ecn_.reflects = false;
  ecn_.unacknowledged = 0;
}

// --- The sender ---

// Bytes that met congestion, by an acknowledgment that newly delivered so much.
std::uint32_t Connection::told_marks(const Segment& segment, std::uint32_t delivered) {
  if (agreed_.ecn == EcnFeedback::kClassic) return segment.flags.has(wire::kEce) ? full_segment() : 0;
  // What delivers nothing may have been overtaken, and its number be old (RFC 9768 §3.2.2.5.2).
  if (agreed_.ecn != EcnFeedback::kAccurate || ecn_.deaf || delivered == 0 || segment.syn()) return 0;
  const std::uint8_t now = ace_of(segment.flags);
  const std::uint32_t packets = marked_packets(ecn_.told, now, segments_in(delivered, full_segment()));
  ecn_.told = now & 7;
  std::uint32_t bytes = packets * full_segment();
  if (ecn_bytes_ && segment.options.accurate_ecn)
    bytes = ecn_bytes_->take(*segment.options.accurate_ecn).value_or(bytes);
  bytes = std::min(bytes, delivered);
  active_->ecn.note_marked(bytes);
  return bytes;
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
