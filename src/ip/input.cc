#include "ip/input.h"

#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/ipv6_extensions.h"

namespace handfast::ip {

namespace {

// --- IPv4 ---

// RFC 1122 §3.2.1.3 (MUST-63): a source names one host, and that is not us.
bool can_be_ipv4_sender(const Interface& interface, const IpAddress& source) {
  const std::uint32_t number = source.v4_number();
  if (source.is_multicast() || source.is_loopback() || interface.is_broadcast(source)) return false;
  return number >> 24 != 0 && number >> 28 != 0xF && !interface.owns(source);
}

DropReason judge_ipv4(const Interface& interface, const wire::Ipv4Header& header, bool to_group) {
  if (!to_group && !interface.owns(header.destination)) return DropReason::kIpv4NotForUs;
  if (!can_be_ipv4_sender(interface, header.source)) return DropReason::kIpv4BadSource;
  if (wire::ipv4_has_source_route(header.options)) return DropReason::kIpv4SourceRoute;
  if (header.is_fragment()) return DropReason::kIpv4Fragment;
  return DropReason::kNone;
}

std::expected<Packet, DropReason> receive_ipv4(const Interface& interface, std::span<const std::byte> bytes) {
  const auto parsed = wire::parse_ipv4(bytes);
  if (!parsed) return std::unexpected(parsed.error());
  const wire::Ipv4Header& header = parsed->header;
  const bool to_group = header.destination.is_multicast() || interface.is_broadcast(header.destination);
  if (const DropReason why = judge_ipv4(interface, header, to_group); why != DropReason::kNone) {
    return std::unexpected(why);
  }
  Packet packet{.source = header.source,
                .destination = header.destination,
                .traffic_class = header.traffic_class,
                .to_group = to_group,
                .payload = parsed->payload};
  if (header.protocol == wire::kProtocolTcp) return packet;
  packet.upper = header.protocol == wire::kProtocolUdp ? Upper::kUdp : Upper::kIcmp;
  if (packet.upper == Upper::kUdp || header.protocol == wire::kProtocolIcmpv4) return packet;
  return std::unexpected(DropReason::kIpv4UnknownProtocol);
}

// --- IPv6 ---

// What arrives here has arrived: the hop limit is looked at by who passes a packet on, and by nobody else (RFC 8200 §3,
// 8200-10).
DropReason judge_ipv6(const Interface& interface, const wire::Ipv6Header& header, bool to_group) {
  if (!to_group && !interface.owns(header.destination)) return DropReason::kIpv6NotForUs;
  // Who has no address yet asks for one by neighbor discovery (RFC 4862 §5.4.2), and in no other way.
  const bool may_be_nobody = interface.link == LinkKind::kEthernet && header.next_header == wire::kProtocolIcmpv6;
  if (header.source.is_unspecified() && to_group && may_be_nobody) return DropReason::kNone;
  if (!is_ipv6_host(header.source) || interface.owns(header.source)) return DropReason::kIpv6BadSource;
  return DropReason::kNone;
}

std::expected<Packet, DropReason> receive_ipv6(const Interface& interface, std::span<const std::byte> bytes) {
  const auto parsed = wire::parse_ipv6(bytes);
  if (!parsed) return std::unexpected(parsed.error());
  const wire::Ipv6Header& header = parsed->header;
  const bool to_group = header.destination.is_multicast();
  if (const DropReason why = judge_ipv6(interface, header, to_group); why != DropReason::kNone) {
    return std::unexpected(why);
  }
  Packet packet{.source = header.source,
                .destination = header.destination,
                .traffic_class = header.traffic_class,
                .to_group = to_group,
                .hop_limit = header.hop_limit,
                .payload = parsed->payload};
  if (header.next_header == wire::kProtocolTcp) return packet;
  const auto upper = wire::skip_ipv6_extensions(header.next_header, parsed->payload);
  if (!upper) return std::unexpected(upper.error());
  packet.payload = upper->payload;
  packet.has_extensions = upper->payload.size() != parsed->payload.size();
  switch (upper->protocol) {
    case wire::kProtocolTcp:
      return packet;
    case wire::kProtocolIcmpv6:
      packet.upper = Upper::kIcmp;
      return packet;
    case wire::kProtocolUdp:
      packet.upper = Upper::kUdp;
      return packet;
    default:
      return std::unexpected(DropReason::kIpv6UnknownProtocol);
  }
}

}  // namespace

std::expected<Packet, DropReason> receive(const Interface& interface, std::span<const std::byte> bytes) {
  return wire::is_ipv6(bytes) ? receive_ipv6(interface, bytes) : receive_ipv4(interface, bytes);
}

bool is_ipv6_host(const IpAddress& address) {
  return address.is_v6() && !address.is_multicast() && !address.is_unspecified() && !address.is_loopback() &&
         !address.is_v4_mapped();
}

}  // namespace handfast::ip
