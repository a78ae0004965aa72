#include <algorithm>

#include "tcp/connection.h"
#include "tcp/tracing.h"

// What a connection makes of accurate ECN (RFC 9768 §3; accurate_ecn.h says how it counts): the handshake, whose flags
// say how a SYN and a SYN-ACK arrived; the receiver, which counts what arrives and says so soon enough; the sender,
// which believes what it is told unless somebody on the way is seen to change it; and the way of the option.
//
// Having agreed, both ends go on telling what arrives whatever happens (§3.1.5): what is given up on the way is only to
// send what may be marked (`no_ect`), to listen (`deaf`), and to send the option.

namespace handfast::tcp {

namespace {

// Text from the peer without a repetition: so much it does not send unless our acknowledgments arrive.
constexpr std::uint32_t kProvingSegments = 32;
// RFC 9768 §3.2.3.3 (9768-14): two selective blocks go before the option.
constexpr std::uint32_t kBlocksBeforeOption = 2;
// In smaller segments text has little room beside other options, and the option does not take it.
constexpr std::uint32_t kLeastSegment = 160;

}  // namespace

// --- The handshake ---

// Both ends opened: the peer's SYN-ACK, which check_ack then takes for its acknowledgment. The mode is that of its SYN
// (§3.1.5, 9768-6), so an answer of another kind only keeps us from being marked.
void Connection::syn_ack_crossed(const Segment& segment, Ecn setting) {
  const bool agrees = ecn_answered(setting, segment.flags) == agreed_.ecn;
  if (agreed_.ecn != EcnFeedback::kAccurate) {
    if (!agrees) agreed_.ecn = EcnFeedback::kNone;
    return;
  }
  if (!agrees || says_that_field_changed(ace_of(segment.flags))) ecn_.no_ect = true;
  ecn_.is_answer = true;
  ecn_.syn_ack_marked = segment.ecn == wire::EcnCodepoint::kCe;
}

// The peer's SYN-ACK once more, where we are ESTABLISHED: the acknowledgment tells how the latest one arrived (§3.1.5,
// §3.2.2.1, 9768-9). Flags that do not confirm what was agreed are ignored by then.
void Connection::syn_ack_came_again(const Segment& segment) {
  const bool is_it = segment.syn() && segment.has_ack() && segment.seq == tcb_.rcv.irs && !passive_;
  if (!is_it || !tells_number()) return;
  if (ecn_answered(Ecn::kAccurate, segment.flags) != EcnFeedback::kAccurate) return;
  ecn_.arrived = segment.ecn;
  ecn_.reflects = true;
  ecn_.count_syn_ack(segment.ecn);
  doubt_option();
}

// §3.2.3.2.2 (9768-13), §3.1.4.2 (9768-1): a SYN-ACK that goes again goes without the option, and after two timeouts
// without the flags, in case that somebody on the way minds them; what either end counts is still told. Where both ends
// open, flags have passed already.
void Connection::grant_ecn(Segment& segment) {
  const bool is_accurate = agreed_.ecn == EcnFeedback::kAccurate;
  if (is_accurate && passive_ && timeouts_ >= kEcnSyns) return;
  segment.flags |= ecn_grant(agreed_.ecn, ecn_.arrived);
  if (!is_accurate) return;
  if (handshake_sent_in_ == state_) {
    ecn_.option = OptionPath::kDoubted;
  } else {
    segment.options.accurate_ecn = EcnBytes::initial();
  }
}

// ESTABLISHED by `segment`: a SYN-ACK that answers our SYN, or an acknowledgment of our SYN-ACK.
void Connection::handshake_is_over(const Segment& segment, Context& context) {
  if (agreed_.ecn != EcnFeedback::kAccurate) return;
  ecn_bytes_ = context.resources.ecn_bytes.take();
  if (!ecn_bytes_) ++context.counters.allocation_failures;
  if (ecn_bytes_ && segment.syn()) ecn_bytes_->count(segment.ecn, segment.text_length);
  if (ecn_bytes_ && segment.options.accurate_ecn) (void)ecn_bytes_->take(*segment.options.accurate_ecn);
  if (segment.syn() || ecn_.is_answer) return;
  // §3.1.5 (9768-7): a SYN-ACK of ours went without the flags.
  if (passive_ && timeouts_ >= kEcnSyns) ecn_.no_ect = true;
  const bool carried_option = passive_ && fast_open_ == FastOpen::kOff && !handshake_untimed_;
  if (carried_option && ecn_.option == OptionPath::kUntested) ecn_.option = OptionPath::kProven;
  if (segment.text_length == 0 && !segment.fin() && segment.options.sack_count == 0) {
    ecn_.is_answer = true;
    ecn_.learn_from_answer(ace_of(segment.flags));
  }
}

// The peer says that our SYN or SYN-ACK met congestion: a reason to begin as after a loss (§3.2.2.2).
bool ConnectionFacts::handshake_was_marked(const Segment& segment) const {
  return tells_number() && (segment.syn() || ecn_.is_answer) && ace_of(segment.flags) == kAceMarked;
}

// --- The receiver ---

// §3.2 (9768-2): every marked packet counts, with text or without, of a merged one each that it was made of. Text that
// is marked after a packet that was not is acknowledged at once, and so are every two marks; where there is no text to
// acknowledge, every three, so that two ends that mark each other's acknowledgments come to rest (§3.2.2.5.1, 9768-4).
void Connection::count_marks(const Segment& segment) {
  const bool marked = segment.ecn == wire::EcnCodepoint::kCe;
  const bool first = marked && !ecn_.last_was_ce && segment.text_length > 0;
  ecn_.last_was_ce = marked;
  if (ecn_bytes_) ecn_bytes_->count(segment.ecn, segment.text_length);
  if (!marked) return;
  const std::uint32_t packets = std::max(segments_in(segment.text_length, full_segment()), 1u);
  ecn_.received = (ecn_.received + packets) & 7;
  ecn_.unacknowledged = std::min(ecn_.unacknowledged + packets, 7u) & 7;
  EcnCounts::add(ecn_counts_.marks);
  const bool has_text = segment.text_length > 0 || tcb_.rcv.last_ack_sent != tcb_.rcv.nxt;
  if (first || (has_text && ecn_.unacknowledged >= 2)) {
    owe_ack(trace::Reason::kSendAck);
  } else if (ecn_.unacknowledged >= 3) {
    owe_ack(trace::Reason::kSendMarkCount);
  }
}

// The number goes on every segment without SYN, those of SYN-RECEIVED too (§3.2.2). Once it is the answer to a SYN-ACK.
void Connection::tell_number(Outgoing& out) {
  Segment& segment = out.segment;
  const std::uint8_t ace = tells_arrival(segment) ? handshake_ace(ecn_.arrived) : ecn_.received;
  segment.flags |= flags_of(ace);
  if (const auto option = option_for(out)) {
    segment.options.accurate_ecn = option;
    ecn_bytes_->told();
    if (segment.text_length > 0) {
      ecn_.owes_option = false;
      if (ecn_.option != OptionPath::kProven) active_->marks.option_left(segment.seq);
    }
  }
  ecn_.reflects = false;
  ecn_.unacknowledged = 0;
}

bool ConnectionFacts::tells_arrival(const Segment& segment) const {
  return tells_number() && ecn_.reflects && segment.text_length == 0 && !segment.fin();
}

// --- The option ---

// §3.2.3.3 (9768-3): where bytes were counted since the last one, or where our first text tries whether it passes; new
// text alone, so that what was lost with the option goes again without (§3.2.3.2.2). Bare acknowledgments repeat what
// was counted, but for as long as one was missed and none is known to have arrived.
std::optional<wire::AccurateEcnOption> ConnectionFacts::option_for(const Outgoing& out) const {
  if (!ecn_bytes_ || ecn_.option == OptionPath::kShut || state_ == State::kTimeWait || out.again) return std::nullopt;
  const std::size_t others = wire::tcp_options_length(out.segment.options);
  if (out.segment.text_length > 0) return option_on_text(others);
  const bool is_due = ecn_.reflects || ecn_bytes_->has_counted();
  if (!is_due || ecn_.option == OptionPath::kDoubted) return std::nullopt;
  return ecn_bytes_->option(room_for_option(others));
}

std::optional<wire::AccurateEcnOption> ConnectionFacts::option_on_text(std::size_t others) const {
  if (!ecn_bytes_ || ecn_.option == OptionPath::kShut || !(ecn_bytes_->has_news() || ecn_.owes_option)) return {};
  if (send_mss() < kLeastSegment) return {};
  return ecn_bytes_->option(room_for_option(others));
}

// Beside `others` bytes of options and, where there are any, two selective blocks.
std::size_t ConnectionFacts::room_for_option(std::size_t others) const {
  const std::uint32_t blocks = std::min(selective_blocks(), kBlocksBeforeOption);
  return wire::kTcpMaxOptionsLength - others - (blocks > 0 ? 4 + 8 * blocks : 0);
}

// Eff.snd.MSS for text that goes for the first time.
std::uint32_t ConnectionFacts::new_text_limit() const {
  const std::uint32_t others = plain_options();
  const auto option = option_on_text(others);
  return text_beside(others + (option ? static_cast<std::uint32_t>(EcnBytes::length_of(*option)) : 0));
}

// Text that we have, or the SYN-ACK, came again: perhaps our acknowledgments do not arrive, and perhaps for the option
// in them.
void Connection::doubt_option() {
  if (!ecn_bytes_ || ecn_.option != OptionPath::kUntested) return;
  const bool arrive = tcb_.rcv.nxt.since(tcb_.rcv.irs) > kProvingSegments * full_segment();
  ecn_.option = arrive ? OptionPath::kProven : OptionPath::kDoubted;
}

// --- The sender ---

// Bytes that met congestion, by an acknowledgment that delivered something (§3.2.2.5.2, 9768-12).
std::uint32_t Connection::hear_number(const Segment& segment, const Delivery& delivery, Context& context) {
  MarkWatch& watch = active_->marks;
  const std::uint32_t mss = full_segment();
  const std::uint32_t packets = std::max(segments_in(delivery.delivered, mss), delivery.records);
  const std::uint8_t now = ace_of(segment.flags);
  const std::uint8_t more = (now - ecn_.told) & 7;
  EcnBytes::Told told;
  if (ecn_bytes_) {
    // Surely no more packets than this: a record is one, unless a device cut it.
    const std::uint32_t cut = delivery.largest > mss ? 2 * delivery.delivered / mss : 0;
    ecn_bytes_->note_number(more, delivery.records + cut);
    if (segment.options.accurate_ecn) told = ecn_bytes_->take(*segment.options.accurate_ecn);
  }
  const bool may_go_round = !told.leaves_marks_out && (!ecn_bytes_ || ecn_bytes_->coverage.is_small());
  const std::uint32_t marked = marked_packets(ecn_.told, now, may_go_round ? packets : 0);
  if (ecn_bytes_) ecn_bytes_->coverage.note(packets);
  ecn_.told = now & 7;
  // §3.2.3.2.5 (9768-15): somebody changes one of the two.
  if (told.contradicts) not_believed(false, context);
  const std::uint32_t bytes = std::min(told.marked.value_or(marked * mss), delivery.delivered);
  const bool all = told.marked ? bytes == delivery.delivered : marked >= packets;
  if (ecn_.marks_go_on(all, watch.round_is_over(segment.ack, tcb_.snd.nxt))) not_believed(true, context);
  if (ecn_.deaf) return 0;
  // Bytes leave less room for a guess.
  const std::uint32_t fewest = fewest_marked_packets(more, segments_in(bytes, mss));
  EcnCounts::add(ecn_counts_.told, told.marked ? std::min(fewest, packets) : marked);
  active_->ecn.note_marked(bytes);
  return bytes;
}

// What is sent from now on is not to be marked; `deaf`: and what the peer counts is not heard.
void Connection::not_believed(bool deaf, Context& context) {
  ecn_.no_ect = true;
  if (deaf) ecn_.deaf = true;
  if (context.trace != nullptr) trace_option(*this, trace::Reason::kEcnNotBelieved, deaf ? 1 : 0, context);
}

}  // namespace handfast::tcp
