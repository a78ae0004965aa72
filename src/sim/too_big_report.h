#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "handfast/config.h"

namespace handfast::sim {

/// What a router in front of a link of `mtu` bytes tells the sender of `frame`, an IPv4 packet that is larger: ICMP
/// "fragmentation needed" (RFC 1191 §4), with the header and the first eight bytes of what it turned away. In a frame
/// of the same link.
std::vector<std::byte> too_big_report(std::span<const std::byte> frame, LinkKind link, std::uint16_t mtu);

}  // namespace handfast::sim
