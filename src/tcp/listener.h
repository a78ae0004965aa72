#pragma once

#include <cstdint>

#include "base/ring.h"
#include "handfast/address.h"
#include "handfast/handle.h"
#include "handfast/time.h"
#include "tcp/connection.h"

// Connections that have not completed the handshake are kept small: a SYN costs its sender nothing, so it must cost us
// little (RFC 4987 §3.5, 4987-1). The entry is no second state machine. A segment or a deadline for it makes a
// Connection of it for the moment, which takes the same steps as any other, and what remains in SYN-RECEIVED becomes an
// entry again.

namespace handfast::tcp {

/// A connection in SYN-RECEIVED that came from LISTEN.
struct SynEntry {
  Instant deadline = kNever;  ///< when the SYN-ACK goes out again
  FourTuple tuple;
  SeqNum iss;
  SeqNum irs;
  std::uint32_t timestamp_offset = 0;
  std::uint32_t syn_timestamp = 0;
  std::uint32_t ts_recent = 0;
  ChallengeLimit challenges;
  std::uint32_t listener = 0;  ///< the owner's number of the listener
  std::uint16_t window = 0;    ///< of the SYN
  std::uint16_t mss = 0;       ///< ours
  std::uint16_t send_mss = 0;  ///< agreed
  std::uint8_t send_scale : 4 = 0;
  std::uint8_t receive_scale : 4 = 0;
  std::uint8_t backoff = 0;
  std::uint8_t profile = 0;
  bool window_scale : 1 = false;
  bool timestamps : 1 = false;
  bool sack : 1 = false;
  bool sent : 1 = false;  ///< the SYN-ACK went out
  bool owes_syn : 1 = false;
  bool owes_ack : 1 = false;
  bool untimed : 1 = false;              ///< nobody knows when the SYN-ACK went out: it was a cookie
  bool grants_fast_open : 1 = false;     ///< the SYN-ACK brings a fast open cookie
  bool grants_experimental : 1 = false;  ///< in the experimental form of the option
  EcnFeedback ecn : 2 = EcnFeedback::kNone;
  wire::EcnCodepoint ecn_arrived : 2 = wire::EcnCodepoint::kNotEct;  ///< the ECN field of the SYN
  bool no_ect : 1 = false;
  std::uint8_t ecn_asked : 2 = 0;   ///< kAskedClassic, kAskedAccurate
  bool option_doubted : 1 = false;  ///< the SYN-ACK had to go again
};
static_assert(sizeof(SynEntry) <= 96);

/// A passive OPEN that waits: its address, its limits, and the connections it has for the caller.
///
/// The policy on overflow: a SYN beyond `syn_backlog`, or beyond what all listeners may hold together, is answered with
/// a cookie that holds nothing (syn_cookie.h), or dropped where cookies are off. No half-open connection is recycled
/// for a newer one (RFC 4987 §3.4): whoever came first keeps the place, though for a shorter time while the SYN queue
/// is more than half full (§3.3, 4987-4: TcpConfig::syn_ack_retries_pressed). The last ACK of a handshake is dropped
/// where `backlog` connections wait already; a half-open connection stays, a cookie can come again, and the peer or our
/// SYN-ACK tries again. All of it is counted.
struct Listener {
  explicit Listener(base::MemoryBudget* budget) : waiting(budget) {}

  bool admits_syn() const { return half_open < syn_backlog; }
  bool admits_connection() const { return waiting.size() < backlog; }
  /// Whether an ACK can bring back a cookie: only while one that went out may still be good.
  bool expects_cookies(Instant now) const { return now < cookies_until; }

  Endpoint local;  ///< address none: every address
  std::uint32_t backlog = 0;
  std::uint32_t syn_backlog = 0;
  std::uint32_t half_open = 0;
  std::uint64_t context = 0;
  std::uint8_t profile = 0;                         ///< which TcpConfig of its Host its connections have
  bool fast_open = false;                           ///< gives cookies, and takes text that comes with one
  bool fast_open_without_cookie = false;            ///< takes text of every SYN
  std::optional<base::SipKey> fast_open_key{};      ///< of its fast open cookies; none: the Host's
  std::optional<base::SipKey> fast_open_old_key{};  ///< whose cookies are good too
  Instant cookies_until = Instant::min();           ///< when the last cookie that went out is good no longer
  std::uint64_t syn_overflows = 0;                  ///< these and the next: as ListenerInfo tells them
  std::uint64_t accept_overflows = 0;
  std::uint64_t handshakes_given_up = 0;
  std::uint64_t cookies_sent = 0;
  std::uint64_t cookies_accepted = 0;
  base::Ring<TcpHandle> waiting;  ///< established, not yet accepted, oldest first
};

}  // namespace handfast::tcp
