#pragma once

#include <cstdint>

#include "handfast/config.h"
#include "posix/settings.h"
#include "posix/socket.h"

namespace handfast::posix {

/// What the options of a descriptor make of the TcpConfig that it was opened with.
TcpConfig tcp_config_of(const LinuxSettings& settings, const Socket& socket);

/// How long an opening may take that repeats its SYN so often.
Duration syn_time(const TcpConfig& tcp, unsigned retries);

/// Whether a listener takes text that comes with a SYN.
bool listener_takes_early_text(const LinuxSettings& settings, const SocketOptions& options);

/// Whether it takes that of everybody, and whether an opener sends some without a cookie.
bool listener_needs_no_cookie(const LinuxSettings& settings, const SocketOptions& options);
bool opener_needs_no_cookie(const LinuxSettings& settings, const SocketOptions& options);

/// TTL for the Host; 0: its own.
std::uint8_t ttl_of(const LinuxSettings& settings, const SocketOptions& options);

}  // namespace handfast::posix
