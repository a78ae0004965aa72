#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "handfast/address.h"
#include "handfast/drop_reason.h"
#include "handfast/icmp_error.h"
#include "ip/input.h"
#include "wire/icmp.h"

// What ICMP messages mean to those above IP. The two versions number them differently; here they become one.

namespace handfast::ip {

enum class IcmpKind : std::uint8_t {
  kEchoRequest,
  kSoftError,  ///< trouble that may pass
  kHardError,  ///< RFC 9293 §3.9.2.2: trying again is of no use
  kTooBig,     ///< of a packet that may not be cut
};

struct IcmpNews {
  IcmpKind kind = IcmpKind::kSoftError;
  IcmpError error = IcmpError::kNone;  ///< kSoftError, kHardError: what it says
  std::uint32_t mtu = 0;               ///< kTooBig: what fits; 0: a router older than RFC 1191 does not say
  std::uint32_t rest = 0;              ///< kEchoRequest: identifier and sequence number
  std::span<const std::byte> body{};   ///< kEchoRequest: the text; else the quoted packet, as much as there is of it
};

/// Reads a message. One that means nothing to us comes back as its DropReason.
std::expected<IcmpNews, DropReason> read_icmp(const Packet& packet);

/// The packet that an error of this version quotes.
std::expected<wire::IcmpQuote, DropReason> read_quote(IpVersion version, std::span<const std::byte> body);

/// Writes the reply to an echo request between these addresses: the same text, behind kIcmpHeaderLength bytes.
void emit_echo_reply(const IcmpNews& request, const IpAddress& source, const IpAddress& destination,
                     std::span<std::byte> out);

/// The number of ICMP in the headers of a version.
std::uint8_t icmp_protocol(IpVersion version);

}  // namespace handfast::ip
