#pragma once

#include <string>
#include <vector>

#include "handfast/config.h"
#include "handfast/frame.h"
#include "ip/neighbors.h"

namespace handfast::ip {

/// One interface of a Host: its configuration, owned, and its neighbors where it has a link layer.
struct Interface {
  Interface(const InterfaceConfig& config, InterfaceId number, const NeighborLimits& limits);

  /// One of our own addresses.
  bool owns(const IpAddress& address) const;
  /// A broadcast address of one of our networks, or the limited one.
  bool is_broadcast(const IpAddress& address) const;
  /// The narrowest network of ours that `address` lies in, or null (RFC 1122 §3.3.1.1: the longest match).
  const Prefix* network_of(const IpAddress& address) const;
  /// Bytes in front of the IP packet.
  std::uint32_t link_header() const { return link == LinkKind::kEthernet ? 14 : 0; }
  /// Text of the largest segment without options: MTU less IPv4 and TCP headers (MUST-67).
  std::uint16_t mss() const { return static_cast<std::uint16_t>(mtu - 40); }

  InterfaceId id;
  std::string name;
  LinkKind link;
  std::uint16_t mtu;
  MacAddress mac;
  std::vector<Prefix> addresses;
  std::optional<IpAddress> gateway;
  std::uint32_t super_segment;
  bool checksum_offload;
  Neighbors neighbors;
};

}  // namespace handfast::ip
