#include "wire/neighbor_discovery.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "wire/icmpv6.h"
#include "wire/ipv6.h"

namespace handfast::wire {

namespace {

constexpr std::uint32_t kSolicited = 0x40000000;
constexpr std::uint32_t kOverride = 0x20000000;
constexpr std::uint8_t kSourceLinkAddress = 1;
constexpr std::uint8_t kTargetLinkAddress = 2;
constexpr std::size_t kUnit = 8;  // of an option's length

MacAddress read_mac(std::span<const std::byte> bytes) {
  MacAddress mac;
  for (std::size_t i = 0; i < mac.bytes.size(); ++i) mac.bytes[i] = std::to_integer<std::uint8_t>(bytes[i]);
  return mac;
}

// The link address among the options, of which others are passed over (4861-3); false (4861-2) where one of them has no
// length, or leads beyond the end.
bool read_options(std::span<const std::byte> options, std::uint8_t wanted, std::optional<MacAddress>& mac) {
  while (!options.empty()) {
    const std::size_t length = options.size() >= 2 ? std::to_integer<std::size_t>(options[1]) * kUnit : 0;
    if (length == 0 || length > options.size()) return false;
    if (std::to_integer<std::uint8_t>(options[0]) == wanted && length == kNeighborOptionLength) {
      mac = read_mac(options.subspan(2));
    }
    options = options.subspan(length);
  }
  return true;
}

}  // namespace

std::expected<NeighborMessage, DropReason> parse_neighbor(std::span<const std::byte> bytes) {
  const auto bad = std::unexpected(DropReason::kBadNeighbor);
  if (bytes.size() < kNeighborLength || bytes[1] != std::byte{0}) return bad;
  const std::uint32_t flags = base::load_be32(&bytes[4]);
  NeighborMessage message;
  message.is_advertisement = std::to_integer<std::uint8_t>(bytes[0]) == kNeighborAdvertisement;
  message.solicited = message.is_advertisement && (flags & kSolicited) != 0;
  message.overrides = message.is_advertisement && (flags & kOverride) != 0;
  message.target = read_ipv6_address(bytes.subspan(8));
  if (message.target.is_multicast()) return bad;
  const std::uint8_t wanted = message.is_advertisement ? kTargetLinkAddress : kSourceLinkAddress;
  if (!read_options(bytes.subspan(kNeighborLength), wanted, message.mac)) return bad;
  return message;
}

std::size_t emit_neighbor(const NeighborMessage& message, const IpAddress& source, const IpAddress& destination,
                          std::span<std::byte> out) {
  std::array<std::byte, kNeighborLength - kIcmpHeaderLength + kNeighborOptionLength> body{};
  base::ByteWriter writer(body);
  writer.bytes(std::as_bytes(message.target.bytes()));
  if (message.mac) {
    writer.u8(message.is_advertisement ? kTargetLinkAddress : kSourceLinkAddress);
    writer.u8(kNeighborOptionLength / kUnit);
    writer.bytes(std::as_bytes(std::span(message.mac->bytes)));
  }
  const std::uint8_t type = message.is_advertisement ? kNeighborAdvertisement : kNeighborSolicitation;
  const std::uint32_t flags = (message.solicited ? kSolicited : 0) | (message.overrides ? kOverride : 0);
  return emit_icmpv6({.type = static_cast<Icmpv6Type>(type), .rest = flags, .body = writer.written()}, source,
                     destination, out);
}

IpAddress solicited_node_group(const IpAddress& address) {
  std::array<std::uint8_t, 16> bytes{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xFF};
  std::ranges::copy(address.bytes().last(3), bytes.begin() + 13);
  return IpAddress::v6(bytes);
}

IpAddress all_nodes_group() {
  constexpr std::array<std::uint8_t, 16> kBytes{0xFF, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return IpAddress::v6(kBytes);
}

MacAddress mac_of_group(const IpAddress& group) {
  MacAddress mac{{0x33, 0x33, 0, 0, 0, 0}};
  std::ranges::copy(group.bytes().last(4), mac.bytes.begin() + 2);
  return mac;
}

}  // namespace handfast::wire
