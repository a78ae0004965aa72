#include "wire/arp.h"

#include <algorithm>

#include "base/bytes.h"
#include "wire/ethernet.h"

namespace handfast::wire {

namespace {

constexpr std::uint16_t kHardwareEthernet = 1;
constexpr std::uint8_t kMacLength = 6;
constexpr std::uint8_t kIpv4Length = 4;

MacAddress read_mac(base::ByteReader& reader) {
  MacAddress mac;
  const std::span<const std::byte> from = reader.bytes(mac.bytes.size());
  std::transform(from.begin(), from.end(), mac.bytes.begin(), std::to_integer<std::uint8_t>);
  return mac;
}

}  // namespace

std::expected<ArpPacket, DropReason> parse_arp(std::span<const std::byte> payload) {
  base::ByteReader reader(payload);
  const std::uint16_t hardware = reader.u16();
  const std::uint16_t protocol = reader.u16();
  const std::uint8_t hardware_length = reader.u8();
  const std::uint8_t protocol_length = reader.u8();
  const std::uint16_t operation = reader.u16();
  ArpPacket packet;
  packet.sender_mac = read_mac(reader);
  packet.sender_address = IpAddress::v4(reader.u32());
  packet.target_mac = read_mac(reader);
  packet.target_address = IpAddress::v4(reader.u32());
  const bool ethernet_ipv4 = hardware == kHardwareEthernet && protocol == kEtherTypeIpv4 &&
                             hardware_length == kMacLength && protocol_length == kIpv4Length;
  if (!reader.ok() || !ethernet_ipv4 || (operation != 1 && operation != 2)) {
    return std::unexpected(DropReason::kBadArp);
  }
  packet.operation = static_cast<ArpOperation>(operation);
  return packet;
}

std::size_t emit_arp(const ArpPacket& packet, std::span<std::byte> out) {
  if (out.size() < kArpPacketLength || !packet.sender_address.is_v4() || !packet.target_address.is_v4()) return 0;
  base::ByteWriter writer(out);
  writer.u16(kHardwareEthernet);
  writer.u16(kEtherTypeIpv4);
  writer.u8(kMacLength);
  writer.u8(kIpv4Length);
  writer.u16(static_cast<std::uint16_t>(packet.operation));
  writer.bytes(std::as_bytes(std::span(packet.sender_mac.bytes)));
  writer.u32(packet.sender_address.v4_number());
  writer.bytes(std::as_bytes(std::span(packet.target_mac.bytes)));
  writer.u32(packet.target_address.v4_number());
  return writer.position();
}

}  // namespace handfast::wire
