#include "wire/ipv6.h"

#include "base/bytes.h"
#include "wire/ecn.h"
#include "wire/ipv4.h"

namespace handfast::wire {

namespace {

constexpr std::uint32_t kFlowLabelMask = 0xFFFFF;

}  // namespace

IpAddress read_ipv6_address(std::span<const std::byte> bytes) {
  std::array<std::uint8_t, 16> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = std::to_integer<std::uint8_t>(bytes[i]);
  return IpAddress::v6(numbers);
}

std::expected<Ipv6Header, DropReason> parse_ipv6_header(std::span<const std::byte> bytes) {
  if (bytes.size() < kIpv6HeaderLength) return std::unexpected(DropReason::kIpv6Truncated);
  base::ByteReader reader(bytes);
  const std::uint32_t first = reader.u32();
  if (first >> 28 != 6) return std::unexpected(DropReason::kBadIpVersion);
  Ipv6Header header;
  header.traffic_class = static_cast<std::uint8_t>(first >> 20);
  header.flow_label = first & kFlowLabelMask;
  header.payload_length = reader.u16();
  header.next_header = reader.u8();
  header.hop_limit = reader.u8();
  header.source = read_ipv6_address(reader.bytes(16));
  header.destination = read_ipv6_address(reader.bytes(16));
  return header;
}

std::expected<Ipv6Packet, DropReason> parse_ipv6(std::span<const std::byte> bytes) {
  const auto header = parse_ipv6_header(bytes);
  if (!header) return std::unexpected(header.error());
  const std::span<const std::byte> rest = bytes.subspan(kIpv6HeaderLength);
  if (header->payload_length > rest.size()) return std::unexpected(DropReason::kIpv6BadPayloadLength);
  return Ipv6Packet{*header, rest.first(header->payload_length)};
}

std::size_t emit_ipv6(const Ipv6Header& header, std::span<std::byte> out) {
  if (out.size() < kIpv6HeaderLength || header.flow_label > kFlowLabelMask) return 0;
  if (!header.source.is_v6() || !header.destination.is_v6()) return 0;
  base::ByteWriter writer(out);
  writer.u32(std::uint32_t{6} << 28 | std::uint32_t{header.traffic_class} << 20 | header.flow_label);
  writer.u16(header.payload_length);
  writer.u8(header.next_header);
  writer.u8(header.hop_limit);
  writer.bytes(std::as_bytes(header.source.bytes()));
  writer.bytes(std::as_bytes(header.destination.bytes()));
  return writer.position();
}

bool mark_ipv6_congestion(std::span<std::byte> bytes) {
  const auto packet = parse_ipv6(bytes);
  if (!packet || ecn_of(packet->header.traffic_class) == EcnCodepoint::kNotEct) return false;
  // The traffic class lies across two bytes: its lower half is the upper one of the second.
  bytes[1] |= std::byte{traffic_class_of(EcnCodepoint::kCe)} << 4;
  return true;
}

bool mark_congestion(std::span<std::byte> bytes) {
  return is_ipv6(bytes) ? mark_ipv6_congestion(bytes) : mark_ipv4_congestion(bytes);
}

}  // namespace handfast::wire
