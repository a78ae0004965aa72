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
    const std::size_t header = 20 + options.size();
    const std::size_t total = 20 + header + text.size();
    std::vector<std::byte> packet(total);
    packet[0] = std::byte{0x45};
    packet[1] = std::byte{ecn};
    base::store_be16(&packet[2], static_cast<std::uint16_t>(total));
    packet[8] = std::byte{64};
    packet[9] = std::byte{6};
    base::store_be32(&packet[12], source.address.v4_number());
    base::store_be32(&packet[16], destination.address.v4_number());
    base::store_be16(&packet[10], static_cast<std::uint16_t>(~internet_sum(std::span(packet).first(20))));
    base::store_be16(&packet[20], source.port);
    base::store_be16(&packet[22], destination.port);
    base::store_be32(&packet[24], seq);
    base::store_be32(&packet[28], ack);
    packet[32] = static_cast<std::byte>(header / 4 * 16);
    packet[33] = static_cast<std::byte>(flags);
    base::store_be16(&packet[34], window);
    std::ranges::copy(options, packet.begin() + 40);
    std::ranges::copy(text, packet.begin() + static_cast<std::ptrdiff_t>(20 + header));
    const auto segment = std::span(packet).subspan(20);
    const auto pseudo = internet_sum(std::span(packet).subspan(12, 8), static_cast<std::uint32_t>(6 + segment.size()));
    base::store_be16(&packet[36], static_cast<std::uint16_t>(~internet_sum(segment, pseudo)));
    return packet;
  }
};

}  // namespace handfast::sim
