#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "handfast/address.h"
#include "handfast/drop_reason.h"

// What ICMP of both versions has in common (RFC 792, RFC 4443 §2.1): type, code, checksum, four bytes whose meaning the
// type gives, and a body. The numbers of the types differ, and in IPv6 the checksum covers a pseudo-header.

namespace handfast::wire {

inline constexpr std::size_t kIcmpHeaderLength = 8;

/// The fields as they stand; `type` is a number of the version's own list.
struct IcmpFields {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;
  std::span<const std::byte> body{};
};

/// Reads a whole message and verifies its checksum, to which `pseudo_sum` belongs (0 in IPv4). Fails with
/// kIcmpTruncated or kIcmpBadChecksum.
std::expected<IcmpFields, DropReason> parse_icmp(std::span<const std::byte> bytes, std::uint16_t pseudo_sum);

/// Writes header, body and checksum; returns the bytes written, or 0 where `out` is too short. The body may lie in
/// `out`.
std::size_t emit_icmp(const IcmpFields& fields, std::uint16_t pseudo_sum, std::span<std::byte> out);

/// What an ICMP error tells about the packet that caused it.
struct IcmpQuote {
  std::uint8_t protocol = 0;
  std::uint32_t length = 0;                           ///< Of the whole quoted packet, as its header says.
  IpAddress source = IpAddress::any(IpVersion::kV4);  ///< Of the quoted packet: us, where we sent it.
  IpAddress destination = IpAddress::any(IpVersion::kV4);
  std::uint16_t source_port = 0;  ///< TCP and UDP; 0 for other protocols.
  std::uint16_t destination_port = 0;
  /// TCP only, and only where the quote reaches that far: eight bytes of the segment, as RFC 792 promises.
  std::optional<std::uint32_t> sequence;
  friend constexpr bool operator==(const IcmpQuote&, const IcmpQuote&) = default;
};

/// Adds what the quoted transport header tells: ports, and the sequence number where it is there. Fails with
/// kIcmpBadQuote where TCP's or UDP's ports are cut off.
std::expected<IcmpQuote, DropReason> with_quoted_ports(IcmpQuote quote, std::span<const std::byte> transport);

}  // namespace handfast::wire
