#include "wire/icmpv6.h"

#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace handfast::wire {

namespace {

std::uint16_t pseudo_sum(const IpAddress& source, const IpAddress& destination, std::size_t length) {
  return pseudo_header_sum(source, destination, kProtocolIcmpv6, static_cast<std::uint32_t>(length));
}

}  // namespace

Icmpv6Message Icmpv6Message::echo_request(std::uint16_t identifier, std::uint16_t sequence,
                                          std::span<const std::byte> text) {
  return {Icmpv6Type::kEchoRequest, 0, std::uint32_t{identifier} << 16 | sequence, text};
}

Icmpv6Message Icmpv6Message::echo_reply_to(const Icmpv6Message& request) {
  return {Icmpv6Type::kEchoReply, 0, request.rest, request.body};
}

Icmpv6Message Icmpv6Message::destination_unreachable(std::uint8_t code, std::span<const std::byte> quote) {
  return {Icmpv6Type::kDestinationUnreachable, code, 0, quote};
}

Icmpv6Message Icmpv6Message::packet_too_big(std::uint32_t mtu, std::span<const std::byte> quote) {
  return {Icmpv6Type::kPacketTooBig, 0, mtu, quote};
}

std::expected<Icmpv6Message, DropReason> parse_icmpv6(const IpAddress& source, const IpAddress& destination,
                                                      std::span<const std::byte> bytes) {
  const auto fields = parse_icmp(bytes, pseudo_sum(source, destination, bytes.size()));
  if (!fields) return std::unexpected(fields.error());
  return Icmpv6Message{static_cast<Icmpv6Type>(fields->type), fields->code, fields->rest, fields->body};
}

std::expected<IcmpQuote, DropReason> parse_icmpv6_quote(std::span<const std::byte> body) {
  const auto header = parse_ipv6_header(body);
  if (!header) return std::unexpected(DropReason::kIcmpBadQuote);
  return with_quoted_ports({.protocol = header->next_header,
                            .length = std::uint32_t{header->payload_length} + std::uint32_t{kIpv6HeaderLength},
                            .source = header->source,
                            .destination = header->destination,
                            .sequence = {}},
                           body.subspan(kIpv6HeaderLength));
}

std::size_t emit_icmpv6(const Icmpv6Message& message, const IpAddress& source, const IpAddress& destination,
                        std::span<std::byte> out) {
  return emit_icmp({static_cast<std::uint8_t>(message.type), message.code, message.rest, message.body},
                   pseudo_sum(source, destination, kIcmpHeaderLength + message.body.size()), out);
}

}  // namespace handfast::wire
