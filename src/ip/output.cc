#include "ip/output.h"

#include <algorithm>

#include "base/address_words.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace handfast::ip {

void emit_header(const IpAddress& source, const IpAddress& destination, const HeaderFields& fields,
                 std::span<std::byte> out) {
  if (destination.is_v6()) {
    wire::emit_ipv6({.source = source,
                     .destination = destination,
                     .traffic_class = fields.traffic_class,
                     .flow_label = fields.flow_label,
                     .payload_length = fields.payload_length,
                     .next_header = fields.protocol,
                     .hop_limit = fields.hop_limit},
                    out);
    return;
  }
  wire::emit_ipv4({.source = source,
                   .destination = destination,
                   .traffic_class = fields.traffic_class,
                   .ttl = fields.hop_limit,
                   .protocol = fields.protocol,
                   // RFC 1191 §3, and RFC 6864 §4.1: what is never cut into fragments needs no number, so it has none
                   // that could tell a stranger how much we send.
                   .dont_fragment = fields.dont_fragment,
                   .payload_length = fields.payload_length},
                  out);
}

std::uint32_t flow_label(const base::SipKey& key, const FourTuple& tuple) {
  constexpr std::uint32_t kLabels = (1u << 20) - 1;  // without 0, which says that there is none
  if (!tuple.peer.address.is_v6()) return 0;
  const auto host = base::address_words(tuple.host.address);
  const auto peer = base::address_words(tuple.peer.address);
  const std::uint64_t ports = std::uint64_t{tuple.host.port} << 16 | tuple.peer.port;
  return 1 + static_cast<std::uint32_t>(base::siphash_words(key, host[0], host[1], peer[0], peer[1], ports) % kLabels);
}

}  // namespace handfast::ip
