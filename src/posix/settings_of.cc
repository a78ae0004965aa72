#include "posix/settings_of.h"

#include <algorithm>

#include "posix/linux_numbers.h"

namespace handfast::posix {

namespace {

using std::chrono::seconds;

// Text beyond SO_SNDBUF never reaches the Host (send_space.h); its own limit keeps out of the way.
constexpr std::uint32_t kHostSendBuffer = 64u << 20;
constexpr std::uint32_t kLeastHostBuffer = 2048;

// Linux keeps a part of SO_RCVBUF for what a packet weighs beside its text; at first, half is a good guess.
std::uint32_t window_of(std::uint32_t receive_buffer) { return std::max(receive_buffer / 2, kLeastHostBuffer); }

void set_keep_alive(const LinuxSettings& settings, const SocketOptions& options, TcpConfig& tcp) {
  const std::uint16_t idle = options.keep_idle > 0 ? options.keep_idle : settings.tcp_keepalive_time;
  const std::uint16_t interval = options.keep_interval > 0 ? options.keep_interval : settings.tcp_keepalive_intvl;
  const std::uint8_t count = options.keep_count > 0 ? options.keep_count : settings.tcp_keepalive_probes;
  tcp.keep_alive = options.keep_alive;
  tcp.keep_alive_idle = seconds(std::max<std::uint16_t>(idle, 1));
  tcp.keep_alive_interval = seconds(std::max<std::uint16_t>(interval, 1));
  // RFC 9293 §3.8.4 (MUST-29): one unanswered probe alone ends no connection of a Host.
  tcp.keep_alive_probes = std::max<std::uint8_t>(count, 2);
}

void set_buffers(const SocketOptions& options, TcpConfig& tcp) {
  tcp.send_buffer = kHostSendBuffer;
  tcp.send_buffer_max = 0;
  if (options.receive_buffer > 0) {
    tcp.receive_buffer = window_of(options.receive_buffer);
    tcp.receive_buffer_max = 0;
  }
  if (options.window_clamp > 0) {
    tcp.receive_buffer = std::max(std::min(tcp.receive_buffer, options.window_clamp), kLeastHostBuffer);
    tcp.receive_buffer_max = std::min(tcp.receive_buffer_max, options.window_clamp);
  }
}

Duration fin_wait_2_of(const LinuxSettings& settings, const SocketOptions& options) {
  if (options.linger2 < 0) return std::chrono::milliseconds(1);
  if (options.linger2 > 0) return seconds(options.linger2);
  return seconds(std::max<std::uint16_t>(settings.tcp_fin_timeout, 1));
}

}  // namespace

Duration syn_time(const TcpConfig& tcp, unsigned retries) {
  Duration sum = Duration::zero();
  Duration wait = tcp.initial_rto;
  for (unsigned i = 0; i <= retries; ++i) {
    sum += wait;
    wait = std::min(2 * wait, tcp.max_rto);
  }
  return sum;
}

TcpConfig tcp_config_of(const LinuxSettings& settings, const Socket& socket) {
  const SocketOptions& options = socket.options;
  TcpConfig tcp = socket.tcp;
  set_buffers(options, tcp);
  set_keep_alive(settings, options, tcp);
  tcp.nagle = !options.no_delay;
  tcp.max_mss = options.user_mss;
  tcp.r2_syn = syn_time(tcp, options.syn_retries > 0 ? options.syn_retries : settings.tcp_syn_retries);
  tcp.fin_wait_2 = fin_wait_2_of(settings, options);
  if (options.congestion) tcp.congestion_control = *options.congestion;
  return tcp;
}

bool listener_takes_early_text(const LinuxSettings& settings, const SocketOptions& options) {
  const bool wanted = options.fast_open_queue > 0 || (settings.tcp_fastopen & kFastopenEveryListener) != 0;
  return wanted && (settings.tcp_fastopen & kFastopenServer) != 0;
}

bool listener_needs_no_cookie(const LinuxSettings& settings, const SocketOptions& options) {
  const bool wanted = options.fast_open_no_cookie || (settings.tcp_fastopen & kFastopenServerNoCookie) != 0;
  return wanted && listener_takes_early_text(settings, options);
}

bool opener_needs_no_cookie(const LinuxSettings& settings, const SocketOptions& options) {
  return options.fast_open_no_cookie || (settings.tcp_fastopen & kFastopenClientNoCookie) != 0;
}

std::uint8_t ttl_of(const LinuxSettings& settings, const SocketOptions& options) {
  return options.ttl > 0 ? static_cast<std::uint8_t>(options.ttl) : settings.ip_default_ttl;
}

}  // namespace handfast::posix
