#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "handfast/address.h"
#include "handfast/drop_reason.h"

namespace handfast::wire {

inline constexpr std::size_t kArpPacketLength = 28;

enum class ArpOperation : std::uint8_t { kRequest = 1, kReply = 2 };

/// An ARP packet for IPv4 over Ethernet, the only kind there is here (RFC 826). Both addresses are IPv4.
struct ArpPacket {
  ArpOperation operation = ArpOperation::kRequest;
  MacAddress sender_mac;
  IpAddress sender_address = IpAddress::any(IpVersion::kV4);
  MacAddress target_mac;
  IpAddress target_address = IpAddress::any(IpVersion::kV4);
  friend constexpr bool operator==(const ArpPacket&, const ArpPacket&) = default;
};

/// Reads the payload of an Ethernet frame; bytes after the first 28 are link padding. Fails with kBadArp: too short,
/// another hardware or protocol type, other address lengths, or an operation that is neither request nor reply.
std::expected<ArpPacket, DropReason> parse_arp(std::span<const std::byte> payload);

/// Writes 28 bytes; returns 0 and writes nothing where `out` is shorter or an address is not IPv4.
std::size_t emit_arp(const ArpPacket& packet, std::span<std::byte> out);

}  // namespace handfast::wire
