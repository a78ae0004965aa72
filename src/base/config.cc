#include "handfast/config.h"

// Which values a Host can run with, and why it cannot run with others.

namespace handfast {

namespace {

struct Algorithm {
  CongestionControl value;
  std::string_view name;
};

constexpr std::array kAlgorithms = {
    Algorithm{CongestionControl::kCubic, "cubic"},
    Algorithm{CongestionControl::kNewReno, "newreno"},
    Algorithm{CongestionControl::kBbr, "bbr"},
    Algorithm{CongestionControl::kNone, "none"},
};

constexpr std::array<std::string_view, 4> kEcnNames = {"off", "accept", "offer", "accurate"};

using Problem = Config::Problem;

std::optional<Problem> validate_timers(const TcpConfig& tcp) {
  if (tcp.min_rto < 1ms) return Problem{"tcp.min_rto", "below 1 ms a timer is no measure of loss"};
  if (tcp.rto_margin < 1us || tcp.rto_margin > 1s) return Problem{"tcp.rto_margin", "outside 1 us and 1 s"};
  if (tcp.max_rto < tcp.min_rto) return Problem{"tcp.max_rto", "below min_rto"};
  if (tcp.max_rto < 60s) return Problem{"tcp.max_rto", "RFC 6298 §2.5 wants at least 60 s"};
  if (tcp.initial_rto < tcp.min_rto || tcp.initial_rto > tcp.max_rto) {
    return Problem{"tcp.initial_rto", "outside min_rto and max_rto"};
  }
  if (tcp.delayed_ack < 0ms || tcp.delayed_ack >= 500ms) {
    return Problem{"tcp.delayed_ack", "RFC 9293 §3.8.6.3 wants less than 0.5 s"};
  }
  if (tcp.path_mtu_memory < 5min) return Problem{"tcp.path_mtu_memory", "RFC 1191 §6.3 wants at least 5 minutes"};
  if (tcp.msl < 1ms || tcp.msl > 1h) return Problem{"tcp.msl", "outside 1 ms and 1 h"};
  if (tcp.fin_wait_2 < 1ms) return Problem{"tcp.fin_wait_2", "below 1 ms"};
  if (tcp.r1 < 3) return Problem{"tcp.r1", "RFC 9293 §3.8.3 wants at least 3 retransmissions"};
  if (tcp.r2 < 1s) return Problem{"tcp.r2", "below 1 s"};
  if (tcp.user_timeout_lower < 1s) return Problem{"tcp.user_timeout_lower", "below 1 s"};
  if (tcp.user_timeout_upper < tcp.user_timeout_lower || tcp.user_timeout_upper > 24h * 31) {
    return Problem{"tcp.user_timeout_upper", "below user_timeout_lower, or above 31 days"};
  }
  if (tcp.r2_syn < 1s) return Problem{"tcp.r2_syn", "below 1 s"};
  if (tcp.keep_alive_idle < 1s) return Problem{"tcp.keep_alive_idle", "below 1 s"};
  if (tcp.keep_alive_interval < 1s) return Problem{"tcp.keep_alive_interval", "below 1 s"};
  if (tcp.cork_limit < 1ms || tcp.cork_limit > 1min) return Problem{"tcp.cork_limit", "outside 1 ms and 1 min"};
  if (tcp.quick_acks == 255) return Problem{"tcp.quick_acks", "at most 254; set_quick_ack is for all of them"};
  if (tcp.keep_alive_probes < 2) {
    return Problem{"tcp.keep_alive_probes", "RFC 9293 §3.8.4 does not let one unanswered probe end a connection"};
  }
  return std::nullopt;
}

std::optional<Problem> validate_sizes(const TcpConfig& tcp) {
  constexpr std::uint32_t kLargest = 1u << 30;
  if (tcp.receive_buffer < 2048 || tcp.receive_buffer > kLargest) {
    return Problem{"tcp.receive_buffer", "outside 2 KiB and 1 GiB"};
  }
  if (tcp.send_buffer < 2048 || tcp.send_buffer > kLargest) {
    return Problem{"tcp.send_buffer", "outside 2 KiB and 1 GiB"};
  }
  if (tcp.receive_buffer_max > kLargest) return Problem{"tcp.receive_buffer_max", "above 1 GiB"};
  if (tcp.send_buffer_max > kLargest) return Problem{"tcp.send_buffer_max", "above 1 GiB"};
  if (tcp.out_of_order_ranges < 1) return Problem{"tcp.out_of_order_ranges", "at least 1"};
  if (tcp.initial_window_segments < 1 || tcp.initial_window_segments > 100) {
    return Problem{"tcp.initial_window_segments", "outside 1 and 100"};
  }
  if (tcp.min_peer_mss < 48 || tcp.min_peer_mss > 536) return Problem{"tcp.min_peer_mss", "outside 48 and 536"};
  if (tcp.max_mss != 0 && tcp.max_mss < 88) return Problem{"tcp.max_mss", "0, or at least 88"};
  if (tcp.min_path_mtu < 128 || tcp.min_path_mtu > 1280) return Problem{"tcp.min_path_mtu", "outside 128 and 1280"};
  if (tcp.base_path_mtu < tcp.min_path_mtu || tcp.base_path_mtu > 9000) {
    return Problem{"tcp.base_path_mtu", "outside min_path_mtu and 9000"};
  }
  if (tcp.challenge_acks < 1) return Problem{"tcp.challenge_acks", "at least 1"};
  if (to_string(tcp.congestion_control).empty()) return Problem{"tcp.congestion_control", "no such algorithm"};
  if (to_string(tcp.ecn).empty()) return Problem{"tcp.ecn", "no such setting"};
  return std::nullopt;
}

std::optional<Problem> validate_limits(const Limits& limits) {
  constexpr std::uint32_t kMost = 1u << 28;
  if (limits.connections < 1 || limits.connections > kMost) return Problem{"limits.connections", "outside 1 and 2^28"};
  if (limits.syn_queue < 1 || limits.syn_queue > kMost) return Problem{"limits.syn_queue", "outside 1 and 2^28"};
  if (limits.time_wait < 1 || limits.time_wait > kMost) return Problem{"limits.time_wait", "outside 1 and 2^28"};
  if (limits.listeners < 1 || limits.listeners > 65536) return Problem{"limits.listeners", "outside 1 and 65,536"};
  if (limits.neighbors < 1 || limits.neighbors > 65536) return Problem{"limits.neighbors", "outside 1 and 65,536"};
  if (limits.neighbor_queue < 1) return Problem{"limits.neighbor_queue", "RFC 1122 §2.3.2.2 wants at least 1"};
  if (limits.fast_open_peers < 1 || limits.fast_open_peers > 4096) {
    return Problem{"limits.fast_open_peers", "outside 1 and 4,096"};
  }
  if (limits.fast_open_pending > 65536) return Problem{"limits.fast_open_pending", "above 65,536"};
  if (limits.paths < 1 || limits.paths > 65536) return Problem{"limits.paths", "outside 1 and 65,536"};
  if (limits.reply_queue < 1) return Problem{"limits.reply_queue", "at least 1"};
  if (limits.memory < 1024 * 1024) return Problem{"limits.memory", "below 1 MiB"};
  return std::nullopt;
}

}  // namespace

LinuxHabits linux_habits() {
  return {.one_reduction = true,
          .rack_rtt_by_number = true,
          .full_count_after_timeout = true,
          .duplicates_pay_ahead = true,
          .cubic_looks_seldom = true,
          .probe_without_text = true,
          .answer_crossed_syn_ack = true,
          .icmp_ends_half_open = true};
}

std::string_view to_string(CongestionControl algorithm) {
  for (const Algorithm& known : kAlgorithms) {
    if (known.value == algorithm) return known.name;
  }
  return {};
}

std::optional<CongestionControl> congestion_control_named(std::string_view name) {
  for (const Algorithm& known : kAlgorithms) {
    if (known.name == name) return known.value;
  }
  return std::nullopt;
}

std::string_view to_string(Ecn setting) {
  const auto index = static_cast<std::size_t>(setting);
  return index < kEcnNames.size() ? kEcnNames[index] : std::string_view();
}

std::optional<Ecn> ecn_named(std::string_view name) {
  for (std::size_t i = 0; i < kEcnNames.size(); ++i) {
    if (kEcnNames[i] == name) return static_cast<Ecn>(i);
  }
  return std::nullopt;
}

std::optional<Problem> Config::validate() const {
  if (const auto problem = validate_timers(tcp)) return problem;
  if (const auto problem = validate_sizes(tcp)) return problem;
  if (const auto problem = validate_limits(limits)) return problem;
  if (ttl == 0) return Problem{"ttl", "a packet with TTL 0 goes nowhere"};
  if (first_ephemeral_port == 0 || first_ephemeral_port > last_ephemeral_port) {
    return Problem{"first_ephemeral_port", "0, or above last_ephemeral_port"};
  }
  if (fast_open_refusal < Duration::zero()) return Problem{"fast_open_refusal", "negative"};
  return std::nullopt;
}

}  // namespace handfast
