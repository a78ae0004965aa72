#include "tcp/connection.h"

// STATUS, RFC 9293 §3.10.6: what a connection knows, for whoever asks. Nothing here changes anything but the account of
// what held the sender back.

namespace handfast::tcp {

TcpInfo ConnectionFacts::status(const TcpConfig& config, Instant now) const {
  TcpInfo info;
  info.state = state_;
  info.tuple = tuple_;
  if (ended_by_ != Error{}) {
    info.error = make_error_code(ended_by_);
  } else if (icmp_error_ != IcmpError::kNone) {
    info.error = make_error_code(Error::kUnreachable);
  }
  info.icmp_error = icmp_error_;
  info.snd_una = tcb_.snd.una.value();
  info.snd_nxt = tcb_.snd.nxt.value();
  info.snd_wnd = tcb_.snd.wnd;
  info.snd_iss = tcb_.snd.iss.value();
  info.rcv_nxt = tcb_.rcv.nxt.value();
  info.rcv_wnd = tcb_.rcv.wnd();
  info.rcv_irs = tcb_.rcv.irs.value();
  info.mss = segment_text_limit();
  info.cwnd = cc_.cwnd;
  info.ssthresh = cc_.ssthresh;
  info.srtt = rtt_.srtt();
  info.rttvar = rtt_.rttvar();
  info.rto = rtt_.rto(config);
  info.bytes_in_flight = in_flight();
  if (active_) {
    info.send_queued = active_->queue.size();
    info.receive_queued = active_->received.size();
    info.out_of_order = active_->reassembly.size();
  }
  info.urgent_remaining = urgent_remaining();
  info.retransmissions = retransmissions_;
  info.backoff = rtt_.backoff();
  info.send_scale = agreed_.send_scale;
  info.receive_scale = agreed_.receive_scale;
  info.sack = agreed_.sack;
  info.timestamps = agreed_.timestamps;
  info.fast_open = fast_open_ == FastOpen::kTaken || fast_open_ == FastOpen::kEarly;
  add_sender_info(config, now, info);
  add_account(now, info);
  add_receiver_info(config, now, info);
  return info;
}

void ConnectionFacts::add_receiver_info(const TcpConfig& config, Instant now, TcpInfo& info) const {
  if (!is_one_of(state_, kReceivesText)) return;
  info.receive_round_trip = tuning_round_trip(config);
  const bool is_tuned = info.receive_round_trip > Duration::zero();
  if (is_tuned && active_) info.receive_taken = active_->receive_tuning.in_last_round(now);
  info.receive_room = receive_room(config);
  if (quick_acks_ == 0) info.ack_delay = config.delayed_ack;
}

void ConnectionFacts::add_sender_info(const TcpConfig& config, Instant now, TcpInfo& info) const {
  const congestion::Controller& control = congestion::controller_for(config.congestion_control);
  info.congestion = control.name();
  info.path_mtu = std::uint32_t{std::min(mss_, path_.limit)} + headers_of(tuple_.peer.address.version());
  info.min_rtt = rtt_.min_rtt();
  info.not_sent = unsent_text();
  info.keep_alive = keep_alive_.on;
  info.user_timeout = r2(config);
  info.ecn = agreed_.ecn;
  info.ecn_marks = ecn_counts_.marks;
  info.ecn_marks_told = ecn_counts_.told;
  info.ecn_reductions = ecn_counts_.reductions;
  if (last_sent_ != Instant{}) info.since_sent = now - last_sent_;
  if (last_heard_ != Instant{}) info.since_heard = now - last_heard_;
  if (!active_) return;
  const ActiveBlock& block = *active_;
  info.delivery_rate = block.rate.newest_rate();
  info.delivery_is_app_limited = block.rate.newest_is_app_limited();
  info.pacing_rate = control.pacing_rate(cc_, block.scratch);
  info.delivered = block.rate.delivered();
  info.sacked = block.outstanding.sacked();
  info.lost = block.outstanding.lost();
  info.retransmitted_in_flight = block.outstanding.on_way_again();
  info.reordering_seen = block.recovery.has_seen_reordering();
  info.reordering_degree = block.recovery.reordering_degree();
  info.repair = block.recovery.phase();
  info.ecn_reducing = block.ecn.is_answering_marks();
  info.reordering_window = block.recovery.reordering_window(block.outstanding, rtt_.min_rtt(), rtt_.srtt());
}

void ConnectionFacts::add_account(Instant now, TcpInfo& info) const {
  const auto& [snd, rcv] = tcb_;
  const bool syn_acked = snd.una != snd.iss;
  const bool syn_received = rcv.nxt != rcv.irs;
  if (syn_acked) info.bytes_acked = account_.acked.bytes(snd.iss + 1, snd.una) - (close_.fin_acked ? 1 : 0);
  if (syn_received) {
    info.bytes_received = account_.received.bytes(rcv.irs + 1, rcv.nxt) - (close_.peer_fin_done ? 1 : 0);
  }
  const std::uint32_t outstanding = syn_acked ? snd.nxt.since(snd.una) : 0;
  const bool fin_outstanding = close_.fin_sent && !close_.fin_acked;
  info.bytes_retransmitted = account_.bytes_again.value();
  info.bytes_sent = info.bytes_acked + outstanding - (fin_outstanding ? 1 : 0) + account_.bytes_again.value();
  info.segments_received = account_.segments_in;
  info.segments_sent = account_.segments_out;
  info.text_segments_received = account_.text_segments_in;
  info.text_segments_sent = account_.text_segments_out;
  info.duplicates_reported = account_.duplicates_reported;
  info.peer_segment = account_.largest_text_in;
  info.early_text = account_.early_text;
  info.advertised_mss = mss_;
  const std::uint32_t now_ms = milliseconds_of(now);
  if (account_.text_segments_in > 0) {
    info.since_text = std::chrono::milliseconds(now_ms - account_.text_in_at_ms);
  }
  LimitTimes limits = account_.limits;
  if (active_) limits.add(active_->held_back.running, now_ms - active_->held_back.since_ms);
  info.limited_by_window = std::chrono::milliseconds(limits.spent(Limit::kPeerWindow));
  info.limited_by_send_buffer = std::chrono::milliseconds(limits.spent(Limit::kSendBuffer));
  info.busy =
      std::chrono::milliseconds(limits.spent(Limit::kPath)) + info.limited_by_window + info.limited_by_send_buffer;
}

Limit ConnectionFacts::held_back_by() const {
  if (!active_ || active_->queue.empty()) return Limit::kNone;
  const std::uint32_t unsent = unsent_text();
  const std::uint32_t mss = segment_text_limit();
  const bool congestion_window_has_room = in_flight() + mss <= cc_.cwnd;
  if (!congestion_window_has_room) return Limit::kPath;
  if (unsent > 0) return usable_window() < std::min(unsent, mss) ? Limit::kPeerWindow : Limit::kPath;
  return wants_writable_ ? Limit::kSendBuffer : Limit::kPath;
}

// A look after each verb; most find the same limit as the last.
void Connection::watch_limits(Instant now) {
  if (!active_) return;
  const Limit limit = held_back_by();
  if (limit != active_->held_back.running) {
    active_->held_back.turn_to(limit, milliseconds_of(now), account_.limits);
  }
}

}  // namespace handfast::tcp
