#include <algorithm>

#include "tcp/acceptability.h"
#include "tcp/connection.h"
#include "tcp/tracing.h"

// What an accepted segment changes besides the state: its acknowledgment takes records off the list, feeds the
// round-trip estimate, loss recovery and congestion control, and opens the window; its text goes to the caller's queue
// or waits beyond a gap.

namespace handfast::tcp {

// What a SYN says of its sender: where its numbers start, its window (never scaled, RFC 7323 §2.2, 7323-2) and its
// options.
void Connection::learn_peer(const Segment& segment, Context& context) {
  const TcpConfig& config = context.config;
  tcb_.rcv.irs = segment.seq;
  tcb_.rcv.nxt = segment.seq + 1;
  agreed_ = agree(config, segment.options, mss_, tuple_.peer.address.version());
  // Our SYN names a window of 16 bits, whatever scale it offers.
  tcb_.rcv.edge = tcb_.rcv.nxt + std::min<std::uint32_t>(config.receive_buffer, 0xFFFF);
  tcb_.rcv.last_ack_sent = tcb_.rcv.nxt;
  tcb_.snd.wnd = segment.window;
  tcb_.snd.max_wnd = segment.window;
  tcb_.snd.wl1 = segment.seq;
  tcb_.snd.wl2 = segment.has_ack() ? segment.ack : tcb_.snd.una;
  if (const auto& theirs = segment.options.timestamps; agreed_.timestamps && theirs) {
    ts_recent_ = theirs->value;
    ts_recent_at_ = seconds_of(context.now);
  }
  note_user_timeout(segment, context);
  learn_ecn(segment, context);
  if (context.trace == nullptr) return;
  trace_option(*this, segment.options.mss ? trace::Reason::kMssOffered : trace::Reason::kMssDefault, agreed_.send_mss,
               context);
  trace_option(*this, agreed_.window_scale ? trace::Reason::kWindowScaleAgreed : trace::Reason::kWindowScaleDeclined,
               agreed_.send_scale, context);
  if (agreed_.timestamps) trace_option(*this, trace::Reason::kTimestampsAgreed, ts_recent_, context);
  if (agreed_.sack) trace_option(*this, trace::Reason::kSackAgreed, 0, context);
}

// RFC 6928 §2, and RFC 5681 §3.1 (5681-3): a handshake that lost a segment starts with one, and so does one of which a
// segment met congestion (RFC 9768 §3.2.2.2).
void Connection::start_congestion_control(bool met_congestion, Context& context) {
  if (context.config.path_mtu_probing == PathMtuProbing::kAlways && path_.limit > path_base(context.config)) {
    path_ = {.limit = path_base(context.config)};
  }
  const std::uint32_t mss = full_segment();
  const std::uint32_t segments = context.config.initial_window_segments;
  std::uint32_t window = std::min(segments * mss, std::max(2 * mss, segments * 1460));
  if (rtt_.backoff() > 0 || met_congestion) window = mss;
  controller(context).on_start(cc_, window);
}

// RFC 9293 §3.10.7.4 fifth, ESTABLISHED: SEG.ACK is known to lie in the range of RFC 5961 §5.2.
void Connection::process_ack(const Segment& segment, Context& context) {
  if (segment.ack < tcb_.snd.una) {
    // An old duplicate. What it selects is news all the same: acknowledgments may overtake each other (RFC 6675 §5).
    if (agreed_.sack && segment.options.sack_count > 0) take_acknowledged(segment, false, context);
    return;
  }
  const bool was_shut = tcb_.snd.wnd == 0;
  const std::uint32_t window_before = tcb_.snd.wnd;
  // The idealized segment begins at RCV.NXT: what was trimmed away in front does not make it older.
  const SeqNum seq = later(segment.seq, tcb_.rcv.nxt);
  const bool advances = tcb_.snd.una < segment.ack;
  if (updates_window(tcb_.snd, seq, segment.ack)) {
    set_window(segment, seq);
  } else if (advances) {
    // SND.WND counts from SND.UNA: as that moves on, the edge that the peer announced stays where it is.
    tcb_.snd.wnd -= std::min(tcb_.snd.wnd, segment.ack.since(tcb_.snd.una));
  }
  // RFC 5681 §2: the definition of a duplicate acknowledgment. Behind a shut window it answers a probe.
  const bool duplicate = !advances && active_ && !active_->outstanding.empty() && segment.text_length == 0 &&
                         !segment.fin() && tcb_.snd.wnd == window_before && tcb_.snd.wnd > 0;
  if (advances || duplicate || (agreed_.sack && segment.options.sack_count > 0)) {
    take_acknowledged(segment, duplicate, context);
  }
  // MUST-37, SHLD-17: a peer that answers probes keeps the connection alive, however long its window stays shut.
  if (was_shut) silent_since_ = context.now;
  if (was_shut && tcb_.snd.wnd > 0) window_reopened(context);
  update_send_timers(advances, context);
  if (advances) schedule_tail_probe(context);
}

void Connection::set_window(const Segment& segment, SeqNum seq) {
  tcb_.snd.wnd = std::uint32_t{segment.window} << agreed_.send_scale;
  tcb_.snd.max_wnd = std::max(tcb_.snd.max_wnd, tcb_.snd.wnd);
  tcb_.snd.wl1 = seq;
  tcb_.snd.wl2 = segment.ack;
}

// What was sent into a shut window was a probe or was turned away: it goes again, and nothing was congested. Where that
// took longer than an RTO, it was a pause like any other.
void Connection::window_reopened(Context& context) {
  rtt_.end_backoff();
  owes_probe_ = false;
  if (!active_) return;
  restart_after_idle(is_pause(context) || active_->outstanding.empty(), context);
  if (active_->outstanding.empty()) return;
  active_->recovery.on_window_reopened(tcb_.snd.nxt, active_->outstanding);
  active_->path.search.probe_inconclusive();
  again_reason_ = trace::Reason::kSendProbe;
}

// Takes off what the cumulative part covers and marks what the selective part covers; both edges of a block are checked
// where it is marked (RFC 2018 §4, 2018-9).
Delivery Connection::take_delivered(SeqNum ack, const Segment& segment, Context& context) {
  const DeliveryClock clock{.now = context.now, .min_rtt = rtt_.min_rtt()};
  Delivery delivery;
  active_->outstanding.acknowledge(ack, clock, delivery);
  if (!agreed_.sack) return delivery;
  for (const wire::SackBlock& block : segment.options.sack()) {
    active_->outstanding.mark_sacked(SeqNum(block.left), SeqNum(block.right), full_segment(), clock, delivery);
  }
  return delivery;
}

void Connection::take_acknowledged(const Segment& segment, bool duplicate, Context& context) {
  const bool is_late = segment.ack < tcb_.snd.una;
  const SeqNum ack = is_late ? tcb_.snd.una : segment.ack;
  const std::uint32_t acked = ack.since(tcb_.snd.una);
  if (!active_) {
    advance_una(ack);
    return;
  }
  ActiveBlock& block = *active_;
  Flight before{.outstanding = block.outstanding.size(),
                .sacked = block.outstanding.sacked(),
                .in_flight = in_flight(),
                .departed = block.recovery.departed(),
                .fast_recovery = block.recovery.in_fast_recovery(),
                .behind_timeout = block.recovery.phase() == RepairPhase::kTimeout};
  const Delivery delivery = take_delivered(ack, segment, context);
  before.marked = !is_late && told_marks(segment, delivery, context) > 0;
  if (acked > 0) text_was_acknowledged(segment, acked, delivery, context);
  loss_recovery::AckFacts facts = ack_facts(ack, context);
  facts.duplicate = duplicate;
  facts.outstanding_before = before.outstanding;
  facts.sacked_before = before.sacked;
  // What a late acknowledgment echoes may be older than the repair, and is no witness against it.
  if (!is_late && agreed_.timestamps && segment.options.timestamps) facts.echo = segment.options.timestamps->echo;
  if (agreed_.sack) {
    if (const auto twice = loss_recovery::dsack_of(segment.options.sack(), segment.ack)) {
      facts.dsack = std::min(twice->right.since(twice->left), tcb_.snd.max_wnd);
      facts.dsack_end = twice->right;
      account_.duplicates_reported += facts.dsack;
    }
  }
  const loss_recovery::Judgement judgement = block.recovery.on_ack(facts, delivery, block.outstanding, cc_);
  const bool marked = block.ecn.on_ack(ack, before.marked);
  respond(judgement, before.outstanding, context);
  if (marked && !judgement.congestion) respond_to_marks(before.outstanding, context);
  adjust_window(judgement, delivery, before, context);
  learn_path(delivery, judgement, context);
}

void Connection::advance_una(SeqNum ack) {
  account_.acked.moved(tcb_.snd.iss + 1, tcb_.snd.una, ack);
  tcb_.snd.una = ack;
}

void Connection::advance_received(std::uint32_t numbers) {
  const SeqNum before = tcb_.rcv.nxt;
  tcb_.rcv.nxt += numbers;
  account_.received.moved(tcb_.rcv.irs + 1, before, tcb_.rcv.nxt);
}

void Connection::text_was_acknowledged(const Segment& segment, std::uint32_t acked, const Delivery& delivery,
                                       Context& context) {
  const bool with_fin = close_.fin_sent && !close_.fin_acked && fin_seq() < segment.ack;
  active_->queue.drop_front(acked - (with_fin ? 1 : 0));
  if (with_fin) close_.fin_acked = true;
  advance_una(segment.ack);
  active_->urgent.acknowledged(segment.ack);
  active_->records.acknowledged(segment.ack);
  if (active_->small_end <= segment.ack) active_->small_is_out = false;
  silent_since_ = context.now;
  timeouts_ = 0;
  icmp_error_ = IcmpError::kNone;
  take_rtt_sample(segment, delivery, context);
  note_writable(context.config);
}

// RFC 6298 §3 (6298-5): from text sent once, to the nanosecond; from an echoed timestamp where text was sent again
// (RFC 7323 §4.1, 7323-10, 7323-13), which is unambiguous though coarse.
void Connection::take_rtt_sample(const Segment& segment, const Delivery& delivery, Context& context) {
  if (delivery.rtt) {
    rtt_.add_sample(*delivery.rtt);
    return;
  }
  if (!agreed_.timestamps || !segment.options.timestamps || segment.options.timestamps->echo == 0) return;
  const std::uint32_t now = timestamp_now(timestamp_offset_, context.now);
  const std::uint32_t elapsed = now - segment.options.timestamps->echo;
  // An echo from the future or from long ago is no measurement.
  if (elapsed < 120'000) rtt_.add_sample(std::chrono::milliseconds(std::max(elapsed, 1u)));
}

// RFC 7323 §4.3 (7323-14): only a segment that covers what we last acknowledged may move TS.Recent.
void Connection::note_timestamp(const Segment& segment, Instant now) {
  if (!agreed_.timestamps || !segment.options.timestamps) return;
  const std::uint32_t value = segment.options.timestamps->value;
  if (segment.seq > tcb_.rcv.last_ack_sent) return;
  // What is older and came this far was let in by §5.5: the remembered value had outlived its meaning.
  ts_recent_ = value;
  ts_recent_at_ = seconds_of(now);
}

// RFC 2883 §4: the next acknowledgment reports what arrived twice, once. The compact forms have no room for it.
void Connection::note_duplicate(SeqNum left, std::uint32_t length, Context& context) {
  doubt_option();
  if (!agreed_.sack || state_ == State::kTimeWait || !is_one_of(state_, kSynchronized)) return;
  if (!take_active(context)) return;
  active_->duplicate = {left, length};
}

// The caller's queue takes the text, and RCV.NXT moves over it. Text that pins far more than it uses is copied.
bool Connection::append_received(TextChunk chunk, Context& context) {
  const std::uint32_t size = chunk.text.size();
  if (!chunk.growable) chunk = settle(std::move(chunk.text), context.resources.buffers);
  if (!active_->received.append(std::move(chunk))) return false;
  advance_received(size);
  return true;
}

// Text at RCV.NXT, and what waited behind the gap that it may have filled.
Verdict Connection::take_in_order(Slice text, Context& context) {
  if (!take_active(context)) return Verdict::dropped(DropReason::kTcpMemory);
  const bool had_gap = !active_->reassembly.empty() || close_.peer_fin_known;
  const std::uint32_t length = text.size();
  if (!append_received({std::move(text), false}, context)) return Verdict::dropped(DropReason::kTcpMemory);
  TextChunk chunk;
  while (active_->reassembly.take(tcb_.rcv.nxt, chunk)) {
    // Held before the FIN was known: the stream ends at the FIN all the same.
    if (close_.peer_fin_known) chunk.text.truncate(std::min(chunk.text.size(), close_.peer_fin.since(tcb_.rcv.nxt)));
    if (chunk.text.empty()) break;
    if (append_received(std::move(chunk), context)) continue;
    // What only a selective acknowledgment covers may be given up for want of memory (RFC 2018 §8, 2018-8).
    active_->reassembly = Reassembly(&context.resources.memory);
    break;
  }
  signals_ |= Readiness::kReadable;
  if (had_gap) {
    // RFC 5681 §4.2 (5681-7): at once, where a segment fills all or part of a gap.
    owe_ack(trace::Reason::kSendAck);
  } else if (ack_.text_arrived(length, full_segment())) {
    set_timer(Timer::kDelayedAck, context.now + context.config.delayed_ack, context);
  }
  if (takes_quick_ack()) owe_ack(trace::Reason::kSendAck);
  return Verdict::go_on();
}

// Text beyond a gap: held, and the peer is told at once what is missing (RFC 5681 §4.2; MAY-13).
Verdict Connection::hold(SeqNum start, const Slice& text, Context& context) {
  ack_.owe_duplicate(agreed_.sack);
  if (!take_active(context)) return Verdict::dropped(DropReason::kTcpMemory);
  const Reassembly::Stretch twice = active_->reassembly.first_held(start, text.size());
  const auto outcome =
      active_->reassembly.insert(start, text, context.config.out_of_order_ranges, context.resources.buffers);
  switch (outcome) {
    case Reassembly::Outcome::kTooManyRanges:
      return Verdict::dropped(DropReason::kTcpOutOfOrderLimit);
    case Reassembly::Outcome::kNoMemory:
      return Verdict::dropped(DropReason::kTcpMemory);
    case Reassembly::Outcome::kDuplicate:
    case Reassembly::Outcome::kHeld:
      // RFC 2883 §4.2: of a segment that is new in part, the first part that is not.
      if (twice.length > 0) note_duplicate(twice.start, twice.length, context);
      return Verdict::done(trace::Reason::kOutOfOrder);
  }
  return Verdict::go_on();
}

}  // namespace handfast::tcp
