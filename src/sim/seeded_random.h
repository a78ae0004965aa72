#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "handfast/random.h"
#include "handfast/time.h"

// Every choice of a simulation comes from one 64-bit seed, through many named streams. A stream is derived from the
// seed, a label and a number, so a draw that is added in one place leaves what all other places draw as it was, and a
// seed that once failed keeps most of its meaning while the simulator grows.

namespace handfast::sim {

/// One step of SplitMix64: advances `state` and gives a well mixed number.
constexpr std::uint64_t split_mix(std::uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
  return z ^ (z >> 31);
}

/// Mixes two numbers into one; the order matters.
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t state = a ^ (b * 0xD6E8FEB86659FD93);
  const std::uint64_t first = split_mix(state);
  return first ^ split_mix(state);
}

inline constexpr std::uint32_t kMillion = 1'000'000;

/// A stream of numbers: xoshiro256** (Blackman and Vigna, 2018), seeded by SplitMix64.
class Generator {
 public:
  explicit Generator(std::uint64_t seed);
  /// The stream of (seed, label, number).
  Generator(std::uint64_t seed, std::string_view label, std::uint64_t number = 0);

  std::uint64_t next();
  /// Uniform in [0, bound), without modulo bias; 0 where bound is 0.
  std::uint64_t below(std::uint64_t bound);
  /// Uniform in [low, high], which must be in order.
  std::uint64_t range(std::uint64_t low, std::uint64_t high);
  /// In [low, high] with every power of two as likely as the next: small numbers are as frequent as large ones.
  std::uint64_t log_range(std::uint64_t low, std::uint64_t high);
  Duration duration(Duration low, Duration high);
  Duration log_duration(Duration low, Duration high);
  /// True `per_million` times in a million. Always draws, so that a zero chance leaves the stream in step.
  bool chance(std::uint32_t per_million);
  /// True once in `n`.
  bool one_in(std::uint32_t n) { return below(n) == 0; }
  void fill(std::span<std::byte> bytes);

 private:
  std::uint64_t s_[4];
};

/// A stream as a Host takes it.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(Generator generator) : generator_(generator) {}
  void fill(std::span<std::byte> bytes) override { generator_.fill(bytes); }

 private:
  Generator generator_;
};

}  // namespace handfast::sim
