#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "tcp/congestion/controller.h"

// A sender with a controller, a bottleneck with a queue, and a receiver that acknowledges each segment, for the tests
// of controllers. The sender has text without end, sends by window and pace, takes rate samples as the draft of BBR has
// it (§4.1), and holds a segment to be lost when one that was sent three later is delivered. Nothing is sent again: the
// text that comes next stands for it.

namespace handfast::tcp::congestion {

class TestLink {
 public:
  static constexpr std::uint32_t kMss = 1500;

  TestLink(const Controller& controller, std::uint64_t bytes_a_second, Duration round_trip)
      : rate(bytes_a_second), delay(round_trip), controller_(&controller) {
    controller_->on_start(state, 10 * kMss);
    supplied_from_ = now;
  }

  std::uint64_t rate;            ///< of the bottleneck, bytes a second
  Duration delay;                ///< of the round trip, without queue
  std::uint64_t buffer = 0;      ///< bytes that wait at most
  std::uint32_t drop_every = 0;  ///< one in so many is lost on top of the queue's losses; 0: none
  std::uint64_t supply = 0;      ///< bytes a second that the caller hands over; 0: without end
  Duration lump{};               ///< acknowledgments arrive together, so far apart; 0: each by itself
  std::uint32_t mark_above = 0;  ///< bytes in the queue beyond which segments are marked; 0: never
  std::uint32_t seed = 1;

  State state;
  Scratch scratch;
  Instant now{std::chrono::seconds(1)};
  std::uint64_t delivered = 0;
  std::uint64_t lost = 0;
  std::uint64_t sent = 0;
  Duration longest_queue{};
  std::uint32_t in_flight = 0;

  void run(Duration span) {
    const Instant end = now + span;
    while (true) {
      const Instant sending = next_send();
      const Instant arriving = acks_.empty() ? kNever : acks_.front().at;
      const Instant next = std::min(sending, arriving);
      if (next > end) break;
      now = std::max(now, next);
      if (arriving <= sending) {
        arrive();
      } else {
        send();
      }
    }
    now = end;
  }

  /// Bytes delivered a second over a span.
  std::uint64_t throughput(Duration span) {
    const std::uint64_t before = delivered;
    run(span);
    return (delivered - before) * 1000 / static_cast<std::uint64_t>(span / std::chrono::milliseconds(1));
  }

  /// No text for a while; the next is announced as the connection would.
  void pause(Duration span) {
    supply = 1;
    supplied_from_ = now;
    run(span);
    supply = 0;
    if (in_flight == 0) controller_->on_idle(state, scratch, now, 10 * kMss, true);
    next_pace_ = now;
    supplied_from_ = now;
    sent_of_supply_ = 0;
  }

  /// Nothing comes back any more: what is in flight is gone when the timer runs out.
  void black_out(Duration rto) {
    acks_.clear();
    now += rto;
    controller_->on_timeout(state, scratch, {.now = now, .in_flight = in_flight, .mss = kMss}, true);
    lost += in_flight;
    in_flight = 0;
    outstanding_.clear();
    queue_free_ = now;
  }

  std::uint64_t queued() const {
    const Duration wait = std::max(queue_free_ - now, Duration::zero());
    return rate * static_cast<std::uint64_t>(wait.count()) / 1'000'000'000;
  }

 private:
  struct Record {
    Instant sent_at;
    Instant first_sent;
    Instant delivered_at;
    std::uint64_t delivered = 0;
    std::uint64_t lost = 0;
    std::uint32_t tx_in_flight = 0;
    bool app_limited = false;
  };
  struct Arrival {
    Instant at;
    std::uint64_t number = 0;
    bool marked = false;
  };

  Instant next_send() {
    if (in_flight + kMss > state.cwnd) {
      cwnd_limited_ = true;
      return kNever;
    }
    Instant at = std::max(next_pace_, now);
    if (supply > 1) {
      at = std::max(at, supplied_from_ + Duration(static_cast<std::int64_t>(sent_of_supply_ * 1'000'000'000 / supply)));
    } else if (supply == 1) {
      return kNever;
    }
    return at;
  }

  void send() {
    if (in_flight == 0) {
      first_sent_ = now;
      delivered_at_ = now;
    }
    const bool waited = supply > 0 && now > next_pace_;
    if (waited) app_limited_ = delivered + in_flight + kMss;
    in_flight += kMss;
    outstanding_[number_] = {.sent_at = now,
                             .first_sent = first_sent_,
                             .delivered_at = delivered_at_,
                             .delivered = delivered,
                             .lost = lost,
                             .tx_in_flight = in_flight,
                             .app_limited = app_limited_ != 0};
    sent += kMss;
    sent_of_supply_ += kMss;
    const std::uint64_t pace = controller_->pacing_rate(state, scratch);
    next_pace_ = pace == 0 ? now : now + Duration(static_cast<std::int64_t>(kMss * 1'000'000'000ull / pace));
    if (queued() <= buffer && (drop_every == 0 || number_ % drop_every != drop_every - 1)) {
      queue_free_ = std::max(queue_free_, now) + Duration(static_cast<std::int64_t>(kMss * 1'000'000'000ull / rate));
      longest_queue = std::max(longest_queue, queue_free_ - now);
      Instant at = queue_free_ + delay;
      if (lump > Duration::zero()) at = Instant((at.time_since_epoch() / lump + 1) * lump);
      acks_.push_back({.at = at, .number = number_, .marked = mark_above != 0 && queued() > mark_above});
    }
    ++number_;
  }

  void arrive() {
    const Arrival arrival = acks_.front();
    acks_.pop_front();
    const auto found = outstanding_.find(arrival.number);
    if (found == outstanding_.end()) return;
    const Record record = found->second;
    const std::uint32_t before = in_flight;
    outstanding_.erase(found);
    in_flight -= kMss;
    delivered += kMss;
    delivered_at_ = now;
    first_sent_ = record.sent_at;
    if (app_limited_ != 0 && delivered > app_limited_) app_limited_ = 0;
    const std::uint32_t newly_lost = find_losses(arrival.number);
    srtt_ = srtt_ == Duration::zero() ? now - record.sent_at : (srtt_ * 7 + (now - record.sent_at)) / 8;
    if (newly_lost > 0 && !in_recovery_) {
      in_recovery_ = true;
      recovered_at_ = number_;
      controller_->on_loss(state, scratch, {.now = now, .in_flight = before, .mss = kMss});
    }
    if (in_recovery_ && arrival.number >= recovered_at_) {
      in_recovery_ = false;
      controller_->on_recovered(state, scratch, now);
    }
    const Duration interval = std::max(record.sent_at - record.first_sent, now - record.delivered_at);
    controller_->on_ack(state, scratch,
                        {.now = now,
                         .acked = kMss,
                         .delivered = kMss,
                         .lost = newly_lost,
                         .in_flight_before = before,
                         .in_flight = in_flight,
                         .mss = kMss,
                         .rtt = now - record.sent_at,
                         .srtt = srtt_,
                         .total_delivered = delivered,
                         .rate = {.prior_delivered = record.delivered,
                                  .delivered = static_cast<std::uint32_t>(delivered - record.delivered),
                                  .lost = static_cast<std::uint32_t>(lost - record.lost),
                                  .tx_in_flight = record.tx_in_flight,
                                  .interval = interval,
                                  .is_app_limited = record.app_limited},
                         .ce = arrival.marked ? kMss : 0,
                         .seed = seed,
                         .in_recovery = in_recovery_,
                         .was_cwnd_limited = cwnd_limited_});
    cwnd_limited_ = false;
  }

  // RFC 5681 §3.2, with the selective acknowledgments of RFC 6675: three later ones have arrived.
  std::uint32_t find_losses(std::uint64_t number) {
    std::uint32_t bytes = 0;
    while (!outstanding_.empty() && outstanding_.begin()->first + 3 <= number) {
      outstanding_.erase(outstanding_.begin());
      bytes += kMss;
    }
    in_flight -= bytes;
    lost += bytes;
    return bytes;
  }

  const Controller* controller_;
  std::map<std::uint64_t, Record> outstanding_;
  std::deque<Arrival> acks_;
  Instant next_pace_{};
  Instant queue_free_{};
  Instant first_sent_{};
  Instant delivered_at_{};
  Instant supplied_from_{};
  Duration srtt_{};
  std::uint64_t number_ = 0;
  std::uint64_t recovered_at_ = 0;
  std::uint64_t app_limited_ = 0;
  std::uint64_t sent_of_supply_ = 0;
  bool in_recovery_ = false;
  bool cwnd_limited_ = false;
};

}  // namespace handfast::tcp::congestion
