#include "ip/path_mtu.h"

#include <algorithm>

#include "base/address_words.h"

namespace handfast::ip {

std::uint64_t PathMtuCache::hash(const IpAddress& peer) const { return base::hash_address(limits_.key, peer); }

std::optional<std::uint32_t> PathMtuCache::place_of(const IpAddress& peer) const {
  return index_.find(hash(peer), [&](std::uint32_t at) { return entries_[at].peer == peer; });
}

std::optional<PathMtuCache::Known> PathMtuCache::find(const IpAddress& peer, Instant now) const {
  const auto at = place_of(peer);
  if (!at || has_aged(entries_[*at].known, now)) return std::nullopt;
  return entries_[*at].known;
}

void PathMtuCache::learn(const IpAddress& peer, const Known& known) {
  auto at = place_of(peer);
  if (at) {
    const Known& old = entries_[*at].known;
    const bool is_news = known.mtu < old.mtu || (known.mtu == old.mtu && known.confirmed && !old.confirmed);
    if (!is_news && !has_aged(old, known.since)) return;
  } else {
    at = make(peer);
    if (!at) return;
  }
  entries_[*at].known = known;
  version_ = std::max(version_ + 1, 1u);
}

// A place for a new peer: a free one, or, in a full table, that of the entry made first.
std::optional<std::uint32_t> PathMtuCache::make(const IpAddress& peer) {
  std::uint32_t at = used_;
  if (used_ == limits_.entries) {
    at = next_;
    index_.erase(hash(entries_[at].peer), at);
  } else if (at == entries_.size()) {
    const std::uint32_t wanted = std::min(std::max(at * 2, 8u), limits_.entries);
    if (!entries_.grow(wanted, Entry{})) return std::nullopt;
  }
  // Room for it is there where another has just left.
  if (!index_.insert(hash(peer), at)) return std::nullopt;
  if (used_ < limits_.entries) ++used_;
  next_ = at + 1 < limits_.entries ? at + 1 : 0;
  entries_[at] = {.peer = peer, .known = {}};
  return at;
}

}  // namespace handfast::ip
