#include <algorithm>

#include "tcp/connection.h"
#include "tcp/tracing.h"

// RFC 9293 §3.10.1 to §3.10.6 (U-11): OPEN, SEND, RECEIVE, CLOSE, ABORT, in that order; STATUS, which changes nothing,
// stands in status.cc. Which answer a call gets in which state is the RFC's; where it says "queue", the text or the FIN
// waits in the connection until it can go.

namespace handfast::tcp {

// --- OPEN (§3.10.1) ---

void Connection::start(const Opening& opening, Context& context) {
  tuple_ = opening.tuple;
  timestamp_offset_ = opening.timestamp_offset;
  mss_ = opening.mss;
  profile_ = opening.profile;
  nagle_ = context.config.nagle;
  take_habits(context.config);
  keep_alive_.on = context.config.keep_alive;
  tcb_.snd.iss = opening.iss;
  tcb_.snd.una = opening.iss;
  tcb_.snd.nxt = opening.iss;
}

void Connection::open_passive(const Opening& opening, Context& context) {
  start(opening, context);
  passive_ = true;
  enter(State::kListen, trace::Reason::kPassiveOpen, context);
}

void Connection::open_active(const Opening& opening, Context& context) {
  start(opening, context);
  owes_syn_ = true;
  syn_timestamp_ = timestamp_now(timestamp_offset_, context.now);
  silent_since_ = context.now;
  offer_fast_open(opening, context);
  enter(State::kSynSent, trace::Reason::kActiveOpen, context);
}

// --- SEND (§3.10.2) ---

Result<void> ConnectionFacts::check_sending() const {
  if (state_ == State::kClosed) return failure_now();
  if (state_ == State::kListen) return failure(Error::kUnspecifiedPeer);
  if (close_.requested || !is_one_of(state_, kTakesText)) return failure(Error::kClosing);
  return {};
}

// Room for the record of a transmission comes before the text: text that used up the last memory could never be sent.
bool Connection::begin_send(Context& context) {
  if (!take_active(context)) return false;
  if (!active_->outstanding.make_room()) {
    ++context.counters.allocation_failures;
    release_active_if_drained(context);
    return false;
  }
  restart_after_idle(active_->queue.empty() && active_->outstanding.empty(), context);
  look_for_larger_path(context);
  active_->awaited = 0;
  return true;
}

Result<std::size_t> Connection::send(std::span<const std::byte> text, Context& context) {
  if (const auto allowed = check_sending(); !allowed) return std::unexpected(allowed.error());
  if (text.empty()) return 0;
  if (!begin_send(context)) return failure(Error::kNoMemory);
  const std::uint32_t queued = active_->queue.size();
  const std::uint32_t most = send_buffer_for(context.config, cc_.cwnd);
  const std::uint32_t room = most > queued ? most - queued : 0;
  const std::size_t wanted = std::min<std::size_t>(text.size(), room);
  const std::uint32_t taken = active_->queue.append_copy(text.first(wanted), context.resources.buffers);
  if (taken < text.size() || has_enough_unsent()) wants_writable_ = true;
  watch_limits(context.now);
  if (taken == 0) {
    release_active_if_drained(context);
    return failure(wanted == 0 ? Error::kWouldBlock : Error::kNoMemory);
  }
  active_->ends_pushed = push_;
  if (context.trace != nullptr) trace_call(*this, trace::Reason::kCallSend, taken, context);
  watch_cork(false, context);
  update_send_timers(false, context);
  return taken;
}

Result<void> Connection::send_slice(Slice text, Context& context) {
  if (const auto allowed = check_sending(); !allowed) return allowed;
  if (text.empty()) return {};
  if (!begin_send(context)) return failure(Error::kNoMemory);
  const std::uint32_t queued = active_->queue.size();
  // A slice larger than the whole buffer is taken when the queue is empty, or it could never be.
  const std::uint32_t most = send_buffer_for(context.config, cc_.cwnd);
  if (queued > 0 && (queued >= most || text.size() > most - queued)) {
    wants_writable_ = true;
    watch_limits(context.now);
    return failure(Error::kWouldBlock);
  }
  const std::uint32_t size = text.size();
  if (!active_->queue.append_slice(std::move(text))) {
    release_active_if_drained(context);
    return failure(Error::kNoMemory);
  }
  active_->ends_pushed = push_;
  if (has_enough_unsent()) wants_writable_ = true;
  if (context.trace != nullptr) trace_call(*this, trace::Reason::kCallSend, size, context);
  watch_limits(context.now);
  watch_cork(false, context);
  update_send_timers(false, context);
  return {};
}

// "If the urgent flag is set, then SND.UP <- " the number behind what is queued. A segment without text tells the peer
// where nothing else can: behind a shut window, or held back by whatever holds text back (RFC 9293 §3.8.5, MUST-30).
Result<std::size_t> Connection::send_urgent(std::span<const std::byte> text, Context& context) {
  const auto taken = send(text, context);
  if (!taken || *taken == 0) return taken;
  active_->urgent.mark(fin_seq());
  if (is_one_of(state_, kSynchronized)) owe_ack(trace::Reason::kSendUrgent);
  return taken;
}

// RFC 5681 §4.1 (5681-10): after a pause longer than an RTO the window says nothing about the path any more.
bool ConnectionFacts::is_pause(const Context& context) const {
  return context.now - last_sent_ > rtt_.rto(context.config);
}

void Connection::restart_after_idle(bool idle, Context& context) {
  if (!idle || !is_one_of(state_, kSends)) return;
  const bool long_idle = context.config.restart_after_idle && is_pause(context);
  const std::uint32_t restart = context.config.initial_window_segments * full_segment();
  controller(context).on_idle(cc_, active_->scratch, context.now, restart, long_idle);
}

// --- RECEIVE (§3.10.3) ---

Result<std::size_t> ConnectionFacts::nothing_received() const {
  // A reset empties the queue: that is no end of text, even where the peer's FIN came before it (MUST-12).
  if (close_.peer_fin_done && ended_by_ == Error{}) return 0;
  if (state_ == State::kClosed) return failure_now();
  return failure(Error::kWouldBlock);
}

Result<std::size_t> ConnectionFacts::peek(std::span<std::byte> text) const {
  if (!active_ || active_->received.empty()) return nothing_received();
  return active_->received.copy(text);
}

Result<std::size_t> Connection::receive(std::span<std::byte> text, Context& context) {
  if (!active_ || active_->received.empty()) return nothing_received();
  const std::uint32_t taken = active_->received.take(text);
  if (context.trace != nullptr) trace_call(*this, trace::Reason::kCallReceive, taken, context);
  tune_receive_buffer(taken, context);
  window_may_open(context);
  return taken;
}

Result<Slice> Connection::receive_slice(Context& context) {
  if (!active_ || active_->received.empty()) {
    if (const auto nothing = nothing_received(); !nothing) return std::unexpected(nothing.error());
    return Slice();
  }
  Slice text = active_->received.take_slice();
  if (context.trace != nullptr) trace_call(*this, trace::Reason::kCallReceive, text.size(), context);
  tune_receive_buffer(text.size(), context);
  window_may_open(context);
  return text;
}

// The caller made room: the peer is told when that is worth a segment (RFC 9293 §3.8.6.2.2, MUST-39).
void Connection::window_may_open(Context& context) {
  if (urgent_remaining() == 0) urgent_pending_ = false;
  release_active_if_drained(context);
  if (!is_one_of(state_, kReceivesText)) return;
  const SeqNum edge = tcb_.rcv.edge;
  open_window(context.config);
  // Half a window or two segments of news: less would make each read of the caller a segment. A peer that may still
  // send three quarters of the buffer hears of it with its next text, and needs no segment for it.
  const std::uint32_t gain = tcb_.rcv.edge.since(edge);
  const std::uint32_t left = edge.since(tcb_.rcv.nxt);
  const std::uint32_t buffer = receive_buffer(context.config);
  const bool is_short = left <= buffer - buffer / 4;
  if (gain > 0 && is_short && (gain >= buffer / 2 || gain >= 2u * mss_ || left < mss_)) {
    owe_ack(trace::Reason::kSendWindowUpdate);
  } else {
    tcb_.rcv.edge = edge;
  }
}

// --- CLOSE (§3.10.4) ---

Result<void> Connection::close(Context& context) {
  switch (state_) {
    case State::kClosed:
      return failure_now();
    case State::kListen:
    case State::kSynSent:
      end(Error::kAborted, trace::Reason::kCloseInSynSent, context);
      return {};
    case State::kSynReceived:
      // The RFC lets a connection without text go to FIN-WAIT-1 at once. Ours always waits for ESTABLISHED, as it does
      // for one with text: a FIN then never travels beside an unacknowledged SYN.
      if (close_.requested) return failure(Error::kClosing);
      close_.requested = true;
      return {};
    case State::kEstablished:
      close_.requested = true;
      enter(State::kFinWait1, trace::Reason::kCallerCloses, context);
      break;
    case State::kCloseWait:
      close_.requested = true;
      enter(State::kLastAck, trace::Reason::kCallerCloses, context);
      break;
    case State::kFinWait1:
    case State::kFinWait2:
    case State::kClosing:
    case State::kLastAck:
    case State::kTimeWait:
      return failure(Error::kClosing);
  }
  update_send_timers(false, context);
  return {};
}

// RFC 9293 §3.6.1 (MAY-1, SHLD-3): whoever goes without having taken everything tells the peer by a reset.
bool Connection::let_go(Duration linger, Context& context, ResetReply& reset) {
  const bool loses_text = active_ && !active_->received.empty();
  released_ = true;
  const bool will_not_wait = linger == Duration::zero() && state_ != State::kTimeWait;
  if ((loses_text || will_not_wait) && state_ != State::kClosed) {
    if (loses_text) active_->received = ReceiveQueue(&context.resources.memory);
    return abort(Error::kAborted, context, reset);
  }
  if (loses_text) active_.reset();
  if (state_ != State::kClosed) (void)close(context);
  if (state_ == State::kFinWait2) {
    set_timer(Timer::kFinWait2, context.now + context.config.fin_wait_2, context);
  } else if (linger != Duration::max() && is_one_of(state_, kLingers)) {
    if (!take_active(context)) return abort(Error::kNoMemory, context, reset);
    set_timer(Timer::kLinger, context.now + linger, context);
  }
  return false;
}

// --- ABORT (§3.10.5) ---

bool Connection::abort(Error why, Context& context, ResetReply& reset) {
  if (state_ == State::kClosed) return false;
  // A reset for the states whose peer knows of us; the others just end.
  // LAST-ACK is among them for as long as our FIN still waits for the peer's window.
  const bool tells_peer = is_one_of(state_, state_set({State::kSynReceived, State::kEstablished, State::kFinWait1,
                                                       State::kFinWait2, State::kCloseWait})) ||
                          (state_ == State::kLastAck && !close_.fin_sent);
  reset = reset_of_mine(context.now);
  end(why, trace::Reason::kCallerAborts, context);
  return tells_peer;
}

// What was to be sent goes with the connection; what arrived stays where the caller still wants it.
void Connection::drop_active(Context& context) {
  if (!active_) return;
  ReceiveQueue received = std::move(active_->received);
  active_.reset();
  if (released_ || !context.config.failure_keeps_text || received.empty()) return;
  if (take_active(context)) active_->received = std::move(received);
}

// Every end is the same: nothing more is sent, received or waited for. What arrived in good order stays for the caller.
void Connection::end(Error why, trace::Reason reason, Context& context) {
  const bool in_good_order = why == Error{};
  stop_all_timers(context);
  if (active_) active_->held_back.turn_to(Limit::kNone, milliseconds_of(context.now), account_.limits);
  ack_ = AckPolicy();
  owes_syn_ = false;
  owes_probe_ = false;
  keep_alive_ = {};
  ended_by_ = why;
  enter(State::kClosed, reason, context);
  if (!in_good_order || released_) drop_active(context);
  release_active_if_drained(context);
  signals_ |= in_good_order ? Readiness::kClosed : Readiness::kFailed | Readiness::kReadable | Readiness::kWritable;
  ++(in_good_order ? context.counters.connections_closed : context.counters.connections_failed);
}

}  // namespace handfast::tcp
