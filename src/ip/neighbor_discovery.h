#pragma once

#include <expected>
#include <optional>

#include "handfast/drop_reason.h"
#include "ip/input.h"
#include "wire/neighbor_discovery.h"

// Neighbor discovery as far as a host with given addresses needs it (RFC 4861 §7.2): it answers who asks for its
// addresses, and asks for the next hop. The table behind it, and its care, are those of ARP (neighbors.h).

namespace handfast::ip {

/// A message to be sent, and between whom.
struct NeighborTalk {
  IpAddress source;
  IpAddress destination;
  wire::NeighborMessage message;
};

/// Whether a packet asks or tells who has which link address: a kind of ICMPv6 that is no message to anybody above IP.
bool is_neighbor_discovery(const Packet& packet);

/// Judges such a packet, whose checksum is right, and learns from it what is to be believed; what comes back is the
/// answer that it deserves, if any. Fails with kBadNeighbor or kArpNotForUs.
std::expected<std::optional<NeighborTalk>, DropReason> hear_neighbor(const Packet& packet, Interface& interface,
                                                                     Instant now);

/// The question who has `address`; nothing where no address of ours could get the answer.
std::optional<NeighborTalk> question_for(const IpAddress& address, const Interface& interface);

}  // namespace handfast::ip
