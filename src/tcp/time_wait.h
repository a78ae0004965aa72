#pragma once

#include <cstdint>

#include "handfast/address.h"
#include "handfast/time.h"
#include "tcp/connection.h"

// A connection that only lingers (RFC 9293 §3.6.1) needs little: where both streams ended, the timestamps and how long
// still. Like a half-open one it becomes a Connection for each segment and takes the ordinary steps.

namespace handfast::tcp {

struct TimeWaitEntry {
  Instant deadline = kNever;
  FourTuple tuple;
  SeqNum snd_nxt;
  SeqNum rcv_nxt;
  SeqNum rcv_edge;
  std::uint32_t max_wnd = 0;
  std::uint32_t timestamp_offset = 0;
  std::uint32_t ts_recent = 0;
  std::uint32_t ts_recent_at = 0;
  ChallengeLimit challenges;
  std::uint16_t mss = 0;
  std::uint8_t receive_scale = 0;
  std::uint8_t profile = 0;
  bool timestamps : 1 = false;
  bool owes_ack : 1 = false;
  EcnFeedback ecn : 2 = EcnFeedback::kNone;
  std::uint8_t ecn_received : 3 = 0;
  std::uint8_t ecn_unacknowledged : 3 = 0;
};
static_assert(sizeof(TimeWaitEntry) <= 96);

}  // namespace handfast::tcp
