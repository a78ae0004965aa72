#pragma once

#include <cstdint>

#include "handfast/config.h"
#include "handfast/time.h"

// What theory expects of a flow that loses packets independently: the mean window of congestion avoidance over the RTT
// without a queue. Reno: sqrt(3 / 2p) segments (RFC 5681 by Mathis et al., "The macroscopic behavior of the TCP
// congestion avoidance algorithm", 1997). CUBIC: 1.054 (RTT / p)^(3/4) segments, and Reno's where that is more
// (RFC 9438 §5.1, §4.3). Time-outs are not in it, nor is a queue that lengthens the RTT: an order of magnitude to check
// figures against, not a bound.

namespace handfast::sim {

/// The largest root whose square is not above `square`.
std::uint64_t integer_root(std::uint64_t square);

struct LossyPath {
  std::uint32_t loss = 0;  ///< per million packets; not zero
  Duration rtt{};
  std::uint32_t mss = 1448;
};

/// kbit/s of text; 0 where there is no formula for the algorithm.
std::uint64_t expected_kbits(CongestionControl algorithm, const LossyPath& path);

}  // namespace handfast::sim
