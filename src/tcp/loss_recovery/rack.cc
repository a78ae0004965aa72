#include "tcp/loss_recovery/rack.h"

#include <algorithm>

namespace handfast::tcp::loss_recovery {

void Rack::on_delivery(const Delivery& delivery, const RackFacts& facts) {
  if (delivery.delivered > 0) {
    // Step 2, with the ambiguous deliveries left out by DeliveryClock. The round trip is the latest even where it is
    // not of what was sent last.
    const Delivery::Newest& newest = delivery.newest_certain;
    if (newest.known) rtt_ = facts.now - (facts.rtt_by_number ? delivery.last_certain_sent : newest.sent_at);
    if (newest.known && (!known_ || sent_after(newest.sent_at, newest.end, sent_at_, end_))) {
      sent_at_ = newest.sent_at;
      end_ = newest.end;
      known_ = true;
    }
    // Step 3: below what was delivered before, and never sent again: the network, not we, changed the order.
    const bool is_late = has_forward_ && delivery.some_original && delivery.lowest_original_end < forward_;
    if (!has_forward_ || forward_ < delivery.highest_end) forward_ = delivery.highest_end;
    if (is_late) degree_ = std::max(degree_, forward_.since(delivery.lowest_original));
    has_forward_ = true;
  }
  // Step 4: each round trip with a needless retransmission widens the window by a quarter of the shortest RTT.
  if (in_dsack_round_ && facts.snd_una >= dsack_round_) in_dsack_round_ = false;
  if (facts.dsack && !in_dsack_round_) {
    in_dsack_round_ = true;
    dsack_round_ = facts.snd_nxt;
    if (window_quarters_ < 0xFF) ++window_quarters_;
    persist_ = kPersist;
  }
}

void Rack::on_recovered() {
  if (persist_ > 0) --persist_;
  if (persist_ == 0) window_quarters_ = 1;
}

// Step 4 (8985-3). Without any reordering seen, three segments delivered beyond a gap, or a recovery that is on, leave
// no doubt.
Duration Rack::reordering_window(const Outstanding& outstanding, const RackFacts& facts) const {
  if (!has_seen_reordering()) {
    if (facts.in_recovery) return Duration::zero();
    if (outstanding.has_sacked_segments(kDuplicateThreshold)) return Duration::zero();
  }
  return std::min<Duration>(facts.min_rtt * window_quarters_ / 4, facts.srtt);
}

Outstanding::Marked Rack::detect(Outstanding& outstanding, const RackFacts& facts) const {
  if (!known_) return {};
  return outstanding.mark_overdue(
      {.newest_sent = sent_at_, .newest_end = end_, .patience = rtt_ + reordering_window(outstanding, facts)},
      facts.now);
}

}  // namespace handfast::tcp::loss_recovery
