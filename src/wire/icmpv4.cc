#include "wire/icmpv4.h"

#include <cstring>

#include "base/bytes.h"
#include "wire/checksum.h"
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
  if (bytes.size() < kIcmpHeaderLength) return std::unexpected(DropReason::kIcmpTruncated);
  if (sum_bytes(bytes) != 0xFFFF) return std::unexpected(DropReason::kIcmpBadChecksum);
  Icmpv4Message message;
  message.type = static_cast<Icmpv4Type>(bytes[0]);
  message.code = std::to_integer<std::uint8_t>(bytes[1]);
  message.rest = base::load_be32(bytes.data() + 4);
  message.body = bytes.subspan(kIcmpHeaderLength);
  return message;
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
  if (quote.protocol != kProtocolTcp && quote.protocol != kProtocolUdp) return quote;
  base::ByteReader reader(body.subspan(header_length));
  quote.source_port = reader.u16();
  quote.destination_port = reader.u16();
  if (!reader.ok()) return unusable;
  const std::uint32_t sequence = reader.u32();
  if (quote.protocol == kProtocolTcp && reader.ok()) quote.sequence = sequence;
  return quote;
}

std::size_t emit_icmpv4(const Icmpv4Message& message, std::span<std::byte> out) {
  const std::size_t length = kIcmpHeaderLength + message.body.size();
  if (out.size() < length) return 0;
  // The body first: where it lies in `out`, the header may be written over its old place.
  if (!message.body.empty()) std::memmove(out.data() + kIcmpHeaderLength, message.body.data(), message.body.size());
  base::ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(message.type));
  writer.u8(message.code);
  writer.u16(0);
  writer.u32(message.rest);
  base::store_be16(out.data() + 2, static_cast<std::uint16_t>(~sum_bytes(out.first(length))));
  return length;
}

}  // namespace handfast::wire
