#include "ip/neighbors.h"

#include <algorithm>

#include "base/address_words.h"

namespace handfast::ip {

namespace {

constexpr Duration kRequestInterval = std::chrono::seconds(1);  // RFC 1122 §2.3.2.1
constexpr Duration kFreshFor = std::chrono::seconds(60);        // RFC 1122 §2.3.2.1 (1): about a minute
constexpr std::uint8_t kMostRequests = 3;

}  // namespace

std::uint64_t Neighbors::hash(const IpAddress& address) const { return base::hash_address(limits_.key, address); }

Neighbors::Entry* Neighbors::find(const IpAddress& address) {
  const auto at = index_.find(hash(address), [&](std::uint32_t i) { return entries_[i].address == address; });
  return at ? &entries_[*at] : nullptr;
}

void Neighbors::release(std::uint32_t at) {
  index_.erase(hash(entries_[at].address), at);
  entries_[at] = Entry(limits_.memory);
  free_.push_back(at);
}

// Room for somebody who is wanted now: the entry that was confirmed longest ago goes, never one that is being asked
// for.
bool Neighbors::evict_one(Instant now) {
  std::optional<std::uint32_t> oldest;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.state != State::kReachable || !entry.waiting.empty() || now - entry.confirmed_at < kRequestInterval) {
      continue;
    }
    if (!oldest || entry.confirmed_at < entries_[*oldest].confirmed_at) oldest = i;
  }
  if (oldest) release(*oldest);
  return oldest.has_value();
}

Neighbors::Entry* Neighbors::make(const IpAddress& address, Instant now) {
  if (size() >= limits_.entries && !evict_one(now)) return nullptr;
  if (free_.empty()) {
    entries_.emplace_back(limits_.memory);
    free_.push_back(static_cast<std::uint32_t>(entries_.size() - 1));
  }
  const std::uint32_t at = free_.back();
  if (!index_.insert(hash(address), at)) return nullptr;
  free_.pop_back();
  entries_[at].address = address;
  return &entries_[at];
}

Neighbors::Resolution Neighbors::resolve(const IpAddress& address, Instant now) {
  Entry* entry = find(address);
  if (entry == nullptr) {
    entry = make(address, now);
    if (entry == nullptr) return {.mac = std::nullopt, .ask = false, .full = true};
    entry->state = State::kIncomplete;
    entry->requests = 1;
    entry->asked_at = now;
    next_ = std::min(next_, now + kRequestInterval);
    return {.mac = std::nullopt, .ask = true, .full = false};
  }
  if (entry->state == State::kIncomplete) return {};
  Resolution known{.mac = entry->mac};
  // An old answer still serves, but is asked for again: an address may have moved to another card.
  const bool old = now - entry->confirmed_at >= kFreshFor;
  if (old && (entry->requests == 0 || now - entry->asked_at >= kRequestInterval)) {
    entry->asked_at = now;
    if (++entry->requests > kMostRequests) {
      entry->state = State::kIncomplete;
      entry->requests = 1;
      next_ = std::min(next_, now + kRequestInterval);
      known.mac.reset();
    }
    known.ask = true;
  }
  return known;
}

bool Neighbors::wait(const IpAddress& address, Frame frame) {
  Entry* entry = find(address);
  if (entry == nullptr) return true;
  bool dropped = false;
  if (entry->waiting.size() >= limits_.queue) {
    entry->waiting.pop_front();
    dropped = true;
  }
  return !entry->waiting.push_back(std::move(frame)) || dropped;
}

void Neighbors::learn(const IpAddress& address, const MacAddress& mac, bool create, Instant now) {
  if (mac.is_multicast()) return;
  Entry* entry = find(address);
  if (entry == nullptr && create) entry = make(address, now);
  if (entry == nullptr) return;
  entry->mac = mac;
  entry->state = State::kReachable;
  entry->confirmed_at = now;
  entry->requests = 0;
  if (!entry->waiting.empty() && !entry->resolved_waiting) {
    entry->resolved_waiting = true;
    resolved_.push_back(static_cast<std::uint32_t>(entry - entries_.data()));
  }
}

bool Neighbors::contradicts(const IpAddress& address, const MacAddress& mac) {
  const Entry* entry = find(address);
  return entry != nullptr && entry->state == State::kReachable && entry->mac != mac;
}

void Neighbors::doubt(const IpAddress& address, Instant now) {
  Entry* entry = find(address);
  if (entry == nullptr || entry->state != State::kReachable) return;
  entry->confirmed_at = std::min(entry->confirmed_at, now - kFreshFor);
}

bool Neighbors::take_resolved(Frame& frame, MacAddress& mac) {
  while (!resolved_.empty()) {
    Entry& entry = entries_[resolved_.front()];
    if (!entry.waiting.empty() && entry.state == State::kReachable) {
      frame = entry.waiting.pop_front();
      mac = entry.mac;
      return true;
    }
    entry.resolved_waiting = false;
    resolved_.erase(resolved_.begin());
  }
  return false;
}

std::uint32_t Neighbors::on_deadline(Instant now, std::vector<IpAddress>& ask) {
  if (now < next_) return 0;
  std::uint32_t dropped = 0;
  next_ = kNever;
  for (std::uint32_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (entry.state != State::kIncomplete) continue;
    if (now - entry.asked_at >= kRequestInterval) {
      if (entry.requests >= kMostRequests) {
        dropped += entry.waiting.size();
        release(i);
        continue;
      }
      ++entry.requests;
      entry.asked_at = now;
      ask.push_back(entry.address);
    }
    next_ = std::min(next_, entry.asked_at + kRequestInterval);
  }
  return dropped;
}

}  // namespace handfast::ip
