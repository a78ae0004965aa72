#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "handfast/error.h"
#include "handfast/tcp_info.h"
#include "handfast/trace_event.h"
#include "tcp/connection_memory.h"
#include "tcp/context.h"
#include "tcp/segment.h"
#include "tcp/transmit_plan.h"
#include "tcp/verdict.h"

namespace handfast::tcp {

/// The questions that a connection answers from what it remembers: what it knows of its peer, what may go out now, what
/// it would send next. Nothing here changes anything; what does are the verbs and steps of connection.h.
class ConnectionFacts : protected ConnectionMemory {
 public:
  /// `seq` is of something sent and not acknowledged.
  bool is_in_flight(SeqNum seq) const { return tcb_.snd.una <= seq && seq < tcb_.snd.nxt; }
  const FourTuple& tuple() const { return tuple_; }
  State state() const { return state_; }
  const Tcb& tcb() const { return tcb_; }
  bool is_passive() const { return passive_; }
  FastOpen fast_open() const { return fast_open_; }
  bool fast_open_is_bare() const { return fast_open_bare_; }
  const Agreed& agreed() const { return agreed_; }
  std::uint8_t profile() const { return profile_; }
  bool is_released() const { return released_; }
  bool is_active() const { return static_cast<bool>(active_); }
  Error ended_by() const { return ended_by_; }
  Instant next_deadline() const { return active_ ? std::min(timers_.next(), active_->timers.next()) : timers_.next(); }
  /// When `timer` fires, or kNever.
  Instant deadline(Timer timer) const;
  trace::TcbView view() const;
  /// The name of the first invariant that does not hold, or null.
  const char* broken_invariant(const TcpConfig& config) const;
  TcpInfo status(const TcpConfig& config, Instant now) const;
  /// What receive would copy out, left where it is.
  Result<std::size_t> peek(std::span<std::byte> text) const;
  bool wants_to_transmit(const TransmitLimits& limits) const;
  /// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=RST,ACK>, to tell the peer of an end.
  ResetReply reset_of_mine(Instant now) const;

 protected:
  // status.cc
  void add_sender_info(const TcpConfig& config, Instant now, TcpInfo& info) const;
  void add_account(Instant now, TcpInfo& info) const;
  void add_receiver_info(const TcpConfig& config, Instant now, TcpInfo& info) const;
  /// What keeps the text from the peer at this moment.
  Limit held_back_by() const;

  // what other files ask: each is in the file of its subject
  /// Text may go out though the peer has not acknowledged our SYN yet.
  bool sends_early() const;
  /// A reset or a SYN sends it back to LISTEN (RFC 9293 §3.10.7.4): no caller has heard of it.
  bool returns_to_listen() const { return state_ == State::kSynReceived && passive_ && !is_early(fast_open_); }
  bool is_corked() const;
  bool is_held_by_cork() const;
  bool has_enough_unsent() const;
  /// Whether AE, CWR and ECE of what is sent without SYN are a number.
  bool tells_number() const { return agreed_.ecn == EcnFeedback::kAccurate; }
  EcnFeedback agree_on_ecn(Ecn setting, TcpFlags flags) const;
  bool handshake_was_marked(const Segment& segment) const;
  /// Whether a segment says how the SYN-ACK arrived in place of the number.
  bool tells_arrival(const Segment& segment) const;
  std::optional<wire::AccurateEcnOption> option_for(const Outgoing& out) const;
  std::optional<wire::AccurateEcnOption> option_on_text(std::size_t others) const;
  std::size_t room_for_option(std::size_t others) const;
  std::uint16_t path_floor(const TcpConfig& config) const;
  std::uint16_t path_base(const TcpConfig& config) const;
  Duration own_r2(const TcpConfig& config) const;
  Duration r2(const TcpConfig& config) const;
  Instant within_r2(Duration wait, const Context& context) const;
  Result<void> check_sending() const;
  /// No text left for longer than an RTO.
  bool is_pause(const Context& context) const;
  /// Why there is no text to take: 0 where none will come.
  Result<std::size_t> nothing_received() const;
  std::unexpected<std::error_code> failure_now() const;
  loss_recovery::AckFacts ack_facts(SeqNum ack, Context& context) const;
  void fill_sack(TcpOptions& options) const;

  // segment_arrives.cc, simultaneous_open.cc
  Verdict check_timestamps(const Segment& segment, const Context& context) const;
  bool is_crossed_syn_ack(const Segment& segment) const;

  // connection.cc
  std::uint32_t unsent_text() const;
  std::uint32_t in_flight() const;
  /// How much text a segment has room for, beside the options of this moment; and one with text never sent before.
  std::uint32_t segment_text_limit() const;
  std::uint32_t new_text_limit() const;
  std::uint32_t plain_options() const;
  std::uint32_t text_beside(std::uint32_t options) const;
  /// How many blocks a selective acknowledgment would have if there were room for all.
  std::uint32_t selective_blocks() const;
  /// The same without what comes and goes with gaps: the unit that congestion control counts in.
  std::uint32_t full_segment() const { return send_mss() - (agreed_.timestamps ? 12u : 0u); }
  /// Text and TCP options of our largest segment: what the peer takes and the path carries (MUST-16).
  std::uint16_t send_mss() const { return std::min(agreed_.send_mss, path_.limit); }
  std::uint32_t usable_window() const;
  /// SEG.SEQ of a segment without text.
  SeqNum bare_seq() const;
  bool has_something_to_send() const;
  /// The first number that the caller has not taken.
  SeqNum first_untaken() const;
  std::uint32_t urgent_remaining() const;
  std::uint32_t receive_buffer(const TcpConfig& config) const;
  std::uint32_t receive_room(const TcpConfig& config) const;
  Duration tuning_round_trip(const TcpConfig& config) const;
  SeqNum fin_seq() const;

  // transmit.cc
  Plan plan_transmit(const TransmitLimits& wanted) const;
  bool echoes_no_syn(const Segment& segment, const Context& context) const;
  TransmitLimits in_bursts(const TransmitLimits& limits, const TcpConfig& config) const;
  Plan plan_again(const TransmitLimits& limits) const;
  std::uint32_t added_to_probe(const Transmission& lost, std::uint32_t by_congestion) const;
  Plan plan_text(const TransmitLimits& limits) const;
  Plan plan_path_probe() const;
  Plan plan_probe() const;
  Plan plan_tail_probe() const;
  bool tries_new_text_first() const;
  bool is_pushed(const Plan& plan) const;
  trace::Reason handshake_reason() const;
  bool nagle_waits() const;
  std::uint32_t text_allowed(std::uint32_t unsent, bool ends_record, const TransmitLimits& limits) const;
};

}  // namespace handfast::tcp
