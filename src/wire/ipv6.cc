#include "wire/ipv6.h"

#include "base/bytes.h"

namespace handfast::wire {

namespace {

constexpr std::uint32_t kFlowLabelMask = 0xFFFFF;

IpAddress read_address(std::span<const std::byte> bytes) {
  std::array<std::uint8_t, 16> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = std::to_integer<std::uint8_t>(bytes[i]);
  return IpAddress::v6(numbers);
}

}  // namespace

std::expected<Ipv6Packet, DropReason> parse_ipv6(std::span<const std::byte> bytes) {
  if (bytes.size() < kIpv6HeaderLength) return std::unexpected(DropReason::kIpv6Truncated);
  base::ByteReader reader(bytes);
  const std::uint32_t first = reader.u32();
  if (first >> 28 != 6) return std::unexpected(DropReason::kBadIpVersion);
  Ipv6Packet packet;
  packet.header.traffic_class = static_cast<std::uint8_t>(first >> 20);
  packet.header.flow_label = first & kFlowLabelMask;
  packet.header.payload_length = reader.u16();
  packet.header.next_header = reader.u8();
  packet.header.hop_limit = reader.u8();
  packet.header.source = read_address(reader.bytes(16));
  packet.header.destination = read_address(reader.bytes(16));
  if (packet.header.payload_length > reader.remaining()) return std::unexpected(DropReason::kIpv6BadPayloadLength);
  packet.payload = reader.bytes(packet.header.payload_length);
  return packet;
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

}  // namespace handfast::wire
