#include "tcp/rtt.h"

#include <algorithm>

#include "tcp/clock_readings.h"

namespace handfast::tcp {

namespace {

// A sample beyond two minutes says nothing about the path, and eight times it must fit 32 bits.
constexpr std::int64_t kLargestSampleUs = 120'000'000;

}  // namespace

void RttEstimator::add_sample(Duration sample) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(sample).count();
  const auto r = static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 1, kLargestSampleUs));
  if (!has_sample()) {
    srtt8_ = r * 8;
    rttvar4_ = r * 2;
  } else {
    const std::uint32_t srtt = srtt8_ / 8;
    const std::uint32_t error = srtt > r ? srtt - r : r - srtt;
    rttvar4_ = rttvar4_ - rttvar4_ / 4 + error;
    srtt8_ = std::max(srtt8_ - srtt8_ / 8 + r, 8u);
  }
  backoff_ = 0;
  repeated_handshake_ = false;
}

void RttEstimator::note_shortest(Duration sample, Instant now) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(sample).count();
  const auto r = static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 1, kLargestSampleUs));
  const std::uint32_t seconds = seconds_of(now);
  if (const std::uint32_t age = seconds - shortest_since_; shortest_us_ == 0 || age >= kShortestPeriod) {
    shortest_before_us_ = age < 2 * kShortestPeriod ? shortest_us_ : 0;
    shortest_us_ = r;
    shortest_since_ = seconds;
  }
  shortest_us_ = std::min(shortest_us_, r);
}

Duration RttEstimator::min_rtt() const {
  const std::uint32_t us = shortest_before_us_ == 0 ? shortest_us_ : std::min(shortest_us_, shortest_before_us_);
  return std::chrono::microseconds(us);
}

Duration RttEstimator::rto(const TcpConfig& config) const {
  Duration base = config.initial_rto;
  if (has_sample()) {
    // §2.3: SRTT + max(G, 4 RTTVAR); the field holds four times RTTVAR already. On a path that never varies that
    // shrinks to nothing, and the first acknowledgment that is delayed would come too late: hence the margin.
    base = srtt() + std::max<Duration>(config.rto_margin, std::chrono::microseconds(rttvar4_));
  } else if (repeated_handshake_) {
    base = std::max<Duration>(base, std::chrono::seconds(3));
  }
  base = std::clamp(base, config.min_rto, config.max_rto);
  for (int i = 0; i < backoff_ && base < config.max_rto; ++i) base *= 2;
  return std::min(base, config.max_rto);
}

}  // namespace handfast::tcp
