#pragma once

#include <cstdint>
#include <optional>

#include "handfast/config.h"
#include "handfast/time.h"

// How large the buffers of a connection have to be. A window has to hold what the path holds, or the peer waits for us;
// much more than that only lets a queue grow. Nobody knows the path in advance, so the buffers follow what is seen: the
// receive buffer what the caller takes in a round trip (dynamic right-sizing), the send buffer the congestion window.
// Both only where the configuration gives them room to grow, and a window that was offered is never taken back.

namespace handfast::tcp {

/// What the caller takes, counted in round trips. Runs only while text arrives.
class ReceiveTuning {
 public:
  /// The caller took `bytes`. What it took in the round trip that is over now; nothing while one goes on.
  std::optional<std::uint64_t> took(std::uint32_t bytes, Duration round_trip, Instant now);
  /// What it took in the last whole round trip; 0 where none is over, or it has taken nothing for long since.
  std::uint64_t in_last_round(Instant now) const { return now <= until_ ? last_ : 0; }
  /// When this is forgotten unless the caller goes on taking; in the past where nothing is measured.
  Instant runs_until() const { return until_; }

 private:
  Instant begun_ = Instant::min();
  Instant until_ = Instant::min();
  std::uint64_t bytes_ = 0;
  std::uint64_t last_ = 0;
};

/// The receive buffer after so many doublings.
std::uint32_t receive_buffer_of(const TcpConfig& config, std::uint8_t doublings);

/// The largest that it may become; what the window scale is chosen for.
std::uint32_t largest_receive_buffer(const TcpConfig& config);

/// Twice the congestion window: what is in flight, and as much that waits to follow it.
std::uint32_t send_buffer_for(const TcpConfig& config, std::uint32_t cwnd);

}  // namespace handfast::tcp
