#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "handfast/address.h"
#include "handfast/drop_reason.h"

namespace handfast::wire {

inline constexpr std::size_t kIpv6HeaderLength = 40;

/// Whether a packet names IPv6 as its version; of its length nothing is said.
inline bool is_ipv6(std::span<const std::byte> packet) {
  return !packet.empty() && std::to_integer<unsigned>(packet.front()) >> 4 == 6;
}

/// The fixed IPv6 header (RFC 8200 §3). Extension headers stay at the front of the payload; next_header names the
/// first.
struct Ipv6Header {
  IpAddress source = IpAddress::any(IpVersion::kV6);
  IpAddress destination = IpAddress::any(IpVersion::kV6);
  std::uint8_t traffic_class = 0;
  std::uint32_t flow_label = 0;  ///< 20 bits.
  std::uint16_t payload_length = 0;
  std::uint8_t next_header = 0;
  std::uint8_t hop_limit = 64;
  friend constexpr bool operator==(const Ipv6Header&, const Ipv6Header&) = default;
};

/// A header and its payload, whose size is header.payload_length: link padding is cut off.
struct Ipv6Packet {
  Ipv6Header header;
  std::span<const std::byte> payload{};
};

/// An address from the first 16 of the bytes, which have to be there.
IpAddress read_ipv6_address(std::span<const std::byte> bytes);

/// The header alone, as an ICMP error quotes it with less behind it than it says. Fails with kIpv6Truncated or
/// kBadIpVersion.
std::expected<Ipv6Header, DropReason> parse_ipv6_header(std::span<const std::byte> bytes);

/// Fails with kIpv6Truncated, kBadIpVersion or kIpv6BadPayloadLength. Jumbograms (RFC 2675) are not understood: their
/// payload length of 0 reads as an empty payload.
std::expected<Ipv6Packet, DropReason> parse_ipv6(std::span<const std::byte> bytes);

/// Writes 40 bytes; returns 0 and writes nothing where `out` is shorter, an address is not IPv6 or the flow label has
/// more than 20 bits.
std::size_t emit_ipv6(const Ipv6Header& header, std::span<std::byte> out);

/// The same for an IPv6 packet as mark_ipv4_congestion does; there is no checksum to follow.
bool mark_ipv6_congestion(std::span<std::byte> bytes);

/// Either of the two, by the version that the packet names.
bool mark_congestion(std::span<std::byte> bytes);

}  // namespace handfast::wire
