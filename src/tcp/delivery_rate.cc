#include "tcp/delivery_rate.h"

#include <algorithm>

namespace handfast::tcp {

namespace {

std::uint32_t microseconds(Duration duration) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 0, 0xFFFFFFFF));
}

}  // namespace

SendStamp DeliveryRate::stamp(std::uint32_t in_flight, std::uint32_t length, Instant now) {
  if (in_flight == 0) {
    first_sent_at_ = now;
    delivered_at_ = now;
  }
  return {.delivered = static_cast<std::uint32_t>(delivered_),
          .lost = static_cast<std::uint32_t>(lost_),
          .in_flight = in_flight + length,
          .since_delivery_us = microseconds(now - delivered_at_),
          .since_first_sent_us = microseconds(now - first_sent_at_)};
}

void DeliveryRate::note_app_limited(std::uint32_t in_flight) {
  app_limited_until_ = std::max<std::uint64_t>(delivered_ + in_flight, 1);
}

congestion::RateSample DeliveryRate::on_delivery(const Delivery& delivery, Duration min_rtt, Instant now) {
  congestion::RateSample sample;
  if (delivery.delivered == 0) return sample;
  delivered_ += delivery.delivered;
  delivered_at_ = now;
  if (app_limited_until_ != 0 && delivered_ > app_limited_until_) app_limited_until_ = 0;
  const Delivery::Newest& newest = delivery.newest;
  first_sent_at_ = newest.sent_at;
  sample.delivered = static_cast<std::uint32_t>(delivered_) - newest.stamp.delivered;
  sample.prior_delivered = delivered_ - sample.delivered;
  sample.lost = static_cast<std::uint32_t>(lost_) - newest.stamp.lost;
  sample.tx_in_flight = newest.stamp.in_flight;
  sample.is_app_limited = newest.app_limited;
  const Duration sending = std::chrono::microseconds(newest.stamp.since_first_sent_us);
  const Duration acknowledging = now - newest.sent_at + std::chrono::microseconds(newest.stamp.since_delivery_us);
  const Duration interval = std::max(sending, acknowledging);
  // Faster than the path can answer: the acknowledgment of an earlier transmission.
  if (interval < min_rtt) return sample;
  sample.interval = interval;
  if (sample.valid()) {
    constexpr std::uint64_t kSecond = 1'000'000'000;
    newest_rate_ = sample.delivered * kSecond / static_cast<std::uint64_t>(interval.count());
    newest_is_app_limited_ = sample.is_app_limited;
  }
  return sample;
}

}  // namespace handfast::tcp
