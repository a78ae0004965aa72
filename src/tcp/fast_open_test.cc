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
