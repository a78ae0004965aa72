#pragma once

#include "base/buffer_pool.h"
#include "base/memory_budget.h"
#include "base/object_pool.h"
#include "base/siphash.h"
#include "handfast/config.h"
#include "handfast/counters.h"
#include "handfast/time.h"
#include "handfast/trace_event.h"

// What a connection is lent for the length of one verb. A connection keeps none of it, so it can be moved, stored
// compactly and stepped by anybody who has these things.

namespace handfast::tcp {

struct ActiveBlock;
class EcnBytes;

/// Where memory comes from; all of it counted against the Host's limit.
struct Resources {
  base::MemoryBudget& memory;
  base::BufferPool& buffers;
  base::ObjectPool<ActiveBlock>& active_blocks;
  base::ObjectPool<EcnBytes>& ecn_bytes;
};

/// What a connection found out about the way to its peer, for the others that go there.
struct PathNews {
  std::uint16_t size = 0;  ///< text and TCP options of the largest segment that passes; 0: nothing new
  bool confirmed = false;  ///< a timeout or a probe agrees: more than the word of an ICMP report
  bool silent = false;     ///< nothing comes back: R1 is reached (RFC 9293 §3.8.3)
};

struct Context {
  Instant now;
  const TcpConfig& config;
  Resources& resources;
  Counters& counters;
  trace::Sink* trace = nullptr;  ///< null: nobody looks
  std::uint32_t host_number = 0;
  std::uint64_t connection = 0;                 ///< TcpHandle::number() in traces
  const base::SipKey* fast_open_key = nullptr;  ///< null: no SYN-ACK brings a fast open cookie
  bool keeps_fast_open_key = false;             ///< that key is a listener's own, whose caller changes it
  bool grants_fast_open = false;                ///< the listener gives cookies to whoever asks (RFC 7413 §4.1.2)
  bool accepts_early = false;                   ///< and this SYN has a good one, and there is room
  bool may_reopen = true;                       ///< a SYN in TIME-WAIT would find a listener with room for it
  PathNews path{};                              ///< what the verb found out
};

}  // namespace handfast::tcp
