#include "sim/expected_rate.h"

#include <algorithm>

namespace handfast::sim {

namespace {

constexpr std::uint64_t kMillion = 1'000'000;

// Windows are in thousandths of a segment.
std::uint64_t reno_window(std::uint64_t loss) { return integer_root(3 * kMillion * kMillion / (2 * loss)); }

std::uint64_t cubic_window(std::uint64_t loss, std::uint64_t rtt_us) {
  // RTT / p in hundredths of a second: its power of 3/4 is 31.623 times that of the seconds.
  const std::uint64_t ratio = std::min<std::uint64_t>(100 * rtt_us / loss, 2'000'000);
  const std::uint64_t power = integer_root(integer_root(ratio * ratio * ratio) * kMillion);
  return power * 1054 / 31'623;
}

}  // namespace

std::uint64_t integer_root(std::uint64_t square) {
  std::uint64_t low = 0;
  std::uint64_t high = std::min<std::uint64_t>(square, 0xFFFF'FFFF);
  while (low < high) {
    const std::uint64_t middle = low + (high - low + 1) / 2;
    if (middle * middle <= square) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  return low;
}

std::uint64_t expected_kbits(CongestionControl algorithm, const LossyPath& path) {
  const auto rtt_us = static_cast<std::uint64_t>(path.rtt / std::chrono::microseconds(1));
  if (path.loss == 0 || rtt_us == 0) return 0;
  std::uint64_t window = 0;
  if (algorithm == CongestionControl::kNewReno) window = reno_window(path.loss);
  if (algorithm == CongestionControl::kCubic) {
    window = std::max(reno_window(path.loss), cubic_window(path.loss, rtt_us));
  }
  return window * path.mss * 8 / rtt_us;
}

}  // namespace handfast::sim
