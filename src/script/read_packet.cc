#include <algorithm>

#include "script/live_packet.h"
#include "script/option_bytes.h"
#include "wire/icmpv4.h"
#include "wire/icmpv6.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

namespace handfast::script {

namespace {

struct IpPart {
  LivePacket packet;
  std::uint8_t protocol = 0;
  std::span<const std::byte> payload;
};

std::expected<IpPart, std::string> read_ipv4(std::span<const std::byte> bytes) {
  const auto parsed = wire::parse_ipv4(bytes);
  if (!parsed) return std::unexpected("an IPv4 header: " + std::string(describe(parsed.error()).text));
  const wire::Ipv4Header& header = parsed->header;
  IpPart part;
  part.packet.tuple = {.host = {.address = header.source}, .peer = {.address = header.destination}};
  part.packet.traffic_class = header.traffic_class;
  part.packet.ttl = header.ttl;
  part.protocol = header.protocol;
  part.payload = parsed->payload;
  return part;
}

std::expected<IpPart, std::string> read_ipv6(std::span<const std::byte> bytes) {
  const auto parsed = wire::parse_ipv6(bytes);
  if (!parsed) return std::unexpected("an IPv6 header: " + std::string(describe(parsed.error()).text));
  const wire::Ipv6Header& header = parsed->header;
  IpPart part;
  part.packet.tuple = {.host = {.address = header.source}, .peer = {.address = header.destination}};
  part.packet.traffic_class = header.traffic_class;
  part.packet.ttl = header.hop_limit;
  part.packet.flow_label = header.flow_label;
  part.protocol = header.next_header;
  part.payload = parsed->payload;
  return part;
}

std::expected<TcpWords, std::string> read_tcp(std::span<const std::byte> segment, LivePacket& packet) {
  if (!wire::tcp_checksum_is_valid(packet.tuple.host.address, packet.tuple.peer.address, segment)) {
    return std::unexpected("a TCP checksum that does not add up");
  }
  const auto parsed = wire::parse_tcp_fixed(segment);
  if (!parsed) return std::unexpected("a TCP header: " + std::string(describe(parsed.error()).text));
  const wire::TcpHeader& header = parsed->header;
  packet.tuple.host.port = header.source_port;
  packet.tuple.peer.port = header.destination_port;
  TcpWords words{.flags = header.flags.bits(),
                 .sequence = header.seq,
                 .length = static_cast<std::uint32_t>(segment.size() - parsed->text_offset),
                 .acknowledgment = header.ack,
                 .window = header.window,
                 .urgent = header.urgent_pointer};
  auto options = read_options(segment.first(parsed->text_offset).subspan(wire::kTcpHeaderLength));
  if (!options) return std::unexpected(options.error());
  words.options = *std::move(options);
  packet.text_is_zeros =
      std::ranges::all_of(segment.subspan(parsed->text_offset), [](std::byte byte) { return byte == std::byte{0}; });
  return words;
}

std::expected<LivePacket::Icmp, std::string> read_icmp(const IpPart& part) {
  const std::span<const std::byte> message = part.payload;
  DropReason trouble = DropReason::kNone;
  if (part.protocol == wire::kProtocolIcmpv4) {
    if (const auto parsed = wire::parse_icmpv4(message); !parsed) trouble = parsed.error();
  } else {
    const FourTuple& tuple = part.packet.tuple;
    const auto parsed = wire::parse_icmpv6(tuple.host.address, tuple.peer.address, message);
    if (!parsed) trouble = parsed.error();
  }
  if (trouble != DropReason::kNone) return std::unexpected("an ICMP message: " + std::string(describe(trouble).text));
  return LivePacket::Icmp{.type = std::to_integer<std::uint8_t>(message[0]),
                          .code = std::to_integer<std::uint8_t>(message[1])};
}

}  // namespace

std::expected<LivePacket, std::string> read_packet(std::span<const std::byte> bytes, Instant at) {
  if (bytes.empty()) return std::unexpected("a packet of no bytes");
  const bool is_v4 = std::to_integer<unsigned>(bytes[0]) >> 4 == 4;
  auto part = is_v4 ? read_ipv4(bytes) : read_ipv6(bytes);
  if (!part) return std::unexpected(part.error());
  part->packet.at = at;
  if (part->protocol == wire::kProtocolTcp) {
    auto words = read_tcp(part->payload, part->packet);
    if (!words) return std::unexpected(words.error());
    part->packet.words = *std::move(words);
    return part->packet;
  }
  if (part->protocol == wire::kProtocolIcmpv4 || part->protocol == wire::kProtocolIcmpv6) {
    const auto message = read_icmp(*part);
    if (!message) return std::unexpected(message.error());
    part->packet.icmp = *message;
    return part->packet;
  }
  return std::unexpected("a packet of protocol " + std::to_string(part->protocol));
}

std::optional<LivePacket> cut(LivePacket& packet, std::uint32_t size) {
  TcpWords* first = packet.tcp();
  if (first == nullptr || packet.piece == 0 || size == 0 || size >= first->length) return std::nullopt;
  if (size % packet.piece != 0) return std::nullopt;
  LivePacket rest = packet;
  TcpWords& second = rest.words;
  second.sequence += size;
  second.length -= size;
  second.flags = static_cast<std::uint16_t>(second.flags & ~wire::kCwr.bits());
  first->length = size;
  first->flags = static_cast<std::uint16_t>(first->flags & ~(wire::kFin.bits() | wire::kPsh.bits()));
  return rest;
}

}  // namespace handfast::script
