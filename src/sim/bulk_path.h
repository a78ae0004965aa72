#pragma once

#include <algorithm>
#include <cstdint>

#include "sim/link.h"

// The path of a bulk transfer: one bottleneck with its queue and its losses on the way of the text, delay alone on the
// way back. It is arithmetic, so a run in virtual time and one whose clock is the machine's meet the same path, and the
// n-th packet of text has the same fate in both.

namespace handfast::sim {

struct PathPlan {
  std::uint64_t rate = 100'000'000;  ///< bits per second, of IP packets
  Duration rtt = std::chrono::milliseconds(20);
  std::uint32_t buffer_percent = 100;  ///< the queue before the bottleneck, of the bandwidth-delay product
  std::uint32_t loss = 0;              ///< mean, per million packets
  bool bursts = false;                 ///< lost in runs of kMeanBurst (Gilbert and Elliott), not independently
  std::uint32_t mark_percent = 0;      ///< of the queue, from which on packets are marked where they may be; 0: never
  std::uint64_t seed = 1;

  static constexpr std::uint32_t kMeanBurst = 4;

  /// Bytes that fill the path without a queue.
  std::uint64_t bandwidth_delay_product() const;
  LinkParameters forward() const;
  LinkParameters back() const;
};

class BulkPath {
 public:
  explicit BulkPath(const PathPlan& plan);

  /// From the sender. Losses begin with the first packet of text, so that every run opens its connection at once.
  void offer_forward(std::span<const std::byte> packet, Instant now);
  void offer_back(std::span<const std::byte> packet, Instant now) { back_.offer(packet, now); }

  Link& forward() { return forward_; }
  const Link& forward() const { return forward_; }
  Link& back() { return back_; }
  Instant next() const { return std::min(forward_.next(), back_.next()); }

 private:
  PathPlan plan_;
  std::uint64_t order_ = 0;
  Link forward_;
  Link back_;
  bool has_text_ = false;
};

}  // namespace handfast::sim
