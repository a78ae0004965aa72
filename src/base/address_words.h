#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "base/siphash.h"
#include "handfast/address.h"

namespace handfast::base {

/// An address as two numbers to be hashed, padded with zeros. The version is not in them: who hashes addresses of both
/// adds it.
inline std::array<std::uint64_t, 2> address_words(const IpAddress& address) {
  std::array<std::byte, 16> padded{};
  std::ranges::copy(std::as_bytes(address.bytes()), padded.begin());
  return {load_be64(padded.data()), load_be64(padded.data() + 8)};
}

/// The keyed hash of one address, for tables of peers and neighbors.
inline std::uint64_t hash_address(const SipKey& key, const IpAddress& address) {
  const auto words = address_words(address);
  return siphash_words(key, words[0], words[1]);
}

}  // namespace handfast::base
