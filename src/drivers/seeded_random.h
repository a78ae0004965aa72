#pragma once

#include <cstdint>

#include "handfast/random.h"

namespace handfast::drivers {

/// A generator whose whole future follows from its seed (SplitMix64): for runs that are to be repeated, and for
/// injected faults. Anyone who knows the seed knows every sequence number: never for a Host that strangers can reach.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15u;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
  }

  /// A number below `bound`, which is not 0. The bias is below bound / 2^32.
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32); }

  void fill(std::span<std::byte> bytes) override {
    std::size_t at = 0;
    while (at < bytes.size()) {
      std::uint64_t drawn = next();
      for (int i = 0; i < 8 && at < bytes.size(); ++i, drawn >>= 8) bytes[at++] = static_cast<std::byte>(drawn & 0xFF);
    }
  }

 private:
  std::uint64_t state_;
};

}  // namespace handfast::drivers
