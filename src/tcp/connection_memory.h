#pragma once

#include <cstdint>

#include "base/object_pool.h"
#include "handfast/error.h"
#include "handfast/icmp_error.h"
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
  // Eight bytes and multiples of them first, single ones last, so that nothing is lost in between.
  base::PoolPtr<ActiveBlock> active_;
  base::PoolPtr<EcnBytes> ecn_bytes_;  ///< where accurate ECN was agreed and there was room
  LastingTimers timers_;
  Instant last_heard_{};    ///< when the peer last acknowledged or sent something acceptable
  Instant last_sent_{};     ///< when a segment with text, SYN or FIN last went out
  Instant silent_since_{};  ///< since when the peer has acknowledged nothing of what is in flight
  FourTuple tuple_;
  Tcb tcb_;
  RttEstimator rtt_;
  congestion::State cc_;
  AckPolicy ack_;
  CloseState close_;
  ChallengeLimit challenges_;
  PathSize path_;
  Account account_;
  std::uint32_t retransmissions_ = 0;
  std::uint32_t user_timeout_ms_ = 0;  ///< R2, where the caller set it
  std::uint32_t unsent_mark_ = 0;      ///< from so much unsent text on the caller need not write; 0: no mark
  std::uint32_t timestamp_offset_ = 0;
  std::uint32_t syn_timestamp_ = 0;  ///< of our SYN, so that the same segment can go out again
  std::uint32_t ts_recent_ = 0;      ///< TS.Recent of RFC 7323 §4.3
  std::uint32_t ts_recent_at_ = 0;   ///< when, in seconds
  EcnCounts ecn_counts_;
  Agreed agreed_;
  std::uint16_t signals_ = 0;
  std::uint16_t mss_ = 536;
  wire::UserTimeout peer_user_timeout_;
  trace::Reason again_reason_ = trace::Reason::kNone;  ///< why records were last held to be lost
  EcnState ecn_;
  KeepAlive keep_alive_;
  Error ended_by_{};
  IcmpError icmp_error_ = IcmpError::kNone;  ///< what the last one said, until the peer acknowledges something new
  State state_ = State::kClosed;
  State handshake_sent_in_ = State::kClosed;  ///< the state whose SYN or SYN-ACK went out last
  FastOpen fast_open_ = FastOpen::kOff;
  std::uint8_t profile_ = 0;
  std::uint8_t timeouts_ = 0;                        ///< since the peer last acknowledged something new
  static constexpr std::uint8_t kAlwaysQuick = 255;  ///< quick_acks_: for as long as the caller wants
  std::uint8_t quick_acks_ = 0;                      ///< so many more are not delayed
  std::uint8_t receive_doublings_ = 0;               ///< how often the receive buffer has grown
  bool passive_ : 1 = false;                         ///< came from LISTEN (MUST-11)
  bool owes_syn_ : 1 = false;                        ///< the SYN or SYN-ACK has to go out, again perhaps
  bool owes_probe_ : 1 = false;
  bool handshake_untimed_ : 1 = false;  ///< when our SYN-ACK left is not known (syn_cookie.h)
  bool released_ : 1 = false;
  bool nagle_ : 1 = true;
  bool minshall_ : 1 = false;             ///< Nagle's rule in the form of RFC 9293 §A.3
  bool probes_without_text_ : 1 = false;  ///< LinuxHabits::probe_without_text
  bool tells_soft_errors_ : 1 = true;
  bool wants_writable_ : 1 = false;     ///< the caller met a full send buffer, or its mark
  bool urgent_pending_ : 1 = false;     ///< the caller has not taken all text before RCV.UP
  bool cork_ : 1 = false;               ///< segments that are not full wait
  bool push_ : 1 = true;                ///< SEND has PUSH
  bool owes_user_timeout_ : 1 = false;  ///< the peer has to hear of it
  bool fast_open_bare_ : 1 = false;     ///< text of our SYN went without a cookie, and none was asked for
};

}  // namespace handfast::tcp
