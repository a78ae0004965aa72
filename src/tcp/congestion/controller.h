#pragma once

#include <cstdint>

#include "handfast/time.h"

// The one small interface between a connection and its congestion control. A controller is told what an acknowledgment
// brought, what is held to be lost and what is in flight, and answers with a congestion window, a slow-start threshold
// and, if it paces, a rate. It has no state of its own: what it remembers lives in `State` (two numbers that survive
// while a connection is idle) and `Scratch` (taken with the active block and given back with it), so one instance of
// each controller serves every connection.

namespace handfast::tcp::congestion {

/// What survives an idle connection. Bytes.
struct State {
  std::uint32_t cwnd = 0;
  std::uint32_t ssthresh = 0x7FFFFFFF;
};

/// What a controller may keep while text is in flight. Each uses its own fields' meaning; zero is the fresh start.
struct Scratch {
  std::uint32_t credit = 0;  ///< NewReno: bytes acknowledged since cwnd last grew in congestion avoidance
  std::uint32_t spare[5] = {};
};

/// What one acknowledgment brought.
struct Ack {
  Instant now;
  std::uint32_t acked = 0;             ///< bytes newly acknowledged cumulatively
  std::uint32_t sacked = 0;            ///< bytes newly acknowledged selectively
  std::uint32_t in_flight_before = 0;  ///< bytes in flight when it arrived
  std::uint32_t mss = 0;
  Duration rtt{-1};                       ///< negative: no sample
  std::uint64_t delivered = 0;            ///< bytes delivered so far
  std::uint32_t delivered_in_sample = 0;  ///< bytes delivered since the newest acknowledged segment was sent
  bool ce = false;                        ///< the peer reports congestion (RFC 3168)
  bool was_cwnd_limited = false;          ///< the window, not the caller, held the sender back
};

/// The state of a flow when it loses something.
struct Loss {
  Instant now;
  std::uint32_t in_flight = 0;  ///< FlightSize: bytes outstanding (RFC 5681 §2)
  std::uint32_t lost = 0;
  std::uint32_t mss = 0;
};

class Controller {
 public:
  virtual void on_start(State& state, std::uint32_t initial_window) const = 0;
  /// New text was acknowledged outside recovery.
  virtual void on_ack(State& state, Scratch& scratch, const Ack& ack) const = 0;
  /// A loss episode begins: once for each window of text.
  virtual void on_loss(State& state, Scratch& scratch, const Loss& loss) const = 0;
  /// The retransmission timer ran out; `first` for the first time on this text.
  virtual void on_timeout(State& state, Scratch& scratch, const Loss& loss, bool first) const = 0;
  /// Nothing was sent for longer than an RTO (RFC 5681 §4.1).
  virtual void on_idle(State& state, std::uint32_t restart_window) const = 0;
  /// What was taken for a loss was none: back to the numbers before it.
  virtual void on_undo(State& state, const State& before) const = 0;
  /// Bytes a second, or 0 where the controller does not pace.
  virtual std::uint64_t pacing_rate(const State& state, const Scratch& scratch) const = 0;

 protected:
  ~Controller() = default;
};

}  // namespace handfast::tcp::congestion
