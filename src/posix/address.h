#pragma once

#include "handfast/address.h"
#include "posix/call_values.h"
#include "posix/linux_numbers.h"

// Between what a socket of a family calls an endpoint and what a Host does: a socket of AF_INET6 names IPv4 peers by
// IPv4-mapped addresses (RFC 4291 §2.5.5.2).

namespace handfast::posix {

/// The IPv4 address that `address` maps; none where it maps none.
IpAddress unmapped(const IpAddress& address);

/// ::ffff:192.0.2.1 of an IPv4 address, and any other address as it is.
IpAddress mapped(const IpAddress& address);

/// As a Host has it.
Endpoint host_endpoint(const SocketAddress& address);

/// As a socket of `family` has it; an endpoint without an address is the unspecified one.
SocketAddress socket_address(int family, const Endpoint& endpoint);

}  // namespace handfast::posix
