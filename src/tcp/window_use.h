#pragma once

#include <algorithm>
#include <cstdint>

#include "tcp/sequence_number.h"

namespace handfast::tcp {

/// How much of the congestion window was in use: the most that was in flight at once in this round trip. What is left
/// while acknowledgments come in says little, for they empty a window that was full (RFC 7661 §4.2).
class WindowUse {
 public:
  /// Text went out; `flight` is with it.
  void sent(SeqNum una, SeqNum nxt, std::uint32_t flight) {
    if (most_ != 0 && una < round_end_ && flight <= most_) return;
    most_ = flight;
    round_end_ = nxt;
  }
  std::uint32_t most() const { return most_; }

 private:
  SeqNum round_end_{};
  std::uint32_t most_ = 0;
};

}  // namespace handfast::tcp
