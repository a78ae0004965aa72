// Three lengths meet in an IPv4 header: what arrived, what the header says of itself (IHL) and what it says of the
// packet (total length). Stacks fell where these were subtracted before they were compared, so parse_ipv4 first puts
// them in order, 20 <= header <= total <= arrived, and only then takes spans apart.

#include "wire/ipv4.h"

#include <algorithm>

#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/ecn.h"

namespace handfast::wire {

namespace {

constexpr std::uint16_t kDontFragment = 0x4000;
constexpr std::uint16_t kMoreFragments = 0x2000;
constexpr std::uint16_t kOffsetMask = 0x1FFF;
constexpr std::size_t kMaxDatagram = 65535;
constexpr std::size_t kChecksumAt = 10;
constexpr std::uint8_t kEndOfOptions = 0;
constexpr std::uint8_t kNoOperation = 1;
constexpr std::uint8_t kLooseSourceRoute = 131;
constexpr std::uint8_t kStrictSourceRoute = 137;

struct OptionScan {
  bool well_formed = true;
  bool source_route = false;
};

// RFC 791 §3.1: two kinds are a single byte, every other has a length that counts its kind and the length itself. What
// nobody here understands is passed over by it (MUST-50).
OptionScan scan_options(std::span<const std::byte> options) {
  OptionScan scan;
  std::size_t at = 0;
  while (at < options.size()) {
    const auto kind = std::to_integer<std::uint8_t>(options[at]);
    if (kind == kEndOfOptions) break;
    if (kind == kNoOperation) {
      ++at;
      continue;
    }
    const std::size_t room = options.size() - at;
    const std::size_t length = room >= 2 ? std::to_integer<std::size_t>(options[at + 1]) : 0;
    if (length < 2 || length > room) {
      scan.well_formed = false;
      break;
    }
    if (kind == kLooseSourceRoute || kind == kStrictSourceRoute) scan.source_route = true;
    at += length;
  }
  return scan;
}

Ipv4Header read_header(std::span<const std::byte> bytes, std::size_t header_length, std::size_t total_length) {
  const std::uint16_t fragment = base::load_be16(bytes.data() + 6);
  Ipv4Header header;
  header.traffic_class = std::to_integer<std::uint8_t>(bytes[1]);
  header.identification = base::load_be16(bytes.data() + 4);
  header.dont_fragment = (fragment & kDontFragment) != 0;
  header.more_fragments = (fragment & kMoreFragments) != 0;
  header.fragment_offset = static_cast<std::uint16_t>((fragment & kOffsetMask) * 8);
  header.ttl = std::to_integer<std::uint8_t>(bytes[8]);
  header.protocol = std::to_integer<std::uint8_t>(bytes[9]);
  header.source = IpAddress::v4(base::load_be32(bytes.data() + 12));
  header.destination = IpAddress::v4(base::load_be32(bytes.data() + 16));
  header.payload_length = static_cast<std::uint16_t>(total_length - header_length);
  header.options = bytes.subspan(kIpv4HeaderLength, header_length - kIpv4HeaderLength);
  return header;
}

bool reaches_too_far(const Ipv4Header& header, std::size_t header_length) {
  return header.is_fragment() && header_length + header.fragment_offset + header.payload_length > kMaxDatagram;
}

}  // namespace

std::expected<Ipv4Packet, DropReason> parse_ipv4(std::span<const std::byte> bytes) {
  if (bytes.size() < kIpv4HeaderLength) return std::unexpected(DropReason::kIpv4Truncated);
  const auto first = std::to_integer<unsigned>(bytes[0]);
  if (first >> 4 != 4) return std::unexpected(DropReason::kBadIpVersion);
  const std::size_t header_length = std::size_t{first & 0xF} * 4;
  if (header_length < kIpv4HeaderLength || header_length > bytes.size()) {
    return std::unexpected(DropReason::kIpv4BadHeaderLength);
  }
  const std::size_t total_length = base::load_be16(bytes.data() + 2);
  if (total_length < header_length || total_length > bytes.size()) {
    return std::unexpected(DropReason::kIpv4BadTotalLength);
  }
  if (sum_bytes(bytes.first(header_length)) != 0xFFFF) return std::unexpected(DropReason::kIpv4BadChecksum);
  Ipv4Packet packet;
  packet.header = read_header(bytes, header_length, total_length);
  packet.header_length = header_length;
  packet.payload = bytes.subspan(header_length, total_length - header_length);
  if (!packet.header.options.empty() && !scan_options(packet.header.options).well_formed) {
    return std::unexpected(DropReason::kIpv4BadOption);
  }
  if (reaches_too_far(packet.header, header_length)) return std::unexpected(DropReason::kIpv4BadTotalLength);
  return packet;
}

bool ipv4_has_source_route(std::span<const std::byte> options) {
  const OptionScan scan = scan_options(options);
  return scan.well_formed && scan.source_route;
}

std::size_t ipv4_header_length(const Ipv4Header& header) {
  if (!header.source.is_v4() || !header.destination.is_v4()) return 0;
  if (header.fragment_offset % 8 != 0 || header.options.size() > kIpv4MaxOptionsLength) return 0;
  const std::size_t length = kIpv4HeaderLength + (header.options.size() + 3) / 4 * 4;
  if (length + header.payload_length > kMaxDatagram || reaches_too_far(header, length)) return 0;
  return scan_options(header.options).well_formed ? length : 0;
}

bool mark_ipv4_congestion(std::span<std::byte> bytes) {
  const auto parsed = parse_ipv4(bytes);
  if (!parsed || ecn_of(parsed->header.traffic_class) == EcnCodepoint::kNotEct) return false;
  bytes[1] |= std::byte{traffic_class_of(EcnCodepoint::kCe)};
  base::store_be16(bytes.data() + kChecksumAt, 0);
  base::store_be16(bytes.data() + kChecksumAt,
                   static_cast<std::uint16_t>(~sum_bytes(bytes.first(parsed->header_length))));
  return true;
}

std::size_t emit_ipv4(const Ipv4Header& header, std::span<std::byte> out) {
  const std::size_t length = ipv4_header_length(header);
  if (length == 0 || out.size() < length) return 0;
  const unsigned flags = (header.dont_fragment ? kDontFragment : 0U) | (header.more_fragments ? kMoreFragments : 0U);
  base::ByteWriter writer(out.first(length));
  writer.u8(static_cast<std::uint8_t>(0x40 | length / 4));
  writer.u8(header.traffic_class);
  writer.u16(static_cast<std::uint16_t>(length + header.payload_length));
  writer.u16(header.identification);
  writer.u16(static_cast<std::uint16_t>(flags | header.fragment_offset / 8U));
  writer.u8(header.ttl);
  writer.u8(header.protocol);
  writer.u16(0);
  writer.u32(header.source.v4_number());
  writer.u32(header.destination.v4_number());
  writer.bytes(header.options);
  writer.zeros(writer.remaining());
  base::store_be16(out.data() + kChecksumAt, static_cast<std::uint16_t>(~sum_bytes(out.first(length))));
  return length;
}

}  // namespace handfast::wire
