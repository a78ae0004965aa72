#pragma once

#include <cstdint>

#include "handfast/address.h"

namespace handfast {

/// What a listener holds, may hold and had to turn away since it was made.
struct ListenerInfo {
  Endpoint local;
  std::uint32_t half_open = 0;         ///< handshakes in the SYN queue now
  std::uint32_t syn_backlog = 0;       ///< how many of them there may be
  std::uint32_t waiting = 0;           ///< connections that wait for accept now
  std::uint32_t backlog = 0;           ///< how many of them there may be
  bool under_pressure = false;         ///< the SYN queue is more than half full: SYN-ACKs are repeated less often
  std::uint64_t syn_overflows = 0;     ///< SYNs that found no place in the SYN queue: dropped, or answered by cookies
  std::uint64_t accept_overflows = 0;  ///< last ACKs of a handshake that found no place in the accept queue
  std::uint64_t handshakes_given_up = 0;  ///< half-open connections whose peer never answered, or that ICMP ended
  std::uint64_t cookies_sent = 0;
  std::uint64_t cookies_accepted = 0;
};

}  // namespace handfast
