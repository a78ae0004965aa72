#pragma once

#include <cstdint>

namespace handfast {

/// What an ICMP error says became of a packet of ours. IPv4 and IPv6 number it differently; here the two are one (RFC
/// 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1, RFC 4443 §3). It is somebody's word, and nobody vouches for it.
enum class IcmpError : std::uint8_t {
  kNone,         ///< there was none
  kNetwork,      ///< no way leads to the network, or none that may be used
  kHost,         ///< the host cannot be reached
  kNoSuchHost,   ///< the last router knows that there is no such host
  kIsolated,     ///< our own network is cut off
  kProtocol,     ///< the host does not speak TCP
  kPort,         ///< nobody there has the port
  kSourceRoute,  ///< a source route failed
  kProhibited,   ///< somebody's policy forbids it
  kExpired,      ///< it was on its way, or waited for its other fragments, for too long
  kBadHeader,    ///< its header was not understood
  kOther,        ///< something that has no meaning yet
};

}  // namespace handfast
