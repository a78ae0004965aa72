#include "tcp/fast_open.h"

#include <algorithm>
#include <array>

namespace handfast::tcp {

namespace {

std::uint64_t life_of(Instant now) { return static_cast<std::uint64_t>(now.time_since_epoch() / kFastOpenKeyLife); }

// The secret itself makes the first cookies, so that they are those of a Linux server with the same key: servers that
// share an address share their key too (RFC 7413 §4.1.2).
base::SipKey key_of(const base::SipKey& secret, std::uint64_t life) {
  return life == 0 ? secret : base::derived_key(secret, life);
}

// The peer's address and ours, one behind the other, 8 bytes or 32.
wire::FastOpenCookie cookie_in(const base::SipKey& secret, const FourTuple& tuple, std::uint64_t life) {
  std::array<std::byte, 32> addresses{};
  const auto peer = std::as_bytes(tuple.peer.address.bytes());
  const auto host = std::as_bytes(tuple.host.address.bytes());
  const auto end = std::ranges::copy(host, std::ranges::copy(peer, addresses.begin()).out).out;
  const std::uint64_t mac = base::siphash(key_of(secret, life), std::span<const std::byte>(addresses.begin(), end));
  wire::FastOpenCookie cookie;
  cookie.length = 8;
  base::store_le64(cookie.storage.data(), mac);
  return cookie;
}

}  // namespace

wire::FastOpenCookie fast_open_cookie(const base::SipKey& secret, const FourTuple& tuple, Instant now) {
  return cookie_in(secret, tuple, life_of(now));
}

bool is_fast_open_cookie(const base::SipKey& secret, const FourTuple& tuple, const wire::FastOpenCookie& cookie,
                         Instant now) {
  const std::uint64_t life = life_of(now);
  const auto same = [&cookie](const wire::FastOpenCookie& good) {
    return cookie.length == good.length && cookie.storage == good.storage;
  };
  return same(cookie_in(secret, tuple, life)) || (life > 0 && same(cookie_in(secret, tuple, life - 1)));
}

}  // namespace handfast::tcp
