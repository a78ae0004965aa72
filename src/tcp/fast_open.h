#pragma once

#include <cstdint>

#include "base/siphash.h"
#include "handfast/address.h"
#include "handfast/config.h"
#include "handfast/time.h"
#include "wire/tcp_options.h"

// TCP Fast Open (RFC 7413): text that travels with the SYN and is taken before the handshake is complete. What the
// handshake is for is not given up for everybody: the acceptor takes such text only from an address that has shown
// before, by a handshake like any other, that it receives what is sent to it. The proof is a cookie that the acceptor
// made under a key of its own and the opener remembers. What a cookie does not prove is that the SYN is no copy: text
// in a SYN may be delivered twice, to two connections, so only callers that can bear that switch it on (§6.1, 7413-7).
//
// Spoken is the option of kind 34. The experimental form that came before it, kind 254 with a magic number, is
// understood, and answered in the same form, where TcpConfig::fast_open_experimental says so.

namespace handfast::tcp {

/// How long one key makes cookies (7413-3). A cookie is good under the key that made it and under the next.
inline constexpr Duration kFastOpenKeyLife = std::chrono::hours(1);

/// The cookie of this peer at this address of ours: a keyed hash of both addresses (§4.1.2).
wire::FastOpenCookie fast_open_cookie(const base::SipKey& secret, const FourTuple& tuple, Instant now);
/// Whether `cookie` is one that this peer got here, in this life of a key or the one before.
bool is_fast_open_cookie(const base::SipKey& secret, const FourTuple& tuple, const wire::FastOpenCookie& cookie,
                         Instant now);

/// Whether the option counts in the form in which it came.
constexpr bool understands(const wire::FastOpenCookie& option, const TcpConfig& config) {
  return !option.experimental || config.fast_open_experimental;
}

/// What an opener remembers of a peer.
struct FastOpenOffer {
  wire::FastOpenCookie cookie;  ///< empty: the SYN asks for one, in the form that it says, and carries no text
  std::uint16_t mss = 536;      ///< the peer's, when it last answered such a SYN
  bool bare = false;            ///< the SYN carries text and neither a cookie nor a question for one
};

/// How far the two ends are with it.
enum class FastOpen : std::uint8_t {
  kOff,
  kAsks,                ///< opener: the SYN asks for a cookie
  kAsksExperimental,    ///< the same with the option in its experimental form
  kCarries,             ///< opener: the SYN has a cookie, or needs none, and takes text along
  kShows,               ///< opener: the SYN has a cookie, but there was no text
  kGaveUp,              ///< opener: a SYN went out again, without any of it (§4.2.1, 7413-6)
  kTaken,               ///< opener: the peer acknowledged all text of the SYN
  kPartly,              ///< opener: the peer acknowledged some of it
  kGrants,              ///< acceptor: the SYN-ACK brings a cookie
  kGrantsExperimental,  ///< the same with the option in its experimental form
  kEarly,      ///< acceptor: text of the SYN was taken, and the connection is used before its handshake is complete
  kEarlyBare,  ///< the same where the SYN had a good cookie and no text
};

/// Acceptor: the caller has the connection already in SYN-RECEIVED.
constexpr bool is_early(FastOpen stage) { return stage == FastOpen::kEarly || stage == FastOpen::kEarlyBare; }

}  // namespace handfast::tcp
