#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "handfast/drop_reason.h"

// The headers that may stand between an IPv6 header and what it carries (RFC 8200 §4). Each names the next one, and
// most have a length of their own, so a packet can be a long walk for whoever reads it: the walk here is cut short at
// limits (RFC 8504 §5.3, 8504-1) far beyond what honest packets bring. What asks something of us that we do not do
// (another way to go, an option that forbids to pass it over, a part of a larger packet) is refused.

namespace handfast::wire {

/// Of one packet: extension headers, their bytes, options that are not padding, and bytes of padding in a row.
inline constexpr std::size_t kMostIpv6Extensions = 8;
inline constexpr std::size_t kMostIpv6ExtensionBytes = 512;
inline constexpr std::size_t kMostIpv6Options = 8;
inline constexpr std::size_t kMostIpv6Padding = 7;

/// What stands behind the extension headers.
struct Ipv6Upper {
  std::uint8_t protocol = 0;
  std::span<const std::byte> payload{};
};

/// Passes over the extension headers at the front of `payload`, of which `next_header` names the first. Any order is
/// taken but for hop-by-hop options, which stand first or not at all. Fails with kIpv6BadExtension,
/// kIpv6ExtensionLimit, kIpv6BadOption, kIpv6RoutingHeader, kIpv6Fragment or kIpv6NoNextHeader. A header that is not
/// known here ends the walk: its number comes back as the protocol.
std::expected<Ipv6Upper, DropReason> skip_ipv6_extensions(std::uint8_t next_header, std::span<const std::byte> payload);

}  // namespace handfast::wire
