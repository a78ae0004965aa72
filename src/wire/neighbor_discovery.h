#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "handfast/address.h"
#include "handfast/drop_reason.h"

namespace handfast::wire {

inline constexpr std::uint8_t kNeighborSolicitation = 135;
inline constexpr std::uint8_t kNeighborAdvertisement = 136;
/// The hop limit of every message: nobody beyond the link can send one that still has it (RFC 4861 §7.1).
inline constexpr std::uint8_t kNeighborHopLimit = 255;
/// Bytes of a message as emit_neighbor writes it: with its link address, or without.
inline constexpr std::size_t kNeighborLength = 24;
inline constexpr std::size_t kNeighborOptionLength = 8;

/// A neighbor solicitation or advertisement (RFC 4861 §4.3, §4.4): the ARP of IPv6.
struct NeighborMessage {
  bool is_advertisement = false;
  bool solicited = false;  ///< of an advertisement: somebody asked
  bool overrides = false;  ///< of an advertisement: it counts more than what was known
  IpAddress target = IpAddress::any(IpVersion::kV6);
  /// The sender's link address in a solicitation, the target's in an advertisement.
  std::optional<MacAddress> mac{};
  friend constexpr bool operator==(const NeighborMessage&, const NeighborMessage&) = default;
};

/// Reads an ICMPv6 message of one of the two types; its checksum is somebody else's to verify. Fails with kBadNeighbor:
/// too short, a code that is not 0, a target that is a group, or an option without length (RFC 4861 §7.1.1, §7.1.2).
std::expected<NeighborMessage, DropReason> parse_neighbor(std::span<const std::byte> bytes);

/// Writes the message between these addresses, checksum included; 0 where `out` is too short.
std::size_t emit_neighbor(const NeighborMessage& message, const IpAddress& source, const IpAddress& destination,
                          std::span<std::byte> out);

/// Whom to ask for `address`, without asking everybody: ff02::1:ff00:0/104 and its last three bytes (RFC 4291 §2.7.1).
IpAddress solicited_node_group(const IpAddress& address);
/// ff02::1 (RFC 4291 §2.7.1).
IpAddress all_nodes_group();
/// The Ethernet address of a group of IPv6: 33:33 and its last four bytes (RFC 2464 §7).
MacAddress mac_of_group(const IpAddress& group);

}  // namespace handfast::wire
