#include "tcp/fast_open.h"

#include "host/shard.h"

// TCP Fast Open (RFC 7413) between the layers: who gets a cookie, whose text is taken with the SYN, and what an opener
// remembers of a peer.

namespace handfast::host {

namespace {

// RFC 7413 §5.1: somebody who has a cookie of many addresses could open a connection for each; their owners answer the
// SYN-ACKs with resets. So a reset does not make room at once, but when the handshake would have been given up.
constexpr Duration kResetCounts = 60s;

// The Host's own key changes by itself, a listener's when its caller says so.
bool is_good_cookie(const tcp::Listener& listener, const base::SipKey& of_host, const Arrival& arrival, Instant now) {
  const wire::FastOpenCookie& cookie = *arrival.segment.options.fast_open;
  const auto is_of = [&](const std::optional<base::SipKey>& key) {
    return key && tcp::is_fast_open_cookie(*key, arrival.tuple, cookie, Instant{});
  };
  if (is_of(listener.fast_open_key) || is_of(listener.fast_open_old_key)) return true;
  return !listener.fast_open_key && tcp::is_fast_open_cookie(of_host, arrival.tuple, cookie, now);
}

}  // namespace

// --- The acceptor ---

std::uint32_t Shard::early_connections() {
  while (!early_.resets.empty() && early_.resets.front() <= now_) early_.resets.pop_front();
  return early_.count + early_.resets.size();
}

// A good cookie, or text where the caller takes it of everybody, and room for the connection (7413-5). Where it is not
// so, the SYN gets a handshake like any other.
bool Shard::may_accept_early(const tcp::Listener& listener, const Arrival& arrival) {
  const bool has_text = arrival.segment.text_length > 0;
  const bool needs_cookie = !listener.fast_open_without_cookie || !has_text;
  const auto& cookie = arrival.segment.options.fast_open;
  const bool shows = cookie && cookie->length > 0 && tcp::understands(*cookie, profiles_[listener.profile]);
  if (!listener.fast_open || (needs_cookie && !shows)) return false;
  if (needs_cookie && !is_good_cookie(listener, keys_.fast_open, arrival, now_)) {
    if (has_text) ++counters_.fast_opens_rejected;
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

std::uint16_t Shard::fast_open_mss(const IpAddress& peer, bool without_cookie, Instant now) const {
  const auto offer = fast_open_peers_.known(peer, without_cookie, now);
  return offer && (offer->bare || offer->cookie.length > 0) ? offer->mss : std::uint16_t{0};
}

void Shard::note_fast_open(const tcp::Connection& connection, const tcp::Segment& syn_ack) {
  if (connection.fast_open() == tcp::FastOpen::kOff) return;
  using enum tcp::FastOpen;
  const IpAddress& peer = connection.tuple().peer.address;
  const TcpConfig& config = profiles_[connection.profile()];
  const tcp::FastOpen stage = connection.fast_open();
  const std::uint16_t mss = syn_ack.options.mss.value_or(tcp::default_mss(peer.version()));
  // A cookie that was not asked for is none.
  const auto& given = syn_ack.options.fast_open;
  if (given && given->length > 0 && tcp::understands(*given, config) && !connection.fast_open_is_bare()) {
    return fast_open_peers_.learned(peer, *given, mss, now_);
  }
  fast_open_peers_.took(peer, mss, now_);
  if (stage == kTaken || stage == kPartly || stage == kShows) return;
  if (stage == kAsks && config.fast_open_experimental) return fast_open_peers_.asked(peer, false, now_);
  if (stage == kAsksExperimental) fast_open_peers_.asked(peer, true, now_);
  if (config_.fast_open_refusal > Duration::zero()) fast_open_peers_.refused(peer, now_, config_.fast_open_refusal);
}

}  // namespace handfast::host
