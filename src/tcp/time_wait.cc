#include "tcp/time_wait.h"

#include "base/check.h"
#include "tcp/acceptability.h"

namespace handfast::tcp {

TimeWaitEntry Connection::compact_time_wait() const {
  HANDFAST_DCHECK(state_ == State::kTimeWait);
  TimeWaitEntry entry;
  entry.tuple = tuple_;
  entry.snd_nxt = tcb_.snd.nxt;
  entry.rcv_nxt = tcb_.rcv.nxt;
  entry.rcv_edge = tcb_.rcv.edge;
  entry.max_wnd = tcb_.snd.max_wnd;
  entry.timestamp_offset = timestamp_offset_;
  entry.ts_recent = ts_recent_;
  entry.ts_recent_at = ts_recent_at_;
  entry.deadline = timers_[Timer::kTimeWait];
  entry.challenges = challenges_;
  entry.mss = agreed_.send_mss;
  entry.receive_scale = agreed_.receive_scale;
  entry.profile = profile_;
  entry.timestamps = agreed_.timestamps;
  entry.owes_ack = ack_.owed();
  entry.ecn = agreed_.ecn;
  entry.ecn_received = ecn_.received;
  entry.ecn_unacknowledged = ecn_.unacknowledged;
  return entry;
}

Connection Connection::from(const TimeWaitEntry& entry) {
  Connection connection;
  connection.tuple_ = entry.tuple;
  connection.state_ = State::kTimeWait;
  connection.released_ = true;
  connection.timestamp_offset_ = entry.timestamp_offset;
  connection.ts_recent_ = entry.ts_recent;
  connection.ts_recent_at_ = entry.ts_recent_at;
  connection.mss_ = entry.mss;
  connection.profile_ = entry.profile;
  connection.challenges_ = entry.challenges;
  connection.agreed_.send_mss = entry.mss;
  connection.agreed_.receive_scale = entry.receive_scale;
  connection.agreed_.timestamps = entry.timestamps;
  connection.agreed_.ecn = entry.ecn;
  connection.ecn_.received = entry.ecn_received & 7;
  connection.ecn_.unacknowledged = entry.ecn_unacknowledged & 7;
  connection.tcb_.snd = {.una = entry.snd_nxt, .nxt = entry.snd_nxt, .max_wnd = entry.max_wnd};
  connection.tcb_.rcv = {.nxt = entry.rcv_nxt, .edge = entry.rcv_edge, .last_ack_sent = entry.rcv_nxt};
  connection.cc_.cwnd = entry.mss;
  connection.close_ = {.requested = true,
                       .fin_sent = true,
                       .fin_acked = true,
                       .peer_fin_known = true,
                       .peer_fin_done = true,
                       .peer_fin = entry.rcv_nxt - 1};
  connection.timers_[Timer::kTimeWait] = entry.deadline;
  if (entry.owes_ack) connection.ack_.owe(trace::Reason::kSendAck);
  return connection;
}

// A SYN in TIME-WAIT may open a new connection where it cannot belong to the old one: RFC 6191 §2 with timestamps
// (SHLD-4, MAY-2, 6191-1, 6191-2, 6191-4, 6191-5), RFC 1122 §4.2.2.13 by its sequence number (6191-3).
Verdict Connection::check_reopening(const Segment& segment, Context& context) {
  if (state_ != State::kTimeWait || !segment.syn() || segment.has_ack() || segment.rst()) return Verdict::go_on();
  bool is_new = segment.seq > tcb_.rcv.nxt;
  if (agreed_.timestamps && segment.options.timestamps) {
    const std::uint32_t value = segment.options.timestamps->value;
    if (value != ts_recent_) is_new = !is_timestamp_older(value, ts_recent_);
  } else if (!agreed_.timestamps && context.config.timestamps && segment.options.timestamps) {
    is_new = true;
  }
  if (!is_new || !context.may_reopen) return Verdict::ack_and_drop(DropReason::kTcpSynChallenged);
  Verdict verdict = Verdict::done(trace::Reason::kTimeWaitReused);
  verdict.reopen = true;
  return verdict;
}

}  // namespace handfast::tcp
