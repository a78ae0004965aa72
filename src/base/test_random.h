#pragma once

#include <cstdint>

namespace handfast::base {

/// The seeded generator of property tests and of the simulator's own choices (SplitMix64): the same numbers from the
/// same seed everywhere. Not for secrets.
class TestRandom {
 public:
  constexpr explicit TestRandom(std::uint64_t seed) : state_(seed) {}

  constexpr std::uint64_t next() {
    state_ += 0x9E3779B97F4A7C15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
    return mixed ^ mixed >> 31;
  }
  /// A number below `bound`, which is not 0. The bias is below bound / 2^64.
  constexpr std::uint64_t below(std::uint64_t bound) { return next() % bound; }
  /// True `times` out of `of`.
  constexpr bool chance(std::uint64_t times, std::uint64_t of) { return below(of) < times; }

 private:
  std::uint64_t state_;
};

}  // namespace handfast::base
