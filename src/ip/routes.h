#pragma once

#include <memory>
#include <optional>
#include <span>

#include "ip/interface.h"

namespace handfast::ip {

/// Where a packet leaves, and to whom on that link it goes first.
struct Route {
  Interface* interface = nullptr;
  IpAddress next_hop;
  IpAddress source;  ///< our address to use if the caller has none (RFC 1122 §3.3.4.3; RFC 6724)
};

/// Our address on an interface for packets to `destination`, the next hop or beyond it; none where it has none of that
/// version.
IpAddress source_for(const Interface& interface, const IpAddress& destination, const IpAddress& next_hop);

/// RFC 1122 §3.3.1: the longest of our networks that holds the destination, else the first gateway. `source`, where it
/// is one, must be ours, and picks the interface that has it among equals.
std::optional<Route> find_route(std::span<const std::unique_ptr<Interface>> interfaces, const IpAddress& destination,
                                const IpAddress& source);

}  // namespace handfast::ip
