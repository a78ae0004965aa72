#include "tcp/congestion/hystart.h"

#include <algorithm>

namespace handfast::tcp::congestion {

namespace {

using namespace std::chrono_literals;

// RFC 9406 §4.3 (9406-2, 9406-3).
constexpr Duration kSmallestRise = 4ms;
constexpr Duration kLargestRise = 16ms;
constexpr int kRiseDivisor = 8;
constexpr std::uint32_t kConservativeDivisor = 4;

}  // namespace

bool HyStart::is_over_after(const Ack& ack) {
  if (round_end_ == 0) begin_round(ack);
  // The acknowledgment that ends a round belongs to it: what it measures was sent before the next one.
  take_sample(ack.rtt);
  if (is_conservative()) {
    look_for_a_fall();
  } else {
    look_for_a_rise();
  }
  if (is_conservative() && ack.conservative_rounds == 0) return true;
  if (ack.total_delivered < round_end_) return false;
  begin_round(ack);
  if (!is_conservative()) return false;
  // §4.2 (9406-5): a round that was conservative only from its middle counts as well.
  return ++rounds_ >= ack.conservative_rounds;
}

std::uint32_t HyStart::growth(const Ack& ack) const {
  const std::uint32_t counted = std::min(ack.acked, ack.slow_start_limit);
  return is_conservative() ? counted / kConservativeDivisor : counted;
}

// §4.2 (9406-1): a round lasts until what was in flight at its start is delivered.
void HyStart::begin_round(const Ack& ack) {
  round_end_ = ack.total_delivered + std::max(ack.in_flight, 1u);
  last_round_ = this_round_;
  this_round_ = {};
  samples_ = 0;
}

void HyStart::take_sample(Duration rtt) {
  if (rtt <= Duration::zero()) return;
  if (samples_ < kSamples) ++samples_;
  this_round_ = this_round_ > Duration::zero() ? std::min(this_round_, rtt) : rtt;
}

void HyStart::look_for_a_rise() {
  if (!has_enough_samples() || last_round_ == Duration::zero()) return;
  const Duration rise = std::clamp(last_round_ / kRiseDivisor, kSmallestRise, kLargestRise);
  if (this_round_ < last_round_ + rise) return;
  baseline_ = this_round_;
  rounds_ = 0;
}

// §4.2: the rise was no queue, so slow start goes on, with HyStart++.
void HyStart::look_for_a_fall() {
  if (has_enough_samples() && this_round_ < baseline_) baseline_ = {};
}

}  // namespace handfast::tcp::congestion
