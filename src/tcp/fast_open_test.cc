#include "tcp/fast_open.h"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

using namespace std::chrono_literals;

constexpr base::SipKey kSecret{.k0 = 1, .k1 = 2};
const FourTuple kTuple{.host = {IpAddress::v4(192, 0, 2, 1), 80}, .peer = {IpAddress::v4(192, 0, 2, 2), 40000}};

Instant at(Duration since_start) { return Instant(since_start); }

TEST(FastOpenCookieOfAPeer, IsGoodUnderItsKeyAndTheNext) {  // 7413-3
  const auto cookie = fast_open_cookie(kSecret, kTuple, at(30min));
  EXPECT_EQ(cookie.length, 8);
  EXPECT_TRUE(is_fast_open_cookie(kSecret, kTuple, cookie, at(30min)));
  EXPECT_TRUE(is_fast_open_cookie(kSecret, kTuple, cookie, at(2h - 1ns)));
  EXPECT_FALSE(is_fast_open_cookie(kSecret, kTuple, cookie, at(2h)));
}

TEST(FastOpenCookieOfAPeer, HangsOnBothAddressesAndTheSecret) {
  const auto cookie = fast_open_cookie(kSecret, kTuple, at(0s));
  FourTuple other = kTuple;
  other.peer.address = IpAddress::v4(192, 0, 2, 3);
  EXPECT_FALSE(is_fast_open_cookie(kSecret, other, cookie, at(0s)));
  other = kTuple;
  other.host.address = IpAddress::v4(192, 0, 2, 4);
  EXPECT_FALSE(is_fast_open_cookie(kSecret, other, cookie, at(0s)));
  EXPECT_FALSE(is_fast_open_cookie({.k0 = 1, .k1 = 3}, kTuple, cookie, at(0s)));
}

TEST(FastOpenCookieOfAPeer, IsThatOfALinuxServerWithTheSameKey) {
  // The key a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4 of packetdrill's tests, and the cookies that they expect.
  constexpr base::SipKey kKey{.k0 = 0xB2B2B2B2A1A1A1A1, .k1 = 0xD4D4D4D4C3C3C3C3};
  const auto hexadecimal = [](const wire::FastOpenCookie& cookie) { return base::load_be64(cookie.bytes().data()); };
  const FourTuple v4{.host = *Endpoint::parse("192.168.0.1:80"), .peer = *Endpoint::parse("192.0.2.1:9")};
  const FourTuple v6{.host = *Endpoint::parse("[fd3d:a0b:17d6::1]:80"),
                     .peer = *Endpoint::parse("[fd3d:fa7b:d17d::1]:9")};
  EXPECT_EQ(hexadecimal(fast_open_cookie(kKey, v4, at(0s))), 0x3021b9d889017eebu);
  EXPECT_EQ(hexadecimal(fast_open_cookie(kKey, v6, at(0s))), 0xc1d1e9742a47a9bcu);
}

TEST(FastOpenCookieOfAPeer, HangsOnNoPort) {
  FourTuple other = kTuple;
  other.peer.port = 1;
  other.host.port = 443;
  EXPECT_TRUE(is_fast_open_cookie(kSecret, other, fast_open_cookie(kSecret, kTuple, at(0s)), at(0s)));
}

TEST(FastOpenCookieOfAPeer, ACutOneIsNone) {
  auto cookie = fast_open_cookie(kSecret, kTuple, at(0s));
  cookie.length = 4;
  EXPECT_FALSE(is_fast_open_cookie(kSecret, kTuple, cookie, at(0s)));
}

}  // namespace
}  // namespace handfast::tcp
