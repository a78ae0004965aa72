#include "ip/path_mtu.h"

#include <gtest/gtest.h>

#include "base/memory_budget.h"
#include "ip/error_limit.h"

namespace handfast::ip {
namespace {

using namespace std::chrono_literals;

IpAddress peer(std::uint32_t number) { return IpAddress::v4(0x0A000000 + number); }

TEST(PathMtuCache, RemembersForATimeAndOnlyGoesDownMeanwhile) {
  PathMtuCache cache({});
  const Instant begin{1s};
  EXPECT_EQ(cache.version(), 0u);
  cache.learn(peer(1), {.mtu = 1280, .confirmed = false, .since = begin});
  ASSERT_TRUE(cache.find(peer(1), begin));
  EXPECT_EQ(cache.find(peer(1), begin)->mtu, 1280);
  EXPECT_FALSE(cache.find(peer(2), begin));
  const std::uint32_t version = cache.version();
  cache.learn(peer(1), {.mtu = 1400, .confirmed = true, .since = begin + 1min});
  EXPECT_EQ(cache.find(peer(1), begin)->mtu, 1280);
  EXPECT_EQ(cache.version(), version);
  cache.learn(peer(1), {.mtu = 1280, .confirmed = true, .since = begin + 1min});
  EXPECT_TRUE(cache.find(peer(1), begin)->confirmed);
  EXPECT_NE(cache.version(), version);
  EXPECT_TRUE(cache.find(peer(1), begin + 10min + 59s));
  EXPECT_FALSE(cache.find(peer(1), begin + 11min)) << "RFC 1191 §6.3";
  cache.learn(peer(1), {.mtu = 1400, .confirmed = true, .since = begin + 11min});
  EXPECT_EQ(cache.find(peer(1), begin + 11min)->mtu, 1400);
}

TEST(PathMtuCache, HasALimitAndTheOldestGoes) {
  base::MemoryBudget memory;
  PathMtuLimits limits;
  limits.entries = 10;
  limits.memory = &memory;
  PathMtuCache cache(limits);
  for (std::uint32_t i = 0; i < 1000; ++i) {
    cache.learn(peer(i), {.mtu = 1280, .since = Instant{}});
    EXPECT_LE(cache.size(), 10u);
    EXPECT_TRUE(cache.find(peer(i), Instant{}));
    EXPECT_EQ(cache.find(peer(i - 9), Instant{}).has_value(), i >= 9);
    EXPECT_FALSE(cache.find(peer(i - 10), Instant{}));
  }
  EXPECT_LT(memory.used(), 1024u);
}

TEST(PathMtuCache, WithoutMemoryItForgets) {
  base::MemoryBudget memory(0);
  PathMtuLimits limits;
  limits.memory = &memory;
  PathMtuCache cache(limits);
  cache.learn(peer(1), {.mtu = 1280, .since = Instant{}});
  EXPECT_FALSE(cache.find(peer(1), Instant{}));
  EXPECT_EQ(cache.size(), 0u);
}

TEST(ErrorLimit, AFloodAboutOnePeerLeavesOthersAlone) {
  ErrorLimit limit({.k0 = 1, .k1 = 2}, 10, 20);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(limit.take(peer(1), Instant{}));
  EXPECT_FALSE(limit.take(peer(1), Instant{}));
  EXPECT_TRUE(limit.take(peer(2), Instant{}));
  EXPECT_TRUE(limit.take(peer(1), Instant{} + 100ms));
  EXPECT_FALSE(limit.take(peer(1), Instant{} + 100ms));
}

}  // namespace
}  // namespace handfast::ip
