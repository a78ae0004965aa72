#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/siphash.h"
#include "handfast/address.h"

namespace handfast::ip {

/// What the headers of both versions say beside the addresses.
struct HeaderFields {
  std::uint8_t traffic_class = 0;
  std::uint8_t hop_limit = 64;  ///< TTL
  std::uint8_t protocol = 0;
  bool dont_fragment = false;  ///< IPv4; in IPv6 nobody on the way can
  std::uint16_t payload_length = 0;
  std::uint32_t flow_label = 0;  ///< IPv6; see flow_label
};

/// Bytes of a header without options or extension headers.
constexpr std::uint32_t header_length(IpVersion version) { return version == IpVersion::kV6 ? 40 : 20; }

/// Writes the header of a packet between two addresses of one version to the front of `out`, which has room for it.
void emit_header(const IpAddress& source, const IpAddress& destination, const HeaderFields& fields,
                 std::span<std::byte> out);

/// The flow label of a connection: a keyed hash of its 4-tuple, never 0 (RFC 6437 §3, 8504-3). It stays the same as
/// long as the connection lives, its resets and SYN cookies included, so that routers which spread load over several
/// ways keep its packets together by the label alone; and without the key nobody can tell from it which connections
/// there are, nor make one that has a given label. IPv4 has none: 0.
std::uint32_t flow_label(const base::SipKey& key, const FourTuple& tuple);

}  // namespace handfast::ip
