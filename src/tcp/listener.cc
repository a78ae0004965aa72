#include "tcp/listener.h"

#include "base/check.h"

namespace handfast::tcp {

SynEntry Connection::compact_syn() const {
  HANDFAST_DCHECK(state_ == State::kSynReceived);
  HANDFAST_DCHECK(passive_);
  SynEntry entry;
  entry.tuple = tuple_;
  entry.iss = tcb_.snd.iss;
  entry.irs = tcb_.rcv.irs;
  entry.timestamp_offset = timestamp_offset_;
  entry.syn_timestamp = syn_timestamp_;
  entry.ts_recent = ts_recent_;
  entry.deadline = timers_[Timer::kRetransmit];
  entry.challenges = challenges_;
  entry.window = static_cast<std::uint16_t>(tcb_.snd.wnd);
  entry.mss = mss_;
  entry.send_mss = agreed_.send_mss;
  entry.send_scale = agreed_.send_scale & 0xF;  // at most 14
  entry.receive_scale = agreed_.receive_scale & 0xF;
  entry.backoff = rtt_.backoff();
  entry.profile = profile_;
  entry.window_scale = agreed_.window_scale;
  entry.timestamps = agreed_.timestamps;
  entry.sack = agreed_.sack;
  entry.ecn = agreed_.ecn;
  entry.ecn_arrived = ecn_.arrived;
  entry.no_ect = ecn_.no_ect;
  entry.ecn_asked = ecn_.asked;
  entry.option_doubted = ecn_.option == OptionPath::kDoubted;
  entry.sent = handshake_sent_in_ == State::kSynReceived;
  entry.owes_syn = owes_syn_;
  entry.owes_ack = ack_.owed();
  entry.untimed = handshake_untimed_;
  entry.grants_experimental = fast_open_ == FastOpen::kGrantsExperimental;
  entry.grants_fast_open = fast_open_ == FastOpen::kGrants || entry.grants_experimental;
  return entry;
}

Connection Connection::from(const SynEntry& entry, const TcpConfig& config) {
  Connection connection;
  connection.tuple_ = entry.tuple;
  connection.state_ = State::kSynReceived;
  connection.passive_ = true;
  connection.nagle_ = config.nagle;
  connection.take_habits(config);
  connection.keep_alive_.on = config.keep_alive;
  connection.timestamp_offset_ = entry.timestamp_offset;
  connection.syn_timestamp_ = entry.syn_timestamp;
  connection.ts_recent_ = entry.ts_recent;
  connection.mss_ = entry.mss;
  connection.profile_ = entry.profile;
  connection.challenges_ = entry.challenges;
  connection.agreed_ = {.send_mss = entry.send_mss,
                        .send_scale = entry.send_scale,
                        .receive_scale = entry.receive_scale,
                        .window_scale = entry.window_scale,
                        .timestamps = entry.timestamps,
                        .sack = entry.sack,
                        .ecn = entry.ecn};
  connection.tcb_.snd = {.una = entry.iss,
                         .nxt = entry.iss + (entry.sent ? 1 : 0),
                         .wl1 = entry.irs,
                         .wl2 = entry.iss,
                         .iss = entry.iss,
                         .wnd = entry.window,
                         .max_wnd = entry.window};
  const SeqNum next = entry.irs + 1;
  connection.tcb_.rcv = {.nxt = next,
                         .edge = next + std::min<std::uint32_t>(config.receive_buffer, 0xFFFF),
                         .irs = entry.irs,
                         .last_ack_sent = next};
  for (std::uint8_t i = 0; i < entry.backoff; ++i) connection.rtt_.back_off();
  connection.timeouts_ = entry.backoff;  // each timeout of a handshake backs off once
  connection.timers_[Timer::kRetransmit] = entry.deadline;
  connection.owes_syn_ = entry.owes_syn;
  connection.ecn_.arrived = entry.ecn_arrived;
  connection.ecn_.no_ect = entry.no_ect;
  connection.ecn_.asked = entry.ecn_asked & 3;
  if (entry.option_doubted) connection.ecn_.option = OptionPath::kDoubted;
  connection.handshake_untimed_ = entry.untimed;
  if (entry.grants_fast_open) {
    connection.fast_open_ = entry.grants_experimental ? FastOpen::kGrantsExperimental : FastOpen::kGrants;
  }
  if (entry.owes_ack) connection.ack_.owe(trace::Reason::kSendUnacceptableAck);
  connection.handshake_sent_in_ = entry.sent ? State::kSynReceived : State::kClosed;
  if (entry.deadline != kNever) {
    // The deadline was set one RTO after the segment went out, so that moment need not be kept.
    connection.last_sent_ = entry.deadline - connection.rtt_.rto(config);
    connection.silent_since_ = connection.last_sent_;
    connection.ts_recent_at_ = seconds_of(connection.last_sent_);
  }
  connection.account_.segments_in = 1;
  connection.account_.segments_out = entry.sent ? 1u + entry.backoff : 0u;
  return connection;
}

}  // namespace handfast::tcp
