#include "wire/icmpv4.h"

#include "base/bytes.h"
#include "wire/ipv4.h"

namespace handfast::wire {

Icmpv4Message Icmpv4Message::echo_request(std::uint16_t identifier, std::uint16_t sequence,
                                          std::span<const std::byte> text) {
  return {Icmpv4Type::kEchoRequest, 0, std::uint32_t{identifier} << 16 | sequence, text};
}

Icmpv4Message Icmpv4Message::echo_reply_to(const Icmpv4Message& request) {
  return {Icmpv4Type::kEchoReply, 0, request.rest, request.body};
}

Icmpv4Message Icmpv4Message::destination_unreachable(std::uint8_t code, std::span<const std::byte> quote) {
  return {Icmpv4Type::kDestinationUnreachable, code, 0, quote};
}

Icmpv4Message Icmpv4Message::fragmentation_needed(std::uint16_t next_hop_mtu, std::span<const std::byte> quote) {
  return {Icmpv4Type::kDestinationUnreachable, kIcmpFragmentationNeeded, next_hop_mtu, quote};
}

Icmpv4Message Icmpv4Message::time_exceeded(std::uint8_t code, std::span<const std::byte> quote) {
  return {Icmpv4Type::kTimeExceeded, code, 0, quote};
}

Icmpv4Message Icmpv4Message::parameter_problem(std::uint8_t pointer, std::span<const std::byte> quote) {
  return {Icmpv4Type::kParameterProblem, 0, std::uint32_t{pointer} << 24, quote};
}

bool Icmpv4Message::is_error() const {
  switch (type) {
    case Icmpv4Type::kDestinationUnreachable:
    case Icmpv4Type::kSourceQuench:
    case Icmpv4Type::kRedirect:
    case Icmpv4Type::kTimeExceeded:
    case Icmpv4Type::kParameterProblem:
      return true;
    case Icmpv4Type::kEchoReply:
    case Icmpv4Type::kEchoRequest:
      break;
  }
  return false;
}

std::expected<Icmpv4Message, DropReason> parse_icmpv4(std::span<const std::byte> bytes) {
  const auto fields = parse_icmp(bytes, 0);
  if (!fields) return std::unexpected(fields.error());
  return Icmpv4Message{static_cast<Icmpv4Type>(fields->type), fields->code, fields->rest, fields->body};
}

std::expected<IcmpQuote, DropReason> parse_icmpv4_quote(std::span<const std::byte> body) {
  const auto unusable = std::unexpected(DropReason::kIcmpBadQuote);
  if (body.size() < kIpv4HeaderLength) return unusable;
  const auto first = std::to_integer<unsigned>(body[0]);
  const std::size_t header_length = std::size_t{first & 0xF} * 4;
  if (first >> 4 != 4 || header_length < kIpv4HeaderLength || header_length > body.size()) return unusable;
  if ((base::load_be16(body.data() + 6) & 0x1FFF) != 0) return unusable;
  IcmpQuote quote;
  quote.protocol = std::to_integer<std::uint8_t>(body[9]);
  quote.length = base::load_be16(body.data() + 2);
  quote.source = IpAddress::v4(base::load_be32(body.data() + 12));
  quote.destination = IpAddress::v4(base::load_be32(body.data() + 16));
  return with_quoted_ports(quote, body.subspan(header_length));
}

std::size_t emit_icmpv4(const Icmpv4Message& message, std::span<std::byte> out) {
  return emit_icmp({static_cast<std::uint8_t>(message.type), message.code, message.rest, message.body}, 0, out);
}

}  // namespace handfast::wire
