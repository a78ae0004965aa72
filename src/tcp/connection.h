#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "handfast/event.h"
#include "handfast/tcp_info.h"
#include "tcp/connection_facts.h"
#include "tcp/context.h"
#include "tcp/handshake.h"
#include "tcp/segment.h"
#include "tcp/transmit_plan.h"
#include "tcp/verdict.h"

namespace handfast::tcp {

struct SynEntry;
struct TimeWaitEntry;

/// One connection of RFC 9293. It owns its parts and offers the RFC's verbs; each verb lives in the file named after
/// its section. It knows no Host, no clock and no table, and can be moved.
///
/// After each verb the owner looks at take_signals(), next_deadline() and wants_to_transmit().
class Connection : public ConnectionFacts {
 public:
  Connection() = default;
  Connection(Connection&&) noexcept = default;
  Connection& operator=(Connection&&) noexcept = default;

  // --- user_calls.cc: RFC 9293 §3.10.1 to §3.10.6 ---
  void open_passive(const Opening& opening, Context& context);
  void open_active(const Opening& opening, Context& context);
  /// Text taken, as much as the send buffer has room for. kWouldBlock, kClosing, kNotConnected, or why it ended.
  Result<std::size_t> send(std::span<const std::byte> text, Context& context);
  Result<void> send_slice(Slice text, Context& context);
  /// As send; what is taken is urgent, and the peer is told at once (§3.8.5).
  Result<std::size_t> send_urgent(std::span<const std::byte> text, Context& context);
  Result<std::size_t> receive(std::span<std::byte> text, Context& context);
  Result<Slice> receive_slice(Context& context);
  Result<void> close(Context& context);
  /// The caller takes no interest any more: nobody will receive, and a long FIN-WAIT-2 ends by itself. Where not all is
  /// acknowledged after `linger`, Timer::kLinger expires and the owner aborts; none at all: it aborts at once. True:
  /// text would be lost, so this was an abort and `reset` has to go out.
  bool let_go(Duration linger, Context& context, ResetReply& reset);
  /// True: the peer has to be told, with `reset`.
  bool abort(Error why, Context& context, ResetReply& reset);
  void set_nagle(bool on) { nagle_ = on; }
  /// From now on the owner gives it the configuration of that number, as `context` does, in place of `before`.
  void set_profile(std::uint8_t profile, const TcpConfig& before, Context& context);
  /// R2 of this connection; zero: the configuration's (MUST-21).
  void set_user_timeout(Duration timeout, Context& context);

  // --- controls.cc, keep_alive.cc (§3.8.4) ---
  void set_cork(bool on, Context& context);
  void end_record();
  /// Whether text taken from now on has PUSH: its last segment says so to the peer.
  void set_push(bool on) { push_ = on; }
  void set_quick_ack(bool on);
  /// kWritable only while less text than this is unsent; 0: no mark.
  void set_unsent_mark(std::uint32_t bytes, Context& context);
  void await_room(std::uint32_t bytes, Context& context);
  void set_keep_alive(bool on, Context& context);

  // --- segment_arrives.cc: §3.10.7 ---
  Verdict segment_arrives(const Segment& segment, Slice text, Context& context);

  // --- timeouts.cc: §3.10.8 ---
  void on_deadline(Context& context);

  // --- transmit.cc ---
  /// Makes the next segment; false: nothing to send now.
  bool poll_transmit(const TransmitLimits& limits, Outgoing& out, Context& context);

  // --- network_events.cc ---
  /// An ICMP error quotes a segment of ours with sequence number `seq`; false: it lies outside what is in flight.
  bool icmp_error(SeqNum seq, IcmpError what, bool hard, Context& context);
  /// Whether soft errors reach the caller as Readiness::kSoftError (SHLD-20).
  void set_error_reports(bool on) { tells_soft_errors_ = on; }

  // --- path_mtu_response.cc ---
  /// ICMP says that a segment was too big: kNone where that is believed or held back, else why it is refused.
  DropReason path_report(const PathReport& report, Context& context);
  /// The Host knows since `since` that segments to this peer are at most `size`; `confirmed`: not from ICMP alone.
  void path_is_known(std::uint16_t size, bool confirmed, Instant since, Context& context);

  // --- compact forms: handshake and TIME-WAIT without a connection's size (listener.cc, time_wait.cc) ---
  SynEntry compact_syn() const;
  static Connection from(const SynEntry& entry, const TcpConfig& config);
  TimeWaitEntry compact_time_wait() const;
  static Connection from(const TimeWaitEntry& entry);

  /// Readiness bits since the last call.
  std::uint16_t take_signals() { return std::exchange(signals_, std::uint16_t{0}); }

 private:
  void start(const Opening& opening, Context& context);
  /// The only way to another state; for segment_arrives, user_calls, timeouts, transmit and network_events alone.
  void enter(State next, trace::Reason why, Context& context);
  void end(Error why, trace::Reason reason, Context& context);
  void drop_active(Context& context);
  bool begin_send(Context& context);

  // segment_arrives.cc
  Verdict arrives_in_listen(const Segment& segment, Slice text, Context& context);
  Verdict arrives_in_syn_sent(const Segment& segment, Slice text, Context& context);
  Verdict arrives_in_other(const Segment& arrived, Slice text, Context& context);
  Verdict answer_syn_again(const Segment& segment, Context& context);
  Verdict check_reopening(const Segment& segment, Context& context);
  Verdict check_sequence(const Segment& segment, Context& context);
  Verdict check_reset(const Segment& segment, Context& context);
  Verdict check_syn(const Segment& segment, Context& context);
  Verdict check_ack(const Segment& segment, Context& context);
  Verdict check_urgent(const Segment& segment, Context& context);
  Verdict process_text(const Segment& segment, Slice text, Context& context);
  Verdict text_after_fin(const Segment& segment);
  Verdict check_fin(Context& context);
  Verdict ack_of_fin(Context& context);
  void learn_peer(const Segment& segment, Context& context);
  void answer_crossed(const Segment& arrived, Context& context);
  void our_syn_arrived(const Segment& segment, trace::Reason why, Context& context);
  void start_congestion_control(bool met_congestion, Context& context);
  void enter_time_wait(trace::Reason why, Context& context);
  void linger(Context& context);
  void answer_dropped(DropReason why, const Segment& segment, Context& context);
  Verdict concluded(Verdict verdict, const Segment& segment, const trace::TcbView& before, Context& context);

  // status.cc, early_text.cc
  void watch_limits(Instant now);
  void offer_fast_open(const Opening& opening, Context& context);
  std::uint32_t fill_fast_open(Outgoing& out, const Context& context);
  std::uint32_t fill_early_text(Outgoing& out);
  void settle_early_text(SeqNum ack, Instant now);
  void repeat_early_text(std::uint32_t length, Instant now);
  void accept_fast_open(const Segment& segment, Slice text, Context& context);

  // acknowledgment.cc
  void advance_una(SeqNum ack);
  void advance_received(std::uint32_t numbers);
  void process_ack(const Segment& segment, Context& context);
  void set_window(const Segment& segment, SeqNum seq);
  void window_reopened(Context& context);
  void take_acknowledged(const Segment& segment, bool duplicate, Context& context);
  Delivery take_delivered(SeqNum ack, const Segment& segment, Context& context);
  void text_was_acknowledged(const Segment& segment, std::uint32_t acked, const Delivery& delivery, Context& context);
  void take_rtt_sample(const Segment& segment, const Delivery& delivery, Context& context);
  void note_timestamp(const Segment& segment, Instant now);
  void note_duplicate(SeqNum left, std::uint32_t length, Context& context);
  bool append_received(TextChunk chunk, Context& context);
  Verdict take_in_order(Slice text, Context& context);
  Verdict hold(SeqNum start, const Slice& text, Context& context);

  // loss_response.cc
  void respond(const loss_recovery::Judgement& judgement, std::uint32_t flight_size, Context& context);
  void adjust_window(const loss_recovery::Judgement& judgement, const Delivery& delivery, const Flight& before,
                     Context& context);
  void follow_prr(const loss_recovery::Judgement& judgement, const Delivery& delivery, Context& context);
  void schedule_tail_probe(Context& context);
  void on_tail_probe_timeout(Context& context);
  void on_reorder_timeout(Context& context);

  // controls.cc
  void watch_cork(bool anew, Context& context);
  void on_cork_timeout(Context& context);
  void take_habits(const TcpConfig& config);
  bool takes_quick_ack();
  void note_writable(const TcpConfig& config);

  // congestion_marks.cc
  void note_marks(const Segment& segment);
  std::uint32_t told_marks(const Segment& segment, const Delivery& delivery, Context& context);
  void learn_ecn(const Segment& segment, Context& context);
  bool asks_without_ecn(Ecn setting);
  bool asks_for_both_forms(const Segment& segment, Ecn setting);
  void tell_marks(Outgoing& out);
  void respond_to_marks(std::uint32_t flight_size, Context& context);
  void window_was_reduced(bool by_mark);

  // accurate_marks.cc
  void syn_ack_crossed(const Segment& segment, Ecn setting);
  void syn_ack_came_again(const Segment& segment);
  void grant_ecn(Segment& segment);
  void handshake_is_over(const Segment& segment, Context& context);
  void count_marks(const Segment& segment);
  void tell_number(Outgoing& out);
  void doubt_option();
  std::uint32_t hear_number(const Segment& segment, const Delivery& delivery, Context& context);
  void not_believed(bool deaf, Context& context);

  // path_mtu_response.cc
  void believe_report(SeqNum quoted, std::uint16_t size, trace::Reason why, Context& context);
  void shrink_syn();
  void refute_held_report(Context& context);
  void lower_path(std::uint16_t size, std::uint32_t settled_at, trace::Reason why, Context& context);
  void raise_path(std::uint16_t size, trace::Reason why, Context& context);
  bool timeout_was_of_size(Context& context);
  void suspect_black_hole(Context& context);
  void look_for_larger_path(Context& context);
  void path_probe_left(Context& context);
  void path_probe_was_delivered(Context& context);
  void path_probe_was_lost(Context& context);
  void settle_search(Context& context);
  void learn_path(const Delivery& delivery, const loss_recovery::Judgement& judgement, Context& context);

  // keep_alive.cc, timeouts.cc, user_timeout.cc
  void start_keep_alive(Instant since, Context& context);
  void heard_from_peer(Context& context);
  void on_keep_alive_timeout(Context& context);
  void on_retransmission_timeout(Context& context);
  void on_handshake_timeout(Context& context);
  void on_persist_timeout(Context& context);
  bool gave_up(Duration limit, Context& context);
  void count_timeout(Context& context);
  void r2_changed(Context& context);
  void note_user_timeout(const Segment& segment, Context& context);

  // transmit.cc
  void fill_handshake(Outgoing& out, Context& context);
  bool fill_text(const Plan& plan, Outgoing& out, Context& context);
  void mark_capable(const Plan& plan, Segment& segment);
  bool has_room_for_record(const Plan& plan);
  void record(const Plan& plan, bool pushed, std::uint32_t limit, Outgoing& out, Context& context);
  void fill_header(Outgoing& out, Context& context);
  void pace(std::uint32_t bytes, Context& context);
  void note_nothing_to_send();
  void acknowledgment_left(Context& context);

  static const congestion::Controller& controller(const Context& context) {
    return congestion::controller_for(context.config.congestion_control);
  }

  // connection.cc: small steps that several files take
  bool take_active(Context& context);
  void release_active_if_drained(Context& context);
  Instant* timer_slot(Timer timer);
  void set_timer(Timer timer, Instant deadline, Context& context);
  void stop_timer(Timer timer, Context& context);
  void stop_all_timers(Context& context);
  void update_send_timers(bool restart, Context& context);
  void window_may_open(Context& context);
  void restart_after_idle(bool idle, Context& context);
  void tune_receive_buffer(std::uint32_t taken, Context& context);
  void open_window(const TcpConfig& config);
  void owe_ack(trace::Reason why) { ack_.owe(why); }
};

/// What CLOSED answers: RFC 9293 §3.10.7.1. Also for a segment that no connection and no listener wants.
Verdict arrives_in_closed(const Segment& segment);

}  // namespace handfast::tcp
