#include "tcp/fast_open.h"

#include "base/address_words.h"

namespace handfast::tcp {

namespace {

std::uint64_t life_of(Instant now) { return static_cast<std::uint64_t>(now.time_since_epoch() / kFastOpenKeyLife); }

std::uint64_t mac(const base::SipKey& secret, const FourTuple& tuple, std::uint64_t life) {
  const auto host = base::address_words(tuple.host.address);
  const auto peer = base::address_words(tuple.peer.address);
  const auto version = static_cast<std::uint64_t>(tuple.peer.address.version());
  return base::siphash_words(secret, host[0], host[1], peer[0], peer[1], version, life);
}

wire::FastOpenCookie cookie_of(std::uint64_t mac) {
  wire::FastOpenCookie cookie;
  cookie.length = 8;
  base::store_be64(cookie.storage.data(), mac);
  return cookie;
}

}  // namespace

wire::FastOpenCookie fast_open_cookie(const base::SipKey& secret, const FourTuple& tuple, Instant now) {
  return cookie_of(mac(secret, tuple, life_of(now)));
}

bool is_fast_open_cookie(const base::SipKey& secret, const FourTuple& tuple, const wire::FastOpenCookie& cookie,
                         Instant now) {
  const std::uint64_t life = life_of(now);
  if (cookie == cookie_of(mac(secret, tuple, life))) return true;
  return life > 0 && cookie == cookie_of(mac(secret, tuple, life - 1));
}

}  // namespace handfast::tcp
