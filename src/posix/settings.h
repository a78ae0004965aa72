#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "handfast/address.h"
#include "handfast/config.h"

namespace handfast::posix {

/// The bounds of Linux for the times of keep-alive in seconds, and for the number of its probes and of SYNs.
inline constexpr std::uint16_t kLongestKeepAlive = 32767;
inline constexpr std::uint8_t kMostProbes = 127;

/// What the socket calls themselves look at: sysctls of Linux by their names, with Linux's defaults. May change at any
/// time; it counts for what is opened afterwards.
struct LinuxSettings {
  /// What a connection begins with; options of its descriptor change it. The buffers count where neither SO_SNDBUF nor
  /// SO_RCVBUF was set.
  TcpConfig tcp;
  std::vector<IpAddress> local_addresses;  ///< that bind takes; empty: any, and the Host says no later

  std::array<std::uint32_t, 3> tcp_wmem{4096, 16384, 4u << 20};   ///< least, default, most bytes of a send buffer
  std::array<std::uint32_t, 3> tcp_rmem{4096, 131072, 6u << 20};  ///< the same of a receive buffer
  std::uint32_t wmem_max = 4u << 20;                              ///< the most that SO_SNDBUF takes, before it doubles
  std::uint32_t rmem_max = 4u << 20;
  std::uint32_t tcp_notsent_lowat = 0xFFFFFFFF;
  std::uint32_t tcp_fastopen = 1;  ///< a mask: kFastopenClient and the others
  std::uint8_t tcp_syn_retries = 6;
  std::uint8_t tcp_keepalive_probes = 9;
  std::uint16_t tcp_keepalive_time = 7200;  ///< seconds
  std::uint16_t tcp_keepalive_intvl = 75;
  std::uint16_t tcp_fin_timeout = 60;  ///< seconds
  std::uint32_t somaxconn = 4096;
  std::uint32_t tcp_max_syn_backlog = 1024;
  std::uint8_t ip_default_ttl = 64;
  std::array<std::uint16_t, 2> ip_local_port_range{32768, 60999};
  std::uint32_t gso_max_size = 65536;  ///< largest packet that text is gathered into; 0: no offload, one segment each
  std::uint32_t open_files = 1024;     ///< descriptors at a time
};

}  // namespace handfast::posix
