#include <algorithm>

#include "base/check.h"
#include "tcp/connection.h"
#include "tcp/tracing.h"
#include "tcp/user_timeout.h"

// "What do I send next?" plan_transmit answers without changing anything, and looks in this order: a stage of the
// handshake, text held to be lost, new text and the FIN behind it, a probe of a shut window, and an acknowledgment that
// nothing else carried. poll_transmit carries the plan out. So whether a connection wants to transmit, and what it
// would send, can be asked at any time and is never decided twice.

namespace handfast::tcp {

// --- The plan ---

Plan ConnectionFacts::plan_transmit(const TransmitLimits& wanted) const {
  using enum Plan::What;
  // A device that cuts a super-segment leaves CWR to the first piece, which would change the number in the others.
  const bool cuts = !tells_number() || (ecn_.received & 2) == 0;
  const TransmitLimits limits{.largest_text = cuts ? wanted.largest_text : 0};
  if (state_ == State::kClosed || state_ == State::kListen) return {};
  if (owes_syn_) return {.what = kHandshake, .reason = handshake_reason()};
  if (state_ == State::kSynSent) return {};
  // RFC 9768 §3.2.2.1: what tells how the SYN-ACK arrived is bare, so it goes before text.
  if (ecn_.reflects && ack_.owed()) return {.what = kAck, .reason = ack_.reason()};
  if (is_one_of(state_, kSends) || sends_early()) {
    if (!active_ || !active_->pacer.is_shut()) {
      // A device that cuts a super-segment copies its urgent pointer, which counts from the first piece only.
      const TransmitLimits most = active_ && active_->urgent.is_on() ? TransmitLimits{} : limits;
      if (const Plan plan = plan_again(most); plan.what != kNothing) return plan;
      if (const Plan plan = plan_path_probe(); plan.what != kNothing) return plan;
      if (const Plan plan = plan_text(most); plan.what != kNothing) return plan;
    }
    if (const Plan plan = plan_tail_probe(); plan.what != kNothing) return plan;
    if (const Plan plan = plan_probe(); plan.what != kNothing) return plan;
  }
  if (keep_alive_.owed) return {.what = kKeepAlive, .reason = trace::Reason::kSendKeepAlive};
  if (ack_.owed()) return {.what = kAck, .reason = ack_.reason()};
  return {};
}

trace::Reason ConnectionFacts::handshake_reason() const {
  if (handshake_sent_in_ == state_) return trace::Reason::kSendSynAgain;
  return state_ == State::kSynSent ? trace::Reason::kSendSyn : trace::Reason::kSendSynAck;
}

// RFC 5682 §2.1 step 2 b (5682-1): while new text can go out or is on its way, it tells whether anything was lost at
// all.
bool ConnectionFacts::tries_new_text_first() const {
  if (!active_->recovery.prefers_new_text()) return false;
  const bool is_on_its_way = active_->recovery.recovery_point() < tcb_.snd.nxt;
  return is_on_its_way || (unsent_text() > 0 && usable_window() > 0);
}

// Text held to be lost goes before new text, within the congestion window and the peer's (RFC 9293 §3.8.6, SHLD-16).
// The oldest segment goes in any case: the repair itself must not wait for the window that the loss has cut.
Plan ConnectionFacts::plan_again(const TransmitLimits& limits) const {
  const Transmission* lost = active_ ? active_->outstanding.first_lost() : nullptr;
  const SeqNum edge = tcb_.snd.una + tcb_.snd.wnd;
  if (lost == nullptr || edge <= lost->start || tries_new_text_first()) return {};
  const std::uint32_t mss = segment_text_limit();
  const std::uint32_t flight = in_flight();
  const std::uint32_t by_congestion = cc_.cwnd > flight ? cc_.cwnd - flight : 0;
  const bool has_fin = close_.fin_sent && lost->end() == fin_seq() + 1;
  const std::uint32_t text = lost->length - (has_fin ? 1 : 0);
  if (by_congestion < std::min(text, mss) && lost->start != tcb_.snd.una) return {};
  std::uint32_t length =
      std::min({text, edge.since(lost->start), std::max(by_congestion, mss), std::max(limits.largest_text, mss)});
  if (length > mss && length < text) length -= length % mss;
  const std::uint32_t offset = lost->start.since(tcb_.snd.una);
  length = active_->queue.gatherable(offset, length + added_to_probe(*lost, by_congestion), kMaxTextSlices);
  const bool fin = has_fin && length == text && lost->start + length < edge;
  if (length == 0 && !fin) return {};
  return {Plan::What::kAgain, offset, length, fin, again_reason_, lost->pushed && length == text};
}

Plan ConnectionFacts::plan_text(const TransmitLimits& limits) const {
  if (!has_something_to_send()) return {};
  const std::uint32_t unsent = unsent_text();
  const std::uint32_t offset = tcb_.snd.nxt.since(tcb_.snd.una);
  const std::uint32_t record = active_ ? active_->records.within(tcb_.snd.nxt, unsent) : unsent;
  if (unsent == 0) {
    // A FIN alone needs a number inside the peer's window; congestion control counts text only.
    if (usable_window() == 0) return {};
    return {Plan::What::kText, offset, 0, true, trace::Reason::kSendFin};
  }
  std::uint32_t length = text_allowed(record, record < unsent, limits);
  if (length == 0) return {};
  length = active_->queue.gatherable(offset, length, kMaxTextSlices);
  const bool fin = close_.requested && length == unsent && usable_window() > length;
  return {Plan::What::kText, offset, length, fin, trace::Reason::kSendText};
}

// RFC 4821 §7.4: new text in one segment larger than others, while nothing is being repaired and enough can follow it
// for its loss to be found at once.
Plan ConnectionFacts::plan_path_probe() const {
  const std::uint32_t size = active_ ? active_->path.search.next() : 0;
  if (size == 0 || active_->recovery.phase() != RepairPhase::kNone) return {};
  if (active_->outstanding.lost() > 0 || active_->outstanding.sacked() > 0) return {};
  const std::uint32_t limit = new_text_limit();
  const std::uint32_t text = size - (send_mss() - limit);
  const std::uint32_t wanted = text + 3 * limit;
  if (std::min({unsent_text(), usable_window(), cc_.cwnd}) < wanted || cc_.cwnd < in_flight() + text) return {};
  const std::uint32_t offset = tcb_.snd.nxt.since(tcb_.snd.una);
  if (active_->queue.gatherable(offset, text, kMaxTextSlices) < text) return {};
  return {Plan::What::kPathProbe, offset, text, false, trace::Reason::kSendPathProbe};
}

// RFC 9293 §3.8.6.1: one octet into a shut window, the same one until it is acknowledged; into a window that is only
// too small for silly-window avoidance, as much as it takes.
Plan ConnectionFacts::plan_probe() const {
  if (!owes_probe_) return {};
  if (active_ && !active_->outstanding.empty()) {
    const bool fin = close_.fin_sent && fin_seq() == tcb_.snd.una;
    return {Plan::What::kProbe, 0, fin ? 0u : 1u, fin, trace::Reason::kSendProbe};
  }
  if (probes_without_text_ && tcb_.snd.wnd == 0) {
    return {.what = Plan::What::kKeepAlive, .reason = trace::Reason::kSendProbe};
  }
  const std::uint32_t unsent = unsent_text();
  std::uint32_t length = std::min({unsent, std::max(tcb_.snd.wnd, 1u), new_text_limit()});
  if (length > 0) length = active_->queue.gatherable(0, length, kMaxTextSlices);
  return {Plan::What::kProbe, 0, length, unsent == 0, trace::Reason::kSendProbe};
}

// RFC 8985 §7.3: a segment of new text, or else the last one again, whatever the congestion window says: the probe is
// one segment. Beyond the peer's window nothing goes (RFC 9293 §3.8.6, MUST-34).
Plan ConnectionFacts::plan_tail_probe() const {
  if (!active_ || !active_->recovery.owes_probe()) return {};
  if (const std::uint32_t unsent = unsent_text(); unsent > 0 && usable_window() > 0) {
    const std::uint32_t offset = tcb_.snd.nxt.since(tcb_.snd.una);
    const std::uint32_t wanted = std::min({unsent, usable_window(), new_text_limit()});
    const std::uint32_t length = active_->queue.gatherable(offset, wanted, kMaxTextSlices);
    const bool fin = close_.requested && length == unsent && usable_window() > length;
    return {Plan::What::kTailProbe, offset, length, fin, trace::Reason::kSendTailProbe};
  }
  const Transmission* last = active_->outstanding.last_missing();
  if (last == nullptr || tcb_.snd.una + tcb_.snd.wnd < last->end()) return {};
  const bool has_fin = close_.fin_sent && last->end() == fin_seq() + 1;
  const std::uint32_t text = last->length - (has_fin ? 1 : 0);
  const std::uint32_t mss = segment_text_limit();
  const std::uint32_t skip = text > mss ? (text - 1) / mss * mss : 0;
  const std::uint32_t offset = last->start.since(tcb_.snd.una) + skip;
  const std::uint32_t length = active_->queue.gatherable(offset, text - skip, kMaxTextSlices);
  const bool whole = length == text - skip;
  const bool fin = has_fin && whole;
  if (length == 0 && !fin) return {};
  return {Plan::What::kTailProbe, offset, length, fin, trace::Reason::kSendTailProbe, last->pushed && whole};
}

bool ConnectionFacts::wants_to_transmit(const TransmitLimits& limits) const {
  return plan_transmit(limits).what != Plan::What::kNothing;
}

// --- Carrying it out ---

bool Connection::poll_transmit(const TransmitLimits& limits, Outgoing& out, Context& context) {
  using enum Plan::What;
  const Plan plan = plan_transmit(in_bursts(limits, context.config));
  if (plan.what == kNothing) {
    note_nothing_to_send();
    return false;
  }
  const trace::TcbView before = context.trace != nullptr ? view() : trace::TcbView{};
  out.clear();
  out.reason = plan.reason;
  if (plan.what == kHandshake) {
    fill_handshake(out, context);
  } else {
    out.segment = Segment();
    out.segment.seq = plan.what == kKeepAlive ? tcb_.snd.nxt - 1 : bare_seq();
    const bool has_text = plan.what != kAck && plan.what != kKeepAlive;
    if (has_text && !fill_text(plan, out, context)) return false;
    fill_header(out, context);
  }
  // Text that takes an acknowledgment along answers what came, and so may what follows it: no haste from here on. What
  // a SYN carried in vain is no answer.
  const bool repeats = fast_open_ == FastOpen::kCarries || fast_open_ == FastOpen::kGaveUp;
  const bool answers = out.segment.text_length > 0 && !out.again && !repeats && (ack_.owed() || ack_.delayed());
  if (answers && quick_acks_ != kAlwaysQuick) quick_acks_ = 0;
  account_.left(out.segment.text_length, out.segment_size, out.text_again);
  watch_limits(context.now);
  acknowledgment_left(context);
  keep_alive_.owed = false;
  if (plan.what == kKeepAlive) owes_probe_ = false;  // a probe without text looks the same
  // RFC 5681 §4.1 asks when text was sent last; what probes a shut window is none.
  const bool is_probe = plan.what == kKeepAlive || (plan.what == kProbe && tcb_.snd.wnd == 0);
  if (plan.what != kAck && !is_probe) last_sent_ = context.now;
  if (out.again) {
    ++retransmissions_;
    ++context.counters.segments_retransmitted;
  }
  if (context.trace != nullptr) trace_sent(*this, out, before, context);
  HANDFAST_DCHECK(broken_invariant(context.config) == nullptr);
  return true;
}

// A stage of the handshake. When it is repeated, everything in it is as it was the first time, but for what RFC 7413
// §4.2.1 wants left out.
void Connection::fill_handshake(Outgoing& out, Context& context) {
  Segment& segment = out.segment;
  segment = Segment();
  segment.seq = tcb_.snd.iss;
  segment.flags = wire::kSyn;
  segment.window = static_cast<std::uint16_t>(std::min<std::uint32_t>(context.config.receive_buffer, 0xFFFF));
  if (state_ == State::kSynSent) {
    segment.options = offered_options(context.config, mss_);
    if (!ecn_.plain_syn) segment.flags |= ecn_question(context.config.ecn);
  } else {
    segment.flags |= wire::kAck;
    segment.ack = tcb_.rcv.nxt;
    segment.options = answered_options(context.config, agreed_, mss_);
    grant_ecn(segment);
  }
  if (segment.options.timestamps) {
    segment.options.timestamps =
        wire::TcpTimestamps{.value = syn_timestamp_, .echo = state_ == State::kSynSent ? 0 : ts_recent_};
  }
  out.again = handshake_sent_in_ == state_;
  const std::uint32_t text = fill_fast_open(out, context);
  handshake_sent_in_ = state_;
  owes_syn_ = false;
  tcb_.snd.nxt = later(tcb_.snd.nxt, tcb_.snd.iss + 1 + text);
  set_timer(Timer::kRetransmit, context.now + rtt_.rto(context.config), context);
}

// Text and FIN by the plan, with the record of their transmission. False where memory for the record is refused: the
// timer that runs while something waits to be sent tries again.
bool Connection::fill_text(const Plan& plan, Outgoing& out, Context& context) {
  if (!take_active(context) || !has_room_for_record(plan)) {
    ++context.counters.allocation_failures;
    return false;
  }
  Segment& segment = out.segment;
  segment.seq = tcb_.snd.una + plan.offset;
  const auto gathered = active_->queue.gather(plan.offset, plan.length, out.text);
  HANDFAST_CHECK(gathered.bytes == plan.length);
  out.text_slices = gathered.slices;
  segment.text_length = plan.length;
  const bool is_new = segment.seq == tcb_.snd.nxt;
  const std::uint32_t limit = is_new ? new_text_limit() : segment_text_limit();
  if (plan.length > limit && plan.what != Plan::What::kPathProbe) out.segment_size = limit;
  if (!is_new && active_->marks.option_was_lost(segment.seq, plan.length)) ecn_.option = after_a_loss(ecn_.option);
  const bool is_burst = out.segment_size > 0 && context.config.push_bursts;
  const bool pushed = plan.length > 0 && is_pushed(plan);
  if (pushed || is_burst) segment.flags |= wire::kPsh;
  if (plan.fin) segment.flags |= wire::kFin;
  mark_capable(plan, segment);
  record(plan, pushed, limit, out, context);
  return true;
}

// RFC 3168 §6.1.1, §6.1.5, §6.1.6 (3168-2): of all that is sent, new text alone may be marked. The first of it after a
// reduction tells the peer that its ECE was heard (§6.1.2, 3168-4); of a super-segment that is the first piece.
void Connection::mark_capable(const Plan& plan, Segment& segment) {
  const bool is_new = segment.seq == tcb_.snd.nxt && plan.length > 0 && plan.what != Plan::What::kProbe;
  if (agreed_.ecn == EcnFeedback::kNone || ecn_.no_ect || !is_new) return;
  segment.ecn = wire::EcnCodepoint::kEct0;
  if (ecn_.owes_cwr) segment.flags |= wire::kCwr;
  ecn_.owes_cwr = false;
}

bool Connection::has_room_for_record(const Plan& plan) {
  Outstanding& outstanding = active_->outstanding;
  const SeqNum start = tcb_.snd.una + plan.offset;
  const bool some_new = tcb_.snd.nxt < start + plan.length || start == tcb_.snd.nxt;
  return some_new ? outstanding.make_room() : outstanding.make_room_for_again(start);
}

// `pushed`: PUSH stands at its end, whoever carries it. `limit`: the text of a full segment.
void Connection::record(const Plan& plan, bool pushed, std::uint32_t limit, Outgoing& out, Context& context) {
  ActiveBlock& block = *active_;
  Outstanding& outstanding = block.outstanding;
  const std::uint32_t numbers = plan.length + (plan.fin ? 1 : 0);
  // A refused probe takes new text along; anything else is the one or the other.
  const std::uint32_t old = std::min(numbers, tcb_.snd.nxt.since(out.segment.seq));
  const bool is_new = old < numbers;
  // Early text: the round trip of our SYN is not that of what went out last.
  if (state_ == State::kSynReceived) handshake_untimed_ = true;
  const SendStamp stamp = block.rate.stamp(in_flight(), numbers, context.now);
  out.text_again = std::min(old, plan.length);
  if (old > 0) {
    outstanding.sent_again(out.segment.seq, old, context.now, stamp, block.rate.is_app_limited());
    out.again = true;
  }
  if (is_new) {
    if (outstanding.empty()) silent_since_ = context.now;
    outstanding.sent(tcb_.snd.nxt, numbers - old, context.now, stamp, block.rate.is_app_limited());
    if (pushed) outstanding.mark_last_as_pushed();
    tcb_.snd.nxt += numbers - old;
    block.window_use.sent(tcb_.snd.una, tcb_.snd.nxt, in_flight());
    if (out.segment_size > 0 ? plan.length % limit != 0 : plan.length < limit) {
      block.small_end = tcb_.snd.nxt;
      block.small_is_out = true;
    }
    if (plan.fin) close_.fin_sent = true;
  }
  const std::uint32_t timestamp = timestamp_now(timestamp_offset_, context.now);
  block.recovery.on_sent(out.segment.seq, numbers, out.again, full_segment(),
                         agreed_.timestamps ? std::optional(timestamp) : std::nullopt);
  if (plan.what == Plan::What::kTailProbe) block.recovery.probe_left(tcb_.snd.nxt, out.again);
  if (plan.what == Plan::What::kPathProbe) path_probe_left(context);
  const std::uint32_t text = out.segment_size > 0 ? out.segment_size : plan.length;
  const std::uint32_t size = text + (send_mss() - limit);
  block.path.largest_sent = std::max(block.path.largest_sent, static_cast<std::uint16_t>(size));
  owes_probe_ = false;
  if (is_new) watch_cork(true, context);
  if (is_new) note_writable(context.config);
  // RFC 6298 §5 (6298-7): no segment goes again less than an RTO after it went last, and the oldest is what the timer
  // is for.
  update_send_timers(out.again && out.segment.seq == tcb_.snd.una, context);
  if (is_new) schedule_tail_probe(context);
  pace(numbers, context);
}

void Connection::pace(std::uint32_t bytes, Context& context) {
  const std::uint64_t rate = controller(context).pacing_rate(cc_, active_->scratch);
  if (rate == 0) return;
  const Instant opens = active_->pacer.sent(bytes, rate, context.now);
  if (opens != kNever) set_timer(Timer::kPace, opens, context);
}

// Where the window has room and nothing is held to be lost, it is the caller who holds the sender back.
void Connection::note_nothing_to_send() {
  if (!active_ || active_->outstanding.empty() || active_->outstanding.lost() > 0) return;
  if (unsent_text() > 0 && !is_held_by_cork()) return;
  if (const std::uint32_t flight = in_flight(); flight < cc_.cwnd) active_->rate.note_app_limited(flight);
}

// What every segment after the SYN carries: our side of the numbers, the window and the agreed options (7323-9).
void Connection::fill_header(Outgoing& out, Context& context) {
  Segment& segment = out.segment;
  segment.flags |= wire::kAck;
  segment.ack = tcb_.rcv.nxt;
  if (is_one_of(state_, kSynchronized)) open_window(context.config);
  // Only a segment with a SYN has an unscaled window (RFC 7323 §2.2, 7323-5), and those are made elsewhere.
  const std::uint32_t window = tcb_.rcv.wnd() >> agreed_.receive_scale;
  segment.window = static_cast<std::uint16_t>(std::min<std::uint32_t>(window, 0xFFFF));
  if (agreed_.timestamps) {
    segment.options.timestamps =
        wire::TcpTimestamps{.value = timestamp_now(timestamp_offset_, context.now), .echo = ts_recent_};
  }
  if (owes_user_timeout_) segment.options.user_timeout = user_timeout_option(own_r2(context.config));
  owes_user_timeout_ = false;
  // RFC 9768 §3.2.2.1, §3.2.2.5.1 (9768-4, 9768-9): what tells how the SYN-ACK arrived, and what acknowledges
  // acknowledgments, has no selective blocks, by which it is known.
  const bool tells_marks_alone = tells_arrival(segment) || out.reason == trace::Reason::kSendMarkCount;
  tell_marks(out);
  if (agreed_.sack && !tells_marks_alone) fill_sack(segment.options);
  segment.urgent_pointer = active_ ? active_->urgent.pointer(segment.seq) : std::uint16_t{0};
  if (segment.urgent_pointer > 0) segment.flags |= wire::kUrg;
}

// What arrived twice stands first (RFC 2883 §4, 2883-1), then what is held beyond gaps, the newest first (RFC 2018 §4,
// 2018-3, 2018-4, 2018-5).
void ConnectionFacts::fill_sack(TcpOptions& options) const {
  const std::size_t most = wire::sack_blocks_that_fit(options);
  if (!active_) return;
  if (const DuplicateText& twice = active_->duplicate; twice.length > 0) {
    options.add_sack({twice.start.value(), (twice.start + twice.length).value()});
  }
  if (active_->reassembly.empty()) return;
  const std::size_t first = options.sack_count;
  const std::size_t held = active_->reassembly.blocks(std::span(options.sack_blocks).subspan(first));
  // A FIN has a number too, and what is held ends behind it.
  for (wire::SackBlock& block : std::span(options.sack_blocks).subspan(first, held)) {
    if (close_.peer_fin_known && SeqNum(block.right) == close_.peer_fin) ++block.right;
  }
  options.sack_count = static_cast<std::uint8_t>(std::min(first + held, most));
}

// Whatever carried it: RCV.NXT as it is now has been told.
void Connection::acknowledgment_left(Context& context) {
  if (state_ == State::kSynSent) return;
  ack_.sent();
  if (active_ && active_->duplicate.length > 0) {
    active_->duplicate = {};
    release_active_if_drained(context);
  }
  stop_timer(Timer::kDelayedAck, context);
  tcb_.rcv.last_ack_sent = tcb_.rcv.nxt;
}

}  // namespace handfast::tcp
