#pragma once

#include <cstdint>

#include "base/object_pool.h"
#include "handfast/error.h"
#include "tcp/account.h"
#include "tcp/accurate_ecn.h"
#include "tcp/active_block.h"
#include "tcp/close.h"
#include "tcp/congestion/controller.h"
#include "tcp/ecn.h"
#include "tcp/handshake.h"
#include "tcp/keep_alive.h"
#include "tcp/path_mtu.h"
#include "tcp/receiver.h"
#include "tcp/rtt.h"
#include "tcp/state.h"
#include "tcp/tcb.h"
#include "tcp/timers.h"

namespace handfast::tcp {

/// What a connection remembers while it is idle too. Apart from the verbs of connection.h so that both can be read, and
/// so that what a field costs each of a million connections is seen in one place.
class ConnectionMemory {
 protected:
  FourTuple tuple_;
  State state_ = State::kClosed;
  bool urgent_pending_ : 1 = false;     ///< the caller has not taken all text before RCV.UP
  bool cork_ : 1 = false;               ///< segments that are not full wait
  bool owes_user_timeout_ : 1 = false;  ///< the peer has to hear of it
  std::uint8_t receive_doublings_ = 0;  ///< how often the receive buffer has grown
  Tcb tcb_;
  Agreed agreed_;
  std::uint32_t retransmissions_ = 0;
  RttEstimator rtt_;
  congestion::State cc_;
  LastingTimers timers_;
  AckPolicy ack_;
  CloseState close_;
  ChallengeLimit challenges_;
  base::PoolPtr<ActiveBlock> active_;
  base::PoolPtr<EcnBytes> ecn_bytes_;  ///< where accurate ECN was agreed and there was room
  KeepAlive keep_alive_;
  Account account_;
  EcnState ecn_;
  std::uint8_t quick_acks_ = 0;  ///< so many more are not delayed
  wire::UserTimeout peer_user_timeout_;
  Instant last_heard_{};               ///< when the peer last acknowledged or sent something acceptable
  Instant last_sent_{};                ///< when a segment with text, SYN or FIN last went out
  Instant silent_since_{};             ///< since when the peer has acknowledged nothing of what is in flight
  std::uint32_t user_timeout_ms_ = 0;  ///< R2, where the caller set it
  std::uint32_t unsent_mark_ = 0;      ///< from so much unsent text on the caller need not write; 0: no mark
  std::uint32_t timestamp_offset_ = 0;
  std::uint32_t syn_timestamp_ = 0;  ///< of our SYN, so that the same segment can go out again
  SeqNum duplicate_start_{};         ///< text that arrived twice and is to be reported (RFC 2883)
  std::uint32_t duplicate_length_ = 0;
  std::uint32_t ts_recent_ = 0;     ///< TS.Recent of RFC 7323 §4.3
  std::uint32_t ts_recent_at_ = 0;  ///< when, in seconds
  PathSize path_;
  Error ended_by_{};
  Error soft_error_{};  ///< the last trouble that may pass
  std::uint16_t signals_ = 0;
  std::uint16_t mss_ = 536;
  std::uint8_t profile_ = 0;
  std::uint8_t timeouts_ = 0;                 ///< since the peer last acknowledged something new
  State handshake_sent_in_ = State::kClosed;  ///< the state whose SYN or SYN-ACK went out last
  bool passive_ = false;                      ///< came from LISTEN (MUST-11)
  bool owes_syn_ = false;                     ///< the SYN or SYN-ACK has to go out, again perhaps
  bool owes_probe_ = false;
  FastOpen fast_open_ = FastOpen::kOff;
  bool handshake_untimed_ = false;  ///< when our SYN-ACK left is not known (syn_cookie.h)
  bool released_ = false;
  bool nagle_ = true;
  bool tells_soft_errors_ = true;
  bool wants_writable_ = false;                        ///< the caller met a full send buffer, or its mark
  trace::Reason again_reason_ = trace::Reason::kNone;  ///< why records were last held to be lost
  EcnCounts ecn_counts_;
};

}  // namespace handfast::tcp
