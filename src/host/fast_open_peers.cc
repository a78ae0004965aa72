#include "host/fast_open_peers.h"

#include <algorithm>

namespace handfast::host {

namespace {

constexpr std::uint16_t kAnyMss = 0xFFFF;  // our own is the limit

}  // namespace

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

FastOpenPeers::Peer* FastOpenPeers::known_or_new(const IpAddress& address, Instant now) {
  Peer* place = find(address);
  return place != nullptr ? place : place_for(address, now);
}

std::optional<tcp::FastOpenOffer> FastOpenPeers::offer_for(const IpAddress& peer, bool bare, Instant now) {
  if (Peer* used = find(peer)) used->used_at = now;
  return known(peer, bare, now);
}

std::optional<tcp::FastOpenOffer> FastOpenPeers::known(const IpAddress& peer, bool bare, Instant now) const {
  const Peer* found = find(peer);
  if (found != nullptr && now < found->refused_until) return std::nullopt;
  tcp::FastOpenOffer offer;
  if (found != nullptr) offer = found->offer;
  if (bare) return tcp::FastOpenOffer{.cookie = {}, .mss = found != nullptr ? offer.mss : kAnyMss, .bare = true};
  if (found != nullptr && offer.cookie.length == 0) offer.cookie.experimental = found->forms_asked == 1;
  return offer;
}

void FastOpenPeers::learned(const IpAddress& peer, const wire::FastOpenCookie& cookie, std::uint16_t mss, Instant now) {
  if (Peer* place = place_for(peer, now)) place->offer = {.cookie = cookie, .mss = mss};
}

void FastOpenPeers::took(const IpAddress& peer, std::uint16_t mss, Instant now) {
  if (Peer* place = known_or_new(peer, now)) place->offer.mss = mss;
}

void FastOpenPeers::asked(const IpAddress& peer, bool experimental, Instant now) {
  if (Peer* place = known_or_new(peer, now)) {
    place->forms_asked = std::max(place->forms_asked, static_cast<std::uint8_t>(experimental ? 2 : 1));
  }
}

void FastOpenPeers::refused(const IpAddress& peer, Instant now, Duration time) {
  if (Peer* place = place_for(peer, now)) place->refused_until = now + time;
}

}  // namespace handfast::host
