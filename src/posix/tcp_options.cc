#include <algorithm>
#include <cstring>
#include <string_view>

#include "posix/errors.h"
#include "posix/option_value.h"
#include "posix/settings_of.h"
#include "posix/socket_calls.h"

// Options of TCP, set and read.

namespace handfast::posix {

namespace {

constexpr std::int32_t kLeastMss = 88;               // TCP_MIN_MSS
constexpr std::int32_t kLargestMss = 32767;          // MAX_TCP_WINDOW
constexpr std::int32_t kLongestFinWait2 = 120;       // seconds
constexpr std::uint32_t kLeastClamp = 2304 / 2;      // SOCK_MIN_RCVBUF / 2
constexpr std::uint32_t kMssBeforeConnecting = 536;  // TCP_MSS_DEFAULT
constexpr std::size_t kCongestionNameRoom = 16;      // TCP_CA_NAME_MAX

bool is_within(std::int32_t value, std::int32_t least, std::int32_t most) { return value >= least && value <= most; }

bool has_no_connection(const Socket& socket) {
  return socket.phase == Socket::Phase::kClosed || socket.phase == Socket::Phase::kListening;
}

// What Linux calls them.
std::optional<CongestionControl> congestion_of(std::string_view name) {
  return congestion_control_named(name == "reno" ? "newreno" : name);
}

std::string_view linux_name(CongestionControl control) {
  return control == CongestionControl::kNewReno ? "reno" : to_string(control);
}

}  // namespace

int SocketCalls::set_tcp_option(int descriptor, int name, ConstBuffer value, Instant now) {
  Socket& socket = *socket_at(descriptor);
  SocketOptions& options = socket.options;
  if (name == kTcpCongestion) return set_congestion(socket, value);
  if (name == kTcpFastopenKey) {
    if (const int error = set_fast_open_keys(socket, value); error != 0) return error;
    return options_changed(descriptor, socket, now);
  }
  const auto number = read_option<std::int32_t>(value);
  if (!number) return kEinval;
  const bool on = *number != 0;
  switch (name) {
    case kTcpNodelay:
      return set_no_delay(socket, on, now);
    case kTcpCork:
      options.cork = on;
      socket.pushed = false;
      if (socket.has_connection()) set_cork(socket, on, now);
      return 0;
    case kTcpQuickack:
      options.quick_ack = on;
      if (socket.has_connection()) (void)host_.set_quick_ack(socket.connection, on, now);
      return 0;
    case kTcpUserTimeout:
      if (*number < 0) return kEinval;
      options.user_timeout_ms = static_cast<std::uint32_t>(*number);
      tell_user_timeout(socket, now);
      return 0;
    case kTcpNotsentLowat:
      options.not_sent_low = static_cast<std::uint32_t>(*number);
      look_around(descriptor, socket, now);
      return 0;
    case kTcpInq:
      if (*number != 0 && *number != 1) return kEinval;
      return options.tells_queue = on, 0;
    case kTcpDeferAccept:
      return options.defer_accept = std::max(*number, 0), 0;
    case kTcpTimestamp:
      return kEperm;
    case kTcpFastopen:
    case kTcpFastopenConnect:
    case kTcpFastopenNoCookie:
      if (const int error = set_fast_open(socket, name, *number); error != 0) return error;
      return options_changed(descriptor, socket, now);
    default:
      if (const int error = set_tcp_times(socket, name, *number); error != 0) return error;
      return options_changed(descriptor, socket, now);
  }
}

// TCP_NODELAY lets go what waits even where TCP_CORK holds it: the cork holds again with the next text.
int SocketCalls::set_no_delay(Socket& socket, bool on, Instant now) {
  socket.options.no_delay = on;
  if (!socket.has_connection()) return 0;
  (void)host_.set_nagle(socket.connection, !on, now);
  if (!on || !socket.corked) return 0;
  set_cork(socket, false, now);
  socket.pushed = true;
  socket.more_follows = false;
  return 0;
}

void SocketCalls::tell_user_timeout(const Socket& socket, Instant now) {
  // A Host has none below a second.
  if (!socket.has_connection()) return;
  const std::uint32_t ms = socket.options.user_timeout_ms;
  const Duration timeout = std::chrono::milliseconds(ms == 0 ? 0 : std::max(ms, 1000u));
  (void)host_.set_user_timeout(socket.connection, timeout, now);
}

int SocketCalls::set_fast_open(Socket& socket, int name, std::int32_t value) {
  if (name == kTcpFastopen) {
    if (value < 0 || !has_no_connection(socket)) return kEinval;
    return socket.options.fast_open_queue = value, 0;
  }
  if (name == kTcpFastopenConnect) {
    if (value != 0 && value != 1) return kEinval;
    if ((settings_.tcp_fastopen & kFastopenClient) == 0) return kEopnotsupp;
    if (socket.phase != Socket::Phase::kClosed) return kEinval;
    return socket.options.fast_open_connect = value == 1, 0;
  }
  if (value != 0 && value != 1) return kEinval;
  if (!has_no_connection(socket)) return kEinval;
  return socket.options.fast_open_no_cookie = value == 1, 0;
}

int SocketCalls::set_fast_open_keys(Socket& socket, ConstBuffer value) {
  const std::size_t size = sizeof(SecretKey);
  if (value.size != size && value.size != 2 * size) return kEinval;
  if (value.data == nullptr) return kEfault;
  if (!has_no_connection(socket)) return kEinval;
  socket.options.fast_open_keys.resize(value.size / size);
  std::memcpy(socket.options.fast_open_keys.data(), value.data, value.size);
  return 0;
}

int SocketCalls::set_congestion(Socket& socket, ConstBuffer value) {
  if (value.size < 1) return kEinval;
  if (value.data == nullptr) return kEfault;
  std::string_view name(reinterpret_cast<const char*>(value.data), std::min(value.size, kCongestionNameRoom - 1));
  name = name.substr(0, name.find('\0'));
  const auto control = congestion_of(name);
  if (!control) return kEnoent;
  const CongestionControl now_in_use = socket.options.congestion.value_or(socket.tcp.congestion_control);
  if (socket.has_connection() && *control != now_in_use) return kEnoprotoopt;
  socket.options.congestion = *control;
  return 0;
}

// Numbers that a TcpConfig is made of.
int SocketCalls::set_tcp_times(Socket& socket, int name, std::int32_t value) {
  SocketOptions& options = socket.options;
  switch (name) {
    case kTcpMaxseg:
      if (value != 0 && !is_within(value, kLeastMss, kLargestMss)) return kEinval;
      options.user_mss = static_cast<std::uint16_t>(value);
      return 0;
    case kTcpKeepidle:
      if (!is_within(value, 1, kLongestKeepAlive)) return kEinval;
      options.keep_idle = static_cast<std::uint16_t>(value);
      return 0;
    case kTcpKeepintvl:
      if (!is_within(value, 1, kLongestKeepAlive)) return kEinval;
      options.keep_interval = static_cast<std::uint16_t>(value);
      return 0;
    case kTcpKeepcnt:
      if (!is_within(value, 1, kMostProbes)) return kEinval;
      options.keep_count = static_cast<std::uint8_t>(value);
      return 0;
    case kTcpSyncnt:
      if (!is_within(value, 1, kMostProbes)) return kEinval;
      options.syn_retries = static_cast<std::uint8_t>(value);
      return 0;
    case kTcpLinger2:
      options.linger2 = value < 0 ? -1 : std::min(value, kLongestFinWait2);
      return 0;
    case kTcpWindowClamp:
      if (value == 0 && socket.phase != Socket::Phase::kClosed) return kEinval;
      options.window_clamp = value == 0 ? 0 : std::max(static_cast<std::uint32_t>(value), kLeastClamp);
      return 0;
    default:
      return kEnoprotoopt;
  }
}

Outcome SocketCalls::get_tcp_option(const Socket& socket, int name, Buffer& value) const {
  const SocketOptions& options = socket.options;
  const auto number = [&](std::int64_t n) { return write_option(static_cast<std::int32_t>(n), value); };
  switch (name) {
    case kTcpInfo:
      return write_option(info_of(socket), value);
    case kTcpCcInfo:
      value.size = 0;  // as CUBIC and Reno of Linux have it: nothing of their own
      return Outcome::of(0);
    case kTcpMaxseg: {
      if (options.user_mss > 0 && has_no_connection(socket)) return number(options.user_mss);
      const bool is_connected = socket.phase == Socket::Phase::kConnected;
      return number(is_connected ? info_of(socket).tcpi_snd_mss : kMssBeforeConnecting);
    }
    case kTcpCongestion: {
      const auto control = options.congestion.value_or(socket.tcp.congestion_control);
      std::array<char, kCongestionNameRoom> name_bytes{};
      const std::string_view text = linux_name(control);
      std::copy(text.begin(), text.end(), name_bytes.begin());
      return write_option(name_bytes, value);
    }
    case kTcpNodelay:
      return number(options.no_delay);
    case kTcpCork:
      return number(options.cork);
    case kTcpQuickack:
      return number(options.quick_ack);
    case kTcpUserTimeout:
      return number(options.user_timeout_ms);
    case kTcpNotsentLowat:
      return number(options.not_sent_low);
    case kTcpInq:
      return number(options.tells_queue);
    case kTcpDeferAccept:
      return number(options.defer_accept);
    case kTcpFastopen:
      return number(options.fast_open_queue);
    case kTcpFastopenKey:
      return write_option_bytes(options.fast_open_keys.data(), options.fast_open_keys.size() * sizeof(SecretKey),
                                value);
    case kTcpFastopenConnect:
      return number(options.fast_open_connect);
    case kTcpFastopenNoCookie:
      return number(options.fast_open_no_cookie);
    default:
      return get_tcp_times(socket, name, value);
  }
}

Outcome SocketCalls::get_tcp_times(const Socket& socket, int name, Buffer& value) const {
  const SocketOptions& options = socket.options;
  const auto or_default = [&](std::int32_t own, std::int32_t sysctl) {
    return write_option(own != 0 ? own : sysctl, value);
  };
  switch (name) {
    case kTcpKeepidle:
      return or_default(options.keep_idle, settings_.tcp_keepalive_time);
    case kTcpKeepintvl:
      return or_default(options.keep_interval, settings_.tcp_keepalive_intvl);
    case kTcpKeepcnt:
      return or_default(options.keep_count, settings_.tcp_keepalive_probes);
    case kTcpSyncnt:
      return or_default(options.syn_retries, settings_.tcp_syn_retries);
    case kTcpLinger2:
      return or_default(options.linger2, settings_.tcp_fin_timeout);
    case kTcpWindowClamp:
      return write_option(static_cast<std::int32_t>(options.window_clamp), value);
    default:
      return Outcome::failed(kEnoprotoopt);
  }
}

// Without a connection there is the state to tell, and little else.
LinuxTcpInfo SocketCalls::info_of(const Socket& socket) const {
  TcpInfo info;
  if (socket.has_connection()) info = host_.info(socket.connection).value_or(TcpInfo{});
  LinuxTcpInfo out = linux_tcp_info(info);
  if (socket.phase == Socket::Phase::kListening) out.tcpi_state = kTcpListen;
  if (socket.phase == Socket::Phase::kDeferred) out.tcpi_state = kTcpSynSent;
  return out;
}

Outcome SocketCalls::tcp_info(int descriptor, LinuxTcpInfo& info, Instant now) {
  take_events(now);
  const Socket* socket = socket_at(descriptor);
  if (socket == nullptr) return no_socket(descriptor);
  info = info_of(*socket);
  return Outcome::of(0);
}

}  // namespace handfast::posix
