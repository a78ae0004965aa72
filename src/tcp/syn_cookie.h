#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "base/siphash.h"
#include "handfast/config.h"
#include "handfast/time.h"
#include "tcp/connection.h"
#include "tcp/listener.h"

// SYN cookies (RFC 4987 §3.6, 4987-2). A listener whose SYN queue is full can still answer a SYN without keeping a byte
// of it: the initial sequence number of the SYN-ACK *is* what would have been kept, under a keyed hash, and the peer's
// ACK brings it back. Whoever forged the source address never sees the number and has to guess 28 bits of hash.
//
//     bit 31           30 29 28      27 ........................... 0
//     slot modulo 2    MSS index     SipHash(4-tuple, peer's ISN, MSS index) under the slot's key
//
// A slot lasts 64 seconds and has a key of its own, derived from the Host's secret for cookies and from nothing else. A
// cookie is good in the slot that made it and in the next one, so for 64 to 128 seconds.
//
// Window scale, SACK and classic ECN do not fit the number. Where the peer offers timestamps they travel in the low six
// bits of the TSval of our SYN-ACK, which the peer echoes. That TSval lies up to 63 ms in the past of the clock that
// this 4-tuple has anyway, never in its future, so no later timestamp is older. Without timestamps those options stay
// off. That accurate ECN was granted the ACE field of the peer's acknowledgment shows by itself (RFC 9768 §5.1,
// 9768-17). The SYN-ACK goes without the AccECN option: who remembers nothing could not leave it out the next time,
// where somebody on the way minds it.
//
// What cookies cost, and why they are only for the overflow unless the configuration says otherwise: the peer's MSS is
// rounded down to one of eight; a SYN-ACK that is lost is not sent again by us, and where the last ACK is lost and the
// peer waits for us to speak, it waits in vain; the numbers of successive connections of a 4-tuple do not rise by
// themselves as RFC 9293 §3.4.1 has them (so a SYN that replaces TIME-WAIT never gets a cookie); and a copy of the ACK
// that comes within two slots, after its connection has gone without TIME-WAIT here, opens it again.

namespace handfast::tcp {

inline constexpr Duration kCookieSlot = std::chrono::seconds(64);
/// How long after a cookie an answer to it can be valid at most.
inline constexpr Duration kCookieLife = 2 * kCookieSlot;
inline constexpr int kCookieHashBits = 28;

/// The sizes that a cookie can name, of IPv4 and IPv6. The first is the smallest that Config lets count as an offer.
using MssTable = std::array<std::uint16_t, 8>;
const MssTable& cookie_mss_table(IpVersion version);
/// The place of the largest size that is not above `mss`.
std::uint8_t cookie_mss_index(IpVersion version, std::uint16_t mss);

/// The sequence number for a SYN-ACK; `irs` is the number of the SYN.
SeqNum make_cookie(const base::SipKey& secret, const FourTuple& tuple, SeqNum irs, std::uint8_t mss_index, Instant now);
/// The index of the MSS where `cookie` was made for this SYN in this slot or the one before it.
std::optional<std::uint8_t> check_cookie(const base::SipKey& secret, const FourTuple& tuple, SeqNum irs, SeqNum cookie,
                                         Instant now);

/// What six bits of a timestamp keep of a SYN.
struct CookieOptions {
  std::optional<std::uint8_t> window_scale{};
  bool sack = false;
  bool ecn = false;  ///< the SYN asked for it (RFC 3168 §6.1.1), and the classic form was granted
  friend bool operator==(const CookieOptions&, const CookieOptions&) = default;
};
/// The latest TSval not after `clock` that carries the options.
std::uint32_t cookie_timestamp(std::uint32_t clock, const CookieOptions& options);
/// From the TSecr that came back.
CookieOptions cookie_options(std::uint32_t echo);

/// The whole SYN-ACK. Of `opening` the 4-tuple, the MSS and the timestamp offset count.
Segment cookie_syn_ack(const base::SipKey& secret, const Opening& opening, const Segment& syn, const TcpConfig& config,
                       Instant now);

/// The entry that the SYN would have had in the SYN queue, from the ACK that brings the cookie back; nothing where it
/// brings none that is ours.
std::optional<SynEntry> entry_from_cookie(const base::SipKey& secret, const Opening& opening, const Segment& ack,
                                          const TcpConfig& config, Instant now);

}  // namespace handfast::tcp
