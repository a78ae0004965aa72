#pragma once

#include <cstdint>

#include "handfast/tcp_info.h"

namespace handfast::posix {

/// struct tcp_info, field by field and byte by byte as Linux lays it out, so that TCP_INFO can be copied from it. Times
/// are in microseconds up to `rttvar` and in `busy_time` and what follows, those of "last" in milliseconds; the window
/// and what is in flight are in segments.
struct LinuxTcpInfo {
  std::uint8_t tcpi_state = 0;
  std::uint8_t tcpi_ca_state = 0;
  std::uint8_t tcpi_retransmits = 0;
  std::uint8_t tcpi_probes = 0;
  std::uint8_t tcpi_backoff = 0;
  std::uint8_t tcpi_options = 0;
  std::uint8_t tcpi_snd_wscale : 4 = 0;
  std::uint8_t tcpi_rcv_wscale : 4 = 0;
  std::uint8_t tcpi_delivery_rate_app_limited : 1 = 0;
  std::uint8_t tcpi_fastopen_client_fail : 2 = 0;

  std::uint32_t tcpi_rto = 0;
  std::uint32_t tcpi_ato = 0;
  std::uint32_t tcpi_snd_mss = 0;
  std::uint32_t tcpi_rcv_mss = 0;

  std::uint32_t tcpi_unacked = 0;
  std::uint32_t tcpi_sacked = 0;
  std::uint32_t tcpi_lost = 0;
  std::uint32_t tcpi_retrans = 0;
  std::uint32_t tcpi_fackets = 0;

  std::uint32_t tcpi_last_data_sent = 0;
  std::uint32_t tcpi_last_ack_sent = 0;
  std::uint32_t tcpi_last_data_recv = 0;
  std::uint32_t tcpi_last_ack_recv = 0;

  std::uint32_t tcpi_pmtu = 0;
  std::uint32_t tcpi_rcv_ssthresh = 0;
  std::uint32_t tcpi_rtt = 0;
  std::uint32_t tcpi_rttvar = 0;
  std::uint32_t tcpi_snd_ssthresh = 0;
  std::uint32_t tcpi_snd_cwnd = 0;
  std::uint32_t tcpi_advmss = 0;
  std::uint32_t tcpi_reordering = 0;

  std::uint32_t tcpi_rcv_rtt = 0;
  std::uint32_t tcpi_rcv_space = 0;

  std::uint32_t tcpi_total_retrans = 0;

  std::uint64_t tcpi_pacing_rate = 0;
  std::uint64_t tcpi_max_pacing_rate = 0;
  std::uint64_t tcpi_bytes_acked = 0;
  std::uint64_t tcpi_bytes_received = 0;
  std::uint32_t tcpi_segs_out = 0;
  std::uint32_t tcpi_segs_in = 0;

  std::uint32_t tcpi_notsent_bytes = 0;
  std::uint32_t tcpi_min_rtt = 0;
  std::uint32_t tcpi_data_segs_in = 0;
  std::uint32_t tcpi_data_segs_out = 0;

  std::uint64_t tcpi_delivery_rate = 0;

  std::uint64_t tcpi_busy_time = 0;
  std::uint64_t tcpi_rwnd_limited = 0;
  std::uint64_t tcpi_sndbuf_limited = 0;

  std::uint32_t tcpi_delivered = 0;
  std::uint32_t tcpi_delivered_ce = 0;

  std::uint64_t tcpi_bytes_sent = 0;
  std::uint64_t tcpi_bytes_retrans = 0;
  std::uint32_t tcpi_dsack_dups = 0;
  std::uint32_t tcpi_reord_seen = 0;

  std::uint32_t tcpi_rcv_ooopack = 0;

  std::uint32_t tcpi_snd_wnd = 0;
  std::uint32_t tcpi_rcv_wnd = 0;

  std::uint32_t tcpi_rehash = 0;

  std::uint16_t tcpi_total_rto = 0;
  std::uint16_t tcpi_total_rto_recoveries = 0;
  std::uint32_t tcpi_total_rto_time = 0;

  std::uint32_t tcpi_received_ce = 0;
  std::uint32_t tcpi_delivered_e1_bytes = 0;
  std::uint32_t tcpi_delivered_e0_bytes = 0;
  std::uint32_t tcpi_delivered_ce_bytes = 0;
  std::uint32_t tcpi_received_e1_bytes = 0;
  std::uint32_t tcpi_received_e0_bytes = 0;
  std::uint32_t tcpi_received_ce_bytes = 0;
  std::uint32_t tcpi_ecn_mode : 2 = 0;
  std::uint32_t tcpi_accecn_opt_seen : 2 = 0;
  std::uint32_t tcpi_accecn_fail_mode : 4 = 0;
  std::uint32_t tcpi_options2 : 24 = 0;
};

/// What Linux would say of a connection of which the Host says `info`. Counts of segments are quotients of bytes by
/// the MSS, rounded up; fields without a counterpart are as Linux has them in the beginning.
LinuxTcpInfo linux_tcp_info(const TcpInfo& info);

}  // namespace handfast::posix
