#pragma once

#include <cstdint>

#include "wire/ecn.h"

namespace handfast::wire {

/// The byte that IPv4 calls type of service and IPv6 traffic class: six bits of the caller's (RFC 2474 §3), two of the
/// network's (RFC 3168 §5). Two owners, so nobody who sets the one touches the other.
struct TrafficClass {
  std::uint8_t dscp = 0;  ///< 0 to 63
  EcnCodepoint ecn = EcnCodepoint::kNotEct;

  constexpr std::uint8_t byte() const { return static_cast<std::uint8_t>(dscp << 2 | traffic_class_of(ecn)); }
  static constexpr TrafficClass of(std::uint8_t byte) {
    return {.dscp = static_cast<std::uint8_t>(byte >> 2), .ecn = ecn_of(byte)};
  }
  friend constexpr bool operator==(const TrafficClass&, const TrafficClass&) = default;
};

}  // namespace handfast::wire
