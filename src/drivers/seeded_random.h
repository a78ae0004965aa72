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

  /// Out of line, so that the class has one virtual table: some who use it have run-time type information, some not.
  void fill(std::span<std::byte> bytes) override;

 private:
  std::uint64_t state_;
};

}  // namespace handfast::drivers
