#include "sim/bulk_path.h"

#include <algorithm>

namespace handfast::sim {

namespace {

// Longer than any packet without text: headers of 20 and 60 bytes at most.
constexpr std::size_t kLargestBarePacket = 80;

}  // namespace

std::uint64_t PathPlan::bandwidth_delay_product() const {
  const auto microseconds = static_cast<std::uint64_t>(rtt / std::chrono::microseconds(1));
  return rate / 8 * microseconds / kMillion;
}

LinkParameters PathPlan::forward() const {
  LinkParameters way{.delay = rtt / 2, .rate = rate};
  way.queue_bytes = std::max<std::uint64_t>(bandwidth_delay_product() * buffer_percent / 100, 1);
  if (mark_percent != 0) way.mark_above = std::max<std::uint64_t>(way.queue_bytes * mark_percent / 100, 1);
  if (bursts && loss > 0) {
    // Everything is lost in the bad state, which lasts kMeanBurst packets; the good one is as long as the mean asks.
    const std::uint32_t leave = kMillion / kMeanBurst;
    const std::uint64_t enter = std::uint64_t{loss} * leave / (kMillion - loss);
    way.burst = {.enter = static_cast<std::uint32_t>(enter), .leave = leave, .loss = kMillion};
  } else {
    way.loss = loss;
  }
  return way;
}

LinkParameters PathPlan::back() const { return {.delay = rtt - rtt / 2}; }

BulkPath::BulkPath(const PathPlan& plan)
    : plan_(plan),
      forward_(LinkKind::kIp, plan.forward().clean(), Generator(plan.seed, "forward"), order_),
      back_(LinkKind::kIp, plan.back(), Generator(plan.seed, "back"), order_) {}

void BulkPath::offer_forward(std::span<const std::byte> packet, Instant now) {
  if (!has_text_ && packet.size() > kLargestBarePacket) {
    has_text_ = true;
    forward_.set_parameters(plan_.forward());
  }
  forward_.offer(packet, now);
}

}  // namespace handfast::sim
