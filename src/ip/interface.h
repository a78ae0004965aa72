#pragma once

#include <string>
#include <vector>

#include "handfast/config.h"
#include "handfast/frame.h"
#include "ip/neighbors.h"
#include "ip/output.h"

namespace handfast::ip {

/// Whether a Host can have this interface: its addresses and gateways are what they are said to be, and the link
/// carries what each version wants of it.
bool is_usable(const InterfaceConfig& config);

/// One interface of a Host: its configuration, owned, and its neighbors where it has a link layer.
struct Interface {
  Interface(const InterfaceConfig& config, InterfaceId number, const NeighborLimits& limits);

  /// One of our own addresses.
  bool owns(const IpAddress& address) const;
  /// A broadcast address of one of our networks, or the limited one.
  bool is_broadcast(const IpAddress& address) const;
  /// The narrowest network of ours that `address` lies in, or null (RFC 1122 §3.3.1.1: the longest match).
  const Prefix* network_of(const IpAddress& address) const;
  /// Somebody else on this link: in one of our networks, or with an address of the link alone.
  bool is_neighbor(const IpAddress& address) const {
    const bool on_link = network_of(address) != nullptr || (address.is_v6() && address.is_link_local());
    return on_link && !owns(address) && !is_broadcast(address);
  }
  /// Bytes in front of the IP packet.
  std::uint32_t link_header() const { return link == LinkKind::kEthernet ? 14 : 0; }
  /// Text of the largest segment without options: MTU less IP and TCP headers (MUST-67; RFC 8200 §8.3).
  std::uint16_t mss(IpVersion version) const { return static_cast<std::uint16_t>(mtu - header_length(version) - 20); }

  InterfaceId id;
  std::string name;
  LinkKind link;
  std::uint16_t mtu;
  MacAddress mac;
  std::vector<Prefix> addresses;
  std::optional<IpAddress> gateway;
  std::optional<IpAddress> ipv6_gateway;
  std::uint32_t super_segment;
  bool checksum_offload;
  Neighbors neighbors;
};

}  // namespace handfast::ip
