#include "ip/icmp.h"

#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"

namespace handfast::ip {

namespace {

using wire::Icmpv4Type;
using wire::Icmpv6Type;

// RFC 8201 §4 (8201-1): every link carries packets of this size, so nobody who says otherwise is right.
constexpr std::uint32_t kLeastIpv6Mtu = 1280;

// The codes of RFC 792, RFC 1122 §3.2.2.1 and RFC 1812 §5.2.7.1. A network that may not be entered is one without a way
// to it.
IcmpError unreachable_ipv4(std::uint8_t code) {
  switch (code) {
    case wire::kIcmpNetUnreachable:
    case wire::kIcmpNetUnknown:
    case wire::kIcmpNetProhibited:
    case wire::kIcmpNetUnreachableForTos:
      return IcmpError::kNetwork;
    case wire::kIcmpHostUnreachable:
    case wire::kIcmpHostUnreachableForTos:
      return IcmpError::kHost;
    case wire::kIcmpProtocolUnreachable:
      return IcmpError::kProtocol;
    case wire::kIcmpPortUnreachable:
      return IcmpError::kPort;
    case wire::kIcmpSourceRouteFailed:
      return IcmpError::kSourceRoute;
    case wire::kIcmpHostUnknown:
      return IcmpError::kNoSuchHost;
    case wire::kIcmpSourceHostIsolated:
      return IcmpError::kIsolated;
    case wire::kIcmpHostProhibited:
    case wire::kIcmpCommunicationProhibited:
    case wire::kIcmpPrecedenceViolation:
    case wire::kIcmpPrecedenceCutoff:
      return IcmpError::kProhibited;
    default:
      return IcmpError::kOther;
  }
}

// RFC 9293 §3.9.2.2: protocol and port unreachable are hard; fragmentation needed is path MTU's business.
std::expected<IcmpNews, DropReason> read_icmpv4(std::span<const std::byte> bytes) {
  const auto message = wire::parse_icmpv4(bytes);
  if (!message) return std::unexpected(message.error());
  IcmpNews news{.rest = message->rest, .body = message->body};
  switch (message->type) {
    case Icmpv4Type::kSourceQuench:
      // RFC 6633 §3 (MUST-55, 5927-4, 6633-1): by now only forgers send it.
      return std::unexpected(DropReason::kIcmpSourceQuench);
    case Icmpv4Type::kEchoRequest:
      news.kind = IcmpKind::kEchoRequest;
      return news;
    case Icmpv4Type::kDestinationUnreachable:
      if (message->code == wire::kIcmpFragmentationNeeded) {
        news.kind = IcmpKind::kTooBig;
        news.mtu = message->next_hop_mtu();
        return news;
      }
      news.error = unreachable_ipv4(message->code);
      if (news.error == IcmpError::kProtocol || news.error == IcmpError::kPort) news.kind = IcmpKind::kHardError;
      return news;
    case Icmpv4Type::kTimeExceeded:
      news.error = IcmpError::kExpired;
      return news;
    case Icmpv4Type::kParameterProblem:
      news.error = IcmpError::kBadHeader;
      return news;
    default:
      return std::unexpected(DropReason::kIcmpUnknownType);
  }
}

// The codes for policy and for a reject route tell more of what "prohibited" told before them (RFC 4443 §3.1).
IcmpError unreachable_ipv6(std::uint8_t code) {
  switch (code) {
    case wire::kIcmpv6NoRoute:
      return IcmpError::kNetwork;
    case wire::kIcmpv6BeyondScope:
    case wire::kIcmpv6AddressUnreachable:
      return IcmpError::kHost;
    case wire::kIcmpv6PortUnreachable:
      return IcmpError::kPort;
    case wire::kIcmpv6Prohibited:
    case wire::kIcmpv6SourcePolicy:
    case wire::kIcmpv6RejectRoute:
      return IcmpError::kProhibited;
    default:
      return IcmpError::kOther;
  }
}

// RFC 4443 §3. Of a type that has no meaning yet nothing is known but that it is an error.
IcmpError error_of_ipv6(const wire::Icmpv6Message& message) {
  switch (message.type) {
    case Icmpv6Type::kDestinationUnreachable:
      return unreachable_ipv6(message.code);
    case Icmpv6Type::kTimeExceeded:
      return IcmpError::kExpired;
    case Icmpv6Type::kParameterProblem:
      return IcmpError::kBadHeader;
    default:
      return IcmpError::kOther;
  }
}

std::expected<IcmpNews, DropReason> read_icmpv6(const Packet& packet) {
  const auto message = wire::parse_icmpv6(packet.source, packet.destination, packet.payload);
  if (!message) return std::unexpected(message.error());
  IcmpNews news{.rest = message->rest, .body = message->body};
  if (message->type == Icmpv6Type::kEchoRequest) {
    news.kind = IcmpKind::kEchoRequest;
    return news;
  }
  if (!message->is_error()) return std::unexpected(DropReason::kIcmpUnknownType);
  // An error of a type unknown here is one all the same, and told to who caused it (RFC 4443 §2.4 (a), 4443-4).
  news.error = error_of_ipv6(*message);
  if (news.error == IcmpError::kProhibited || news.error == IcmpError::kPort) {
    // RFC 9293 §3.9.2.2 calls these two hard.
    news.kind = IcmpKind::kHardError;
  } else if (message->type == Icmpv6Type::kPacketTooBig) {
    if (message->mtu() < kLeastIpv6Mtu) return std::unexpected(DropReason::kIcmpMtuTooSmall);
    news.kind = IcmpKind::kTooBig;
    news.mtu = message->mtu();
  }
  return news;
}

}  // namespace

std::expected<IcmpNews, DropReason> read_icmp(const Packet& packet) {
  return packet.destination.is_v6() ? read_icmpv6(packet) : read_icmpv4(packet.payload);
}

std::expected<wire::IcmpQuote, DropReason> read_quote(IpVersion version, std::span<const std::byte> body) {
  return version == IpVersion::kV6 ? wire::parse_icmpv6_quote(body) : wire::parse_icmpv4_quote(body);
}

// RFC 1122 §3.2.2.6, RFC 4443 §4.2 (4443-5).
void emit_echo_reply(const IcmpNews& request, const IpAddress& source, const IpAddress& destination,
                     std::span<std::byte> out) {
  if (destination.is_v6()) {
    wire::emit_icmpv6({.type = Icmpv6Type::kEchoReply, .rest = request.rest, .body = request.body}, source, destination,
                      out);
  } else {
    wire::emit_icmpv4({.type = Icmpv4Type::kEchoReply, .rest = request.rest, .body = request.body}, out);
  }
}

std::uint8_t icmp_protocol(IpVersion version) {
  return version == IpVersion::kV6 ? wire::kProtocolIcmpv6 : wire::kProtocolIcmpv4;
}

}  // namespace handfast::ip
