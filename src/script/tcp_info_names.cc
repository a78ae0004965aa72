#include "script/tcp_info_names.h"

#include <algorithm>
#include <array>

namespace handfast::script {

namespace {

using Info = posix::LinuxTcpInfo;

struct Field {
  std::string_view name;
  std::int64_t (*value)(const Info& info);
};

// A bit field has no address, so each name has a function of its own.
#define HANDFAST_FIELD(name)                                                     \
  Field {                                                                        \
    #name, [](const Info& info) { return static_cast<std::int64_t>(info.name); } \
  }
constexpr auto kFields = std::to_array<Field>({
    HANDFAST_FIELD(tcpi_state),
    HANDFAST_FIELD(tcpi_ca_state),
    HANDFAST_FIELD(tcpi_retransmits),
    HANDFAST_FIELD(tcpi_probes),
    HANDFAST_FIELD(tcpi_backoff),
    HANDFAST_FIELD(tcpi_options),
    HANDFAST_FIELD(tcpi_snd_wscale),
    HANDFAST_FIELD(tcpi_rcv_wscale),
    HANDFAST_FIELD(tcpi_delivery_rate_app_limited),
    HANDFAST_FIELD(tcpi_fastopen_client_fail),
    HANDFAST_FIELD(tcpi_rto),
    HANDFAST_FIELD(tcpi_ato),
    HANDFAST_FIELD(tcpi_snd_mss),
    HANDFAST_FIELD(tcpi_rcv_mss),
    HANDFAST_FIELD(tcpi_unacked),
    HANDFAST_FIELD(tcpi_sacked),
    HANDFAST_FIELD(tcpi_lost),
    HANDFAST_FIELD(tcpi_retrans),
    HANDFAST_FIELD(tcpi_fackets),
    HANDFAST_FIELD(tcpi_last_data_sent),
    HANDFAST_FIELD(tcpi_last_ack_sent),
    HANDFAST_FIELD(tcpi_last_data_recv),
    HANDFAST_FIELD(tcpi_last_ack_recv),
    HANDFAST_FIELD(tcpi_pmtu),
    HANDFAST_FIELD(tcpi_rcv_ssthresh),
    HANDFAST_FIELD(tcpi_rtt),
    HANDFAST_FIELD(tcpi_rttvar),
    HANDFAST_FIELD(tcpi_snd_ssthresh),
    HANDFAST_FIELD(tcpi_snd_cwnd),
    HANDFAST_FIELD(tcpi_advmss),
    HANDFAST_FIELD(tcpi_reordering),
    HANDFAST_FIELD(tcpi_rcv_rtt),
    HANDFAST_FIELD(tcpi_rcv_space),
    HANDFAST_FIELD(tcpi_total_retrans),
    HANDFAST_FIELD(tcpi_pacing_rate),
    HANDFAST_FIELD(tcpi_max_pacing_rate),
    HANDFAST_FIELD(tcpi_bytes_acked),
    HANDFAST_FIELD(tcpi_bytes_received),
    HANDFAST_FIELD(tcpi_segs_out),
    HANDFAST_FIELD(tcpi_segs_in),
    HANDFAST_FIELD(tcpi_notsent_bytes),
    HANDFAST_FIELD(tcpi_min_rtt),
    HANDFAST_FIELD(tcpi_data_segs_in),
    HANDFAST_FIELD(tcpi_data_segs_out),
    HANDFAST_FIELD(tcpi_delivery_rate),
    HANDFAST_FIELD(tcpi_busy_time),
    HANDFAST_FIELD(tcpi_rwnd_limited),
    HANDFAST_FIELD(tcpi_sndbuf_limited),
    HANDFAST_FIELD(tcpi_delivered),
    HANDFAST_FIELD(tcpi_delivered_ce),
    HANDFAST_FIELD(tcpi_bytes_sent),
    HANDFAST_FIELD(tcpi_bytes_retrans),
    HANDFAST_FIELD(tcpi_dsack_dups),
    HANDFAST_FIELD(tcpi_reord_seen),
    HANDFAST_FIELD(tcpi_rcv_ooopack),
    HANDFAST_FIELD(tcpi_snd_wnd),
    HANDFAST_FIELD(tcpi_rcv_wnd),
    HANDFAST_FIELD(tcpi_rehash),
    HANDFAST_FIELD(tcpi_total_rto),
    HANDFAST_FIELD(tcpi_total_rto_recoveries),
    HANDFAST_FIELD(tcpi_total_rto_time),
    HANDFAST_FIELD(tcpi_received_ce),
    HANDFAST_FIELD(tcpi_delivered_e1_bytes),
    HANDFAST_FIELD(tcpi_delivered_e0_bytes),
    HANDFAST_FIELD(tcpi_delivered_ce_bytes),
    HANDFAST_FIELD(tcpi_received_e1_bytes),
    HANDFAST_FIELD(tcpi_received_e0_bytes),
    HANDFAST_FIELD(tcpi_received_ce_bytes),
    HANDFAST_FIELD(tcpi_ecn_mode),
    HANDFAST_FIELD(tcpi_accecn_opt_seen),
    HANDFAST_FIELD(tcpi_accecn_fail_mode),
    HANDFAST_FIELD(tcpi_options2),
});
#undef HANDFAST_FIELD

}  // namespace

std::optional<std::int64_t> tcp_info_value(std::string_view name, const posix::LinuxTcpInfo& info) {
  const auto found = std::ranges::find(kFields, name, &Field::name);
  if (found == kFields.end()) return std::nullopt;
  return found->value(info);
}

}  // namespace handfast::script
