#pragma once

#include <cstring>
#include <vector>

#include "base/rate_limit.h"
#include "base/siphash.h"
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
    std::uint64_t words[2] = {};
    std::memcpy(words, peer.bytes().data(), peer.bytes().size());
    return buckets_[base::siphash_words(key_, words[0], words[1]) % kBuckets].take(now);
  }

 private:
  static constexpr std::size_t kBuckets = 64;

  base::SipKey key_;
  std::vector<base::TokenBucket> buckets_;
};

}  // namespace handfast::ip
