#include "posix/linux_tcp_info.h"

#include <algorithm>

#include "posix/linux_numbers.h"

namespace handfast::posix {

namespace {

constexpr std::uint32_t kNoThreshold = 0x7FFFFFFF;    // TCP_INFINITE_SSTHRESH
constexpr std::uint32_t kHostNoThreshold = 1u << 30;  // what the Host has for it
constexpr std::uint32_t kReordering = 3;              // tcp_reordering
constexpr std::uint32_t kMostReordering = 300;        // tcp_max_reordering

std::uint8_t state_number(TcpState state) {
  switch (state) {
    case TcpState::kListen:
      return kTcpListen;
    case TcpState::kSynSent:
      return kTcpSynSent;
    case TcpState::kSynReceived:
      return kTcpSynRecv;
    case TcpState::kEstablished:
      return kTcpEstablished;
    case TcpState::kFinWait1:
      return kTcpFinWait1;
    case TcpState::kFinWait2:
      return kTcpFinWait2;
    case TcpState::kCloseWait:
      return kTcpCloseWait;
    case TcpState::kClosing:
      return kTcpClosing;
    case TcpState::kLastAck:
      return kTcpLastAck;
    case TcpState::kTimeWait:
      return kTcpTimeWait;
    case TcpState::kClosed:
      break;
  }
  return kTcpClose;
}

std::uint8_t congestion_state(const TcpInfo& info) {
  if (info.repair == RepairPhase::kTimeout) return kTcpCaLoss;
  if (info.repair == RepairPhase::kFast) return kTcpCaRecovery;
  if (info.ecn_reducing) return kTcpCaCwr;
  return info.sacked > 0 ? kTcpCaDisorder : kTcpCaOpen;
}

std::uint8_t option_bits(const TcpInfo& info) {
  std::uint8_t bits = 0;
  if (info.timestamps) bits |= kTcpiOptTimestamps;
  if (info.sack) bits |= kTcpiOptSack;
  if (info.send_scale > 0 || info.receive_scale > 0) bits |= kTcpiOptWscale;
  if (info.ecn != EcnFeedback::kNone) bits |= kTcpiOptEcn;
  if (info.ecn_marks > 0) bits |= kTcpiOptEcnSeen;
  if (info.fast_open) bits |= kTcpiOptSynData;
  return bits;
}

std::uint32_t microseconds(Duration time) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

std::uint64_t long_microseconds(Duration time) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

std::uint32_t milliseconds(Duration time) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

std::uint32_t segments(std::uint64_t bytes, std::uint32_t mss) {
  return mss == 0 ? 0 : static_cast<std::uint32_t>((bytes + mss - 1) / mss);
}

// A window is in whole segments: it grows by bytes, and counts when there is one more.
std::uint32_t whole_segments(std::uint32_t bytes, std::uint32_t mss) { return mss == 0 ? 0 : bytes / mss; }

// Our SYN was acknowledged.
bool has_begun(TcpState state) {
  return state != TcpState::kClosed && state != TcpState::kListen && state != TcpState::kSynSent &&
         state != TcpState::kSynReceived;
}

void add_sender(const TcpInfo& info, LinuxTcpInfo& out) {
  const std::uint32_t mss = info.mss;
  const std::uint32_t outstanding = info.send_queued - std::min(info.send_queued, info.not_sent);
  out.tcpi_unacked = segments(outstanding, mss);
  out.tcpi_sacked = segments(info.sacked, mss);
  // What was lost counts as lost until it is delivered, sent again or not.
  out.tcpi_lost = segments(info.lost + (info.repair == RepairPhase::kNone ? 0 : info.retransmitted_in_flight), mss);
  out.tcpi_retrans = segments(info.retransmitted_in_flight, mss);
  out.tcpi_snd_cwnd = whole_segments(info.cwnd, mss);
  out.tcpi_snd_ssthresh = info.ssthresh >= kHostNoThreshold ? kNoThreshold : whole_segments(info.ssthresh, mss);
  out.tcpi_reordering = std::clamp(segments(info.reordering_degree, mss), kReordering, kMostReordering);
  out.tcpi_reord_seen = info.reordering_seen ? 1 : 0;
  out.tcpi_total_retrans = info.retransmissions;
  // Our SYN counts as delivered, with what it carried, as Linux has it.
  out.tcpi_delivered =
      (has_begun(info.state) ? 1 : 0) + segments(info.bytes_acked - info.early_text, mss) + segments(info.sacked, mss);
  out.tcpi_delivered_ce = info.ecn_marks_told;
  out.tcpi_pacing_rate = info.pacing_rate == 0 ? ~std::uint64_t{0} : info.pacing_rate;
  out.tcpi_max_pacing_rate = ~std::uint64_t{0};
  out.tcpi_delivery_rate = info.delivery_rate;
  out.tcpi_delivery_rate_app_limited = info.delivery_is_app_limited ? 1 : 0;
  out.tcpi_notsent_bytes = info.not_sent;
  out.tcpi_busy_time = long_microseconds(info.busy);
  out.tcpi_rwnd_limited = long_microseconds(info.limited_by_window);
  out.tcpi_sndbuf_limited = long_microseconds(info.limited_by_send_buffer);
}

}  // namespace

LinuxTcpInfo linux_tcp_info(const TcpInfo& info) {
  LinuxTcpInfo out;
  out.tcpi_state = state_number(info.state);
  out.tcpi_ca_state = congestion_state(info);
  out.tcpi_retransmits = info.backoff;
  out.tcpi_backoff = info.backoff;
  out.tcpi_options = option_bits(info);
  out.tcpi_snd_wscale = info.send_scale & 0xF;
  out.tcpi_rcv_wscale = info.receive_scale & 0xF;
  out.tcpi_rto = microseconds(info.rto);
  out.tcpi_ato = 40'000;
  out.tcpi_snd_mss = info.mss;
  out.tcpi_rcv_mss = info.peer_segment == 0 ? std::min<std::uint32_t>(info.advertised_mss, 536) : info.peer_segment;
  out.tcpi_last_data_sent = milliseconds(info.since_sent);
  // Before any text, Linux counts from the handshake.
  out.tcpi_last_data_recv = milliseconds(info.text_segments_received > 0 ? info.since_text : info.since_heard);
  out.tcpi_last_ack_recv = milliseconds(info.since_heard);
  out.tcpi_pmtu = info.path_mtu;
  out.tcpi_rcv_ssthresh = info.rcv_wnd;
  out.tcpi_rtt = microseconds(info.srtt);
  out.tcpi_rttvar = microseconds(info.rttvar);
  out.tcpi_advmss = info.advertised_mss;
  out.tcpi_rcv_space = info.rcv_wnd;
  out.tcpi_bytes_acked = info.bytes_acked;
  out.tcpi_bytes_received = info.bytes_received;
  out.tcpi_segs_out = info.segments_sent;
  out.tcpi_segs_in = info.segments_received;
  out.tcpi_min_rtt = info.min_rtt == Duration::zero() ? ~0u : microseconds(info.min_rtt);
  out.tcpi_data_segs_in = info.text_segments_received;
  out.tcpi_data_segs_out = info.text_segments_sent;
  out.tcpi_bytes_sent = info.bytes_sent;
  out.tcpi_bytes_retrans = info.bytes_retransmitted;
  out.tcpi_dsack_dups = segments(info.duplicates_reported, info.mss);
  out.tcpi_snd_wnd = info.snd_wnd;
  out.tcpi_rcv_wnd = info.rcv_wnd;
  add_sender(info, out);
  return out;
}

}  // namespace handfast::posix
