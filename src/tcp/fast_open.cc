#include "tcp/fast_open.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace handfast::tcp {

namespace {

std::uint64_t life_of(Instant now) { return static_cast<std::uint64_t>(now.time_since_epoch() / kFastOpenKeyLife); }

std::array<std::uint64_t, 2> words_of(const IpAddress& address) {
  std::array<std::byte, 16> padded{};
  std::ranges::copy(std::as_bytes(address.bytes()), padded.begin());
  return {base::load_be64(padded.data()), base::load_be64(padded.data() + 8)};
}

std::uint64_t mac(const base::SipKey& secret, const FourTuple& tuple, std::uint64_t life) {
  const auto host = words_of(tuple.host.address);
  const auto peer = words_of(tuple.peer.address);
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
