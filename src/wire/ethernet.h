#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "handfast/address.h"
#include "handfast/drop_reason.h"

namespace handfast::wire {

inline constexpr std::size_t kEthernetHeaderLength = 14;

/// The EtherTypes that are spoken here. A header may hold any other number.
inline constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
inline constexpr std::uint16_t kEtherTypeArp = 0x0806;
inline constexpr std::uint16_t kEtherTypeIpv6 = 0x86DD;

/// The Ethernet II header (RFC 894).
struct EthernetHeader {
  MacAddress destination;
  MacAddress source;
  std::uint16_t ether_type = 0;
  friend constexpr bool operator==(const EthernetHeader&, const EthernetHeader&) = default;
};

/// A header and what follows it. The payload may end in link padding: the next layer's own length says where it ends.
struct EthernetFrame {
  EthernetHeader header;
  std::span<const std::byte> payload{};
};

/// Fails with kTruncatedFrame, and with kUnknownEtherType where the type field is an IEEE 802.3 length (below 0x0600).
std::expected<EthernetFrame, DropReason> parse_ethernet(std::span<const std::byte> frame);

/// Writes 14 bytes; returns 0 and writes nothing where `out` is shorter.
std::size_t emit_ethernet(const EthernetHeader& header, std::span<std::byte> out);

}  // namespace handfast::wire
