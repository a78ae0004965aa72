#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "handfast/address.h"
#include "handfast/config.h"

// A second, small reader of IPv4, IPv6 and TCP that shares no line with src/wire: the oracle trusts no parser that it
// also judges. It reads strictly and says only what the checks need.

namespace handfast::sim {

struct Packet {
  enum class Kind : std::uint8_t {
    kBroken,  ///< a header that cannot be, or a wrong checksum
    kOther,   ///< ARP, ICMP and everything else that is not TCP over IP
    kTcp,
  };

  Kind kind = Kind::kBroken;
  const char* fault = "";  ///< kBroken: what is wrong
  Endpoint source;
  Endpoint destination;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint8_t flags = 0;
  std::uint8_t ecn =
      0;  ///< the lower two bits of the type of service or traffic class: 2 is ECT(0), 3 a congestion mark
  std::uint16_t window = 0;  ///< as it stands in the header
  std::uint8_t options = 0;  ///< kHas... bits
  std::uint16_t mss = 0;
  std::uint8_t window_scale = 0;
  std::uint8_t sack_blocks = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t sack[4][2] = {};  ///< edges
  std::span<const std::byte> text;

  static constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16;
  static constexpr std::uint8_t kHasMss = 1, kHasWindowScale = 2, kHasSackPermitted = 4, kHasTimestamps = 8;
  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
  std::uint32_t length() const {
    return static_cast<std::uint32_t>(text.size()) + (has(kSyn) ? 1 : 0) + (has(kFin) ? 1 : 0);
  }
};

/// Bytes of link header before the IP packet.
constexpr std::size_t link_header(LinkKind kind) { return kind == LinkKind::kEthernet ? 14 : 0; }

Packet read_packet(std::span<const std::byte> frame, LinkKind link);

/// The ones' complement sum of RFC 1071, not inverted.
std::uint16_t internet_sum(std::span<const std::byte> bytes, std::uint32_t sum = 0);

}  // namespace handfast::sim
