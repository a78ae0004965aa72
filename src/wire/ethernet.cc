#include "wire/ethernet.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace handfast::wire {

namespace {

// Type fields below this are the length of an IEEE 802.3 frame (RFC 1122 §2.3.3).
constexpr std::uint16_t kFirstEtherType = 0x0600;

MacAddress read_mac(base::ByteReader& reader) {
  MacAddress mac;
  for (std::uint8_t& byte : mac.bytes) byte = reader.u8();
  return mac;
}

}  // namespace

std::expected<EthernetFrame, DropReason> parse_ethernet(std::span<const std::byte> frame) {
  if (frame.size() < kEthernetHeaderLength) return std::unexpected(DropReason::kTruncatedFrame);
  base::ByteReader reader(frame);
  EthernetFrame parsed;
  parsed.header.destination = read_mac(reader);
  parsed.header.source = read_mac(reader);
  parsed.header.ether_type = reader.u16();
  if (parsed.header.ether_type < kFirstEtherType) return std::unexpected(DropReason::kUnknownEtherType);
  parsed.payload = reader.rest();
  return parsed;
}

std::size_t emit_ethernet(const EthernetHeader& header, std::span<std::byte> out) {
  if (out.size() < kEthernetHeaderLength) return 0;
  base::ByteWriter writer(out);
  writer.bytes(std::as_bytes(std::span(header.destination.bytes)));
  writer.bytes(std::as_bytes(std::span(header.source.bytes)));
  writer.u16(header.ether_type);
  return writer.position();
}

}  // namespace handfast::wire
