#include "host/fast_open_peers.h"

namespace handfast::host {

const FastOpenPeers::Peer* FastOpenPeers::find(const IpAddress& address) const {
  for (std::uint32_t i = 0; i < peers_.size(); ++i) {
    if (peers_[i].address == address) return &peers_[i];
  }
  return nullptr;
}

FastOpenPeers::Peer* FastOpenPeers::place_for(const IpAddress& address, Instant now) {
  Peer* place = find(address);
  if (place == nullptr && peers_.size() < limit_) {
    if (!peers_.grow(peers_.size() + 1, Peer{})) return nullptr;
    place = &peers_[peers_.size() - 1];
  }
  if (place == nullptr) {
    for (std::uint32_t i = 0; i < peers_.size(); ++i) {
      if (place == nullptr || peers_[i].used_at < place->used_at) place = &peers_[i];
    }
  }
  if (place == nullptr) return nullptr;
  *place = {.address = address, .offer = {}, .used_at = now, .refused_until = Instant{}};
  return place;
}

std::optional<tcp::FastOpenOffer> FastOpenPeers::offer_for(const IpAddress& peer, Instant now) {
  if (Peer* used = find(peer)) used->used_at = now;
  return known(peer, now);
}

std::optional<tcp::FastOpenOffer> FastOpenPeers::known(const IpAddress& peer, Instant now) const {
  const Peer* found = find(peer);
  if (found == nullptr) return tcp::FastOpenOffer{};
  if (now < found->refused_until) return std::nullopt;
  return found->offer;
}

void FastOpenPeers::learned(const IpAddress& peer, const wire::FastOpenCookie& cookie, std::uint16_t mss, Instant now) {
  if (Peer* place = place_for(peer, now)) place->offer = {.cookie = cookie, .mss = mss};
}

void FastOpenPeers::refused(const IpAddress& peer, Instant now) {
  if (Peer* place = place_for(peer, now)) place->refused_until = now + kRefusal;
}

}  // namespace handfast::host
