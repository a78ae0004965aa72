#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "handfast/address.h"
#include "sim/packet.h"

// A TCP packet made by hand, for tests that show the simulator's checks something no Host would send.

namespace handfast::sim {

struct BuiltPacket {
  Endpoint source{IpAddress::v4(192, 0, 2, 1), 1000};
  Endpoint destination{IpAddress::v4(192, 0, 2, 2), 7};
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint8_t flags = Packet::kAck;
  std::uint16_t window = 65535;
  std::uint8_t ecn = 0;              ///< of the IP header
  std::vector<std::byte> options{};  ///< a multiple of four
  std::vector<std::byte> text{};

  std::vector<std::byte> bytes() const {
    const bool is_ipv6 = source.address.is_v6();
    const std::size_t start = is_ipv6 ? 40 : 20;
    const std::size_t header = 20 + options.size();
    std::vector<std::byte> packet(start + header + text.size());
    const auto segment = std::span(packet).subspan(start);
    is_ipv6 ? write_ipv6(packet) : write_ipv4(packet);
    base::store_be16(&segment[0], source.port);
    base::store_be16(&segment[2], destination.port);
    base::store_be32(&segment[4], seq);
    base::store_be32(&segment[8], ack);
    segment[12] = static_cast<std::byte>(header / 4 * 16);
    segment[13] = static_cast<std::byte>(flags);
    base::store_be16(&segment[14], window);
    std::ranges::copy(options, segment.begin() + 20);
    std::ranges::copy(text, segment.begin() + static_cast<std::ptrdiff_t>(header));
    const auto addresses = is_ipv6 ? std::span(packet).subspan(8, 32) : std::span(packet).subspan(12, 8);
    const auto pseudo = internet_sum(addresses, static_cast<std::uint32_t>(6 + segment.size()));
    base::store_be16(&segment[16], static_cast<std::uint16_t>(~internet_sum(segment, pseudo)));
    return packet;
  }

 private:
  void write_ipv4(std::span<std::byte> packet) const {
    packet[0] = std::byte{0x45};
    packet[1] = std::byte{ecn};
    base::store_be16(&packet[2], static_cast<std::uint16_t>(packet.size()));
    packet[8] = std::byte{64};
    packet[9] = std::byte{6};
    base::store_be32(&packet[12], source.address.v4_number());
    base::store_be32(&packet[16], destination.address.v4_number());
    base::store_be16(&packet[10], static_cast<std::uint16_t>(~internet_sum(packet.first(20))));
  }
  void write_ipv6(std::span<std::byte> packet) const {
    base::store_be32(&packet[0], 0x60000000u | std::uint32_t{ecn} << 20);
    base::store_be16(&packet[4], static_cast<std::uint16_t>(packet.size() - 40));
    packet[6] = std::byte{6};
    packet[7] = std::byte{64};
    std::ranges::copy(std::as_bytes(source.address.bytes()), packet.begin() + 8);
    std::ranges::copy(std::as_bytes(destination.address.bytes()), packet.begin() + 24);
  }
};

}  // namespace handfast::sim
