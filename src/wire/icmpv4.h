#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "handfast/drop_reason.h"
#include "wire/icmp.h"

namespace handfast::wire {

/// The message types with a meaning here (RFC 792). A message may hold any other number.
enum class Icmpv4Type : std::uint8_t {
  kEchoReply = 0,
  kDestinationUnreachable = 3,
  kSourceQuench = 4,
  kRedirect = 5,
  kEchoRequest = 8,
  kTimeExceeded = 11,
  kParameterProblem = 12,
};

/// Codes of Destination Unreachable (RFC 792; RFC 1122 §3.2.2.1; from 13 on RFC 1812 §5.2.7.1) and of Time Exceeded.
inline constexpr std::uint8_t kIcmpNetUnreachable = 0;
inline constexpr std::uint8_t kIcmpHostUnreachable = 1;
inline constexpr std::uint8_t kIcmpProtocolUnreachable = 2;
inline constexpr std::uint8_t kIcmpPortUnreachable = 3;
inline constexpr std::uint8_t kIcmpFragmentationNeeded = 4;
inline constexpr std::uint8_t kIcmpSourceRouteFailed = 5;
inline constexpr std::uint8_t kIcmpNetUnknown = 6;
inline constexpr std::uint8_t kIcmpHostUnknown = 7;
inline constexpr std::uint8_t kIcmpSourceHostIsolated = 8;
inline constexpr std::uint8_t kIcmpNetProhibited = 9;
inline constexpr std::uint8_t kIcmpHostProhibited = 10;
inline constexpr std::uint8_t kIcmpNetUnreachableForTos = 11;
inline constexpr std::uint8_t kIcmpHostUnreachableForTos = 12;
inline constexpr std::uint8_t kIcmpCommunicationProhibited = 13;
inline constexpr std::uint8_t kIcmpPrecedenceViolation = 14;
inline constexpr std::uint8_t kIcmpPrecedenceCutoff = 15;
inline constexpr std::uint8_t kIcmpTtlExceeded = 0;
inline constexpr std::uint8_t kIcmpReassemblyTimeExceeded = 1;

/// An ICMPv4 message. The four bytes behind the checksum mean different things in different types; `rest` holds them
/// as one number and the accessors read it.
struct Icmpv4Message {
  Icmpv4Type type = Icmpv4Type::kEchoRequest;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;
  std::span<const std::byte> body{};  ///< Echo: the text. Errors: the quoted packet, as much as there is of it.

  static Icmpv4Message echo_request(std::uint16_t identifier, std::uint16_t sequence, std::span<const std::byte> text);
  /// The answer to an echo request: same identifier, sequence number and text (RFC 1122 §3.2.2.6).
  static Icmpv4Message echo_reply_to(const Icmpv4Message& request);
  static Icmpv4Message destination_unreachable(std::uint8_t code, std::span<const std::byte> quote);
  /// Destination Unreachable, code 4, with the next hop's MTU (RFC 1191 §4).
  static Icmpv4Message fragmentation_needed(std::uint16_t next_hop_mtu, std::span<const std::byte> quote);
  static Icmpv4Message time_exceeded(std::uint8_t code, std::span<const std::byte> quote);
  /// `pointer`: the offset of the byte of the quoted header that is wrong.
  static Icmpv4Message parameter_problem(std::uint8_t pointer, std::span<const std::byte> quote);

  /// Echo only.
  std::uint16_t identifier() const { return static_cast<std::uint16_t>(rest >> 16); }
  /// Echo only.
  std::uint16_t sequence_number() const { return static_cast<std::uint16_t>(rest); }
  /// Fragmentation needed only; 0 from a router older than RFC 1191.
  std::uint16_t next_hop_mtu() const { return static_cast<std::uint16_t>(rest); }
  /// Parameter problem only.
  std::uint8_t pointer() const { return static_cast<std::uint8_t>(rest >> 24); }
  /// Whether the message quotes a packet of ours: unreachable, source quench, redirect, time exceeded, parameter
  /// problem.
  bool is_error() const;
};

/// Reads a whole ICMP message and verifies its checksum. Fails with kIcmpTruncated or kIcmpBadChecksum. The type is
/// not judged: that is the caller's (RFC 1122 §3.2.2).
std::expected<Icmpv4Message, DropReason> parse_icmpv4(std::span<const std::byte> bytes);

/// Reads the packet that an ICMP error quotes (message.body). Tolerant where routers differ: the quote's checksum, TTL
/// and total length are not looked at, options are skipped, and the text may be cut anywhere behind the ports. Fails
/// with kIcmpBadQuote: not IPv4, header cut off, ports cut off, or a fragment other than the first (it has no ports).
std::expected<IcmpQuote, DropReason> parse_icmpv4_quote(std::span<const std::byte> body);

/// Writes header, body and checksum; returns the bytes written, or 0 where `out` is too short. The body may lie in
/// `out`: an echo request can be answered in place.
std::size_t emit_icmpv4(const Icmpv4Message& message, std::span<std::byte> out);

}  // namespace handfast::wire
