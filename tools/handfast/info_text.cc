#include "handfast/info_text.h"

#include <fmt/format.h>

namespace handfast::tool {

namespace {

double milliseconds(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

std::string rate(std::uint64_t bytes_a_second) {
  const double bits = static_cast<double>(bytes_a_second) * 8;
  if (bits >= 1e9) return fmt::format("{:.2f}Gbps", bits / 1e9);
  if (bits >= 1e6) return fmt::format("{:.2f}Mbps", bits / 1e6);
  return fmt::format("{:.2f}kbps", bits / 1e3);
}

std::string first_line(const TcpInfo& info) {
  return fmt::format("{} {} -> {}{}", to_string(info.state), info.tuple.host.to_string(), info.tuple.peer.to_string(),
                     info.error ? " error:" + info.error.message() : "");
}

std::string path_line(const TcpInfo& info) {
  std::string line = fmt::format("{}{}{} wscale:{},{} rto:{:g}", info.congestion, info.timestamps ? " ts" : "",
                                 info.sack ? " sack" : "", info.send_scale, info.receive_scale, milliseconds(info.rto));
  if (info.backoff > 0) line += fmt::format(" backoff:{}", info.backoff);
  if (info.srtt > Duration::zero()) {
    line += fmt::format(" rtt:{:.3f}/{:.3f}", milliseconds(info.srtt), milliseconds(info.rttvar));
  }
  if (info.min_rtt > Duration::zero()) line += fmt::format(" minrtt:{:.3f}", milliseconds(info.min_rtt));
  return line + fmt::format(" mss:{} pmtu:{}", info.mss, info.path_mtu);
}

std::string window_line(const TcpInfo& info) {
  std::string line = fmt::format("cwnd:{}", info.cwnd);
  if (info.ssthresh < 1u << 30) line += fmt::format(" ssthresh:{}", info.ssthresh);
  line += fmt::format(" snd_wnd:{} rcv_wnd:{}", info.snd_wnd, info.rcv_wnd);
  if (info.delivery_rate > 0) {
    line += fmt::format(" delivery_rate:{}{}", rate(info.delivery_rate),
                        info.delivery_is_app_limited ? " app_limited" : "");
  }
  if (info.pacing_rate > 0) line += fmt::format(" pacing_rate:{}", rate(info.pacing_rate));
  return line;
}

std::string flight_line(const TcpInfo& info) {
  return fmt::format("unacked:{} notsent:{} sacked:{} lost:{} retrans:{} repair:{}{} delivered:{} unread:{} ofo:{}",
                     info.bytes_in_flight, info.not_sent, info.sacked, info.lost, info.retransmissions,
                     to_string(info.repair), info.reordering_seen ? " reord_seen" : "", info.delivered,
                     info.receive_queued, info.out_of_order);
}

std::string times_line(const TcpInfo& info) {
  return fmt::format("lastsnd:{:.0f} lastrcv:{:.0f} user_timeout:{:.0f}{}", milliseconds(info.since_sent),
                     milliseconds(info.since_heard), milliseconds(info.user_timeout),
                     info.keep_alive ? " keepalive" : "");
}

}  // namespace

std::string info_text(const TcpInfo& info) {
  return fmt::format("{}\n\t {}\n\t {}\n\t {}\n\t {}\n", first_line(info), path_line(info), window_line(info),
                     flight_line(info), times_line(info));
}

}  // namespace handfast::tool
