#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "handfast/address.h"
#include "handfast/drop_reason.h"

namespace handfast::wire {

inline constexpr std::size_t kIpv4HeaderLength = 20;
inline constexpr std::size_t kIpv4MaxHeaderLength = 60;
inline constexpr std::size_t kIpv4MaxOptionsLength = 40;

/// Protocol numbers, shared by IPv4 and IPv6 (next header).
inline constexpr std::uint8_t kProtocolIcmpv4 = 1;
inline constexpr std::uint8_t kProtocolTcp = 6;
inline constexpr std::uint8_t kProtocolUdp = 17;
inline constexpr std::uint8_t kProtocolIcmpv6 = 58;

/// An IPv4 header (RFC 791 §3.1). It carries the length of its payload, not the total length, so that a total length
/// smaller than the header cannot be said.
struct Ipv4Header {
  IpAddress source = IpAddress::any(IpVersion::kV4);
  IpAddress destination = IpAddress::any(IpVersion::kV4);
  std::uint8_t traffic_class = 0;  ///< DSCP in the upper six bits, ECN in the lower two.
  std::uint8_t ttl = 64;
  std::uint8_t protocol = 0;
  bool dont_fragment = false;
  bool more_fragments = false;
  std::uint16_t identification = 0;
  std::uint16_t fragment_offset = 0;  ///< In bytes, a multiple of 8.
  std::uint16_t payload_length = 0;   ///< In bytes.
  /// A view of the option bytes; 0 to 40 of them. Their lengths have been checked when they come from parse_ipv4.
  std::span<const std::byte> options{};

  bool is_fragment() const { return more_fragments || fragment_offset != 0; }
};

/// A header and its payload, whose size is header.payload_length: link padding is cut off.
struct Ipv4Packet {
  Ipv4Header header;
  std::size_t header_length = kIpv4HeaderLength;
  std::span<const std::byte> payload{};
};

/// Reads one IPv4 packet from the front of `bytes` and verifies the header's checksum. Checks in this order:
/// kIpv4Truncated, kBadIpVersion, kIpv4BadHeaderLength, kIpv4BadTotalLength, kIpv4BadChecksum, kIpv4BadOption.
/// Also kIpv4BadTotalLength: a fragment that would end past byte 65,535 of its datagram.
std::expected<Ipv4Packet, DropReason> parse_ipv4(std::span<const std::byte> bytes);

/// Whether the options hold a loose or strict source route (RFC 7126 §4.3). Bad lengths read as "no".
bool ipv4_has_source_route(std::span<const std::byte> options);

/// How many bytes emit_ipv4 writes: 20 and the options rounded up to a multiple of four; 0 for a header it refuses
/// (an address that is not IPv4, an offset that is no multiple of 8, options beyond 40 bytes, a length beyond 65,535).
std::size_t ipv4_header_length(const Ipv4Header& header);

/// Writes the header with its checksum and returns its length; 0, and nothing written, where `out` is too short or
/// the header is refused (see ipv4_header_length).
std::size_t emit_ipv4(const Ipv4Header& header, std::span<std::byte> out);

/// What a router does that meets congestion (RFC 3168 §5): the packet at the front of `bytes` gets the mark, and its
/// header's checksum follows. False, and nothing changed: it is no IPv4 packet, or its sender does not understand
/// marks.
bool mark_ipv4_congestion(std::span<std::byte> bytes);

}  // namespace handfast::wire
