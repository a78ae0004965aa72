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

std::string ecn(const TcpInfo& info) {
  return info.ecn == EcnFeedback::kNone ? std::string() : fmt::format(" {}", to_string(info.ecn));
}

std::string path_line(const TcpInfo& info) {
  std::string line = fmt::format("{}{}{}{}{} wscale:{},{} rto:{:g}", info.congestion, info.timestamps ? " ts" : "",
                                 info.sack ? " sack" : "", info.fast_open ? " fastopen" : "", ecn(info),
                                 info.send_scale, info.receive_scale, milliseconds(info.rto));
  if (info.backoff > 0) line += fmt::format(" backoff:{}", info.backoff);
  if (info.srtt > Duration::zero()) {
    line += fmt::format(" rtt:{:.3f}/{:.3f}", milliseconds(info.srtt), milliseconds(info.rttvar));
  }
  if (info.ack_delay > Duration::zero()) line += fmt::format(" ato:{:g}", milliseconds(info.ack_delay));
  if (info.min_rtt > Duration::zero()) line += fmt::format(" minrtt:{:.3f}", milliseconds(info.min_rtt));
  return line + fmt::format(" mss:{} rcvmss:{} advmss:{} pmtu:{}", info.mss, info.peer_segment, info.advertised_mss,
                            info.path_mtu);
}

// The rate that the window allows in a round trip, as ss names it.
std::string send_rate(const TcpInfo& info) {
  if (info.srtt <= Duration::zero()) return {};
  const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(info.srtt).count();
  if (microseconds <= 0) return {};
  return fmt::format(" send:{}", rate(std::uint64_t{info.cwnd} * 1'000'000 / static_cast<std::uint64_t>(microseconds)));
}

// How much the window may offer, and what that follows where it grows.
std::string receiver(const TcpInfo& info) {
  std::string text;
  if (info.receive_round_trip > Duration::zero()) {
    text += fmt::format(" rcv_rtt:{:g}", milliseconds(info.receive_round_trip));
  }
  if (info.receive_taken > 0) text += fmt::format(" rcv_space:{}", info.receive_taken);
  if (info.receive_room > 0) text += fmt::format(" rcv_ssthresh:{}", info.receive_room);
  return text;
}

std::string window_line(const TcpInfo& info) {
  std::string line = fmt::format("cwnd:{}", info.cwnd);
  if (info.ssthresh < 1u << 30) line += fmt::format(" ssthresh:{}", info.ssthresh);
  line += fmt::format(" snd_wnd:{} rcv_wnd:{}{}", info.snd_wnd, info.rcv_wnd, receiver(info));
  if (info.delivery_rate > 0) {
    line += fmt::format(" delivery_rate:{}{}", rate(info.delivery_rate),
                        info.delivery_is_app_limited ? " app_limited" : "");
  }
  if (info.pacing_rate > 0) line += fmt::format(" pacing_rate:{}", rate(info.pacing_rate));
  line += send_rate(info);
  return line;
}

std::string flight_line(const TcpInfo& info) {
  std::string line = fmt::format("unacked:{} notsent:{} sacked:{} lost:{} retrans:{}/{} repair:{}",
                                 info.bytes_in_flight, info.not_sent, info.sacked, info.lost,
                                 info.retransmitted_in_flight, info.retransmissions, to_string(info.repair));
  if (info.reordering_seen) line += " reord_seen";
  if (info.reordering_window > Duration::zero()) {
    line += fmt::format(" reo_wnd:{:.3f}", milliseconds(info.reordering_window));
  }
  return line + fmt::format(" delivered:{} unread:{} ofo:{}", info.delivered, info.receive_queued, info.out_of_order);
}

std::string totals_line(const TcpInfo& info) {
  std::string line = fmt::format("bytes_sent:{} bytes_retrans:{} bytes_acked:{} bytes_received:{}", info.bytes_sent,
                                 info.bytes_retransmitted, info.bytes_acked, info.bytes_received);
  line += fmt::format(" segs_out:{} segs_in:{} data_segs_out:{} data_segs_in:{}", info.segments_sent,
                      info.segments_received, info.text_segments_sent, info.text_segments_received);
  if (info.duplicates_reported > 0) line += fmt::format(" dsack:{}", info.duplicates_reported);
  if (info.ecn != EcnFeedback::kNone) {
    line += fmt::format(" ecn_marks:{} ecn_marks_told:{} ecn_reductions:{}", info.ecn_marks, info.ecn_marks_told,
                        info.ecn_reductions);
  }
  return line;
}

std::string limit(std::string_view name, Duration spent, Duration busy) {
  if (spent <= Duration::zero()) return {};
  return fmt::format(" {}:{:.0f}ms({:.1f}%)", name, milliseconds(spent),
                     100 * milliseconds(spent) / milliseconds(busy));
}

std::string times_line(const TcpInfo& info) {
  std::string line = fmt::format("lastsnd:{:.0f} lastrcv:{:.0f} lastack:{:.0f}", milliseconds(info.since_sent),
                                 milliseconds(info.since_text), milliseconds(info.since_heard));
  line += fmt::format(" busy:{:.0f}ms", milliseconds(info.busy));
  line += limit("rwnd_limited", info.limited_by_window, info.busy);
  line += limit("sndbuf_limited", info.limited_by_send_buffer, info.busy);
  line += fmt::format(" user_timeout:{:.0f}", milliseconds(info.user_timeout));
  return line + (info.keep_alive ? " keepalive" : "");
}

}  // namespace

std::string info_text(const TcpInfo& info) {
  return fmt::format("{}\n\t {}\n\t {}\n\t {}\n\t {}\n\t {}\n", first_line(info), path_line(info), window_line(info),
                     flight_line(info), totals_line(info), times_line(info));
}

}  // namespace handfast::tool
