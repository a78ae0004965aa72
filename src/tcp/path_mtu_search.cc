#include "tcp/path_mtu_search.h"

#include <algorithm>

namespace handfast::tcp {

void PathMtuSearch::begin(std::uint16_t low, std::uint16_t high) {
  stop();
  if (low >= high) return;
  low_ = low;
  high_ = high;
  top_ = high;
}

std::uint16_t PathMtuSearch::next() const {
  if (!is_on() || is_probe_out()) return 0;
  if (high_ == top_) return top_;
  return static_cast<std::uint16_t>(low_ + (high_ - low_ + 1) / 2);
}

void PathMtuSearch::probe_delivered() {
  low_ = std::max(low_, probe_);
  probe_ = 0;
}

void PathMtuSearch::probe_lost() {
  if (probe_ > low_) high_ = static_cast<std::uint16_t>(probe_ - 1);
  probe_ = 0;
}

}  // namespace handfast::tcp
