#include "tcp/connection.h"

// STATUS, RFC 9293 §3.10.6: what a connection knows, for whoever asks. Nothing here changes anything.

namespace handfast::tcp {

TcpInfo Connection::status(const TcpConfig& config, Instant now) const {
  TcpInfo info;
  info.state = state_;
  info.tuple = tuple_;
  if (const Error error = ended_by_ != Error{} ? ended_by_ : soft_error_; error != Error{}) {
    info.error = make_error_code(error);
  }
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
  info.retransmissions = retransmissions_;
  info.backoff = rtt_.backoff();
  info.send_scale = agreed_.send_scale;
  info.receive_scale = agreed_.receive_scale;
  info.sack = agreed_.sack;
  info.timestamps = agreed_.timestamps;
  add_sender_info(config, now, info);
  return info;
}

void Connection::add_sender_info(const TcpConfig& config, Instant now, TcpInfo& info) const {
  const congestion::Controller& control = congestion::controller_for(config.congestion_control);
  info.congestion = control.name();
  info.path_mtu = mss_ + (tuple_.peer.address.version() == IpVersion::kV6 ? 60u : 40u);
  info.min_rtt = rtt_.min_rtt();
  info.not_sent = unsent_text();
  info.keep_alive = keep_alive_.on;
  info.user_timeout = user_timeout_ == Duration::zero() ? config.r2 : user_timeout_;
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
  info.reordering_seen = block.recovery.has_seen_reordering();
  info.repair = block.recovery.phase();
}

}  // namespace handfast::tcp
