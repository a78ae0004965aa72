#pragma once

#include <cstdint>

#include "handfast/config.h"
#include "handfast/time.h"

// Round-trip time and retransmission timeout by RFC 6298 (MUST-18), in microseconds and integers. Both averages are
// kept with their fraction (eight and four times the value), so that small differences are not rounded away. The clock
// is read in nanoseconds, so the granularity G of the RFC is the microsecond that this class works in.

namespace handfast::tcp {

class RttEstimator {
 public:
  /// §2.2, §2.3 (6298-2): RTTVAR before SRTT, with 1/4 and 1/8. A sample ends every backoff (§5.7 of the text
  /// after 5.5).
  void add_sample(Duration sample);

  /// §2.1 before the first sample (6298-1), §2.3 after it (6298-6), within the configured bounds (6298-4), doubled for
  /// each timeout (§5.5, 6298-8).
  Duration rto(const TcpConfig& config) const;

  /// §5.5: the timer ran out.
  void back_off() {
    if (backoff_ < kMaxBackoff) ++backoff_;
  }
  /// New text was acknowledged: the path works, and the next timeout starts from the estimate again.
  void end_backoff() { backoff_ = 0; }
  /// §5.7 (6298-9): the SYN was sent again, so there is no sample and the first RTO for text is 3 s.
  void handshake_was_repeated() { repeated_handshake_ = !has_sample(); }

  /// Takes in a round trip of text, for the shortest one of the last minutes (RFC 8985 §5.2; RACK.min_RTT).
  void note_shortest(Duration sample, Instant now);
  /// The shortest round trip of the last two and a half to five minutes; zero: none was measured.
  Duration min_rtt() const;

  bool has_sample() const { return srtt8_ != 0; }
  Duration srtt() const { return std::chrono::microseconds(srtt8_ / 8); }
  Duration rttvar() const { return std::chrono::microseconds(rttvar4_ / 4); }
  std::uint8_t backoff() const { return backoff_; }

 private:
  static constexpr std::uint8_t kMaxBackoff = 20;

  static constexpr std::uint32_t kShortestPeriod = 150;  // seconds

  std::uint32_t srtt8_ = 0;
  std::uint32_t rttvar4_ = 0;
  std::uint32_t shortest_us_ = 0;         ///< of the period that is on; 0: none
  std::uint32_t shortest_before_us_ = 0;  ///< of the one before it
  std::uint32_t shortest_since_ = 0;      ///< when the period began, in seconds
  std::uint8_t backoff_ = 0;
  bool repeated_handshake_ = false;
};

}  // namespace handfast::tcp
