#pragma once

#include <vector>

#include "base/address_words.h"
#include "base/rate_limit.h"
#include "handfast/address.h"

namespace handfast::ip {

/// How many ICMP errors about one peer are heeded: a token bucket for each. Peers share a fixed number of buckets by a
/// keyed hash, so this costs the same however many there are, and nobody can choose whose bucket to drain. What a flood
/// takes away from a peer is news that a retransmission timeout brings as well.
class ErrorLimit {
 public:
  ErrorLimit(const base::SipKey& key, std::uint32_t per_second, std::uint32_t burst)
      : key_(key), buckets_(kBuckets, base::TokenBucket(per_second, burst)) {}

  bool take(const IpAddress& peer, Instant now) {
    return buckets_[base::hash_address(key_, peer) % kBuckets].take(now);
  }

 private:
  static constexpr std::size_t kBuckets = 64;

  base::SipKey key_;
  std::vector<base::TokenBucket> buckets_;
};

}  // namespace handfast::ip
