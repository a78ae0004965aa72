#include "tcp/user_timeout.h"

#include <gtest/gtest.h>

namespace handfast::tcp {
namespace {

using namespace std::chrono_literals;
using wire::UserTimeout;

TEST(UserTimeoutValue, IsSaidInSecondsWhereTheySuffice) {
  EXPECT_EQ(user_timeout_option(100s), (UserTimeout{.value = 100}));
  EXPECT_EQ(user_timeout_option(32767s), (UserTimeout{.value = 32767}));
  EXPECT_EQ(user_timeout_option(32768s), (UserTimeout{.value = 547, .in_minutes = true})) << "rounded up";
  EXPECT_EQ(user_timeout_option(1500ms), (UserTimeout{.value = 2}));
  EXPECT_EQ(user_timeout_option(0s), (UserTimeout{.value = 1})) << "0 would say nothing";
  EXPECT_EQ(user_timeout_option(Duration::max()), (UserTimeout{.value = 32767, .in_minutes = true}));
}

TEST(UserTimeoutValue, ComesBackAsItWasSaid) {
  for (const Duration timeout : {1s, 59s, 32767s, 32820s, 1966020s}) {
    EXPECT_EQ(user_timeout_of(user_timeout_option(timeout)), timeout);
  }
}

TEST(UserTimeoutValue, StaysWithinTheLimits) {  // 5482-2
  TcpConfig config;
  config.r2 = 60s;
  EXPECT_EQ(adopted_user_timeout(config, 1s), 100s);
  EXPECT_EQ(adopted_user_timeout(config, 200s), 200s);
  EXPECT_EQ(adopted_user_timeout(config, 24h), 1h);
  config.r2 = 300s;
  EXPECT_EQ(adopted_user_timeout(config, 200s), 300s);
  config.r2 = 2h;
  EXPECT_EQ(adopted_user_timeout(config, 200s), 1h);
}

}  // namespace
}  // namespace handfast::tcp
