#pragma once

#include <cstdint>

#include "base/siphash.h"
#include "handfast/address.h"
#include "handfast/time.h"
#include "wire/tcp_options.h"

// TCP Fast Open (RFC 7413): text that travels with the SYN and is taken before the handshake is complete. What the
// handshake is for is not given up for everybody: the acceptor takes such text only from an address that has shown
// before, by a handshake like any other, that it receives what is sent to it. The proof is a cookie that the acceptor
// made under a key of its own and the opener remembers. What a cookie does not prove is that the SYN is no copy: text
// in a SYN may be delivered twice, to two connections, so only callers that can bear that switch it on (§6.1, 7413-7).
//
// Spoken is the option of kind 34; the experimental form that came before it is not answered.

namespace handfast::tcp {

/// How long one key makes cookies (7413-3). A cookie is good under the key that made it and under the next.
inline constexpr Duration kFastOpenKeyLife = std::chrono::hours(1);

/// The cookie of this peer at this address of ours: a keyed hash of both addresses (§4.1.2).
wire::FastOpenCookie fast_open_cookie(const base::SipKey& secret, const FourTuple& tuple, Instant now);
/// Whether `cookie` is one that this peer got here, in this life of a key or the one before.
bool is_fast_open_cookie(const base::SipKey& secret, const FourTuple& tuple, const wire::FastOpenCookie& cookie,
                         Instant now);

/// What an opener remembers of a peer.
struct FastOpenOffer {
  wire::FastOpenCookie cookie;  ///< empty: the SYN asks for one, and carries no text
  std::uint16_t mss = 536;      ///< the peer's, when it gave the cookie
};

/// How far the two ends are with it.
enum class FastOpen : std::uint8_t {
  kOff,
  kAsks,     ///< opener: the SYN asks for a cookie
  kCarries,  ///< opener: the SYN has a cookie, and text if there was some
  kGaveUp,   ///< opener: a SYN went out again, without any of it (§4.2.1, 7413-6)
  kTaken,    ///< opener: the peer acknowledged text of the SYN
  kGrants,   ///< acceptor: the SYN-ACK brings a cookie
  kEarly,    ///< acceptor: the cookie was good, and the connection is used before its handshake is complete
};

}  // namespace handfast::tcp
