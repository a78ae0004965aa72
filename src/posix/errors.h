#pragma once

#include <system_error>

#include "handfast/tcp_info.h"

namespace handfast::posix {

/// What Linux calls the error of a Host; 0 for none.
int error_number(const std::error_code& error);

/// What Linux calls an ICMP error about a packet of that version; 0 for none.
int error_number(IcmpError error, IpVersion version);

/// What it says of a connection that ended by an error: what an ICMP error said, where one ended it, or where nobody
/// answered behind one that was not told yet (RFC 9293 §3.9.2.2, SHLD-25). `was_told`: the caller hears of those that
/// may pass at once (IP_RECVERR).
int ending_error(const TcpInfo& info, bool was_told);

}  // namespace handfast::posix
