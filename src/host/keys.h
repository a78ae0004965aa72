#pragma once

#include "base/siphash.h"
#include "handfast/config.h"

namespace handfast::host {

constexpr base::SipKey key_from(const SecretKey& bytes) {
  base::SipKey key;
  for (unsigned i = 0; i < 8; ++i) {
    key.k0 |= std::uint64_t{bytes[i]} << (8 * i);
    key.k1 |= std::uint64_t{bytes[8 + i]} << (8 * i);
  }
  return key;
}

/// The secrets of a Host in the form in which they are used.
struct Keys {
  explicit constexpr Keys(const Secrets& secrets)
      : isn(key_from(secrets.initial_sequence)),
        timestamp(key_from(secrets.timestamp_offset)),
        table(key_from(secrets.hash_table)),
        syn_cookie(key_from(secrets.syn_cookie)),
        fast_open(key_from(secrets.fast_open)),
        flow_label(key_from(secrets.flow_label)) {}

  base::SipKey isn;
  base::SipKey timestamp;
  base::SipKey table;
  base::SipKey syn_cookie;
  base::SipKey fast_open;
  base::SipKey flow_label;
};

}  // namespace handfast::host
