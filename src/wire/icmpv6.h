#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "handfast/address.h"
#include "handfast/drop_reason.h"
#include "wire/icmp.h"

namespace handfast::wire {

/// The message types with a meaning here (RFC 4443 §2.1). A message may hold any other number.
enum class Icmpv6Type : std::uint8_t {
  kDestinationUnreachable = 1,
  kPacketTooBig = 2,
  kTimeExceeded = 3,
  kParameterProblem = 4,
  kEchoRequest = 128,
  kEchoReply = 129,
};

/// Codes of Destination Unreachable (RFC 4443 §3.1).
inline constexpr std::uint8_t kIcmpv6NoRoute = 0;
inline constexpr std::uint8_t kIcmpv6Prohibited = 1;
inline constexpr std::uint8_t kIcmpv6BeyondScope = 2;
inline constexpr std::uint8_t kIcmpv6AddressUnreachable = 3;
inline constexpr std::uint8_t kIcmpv6PortUnreachable = 4;
inline constexpr std::uint8_t kIcmpv6SourcePolicy = 5;
inline constexpr std::uint8_t kIcmpv6RejectRoute = 6;

/// An ICMPv6 message, as Icmpv4Message is one of IPv4.
struct Icmpv6Message {
  Icmpv6Type type = Icmpv6Type::kEchoRequest;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;
  std::span<const std::byte> body{};  ///< Echo: the text. Errors: the quoted packet, as much as there is of it.

  static Icmpv6Message echo_request(std::uint16_t identifier, std::uint16_t sequence, std::span<const std::byte> text);
  /// The answer to an echo request: same identifier, sequence number and text (RFC 4443 §4.2).
  static Icmpv6Message echo_reply_to(const Icmpv6Message& request);
  static Icmpv6Message destination_unreachable(std::uint8_t code, std::span<const std::byte> quote);
  static Icmpv6Message packet_too_big(std::uint32_t mtu, std::span<const std::byte> quote);

  /// Packet too big only.
  std::uint32_t mtu() const { return rest; }
  /// The numbers below 128 are errors, and quote a packet of ours; unknown ones as well (RFC 4443 §2.1).
  bool is_error() const { return static_cast<std::uint8_t>(type) < 128; }
};

/// Reads a whole message between these addresses, which its checksum covers (RFC 4443 §2.3). Fails with kIcmpTruncated
/// or kIcmpBadChecksum. The type is not judged.
std::expected<Icmpv6Message, DropReason> parse_icmpv6(const IpAddress& source, const IpAddress& destination,
                                                      std::span<const std::byte> bytes);

/// Reads the packet that an ICMPv6 error quotes. We send no extension headers, so a quote that has one is of nobody we
/// know: its next header comes back as the protocol. Fails with kIcmpBadQuote: not IPv6, header or ports cut off.
std::expected<IcmpQuote, DropReason> parse_icmpv6_quote(std::span<const std::byte> body);

/// Writes header, body and checksum; returns the bytes written, or 0 where `out` is too short. The body may lie in
/// `out`.
std::size_t emit_icmpv6(const Icmpv6Message& message, const IpAddress& source, const IpAddress& destination,
                        std::span<std::byte> out);

}  // namespace handfast::wire
