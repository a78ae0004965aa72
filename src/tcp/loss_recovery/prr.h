#pragma once

#include <cstdint>

// Proportional rate reduction by RFC 9937 (9937-1, 9937-2, 9937-4; 8985-6): while a loss is repaired, what may be sent
// follows what is delivered, so that the flight shrinks to ssthresh over one round trip, without a pause at its start
// and without a burst at its end. After heavy losses, when less than ssthresh is in flight, it grows back: by one
// segment for each delivered one, and one more where an acknowledgment made progress and told of no further loss.

namespace handfast::tcp::loss_recovery {

class Prr {
 public:
  /// A recovery begins. `flight`: SND.NXT - SND.UNA before the acknowledgment that began it, less what had been
  /// selectively acknowledged by then (RFC 9937 §6: RecoverFS).
  void start(std::uint32_t flight);
  /// Bytes went out.
  void sent(std::uint32_t bytes) { sent_ += bytes; }

  struct Ack {
    std::uint32_t delivered = 0;  ///< bytes newly delivered
    std::uint32_t in_flight = 0;  ///< with this acknowledgment counted
    std::uint32_t ssthresh = 0;
    std::uint32_t mss = 0;
    bool safe = false;  ///< SND.UNA advanced and no further loss was found
  };
  /// How many bytes may go out now: cwnd is what is in flight and these.
  std::uint32_t allowed(const Ack& ack);

 private:
  std::uint64_t delivered_ = 0;  ///< prr_delivered
  std::uint64_t sent_ = 0;       ///< prr_out
  std::uint32_t flight_ = 1;     ///< RecoverFS
};

}  // namespace handfast::tcp::loss_recovery
