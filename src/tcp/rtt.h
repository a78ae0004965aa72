#pragma once

#include <cstdint>

#include "handfast/config.h"
#include "handfast/time.h"

// Round-trip time and retransmission timeout by RFC 6298, in microseconds and integers. Both averages are kept with
// their fraction (eight and four times the value), so that small differences are not rounded away. The clock is read
// in nanoseconds, so the granularity G of the RFC is the microsecond that this class works in.

namespace handfast::tcp {

class RttEstimator {
 public:
  /// §2.2, §2.3: RTTVAR before SRTT, with 1/4 and 1/8. A sample ends every backoff (§5.7 of the text after 5.5).
  void add_sample(Duration sample);

  /// §2.1 before the first sample, §2.3 after it, within the configured bounds, doubled for each timeout (§5.5).
  Duration rto(const TcpConfig& config) const;

  /// §5.5: the timer ran out.
  void back_off() {
    if (backoff_ < kMaxBackoff) ++backoff_;
  }
  /// New text was acknowledged: the path works, and the next timeout starts from the estimate again.
  void end_backoff() { backoff_ = 0; }
  /// §5.7: the SYN was sent again, so there is no sample and the first RTO for text is 3 s.
  void handshake_was_repeated() { repeated_handshake_ = !has_sample(); }

  bool has_sample() const { return srtt8_ != 0; }
  Duration srtt() const { return std::chrono::microseconds(srtt8_ / 8); }
  Duration rttvar() const { return std::chrono::microseconds(rttvar4_ / 4); }
  std::uint8_t backoff() const { return backoff_; }

 private:
  static constexpr std::uint8_t kMaxBackoff = 20;

  std::uint32_t srtt8_ = 0;
  std::uint32_t rttvar4_ = 0;
  std::uint8_t backoff_ = 0;
  bool repeated_handshake_ = false;
};

}  // namespace handfast::tcp
