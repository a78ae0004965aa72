#include "sim/packet.h"

#include <array>

#include "base/bytes.h"

namespace handfast::sim {
namespace {

using base::load_be16;
using base::load_be32;

Packet broken(const char* fault) {
  Packet packet;
  packet.fault = fault;
  return packet;
}

Packet other() {
  Packet packet;
  packet.kind = Packet::Kind::kOther;
  return packet;
}

std::uint8_t number(std::byte byte) { return std::to_integer<std::uint8_t>(byte); }

bool read_sack(std::span<const std::byte> body, Packet& packet) {
  if (body.empty() || body.size() % 8 != 0 || body.size() > 32) return false;
  packet.sack_blocks = static_cast<std::uint8_t>(body.size() / 8);
  for (std::size_t i = 0; i < packet.sack_blocks; ++i) {
    packet.sack[i][0] = load_be32(body.data() + 8 * i);
    packet.sack[i][1] = load_be32(body.data() + 8 * i + 4);
  }
  return true;
}

bool read_option(std::uint8_t kind, std::span<const std::byte> body, Packet& packet) {
  switch (kind) {
    case 2:
      if (body.size() != 2) return false;
      packet.options |= Packet::kHasMss;
      packet.mss = load_be16(body.data());
      return true;
    case 3:
      if (body.size() != 1) return false;
      packet.options |= Packet::kHasWindowScale;
      packet.window_scale = number(body[0]);
      return true;
    case 4:
      packet.options |= Packet::kHasSackPermitted;
      return body.empty();
    case 5:
      return read_sack(body, packet);
    case 8:
      if (body.size() != 8) return false;
      packet.options |= Packet::kHasTimestamps;
      packet.timestamp = load_be32(body.data());
      return true;
    default:
      return true;
  }
}

const char* read_options(std::span<const std::byte> area, Packet& packet) {
  while (!area.empty()) {
    const std::uint8_t kind = number(area[0]);
    if (kind == 0) {
      for (const std::byte pad : area) {
        if (pad != std::byte{0}) return "TCP options are not padded with zeros";
      }
      return nullptr;
    }
    if (kind == 1) {
      area = area.subspan(1);
      continue;
    }
    if (area.size() < 2 || number(area[1]) < 2 || number(area[1]) > area.size()) return "TCP option length impossible";
    const std::size_t length = number(area[1]);
    if (!read_option(kind, area.subspan(2, length - 2), packet)) return "TCP option malformed";
    area = area.subspan(length);
  }
  return nullptr;
}

// What an IP header of either version says: where TCP starts, and what its checksum covers before it.
struct Envelope {
  std::size_t header = 0;
  std::span<const std::byte> addresses;  // both, one behind the other
  std::uint8_t traffic_class = 0;
};

IpAddress read_address(std::span<const std::byte> bytes) {
  if (bytes.size() == 4) return IpAddress::v4(load_be32(bytes.data()));
  std::array<std::uint8_t, 16> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = number(bytes[i]);
  return IpAddress::v6(numbers);
}

Packet read_tcp(std::span<const std::byte> datagram, const Envelope& envelope) {
  const auto segment = datagram.subspan(envelope.header);
  if (segment.size() < 20) return broken("shorter than a TCP header");
  const std::size_t header = std::size_t{number(segment[12])} / 16 * 4;
  if (header < 20 || header > segment.size()) return broken("TCP data offset impossible");
  const auto pseudo = internet_sum(envelope.addresses, static_cast<std::uint32_t>(6 + segment.size()));
  if (internet_sum(segment, pseudo) != 0xFFFF) return broken("TCP checksum wrong");

  Packet packet;
  packet.kind = Packet::Kind::kTcp;
  const std::size_t address = envelope.addresses.size() / 2;
  packet.source = {read_address(envelope.addresses.first(address)), load_be16(segment.data())};
  packet.destination = {read_address(envelope.addresses.subspan(address)), load_be16(segment.data() + 2)};
  packet.seq = load_be32(segment.data() + 4);
  packet.ack = load_be32(segment.data() + 8);
  packet.flags = number(segment[13]);
  packet.ecn = envelope.traffic_class & 3;
  packet.window = load_be16(segment.data() + 14);
  packet.text = segment.subspan(header);
  if (const char* fault = read_options(segment.subspan(20, header - 20), packet)) return broken(fault);
  return packet;
}

// Only Ethernet may carry bytes behind the packet: the padding of a short frame.
bool has_length(std::span<const std::byte> frame, std::size_t total, LinkKind link) {
  return total == frame.size() || (total < frame.size() && link == LinkKind::kEthernet && frame.size() <= 46);
}

Packet read_ipv6(std::span<const std::byte> frame, LinkKind link) {
  if (frame.size() < 40) return broken("shorter than an IPv6 header");
  const std::size_t total = std::size_t{40} + load_be16(frame.data() + 4);
  if (!has_length(frame, total, link)) return broken("IPv6 payload length differs from the frame's");
  if (number(frame[6]) != 6) return other();
  return read_tcp(frame.first(total), {.header = 40,
                                       .addresses = frame.subspan(8, 32),
                                       .traffic_class = static_cast<std::uint8_t>(load_be16(frame.data()) >> 4)});
}

}  // namespace

std::uint16_t internet_sum(std::span<const std::byte> bytes, std::uint32_t sum) {
  std::uint64_t total = sum;
  while (bytes.size() >= 4) {
    total += load_be32(bytes.data());
    bytes = bytes.subspan(4);
  }
  if (bytes.size() >= 2) {
    total += load_be16(bytes.data());
    bytes = bytes.subspan(2);
  }
  if (!bytes.empty()) total += std::uint64_t{number(bytes[0])} << 8;
  while (total >> 16 != 0) total = (total & 0xFFFF) + (total >> 16);
  return static_cast<std::uint16_t>(total);
}

Packet read_packet(std::span<const std::byte> frame, LinkKind link) {
  if (link == LinkKind::kEthernet) {
    if (frame.size() < 14) return broken("shorter than an Ethernet header");
    const std::uint16_t type = load_be16(frame.data() + 12);
    if (type != 0x0800 && type != 0x86DD) return other();
    frame = frame.subspan(14);
  }
  if (!frame.empty() && number(frame[0]) >> 4 == 6) return read_ipv6(frame, link);
  if (frame.size() < 20) return broken("shorter than an IPv4 header");
  if (number(frame[0]) >> 4 != 4) return broken("neither IPv4 nor IPv6");
  const std::size_t header = std::size_t{number(frame[0])} % 16 * 4;
  const std::size_t total = load_be16(frame.data() + 2);
  if (header < 20 || header > total) return broken("IPv4 header length impossible");
  if (!has_length(frame, total, link)) return broken("IPv4 total length differs from the frame's");
  if (internet_sum(frame.first(header)) != 0xFFFF) return broken("IPv4 header checksum wrong");
  if (number(frame[9]) != 6) return other();
  return read_tcp(frame.first(total),
                  {.header = header, .addresses = frame.subspan(12, 8), .traffic_class = number(frame[1])});
}

}  // namespace handfast::sim
