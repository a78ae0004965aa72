#pragma once

#include <cstdint>
#include <utility>

#include "handfast/time.h"
#include "tcp/congestion/controller.h"
#include "tcp/outstanding.h"

// How fast the peer takes text. Each transmission is stamped with how much had been delivered by then; when its
// delivery is heard of, what was delivered in between, over the longer of the time it took to send and the time it took
// to be acknowledged, is a sample of the rate (draft-ietf-ccwg-bbr §4.1, which took up draft-cheng-iccrg-delivery-rate-
// estimation). A sample taken while the caller had nothing to send says less, and is marked.

namespace handfast::tcp {

class DeliveryRate {
 public:
  /// The stamp of a transmission of `length` bytes; `in_flight` is what was in flight before it.
  SendStamp stamp(std::uint32_t in_flight, std::uint32_t length, Instant now);
  bool is_app_limited() const { return app_limited_until_ != 0; }
  /// The caller has handed over nothing more, though the window would let it out.
  void note_app_limited(std::uint32_t in_flight);
  void note_lost(std::uint32_t bytes) { lost_ += bytes; }
  /// Bytes held to be lost since the last call.
  std::uint32_t take_lost() { return static_cast<std::uint32_t>(lost_ - std::exchange(lost_told_, lost_)); }

  /// Takes in what an acknowledgment told.
  congestion::RateSample on_delivery(const Delivery& delivery, Duration min_rtt, Instant now);

  /// Of the newest sample, in bytes a second; 0: there was none.
  std::uint64_t newest_rate() const { return newest_rate_; }
  bool newest_is_app_limited() const { return newest_is_app_limited_; }
  /// Bytes delivered since the block was taken.
  std::uint64_t delivered() const { return delivered_; }

 private:
  std::uint64_t delivered_ = 0;
  std::uint64_t lost_ = 0;
  std::uint64_t lost_told_ = 0;
  std::uint64_t app_limited_until_ = 0;
  std::uint64_t newest_rate_ = 0;
  bool newest_is_app_limited_ = false;
  Instant delivered_at_{};
  Instant first_sent_at_{};
};

}  // namespace handfast::tcp
