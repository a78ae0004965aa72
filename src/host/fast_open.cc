#include "tcp/fast_open.h"

#include "host/shard.h"

// TCP Fast Open (RFC 7413) between the layers: who gets a cookie, whose text is taken with the SYN, and what an opener
// remembers of a peer.

namespace handfast::host {

namespace {

// RFC 7413 §5.1: somebody who has a cookie of many addresses could open a connection for each; their owners answer the
// SYN-ACKs with resets. So a reset does not make room at once, but when the handshake would have been given up.
constexpr Duration kResetCounts = 60s;

}  // namespace

// --- The acceptor ---

std::uint32_t Shard::early_connections() {
  while (!early_.resets.empty() && early_.resets.front() <= now_) early_.resets.pop_front();
  return early_.count + early_.resets.size();
}

// Text with a good cookie, and room for it (7413-5). Where it is not so, the SYN gets a handshake like any other.
bool Shard::may_accept_early(const tcp::Listener& listener, const Arrival& arrival) {
  const auto& cookie = arrival.segment.options.fast_open;
  if (!listener.fast_open || !cookie || cookie->length == 0 || arrival.segment.text_length == 0) return false;
  if (!tcp::is_fast_open_cookie(keys_.fast_open, arrival.tuple, *cookie, now_)) {
    ++counters_.fast_opens_rejected;
    return false;
  }
  const bool has_room = early_connections() < config_.limits.fast_open_pending && listener.admits_connection() &&
                        connections_.size() < config_.limits.connections &&
                        early_.resets.reserve(early_.count + early_.resets.size() + 1);
  if (!has_room) ++counters_.fast_opens_limited;
  return has_room;
}

void Shard::accept_early(std::uint32_t listener, tcp::Connection connection, std::uint8_t received_diff_serv) {
  const auto index = hand_to_listener(listener, std::move(connection), received_diff_serv);
  if (!index) return;
  connections_.at(*index).is_early = true;
  ++early_.count;
  ++counters_.fast_opens_accepted;
}

// The handshake of a connection in use is complete, or will never be.
void Shard::early_ended(ConnectionSlot& slot) {
  slot.is_early = false;
  --early_.count;
  if (slot.tcp.ended_by() == Error::kReset) HANDFAST_CHECK(early_.resets.push_back(now_ + kResetCounts));
}

// --- The opener ---

std::uint16_t Shard::fast_open_mss(const IpAddress& peer, Instant now) const {
  const auto offer = fast_open_peers_.known(peer, now);
  return offer && offer->cookie.length > 0 ? offer->mss : std::uint16_t{0};
}

void Shard::note_fast_open(const tcp::Connection& connection, const tcp::Segment& syn_ack) {
  if (connection.fast_open() == tcp::FastOpen::kOff) return;
  const IpAddress& peer = connection.tuple().peer.address;
  const auto& given = syn_ack.options.fast_open;
  if (given && given->length > 0 && !given->experimental) {
    const std::uint16_t mss = syn_ack.options.mss.value_or(tcp::default_mss(peer.version()));
    return fast_open_peers_.learned(peer, *given, mss, now_);
  }
  if (connection.fast_open() != tcp::FastOpen::kTaken) fast_open_peers_.refused(peer, now_);
}

}  // namespace handfast::host
