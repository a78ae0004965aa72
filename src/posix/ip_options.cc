#include "posix/option_value.h"
#include "posix/settings_of.h"
#include "posix/socket_calls.h"

// Options of IP and IPv6. Those of TCP's business reach the Host; those about errors and fragments that TCP has its own
// way with are kept, and read back.

namespace handfast::posix {

namespace {

constexpr std::int32_t kEcnBits = 3;  // of IP_TOS: TCP's own

// These options take one byte for an int.
std::optional<std::int32_t> number_of(ConstBuffer value) {
  if (const auto number = read_option<std::int32_t>(value)) return number;
  if (const auto byte = read_option<std::uint8_t>(value)) return *byte;
  return std::nullopt;
}

}  // namespace

int SocketCalls::set_ip_option(Socket& socket, int level, int name, ConstBuffer value, Instant now) {
  SocketOptions& options = socket.options;
  const auto number = number_of(value);
  if (!number) return kEinval;
  const bool v6 = level == kIpprotoIpv6;
  if (name == (v6 ? kIpv6Tclass : kIpTos)) {
    if (v6 && (*number < -1 || *number > 255)) return kEinval;
    options.tos = *number == -1 ? 0 : *number & 0xFF & ~kEcnBits;
    if (socket.has_connection()) {
      (void)host_.set_diff_serv(socket.connection, static_cast<std::uint8_t>(options.tos >> 2), now);
    }
    return 0;
  }
  if (name == (v6 ? kIpv6UnicastHops : kIpTtl)) {
    if (*number != -1 && (*number < (v6 ? 0 : 1) || *number > 255)) return kEinval;
    options.ttl = *number;
    if (socket.has_connection()) (void)host_.set_ttl(socket.connection, ttl_of(settings_, options), now);
    return 0;
  }
  if (name == (v6 ? kIpv6MtuDiscover : kIpMtuDiscover)) {
    if (*number < 0 || *number > kIpPmtudiscLast) return kEinval;
    return options.mtu_discover = *number, 0;
  }
  if (name == (v6 ? kIpv6Recverr : kIpRecverr)) return options.receive_errors = *number != 0, 0;
  if (!v6 && name == kIpFreebind) return options.free_bind = *number != 0, 0;
  if (!v6 && name == kIpBindAddressNoPort) return 0;
  if (v6 && name == kIpv6V6only) {
    if (socket.bound || socket.phase != Socket::Phase::kClosed) return kEinval;
    return options.v6_only = *number != 0, 0;
  }
  return kEnoprotoopt;
}

Outcome SocketCalls::get_ip_option(const Socket& socket, int level, int name, Buffer& value) const {
  const SocketOptions& options = socket.options;
  const bool v6 = level == kIpprotoIpv6;
  const auto number = [&](std::int32_t n) {
    // Linux gives a short answer to a short question.
    const auto byte = static_cast<std::uint8_t>(n);
    return value.size > 0 && value.size < sizeof(n) && n >= 0 && n <= 255 ? write_option(byte, value)
                                                                          : write_option(n, value);
  };
  if (name == (v6 ? kIpv6Tclass : kIpTos)) return number(options.tos);
  if (name == (v6 ? kIpv6UnicastHops : kIpTtl)) return number(ttl_of(settings_, options));
  if (name == (v6 ? kIpv6MtuDiscover : kIpMtuDiscover)) return number(options.mtu_discover);
  if (name == (v6 ? kIpv6Recverr : kIpRecverr)) return number(options.receive_errors ? 1 : 0);
  if (name == (v6 ? kIpv6Mtu : kIpMtu)) {
    const auto info = socket.has_connection() ? host_.info(socket.connection) : failure(Error::kNotConnected);
    return info ? number(static_cast<std::int32_t>(info->path_mtu)) : Outcome::failed(kEnotconn);
  }
  if (!v6 && name == kIpFreebind) return number(options.free_bind ? 1 : 0);
  if (v6 && name == kIpv6V6only) return number(options.v6_only ? 1 : 0);
  return Outcome::failed(kEnoprotoopt);
}

}  // namespace handfast::posix
