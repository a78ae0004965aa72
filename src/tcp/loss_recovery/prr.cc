#include "tcp/loss_recovery/prr.h"

#include <algorithm>

namespace handfast::tcp::loss_recovery {

void Prr::start(std::uint32_t flight) {
  delivered_ = 0;
  sent_ = 0;
  flight_ = std::max(flight, 1u);
}

std::uint32_t Prr::allowed(const Ack& ack) {
  delivered_ += ack.delivered;
  std::uint64_t count = 0;
  if (ack.in_flight > ack.ssthresh) {
    const std::uint64_t due = (delivered_ * ack.ssthresh + flight_ - 1) / flight_;
    count = due > sent_ ? due - sent_ : 0;
  } else {
    const std::uint64_t owed = delivered_ > sent_ ? delivered_ - sent_ : 0;
    count = std::max<std::uint64_t>(owed, ack.delivered);
    if (ack.safe) count += ack.mss;
    count = std::min<std::uint64_t>(count, ack.ssthresh - ack.in_flight);
  }
  // The fast retransmission itself (9937-3) goes out whatever the proportion says.
  if (sent_ == 0 && count == 0) count = ack.mss;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(count, 1u << 30));
}

}  // namespace handfast::tcp::loss_recovery
