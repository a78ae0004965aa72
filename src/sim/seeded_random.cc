#include "sim/seeded_random.h"

#include <bit>

namespace handfast::sim {

Generator::Generator(std::uint64_t seed) {
  for (std::uint64_t& word : s_) word = split_mix(seed);
}

Generator::Generator(std::uint64_t seed, std::string_view label, std::uint64_t number)
    : Generator([&] {
        std::uint64_t name = label.size();
        for (const char letter : label) name = mix(name, static_cast<unsigned char>(letter));
        return mix(mix(seed, name), number);
      }()) {}

std::uint64_t Generator::next() {
  const std::uint64_t result = std::rotl(s_[1] * 5, 7) * 9;
  const std::uint64_t shifted = s_[1] << 17;
  s_[2] ^= s_[0];
  s_[3] ^= s_[1];
  s_[1] ^= s_[2];
  s_[0] ^= s_[3];
  s_[2] ^= shifted;
  s_[3] = std::rotl(s_[3], 45);
  return result;
}

std::uint64_t Generator::below(std::uint64_t bound) {
  if (bound == 0) return 0;
  // The numbers below 2^64 mod bound would make the small results more likely than the rest: draw again.
  const std::uint64_t unfair = (0 - bound) % bound;
  std::uint64_t number = next();
  while (number < unfair) number = next();
  return number % bound;
}

std::uint64_t Generator::range(std::uint64_t low, std::uint64_t high) {
  const std::uint64_t count = high - low + 1;
  return count == 0 ? next() : low + below(count);
}

std::uint64_t Generator::log_range(std::uint64_t low, std::uint64_t high) {
  const auto low_width = static_cast<std::uint64_t>(std::bit_width(low));
  const auto high_width = static_cast<std::uint64_t>(std::bit_width(high));
  const std::uint64_t width = range(low_width, high_width);
  std::uint64_t first = width == 0 ? 0 : std::uint64_t{1} << (width - 1);
  std::uint64_t last = width == 0 ? 0 : (first - 1) + first;
  if (first < low) first = low;
  if (last > high) last = high;
  return range(first, last);
}

Duration Generator::duration(Duration low, Duration high) {
  return Duration(static_cast<Duration::rep>(
      range(static_cast<std::uint64_t>(low.count()), static_cast<std::uint64_t>(high.count()))));
}

Duration Generator::log_duration(Duration low, Duration high) {
  return Duration(static_cast<Duration::rep>(
      log_range(static_cast<std::uint64_t>(low.count()), static_cast<std::uint64_t>(high.count()))));
}

bool Generator::chance(std::uint32_t per_million) { return below(kMillion) < per_million; }

void Generator::fill(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    std::uint64_t number = next();
    const std::size_t count = bytes.size() < 8 ? bytes.size() : 8;
    for (std::size_t i = 0; i < count; ++i, number >>= 8) bytes[i] = static_cast<std::byte>(number & 0xFF);
    bytes = bytes.subspan(count);
  }
}

}  // namespace handfast::sim
