#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bytes.h"

// SipHash-2-4 (Aumasson and Bernstein, 2012): a keyed hash fast enough for every packet and strong enough that a peer,
// who chooses addresses and ports, cannot aim for collisions or foretell a sequence number without the key. Two forms
// give the same value: one over bytes, and one over a few 64-bit words that needs no memory at all.

namespace handfast::base {

/// 128 secret bits. In bytes the key is k0 then k1, each little-endian.
struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
  friend constexpr bool operator==(const SipKey&, const SipKey&) = default;
};

namespace siphash_internal {

struct State {
  constexpr explicit State(const SipKey& key)
      : v0(key.k0 ^ 0x736F6D6570736575),
        v1(key.k1 ^ 0x646F72616E646F6D),
        v2(key.k0 ^ 0x6C7967656E657261),
        v3(key.k1 ^ 0x7465646279746573) {}

  constexpr void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  constexpr void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  constexpr std::uint64_t finish() {
    v2 ^= 0xFF;
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }

  std::uint64_t v0, v1, v2, v3;
};

}  // namespace siphash_internal

/// The 64-bit SipHash-2-4 of `bytes`.
constexpr std::uint64_t siphash(const SipKey& key, std::span<const std::byte> bytes) {
  siphash_internal::State state(key);
  // The last word holds what is left over, and the length modulo 256 in its top byte.
  std::uint64_t last = std::uint64_t{bytes.size()} << 56;
  while (bytes.size() >= 8) {
    state.absorb(load_le64(bytes.data()));
    bytes = bytes.subspan(8);
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) last |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  state.absorb(last);
  return state.finish();
}

/// The same hash of the words' little-endian bytes one after the other.
template <std::same_as<std::uint64_t>... Words>
constexpr std::uint64_t siphash_words(const SipKey& key, Words... words) {
  siphash_internal::State state(key);
  (state.absorb(words), ...);
  state.absorb(std::uint64_t{8 * sizeof...(words)} << 56);
  return state.finish();
}

/// Another key of the same secret for each number, of which none says anything of another.
constexpr SipKey derived_key(const SipKey& secret, std::uint64_t number) {
  return {.k0 = siphash_words(secret, number, std::uint64_t{0}), .k1 = siphash_words(secret, number, std::uint64_t{1})};
}

}  // namespace handfast::base
