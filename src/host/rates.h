#pragma once

#include "base/rate_limit.h"
#include "base/ring.h"
#include "handfast/config.h"

namespace handfast::host {

/// How often a shard may say what no connection of its own says, or look at what nobody asked for.
struct Rates {
  explicit Rates(const Limits& limits)
      : replies(limits.replies_per_second, limits.reply_burst),
        cookies(limits.cookies_per_second, limits.cookie_burst),
        cookie_checks(limits.cookie_checks_per_second, limits.cookie_check_burst) {}

  base::TokenBucket replies;        ///< resets, ICMP, ARP
  base::TokenBucket cookies;        ///< SYN cookies that go out
  base::TokenBucket cookie_checks;  ///< acknowledgments that may bring one back
};

/// Connections that fast open gave to their callers before their handshakes were complete.
struct EarlyConnections {
  explicit EarlyConnections(base::MemoryBudget* memory) : resets(memory) {}

  std::uint32_t count = 0;
  base::Ring<Instant> resets;  ///< until when each that was reset counts among them
};

}  // namespace handfast::host
