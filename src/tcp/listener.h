#pragma once

#include <cstdint>

#include "base/ring.h"
#include "handfast/address.h"
#include "handfast/handle.h"
#include "handfast/time.h"
#include "tcp/connection.h"

// Connections that have not completed the handshake are kept small: a SYN costs its sender nothing, so it must cost us
// little (RFC 4987 §3.5). The entry is no second state machine. A segment or a deadline for it makes a Connection of it
// for the moment, which takes the same steps as any other, and what remains in SYN-RECEIVED becomes an entry again.

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
  std::uint8_t send_scale = 0;
  std::uint8_t receive_scale = 0;
  std::uint8_t backoff = 0;
  std::uint8_t profile = 0;
  bool window_scale : 1 = false;
  bool timestamps : 1 = false;
  bool sack : 1 = false;
  bool sent : 1 = false;  ///< the SYN-ACK went out
  bool owes_syn : 1 = false;
  bool owes_ack : 1 = false;
};
static_assert(sizeof(SynEntry) <= 96);

/// A passive OPEN that waits: its address, its limits, and the connections it has for the caller.
///
/// The policy on overflow: a SYN beyond `syn_backlog` is dropped, and so is the last ACK of a handshake where `backlog`
/// connections wait already; the half-open connection stays, and the peer or our SYN-ACK tries again. Both are counted.
struct Listener {
  explicit Listener(base::MemoryBudget* budget) : waiting(budget) {}

  bool admits_syn() const { return half_open < syn_backlog; }
  bool admits_connection() const { return waiting.size() < backlog; }

  Endpoint local;  ///< address none: every address
  std::uint32_t backlog = 0;
  std::uint32_t syn_backlog = 0;
  std::uint32_t half_open = 0;
  std::uint64_t context = 0;
  base::Ring<TcpHandle> waiting;  ///< established, not yet accepted, oldest first
};

}  // namespace handfast::tcp
