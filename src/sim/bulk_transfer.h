#pragma once

#include <cstdint>

#include "handfast/config.h"
#include "handfast/trace_event.h"
#include "sim/bulk_path.h"

// A one-way bulk transfer between two Hosts in virtual time, through the public API alone: how much text reaches the
// other caller. The sender always has more to send, the receiver takes everything at once, and the buffers of both hold
// more than path and queue together, so that loss recovery and congestion control decide alone.

namespace handfast::sim {

/// Of each end. The longest path (100 ms at 100 Mbit/s with a queue of four times that) holds 6.25 MB.
inline constexpr std::uint32_t kBulkBuffer = 16u << 20;

struct BulkPlan {
  PathPlan path;
  CongestionControl congestion_control = CongestionControl::kNewReno;
  Ecn ecn = Ecn::kAccept;                      ///< of both ends
  Duration length = std::chrono::seconds(10);  ///< from the start of the connection
  const TcpConfig* tcp = nullptr;              ///< of both ends; null: bulk_config
  trace::Sink* sender_sink = nullptr;
};

struct BulkReport {
  bool connected = false;
  std::uint64_t delivered = 0;     ///< bytes that the receiving caller took
  std::uint64_t kbits = 0;         ///< the same in kbit/s over the length: the goodput
  std::uint64_t sent = 0;          ///< segments of the sender
  std::uint64_t sent_again = 0;    ///< of these, retransmissions
  std::uint64_t queue_drops = 0;   ///< packets that found the queue full
  std::uint64_t marks = 0;         ///< packets that the queue marked
  std::uint64_t reductions = 0;    ///< of the sender's window, for marks
  std::uint64_t random_drops = 0;  ///< packets that the path lost besides
};

/// The configuration of both ends.
TcpConfig bulk_config(CongestionControl algorithm);

BulkReport run_bulk(const BulkPlan& plan);

}  // namespace handfast::sim
