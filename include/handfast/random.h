#pragma once

#include <cstddef>
#include <span>

namespace handfast {

/// Where a Host takes its randomness from: the system's generator in production, a seeded one in a simulation.
/// One of the three call-outs of a Host; it must not call back into the Host.
class Random {
 public:
  virtual ~Random() = default;
  /// Fills `bytes` with unpredictable bytes. Must not fail: a source that can run dry has to wait or to abort.
  virtual void fill(std::span<std::byte> bytes) = 0;
};

}  // namespace handfast
