#include <algorithm>

#include "base/check.h"
#include "tcp/acceptability.h"
#include "tcp/connection.h"
#include "tcp/tracing.h"

// RFC 9293 §3.10.7, top to bottom. Each step is one function that returns a Verdict, and the first that does not say
// "go on" ends the walk: CLOSED (§3.10.7.1), LISTEN (§3.10.7.2), SYN-SENT (§3.10.7.3), and for every other state
// (§3.10.7.4) first the sequence number, second RST, (third security, which nobody speaks), fourth SYN, fifth ACK,
// sixth URG (in urgent.cc), seventh the text, eighth FIN. What an accepted acknowledgment changes stands in
// acknowledgment.cc.

namespace handfast::tcp {

// --- CLOSED (§3.10.7.1) ---

namespace {

// The reset that the peer will find acceptable (RFC 9293 §3.5.2, U-10).
ResetReply reset_for(const Segment& segment) {
  if (segment.has_ack()) return {.seq = segment.ack};
  return {.seq = SeqNum(0), .ack = segment.seq + segment.len(), .has_ack = true};
}

}  // namespace

Verdict arrives_in_closed(const Segment& segment) {
  if (segment.rst()) return Verdict::dropped(DropReason::kTcpClosedReset);
  return Verdict::reset_and_drop(DropReason::kTcpClosed, reset_for(segment));
}

Verdict Connection::segment_arrives(const Segment& segment, Slice text, Context& context) {
  const trace::TcbView before = context.trace != nullptr ? view() : trace::TcbView{};
  account_.arrived(segment.text_length, full_segment(), context.now);
  Verdict verdict;
  switch (state_) {
    case State::kClosed:
      verdict = arrives_in_closed(segment);
      break;
    case State::kListen:
      verdict = arrives_in_listen(segment, std::move(text), context);
      break;
    case State::kSynSent:
      verdict = arrives_in_syn_sent(segment, std::move(text), context);
      break;
    default:
      verdict = arrives_in_other(segment, std::move(text), context);
      break;
  }
  return concluded(std::move(verdict), segment, before, context);
}

// What a verdict owes beyond itself: the acknowledgment for a dropped segment, a count, a trace event.
Verdict Connection::concluded(Verdict verdict, const Segment& segment, const trace::TcbView& before, Context& context) {
  if (verdict.action == Verdict::Action::kAckAndDrop) answer_dropped(verdict.drop, segment, context);
  if (verdict.drop != DropReason::kNone) ++context.counters.drop(verdict.drop);
  if (context.trace != nullptr) {
    const std::uint32_t window = std::uint32_t{segment.window} << (segment.syn() ? 0 : agreed_.send_scale);
    trace_received(*this, {segment, window, verdict.reason, verdict.drop}, before, context);
  }
  watch_limits(context.now);
  release_active_if_drained(context);
  HANDFAST_DCHECK(broken_invariant(context.config) == nullptr);
  return verdict;
}

// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, as often as RFC 5961 §7 lets it (5961-6).
void Connection::answer_dropped(DropReason why, const Segment& segment, Context& context) {
  const bool is_challenge = why == DropReason::kTcpSynChallenged || why == DropReason::kTcpResetChallenged ||
                            why == DropReason::kTcpAckOutOfRange;
  if (is_challenge) {
    if (!challenges_.allow(context.config, context.now)) return;
    ++context.counters.challenge_acks;
    syn_ack_came_again(segment);
    owe_ack(trace::Reason::kSendChallenge);
    return;
  }
  // A segment with text wants its answer each time: it may be a probe of our window.
  if (segment.text_length == 0 && !segment.fin() && !challenges_.allow_unacceptable(context.config, context.now))
    return;
  owe_ack(trace::Reason::kSendUnacceptableAck);
}

// --- LISTEN (§3.10.7.2) ---

Verdict Connection::arrives_in_listen(const Segment& segment, Slice text, Context& context) {
  if (segment.rst()) return Verdict::dropped(DropReason::kTcpListenReset);
  if (segment.has_ack()) return Verdict::reset_and_drop(DropReason::kTcpListenAck, reset_for(segment));
  if (!segment.syn()) return Verdict::dropped(DropReason::kTcpListenNoSyn);
  // Text or a FIN beside the SYN is not acknowledged by our SYN-ACK, so the peer sends it again: nothing of a peer
  // that has not shown its address to be its own is kept (RFC 4987 §3.5, 4987-7). A fast open cookie shows it.
  learn_peer(segment, context);
  owes_syn_ = true;
  syn_timestamp_ = timestamp_now(timestamp_offset_, context.now);
  silent_since_ = context.now;
  enter(State::kSynReceived, trace::Reason::kSynArrived, context);
  accept_fast_open(segment, std::move(text), context);
  return Verdict::done(fast_open_ == FastOpen::kEarly ? trace::Reason::kFastOpenTaken : trace::Reason::kSynArrived);
}

// --- SYN-SENT (§3.10.7.3) ---

Verdict Connection::arrives_in_syn_sent(const Segment& segment, Slice text, Context& context) {
  if (segment.has_ack() && !acknowledges_syn(segment.ack, tcb_.snd.iss, tcb_.snd.nxt)) {
    if (segment.rst()) return Verdict::dropped(DropReason::kTcpSynSentBadReset);
    return Verdict::reset_and_drop(DropReason::kTcpSynSentBadAck, {.seq = segment.ack});
  }
  if (segment.rst()) {
    if (!segment.has_ack()) return Verdict::dropped(DropReason::kTcpSynSentBadReset);
    if (asks_without_ecn(context.config.ecn)) return Verdict::done(trace::Reason::kEcnRefused);
    end(Error::kRefused, trace::Reason::kPeerRefused, context);
    return Verdict::done(trace::Reason::kPeerRefused);
  }
  if (!segment.syn()) return Verdict::dropped(DropReason::kTcpSynSentNoSyn);
  if (segment.has_ack() && echoes_no_syn(segment, context)) {
    return Verdict::reset_and_drop(DropReason::kTcpSynSentBadEcho, {.seq = segment.ack});
  }

  learn_peer(segment, context);
  if (!segment.has_ack()) {
    owes_syn_ = true;
    syn_timestamp_ = timestamp_now(timestamp_offset_, context.now);
    enter(State::kSynReceived, trace::Reason::kSimultaneousOpen, context);
    return Verdict::done(trace::Reason::kSimultaneousOpen);
  }
  our_syn_arrived(segment, trace::Reason::kSynAckArrived, context);
  owe_ack(trace::Reason::kSendAck);
  // "If there are other controls or text in the segment, then continue processing at the sixth step."
  const Segment rest = behind_syn(segment);
  (void)check_urgent(rest, context);
  if (rest.text_length == 0 && !rest.fin()) return Verdict::done(trace::Reason::kSynAckArrived);
  const Verdict verdict = process_text(rest, std::move(text), context);
  if (verdict.ends()) return verdict;
  (void)check_fin(context);
  return Verdict::done(trace::Reason::kSynAckArrived);
}

// Both directions are known to work: this end is ESTABLISHED.
void Connection::our_syn_arrived(const Segment& segment, trace::Reason why, Context& context) {
  handshake_is_over(segment, context);
  owes_syn_ = false;
  timeouts_ = 0;
  icmp_error_ = IcmpError::kNone;
  stop_timer(Timer::kRetransmit, context);
  start_congestion_control(handshake_was_marked(segment), context);
  if (rtt_.backoff() == 0) {
    if (!handshake_untimed_) {
      rtt_.add_sample(context.now - last_sent_);
      rtt_.note_shortest(context.now - last_sent_, context.now);
    }
  } else {
    rtt_.handshake_was_repeated();
    rtt_.end_backoff();
  }
  settle_early_text(segment.ack, context.now);
  enter(State::kEstablished, why, context);
  signals_ |= Readiness::kConnected | Readiness::kWritable;
  ++context.counters.connections_opened;
  last_heard_ = context.now;
  start_keep_alive(context.now, context);
  owes_user_timeout_ = context.config.user_timeout_option;
  if (quick_acks_ == 0) quick_acks_ = context.config.quick_acks;
  if (close_.requested) enter(State::kFinWait1, trace::Reason::kCallerCloses, context);
  update_send_timers(false, context);
}

// --- Other states (§3.10.7.4) ---

Verdict Connection::arrives_in_other(const Segment& arrived, Slice text, Context& context) {
  ecn_.is_answer = false;
  if (const Verdict verdict = answer_syn_again(arrived, context); verdict.ends()) return verdict;
  if (const Verdict verdict = check_reopening(arrived, context); verdict.ends()) return verdict;
  Segment segment = arrived;
  const bool crossed = is_crossed_syn_ack(arrived);
  if (crossed) {
    syn_ack_crossed(arrived, context.config.ecn);
    segment = behind_syn(arrived);
  }
  if (const Verdict verdict = check_timestamps(segment, context); verdict.ends()) return verdict;
  using Step = Verdict (Connection::*)(const Segment&, Context&);
  static constexpr Step kSteps[] = {&Connection::check_sequence, &Connection::check_reset, &Connection::check_syn,
                                    &Connection::check_ack, &Connection::check_urgent};
  for (const Step step : kSteps) {
    if (const Verdict verdict = (this->*step)(segment, context); verdict.ends()) return verdict;
  }
  if (crossed) answer_crossed(arrived, context);
  if (const Verdict verdict = process_text(segment, std::move(text), context); verdict.ends()) return verdict;
  return check_fin(context);
}

// The peer's SYN once more: our SYN-ACK was lost, so the same segment goes out again, now (RFC 9293 §3.8.1).
Verdict Connection::answer_syn_again(const Segment& segment, Context& context) {
  const bool is_same_syn = segment.syn() && !segment.has_ack() && !segment.rst() && segment.seq == tcb_.rcv.irs;
  if (state_ != State::kSynReceived || !is_same_syn) return Verdict::go_on();
  if (asks_for_both_forms(segment, context.config.ecn)) {
    const ResetReply reset = reset_of_mine(context.now);
    end(Error::kAborted, trace::Reason::kEcnForms, context);
    return Verdict::reset_and_drop(DropReason::kTcpEcnForms, reset);
  }
  owes_syn_ = true;
  return Verdict::dropped(DropReason::kTcpDuplicateSyn);
}

// PAWS stands before the window test (RFC 7323 §5.3, 7323-15, 7323-16); a reset needs no timestamp (§3.2, 7323-11,
// 7323-12).
Verdict ConnectionFacts::check_timestamps(const Segment& segment, const Context& context) const {
  if (!agreed_.timestamps || segment.rst()) return Verdict::go_on();
  if (!segment.options.timestamps) {
    return context.config.require_timestamps ? Verdict::dropped(DropReason::kTcpNoTimestamp) : Verdict::go_on();
  }
  if (!is_timestamp_older(segment.options.timestamps->value, ts_recent_)) return Verdict::go_on();
  // §5.5 (7323-17): after so long an idle time the remembered value may have wrapped.
  const auto idle = std::chrono::seconds(seconds_of(context.now) - ts_recent_at_);
  if (idle > context.config.timestamp_memory) return Verdict::go_on();
  return Verdict::ack_and_drop(DropReason::kTcpPaws);
}

// First: the sequence number.
Verdict Connection::check_sequence(const Segment& segment, Context& context) {
  if (is_acceptable(tcb_.rcv, segment.seq, segment.len())) return Verdict::go_on();
  // "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to accept valid
  // ACKs, URGs, and RSTs": the text is trimmed away in the seventh step, and answered whatever the steps between do.
  if (tcb_.rcv.wnd() == 0 && segment.seq == tcb_.rcv.nxt && (segment.rst() || !segment.syn())) {
    if (!segment.rst()) owe_ack(trace::Reason::kSendUnacceptableAck);
    return Verdict::go_on();
  }
  if (segment.rst()) return Verdict::dropped(DropReason::kTcpResetOutsideWindow);
  if (segment.text_length > 0 && segment.seq + segment.text_length <= tcb_.rcv.nxt) {
    note_duplicate(segment.seq, segment.text_length, context);
  }
  // The peer's FIN again: our last acknowledgment was lost, so the wait begins anew (U-9).
  const bool fin_again = segment.fin() && segment.seq + segment.len() == tcb_.rcv.nxt && segment.has_ack() &&
                         is_ack_in_range(tcb_.snd, segment.ack);
  if (state_ == State::kTimeWait && fin_again) linger(context);
  return Verdict::ack_and_drop(segment.syn() ? DropReason::kTcpSynChallenged : DropReason::kTcpOutsideWindow);
}

// Second: RST, by RFC 5961 §3.2 (U-3, 5961-1). Text beside it changes nothing (SHLD-2).
Verdict Connection::check_reset(const Segment& segment, Context& context) {
  if (!segment.rst()) return Verdict::go_on();
  // RFC 1337 §3, fix 1 (1337-1): a reset must not end TIME-WAIT, or old duplicates could enter the next connection.
  if (state_ == State::kTimeWait) return Verdict::dropped(DropReason::kTcpResetInTimeWait);
  switch (judge_reset(tcb_.rcv, segment.seq)) {
    case ResetJudgement::kOutside:
      return Verdict::dropped(DropReason::kTcpResetOutsideWindow);
    case ResetJudgement::kInWindow:
      return Verdict::ack_and_drop(DropReason::kTcpResetChallenged);
    case ResetJudgement::kExact:
      break;
  }
  if (returns_to_listen()) {
    enter(State::kListen, trace::Reason::kReturnToListen, context);
    return Verdict::done(trace::Reason::kReturnToListen);
  }
  if (state_ == State::kSynReceived && !passive_) {
    end(Error::kRefused, trace::Reason::kPeerRefused, context);
    return Verdict::done(trace::Reason::kPeerRefused);
  }
  // In CLOSING and LAST-ACK all that the peer can still owe is the acknowledgment of our FIN, unless text waits too.
  const bool only_fin_left =
      is_one_of(state_, state_set({State::kClosing, State::kLastAck})) && (!active_ || active_->queue.empty());
  end(only_fin_left ? Error{} : Error::kReset, trace::Reason::kPeerReset, context);
  return Verdict::done(trace::Reason::kPeerReset);
}

// Fourth: SYN, by RFC 5961 §4.2 (U-4, 5961-2).
Verdict Connection::check_syn(const Segment& segment, Context& context) {
  if (!segment.syn()) return Verdict::go_on();
  // A SYN left of the window, on a segment whose text reaches into it, is not part of the idealized segment: it must
  // not cost the listener its half-open peer.
  if (returns_to_listen() && segment.seq.in(tcb_.rcv.nxt, tcb_.rcv.wnd())) {
    enter(State::kListen, trace::Reason::kReturnToListen, context);
    return Verdict::done(trace::Reason::kReturnToListen);
  }
  return Verdict::ack_and_drop(DropReason::kTcpSynChallenged);
}

// Fifth: ACK; without it nothing goes on (U-6).
Verdict Connection::check_ack(const Segment& segment, Context& context) {
  if (!segment.has_ack()) return Verdict::dropped(DropReason::kTcpNoAck);
  // §3.5.2 group 2: before the connection is synchronized, what acknowledges anything but our SYN belongs to some other
  // connection and gets a reset, even where the range check of RFC 5961 would only ask for an acknowledgment.
  if (state_ == State::kSynReceived && !acknowledges_syn(segment.ack, tcb_.snd.iss, tcb_.snd.nxt)) {
    return Verdict::reset_and_drop(DropReason::kTcpAckBad, {.seq = segment.ack});
  }
  if (!is_ack_in_range(tcb_.snd, segment.ack)) return Verdict::ack_and_drop(DropReason::kTcpAckOutOfRange);
  heard_from_peer(context);
  note_timestamp(segment, context.now);
  note_user_timeout(segment, context);
  if (state_ == State::kSynReceived) {
    our_syn_arrived(segment, trace::Reason::kHandshakeAck, context);
    set_window(segment, segment.seq);
  }
  if (tells_number() && !ecn_.is_answer) ecn_.hear_first_number(ace_of(segment.flags));
  process_ack(segment, context);
  note_marks(segment);
  return ack_of_fin(context);
}

// What changes where our FIN is acknowledged.
Verdict Connection::ack_of_fin(Context& context) {
  if (!close_.fin_acked) {
    // CLOSING: "if the ACK acknowledges our FIN ..., otherwise, ignore the segment".
    return state_ == State::kClosing ? Verdict::done(trace::Reason::kAcceptable) : Verdict::go_on();
  }
  switch (state_) {
    case State::kFinWait1:
      enter(State::kFinWait2, trace::Reason::kFinAcked, context);
      stop_timer(Timer::kLinger, context);
      if (released_) set_timer(Timer::kFinWait2, context.now + context.config.fin_wait_2, context);
      return Verdict::go_on();
    case State::kClosing:
      enter_time_wait(trace::Reason::kBothClosed, context);
      return Verdict::done(trace::Reason::kBothClosed);
    case State::kLastAck:
      end(Error{}, trace::Reason::kLastAckAcked, context);
      return Verdict::done(trace::Reason::kLastAckAcked);
    default:
      return Verdict::go_on();
  }
}

// Seventh: the text, cut to the window.
Verdict Connection::process_text(const Segment& segment, Slice text, Context& context) {
  if (segment.text_length == 0 && !segment.fin()) return Verdict::go_on();
  if (!is_one_of(state_, kReceivesText)) return text_after_fin(segment);
  const SeqNum start = segment.seq;
  Trimmed part = trim_to_window(tcb_.rcv, start, segment.text_length, segment.fin());
  // Nothing lies behind the peer's FIN, wherever it says so later.
  if (close_.peer_fin_known) part = cut_at_fin(part, close_.peer_fin);
  if (part.length > 0 && released_) {
    ResetReply in_our_numbers;
    (void)abort(Error::kAborted, context, in_our_numbers);
    // In the peer's own numbers: our FIN may be lost, and then a reset behind it would only be challenged.
    return Verdict::reset_and_drop(DropReason::kTcpTextAfterClose, reset_for(segment));
  }
  if (part.fin && !close_.peer_fin_known) {
    close_.peer_fin_known = true;
    close_.peer_fin = part.start + part.length;
  }
  if (part.skip > 0) note_duplicate(start, part.skip, context);
  if (part.length == 0) {
    // All of it was here before, lies beyond the window or is a FIN beyond a gap: the peer is told where we are. A FIN
    // whose turn it is has its own acknowledgment in the eighth step.
    const bool fin_is_next = close_.peer_fin_known && close_.peer_fin == tcb_.rcv.nxt;
    if (!fin_is_next) owe_ack(trace::Reason::kSendUnacceptableAck);
    return Verdict::go_on();
  }
  Slice fresh = std::move(text).sub(part.skip, part.length);
  if (part.start != tcb_.rcv.nxt) return hold(part.start, fresh, context);
  return take_in_order(std::move(fresh), context);
}

// "This should not occur since a FIN has been received": the text is ignored; a FIN, and in TIME-WAIT anything that
// uses a number, is told where the stream ended (1337-2).
Verdict Connection::text_after_fin(const Segment& segment) {
  if (segment.fin() || state_ == State::kTimeWait) owe_ack(trace::Reason::kSendUnacceptableAck);
  return segment.text_length > 0 ? Verdict::dropped(DropReason::kTcpTextAfterFin) : Verdict::go_on();
}

// Eighth: FIN, once everything before it is here.
Verdict Connection::check_fin(Context& context) {
  const Verdict accepted = Verdict::done(trace::Reason::kAcceptable);
  if (!close_.peer_fin_known || close_.peer_fin_done || tcb_.rcv.nxt != close_.peer_fin) return accepted;
  if (!is_one_of(state_, kReceivesText)) return accepted;
  close_.peer_fin_done = true;
  advance_received(1);
  if (tcb_.rcv.edge < tcb_.rcv.nxt) tcb_.rcv.edge = tcb_.rcv.nxt;
  // What a peer sent from beyond its own FIN is no text.
  if (active_ && !active_->reassembly.empty()) active_->reassembly = Reassembly(&context.resources.memory);
  owe_ack(trace::Reason::kSendAck);
  signals_ |= Readiness::kPeerClosed | Readiness::kReadable;
  switch (state_) {
    case State::kEstablished:
      enter(State::kCloseWait, trace::Reason::kPeerFin, context);
      break;
    case State::kFinWait1:
      enter(State::kClosing, trace::Reason::kCrossedFins, context);
      break;
    default:
      enter_time_wait(trace::Reason::kBothClosed, context);
      break;
  }
  return Verdict::done(trace::Reason::kPeerFin);
}

// RFC 9293 §3.6.1 (MUST-13): "start the time-wait timer, turn off the other timers".
void Connection::enter_time_wait(trace::Reason why, Context& context) {
  stop_all_timers(context);
  enter(State::kTimeWait, why, context);
  linger(context);
}

void Connection::linger(Context& context) {
  set_timer(Timer::kTimeWait, context.now + 2 * context.config.msl, context);
}

}  // namespace handfast::tcp
