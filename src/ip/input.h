#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "handfast/address.h"
#include "handfast/drop_reason.h"
#include "ip/interface.h"

namespace handfast::ip {

/// Who a packet is for, above IP.
enum class Upper : std::uint8_t { kTcp, kIcmp, kUdp };

/// A packet of either version that is for us and from somebody who can have sent it, as far as what is above IP needs
/// to know of it. From here on nothing depends on the version but sizes and ICMP's numbers.
struct Packet {
  IpAddress source;
  IpAddress destination;
  std::uint8_t traffic_class = 0;
  Upper upper = Upper::kTcp;
  bool to_group = false;        ///< to a broadcast or multicast address
  bool has_extensions = false;  ///< of IPv6
  std::uint8_t hop_limit = 0;   ///< of IPv6; only neighbor discovery asks for it
  std::span<const std::byte> payload{};
};

/// Reads and judges one packet that arrived on `interface`.
/// IPv4: RFC 1122 §3.2.1.3; RFC 7126 §4.3 for source routes. IPv6: RFC 8200 §3 and §4, RFC 4291 §2.5.
std::expected<Packet, DropReason> receive(const Interface& interface, std::span<const std::byte> bytes);

/// Whether an IPv6 address can be that of one host on a link: no group, not unspecified, not the loopback's, and none
/// that stands for an IPv4 address, which would let two addresses be one (RFC 4291 §2.5, §2.7).
bool is_ipv6_host(const IpAddress& address);

}  // namespace handfast::ip
