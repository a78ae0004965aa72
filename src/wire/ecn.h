#pragma once

#include <cstdint>

namespace handfast::wire {

/// The ECN field of an IP header: the lower two bits of the byte that IPv4 calls type of service and IPv6 traffic class
/// (RFC 3168 §5).
enum class EcnCodepoint : std::uint8_t {
  kNotEct = 0,  ///< the sender does not understand marks: congestion drops the packet
  kEct1 = 1,
  kEct0 = 2,  ///< the sender understands marks
  kCe = 3,    ///< congestion was experienced on the way
};

constexpr EcnCodepoint ecn_of(std::uint8_t traffic_class) { return static_cast<EcnCodepoint>(traffic_class & 3); }
constexpr std::uint8_t traffic_class_of(EcnCodepoint codepoint) { return static_cast<std::uint8_t>(codepoint); }

}  // namespace handfast::wire
