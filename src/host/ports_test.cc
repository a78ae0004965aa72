#include "host/ports.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <vector>

namespace handfast::host {
namespace {

constexpr base::SipKey kKey{0x0123456789ABCDEF, 0x0FEDCBA987654321};
constexpr IpAddress kSource = IpAddress::v4(192, 0, 2, 1);
constexpr PortChooser::Range kRange{.first = 32768, .last = 65535};

Endpoint peer_of(std::uint32_t number, std::uint16_t port = 443) { return {IpAddress::v4(0xC6336400 + number), port}; }

struct Ports {
  explicit Ports(const base::SipKey& key = kKey) : chooser(key, nullptr) { EXPECT_TRUE(chooser.ready()); }
  std::uint16_t next(const Endpoint& peer, const IpAddress& source = kSource) {
    return *chooser.choose(source, peer, kRange, [](std::uint16_t) { return true; });
  }
  PortChooser chooser;
};

std::uint32_t ahead(std::uint16_t a, std::uint16_t b) { return (b - a + 0x8000u) % 0x8000u; }

TEST(Ports, OnePeersPortsMoveOnByRandomSteps) {
  Ports ports;
  std::map<std::uint32_t, int> steps;
  std::uint16_t last = ports.next(peer_of(1));
  for (int i = 0; i < 8000; ++i) {
    const std::uint16_t port = ports.next(peer_of(1));
    ++steps[ahead(last, port)];
    last = port;
  }
  ASSERT_EQ(steps.size(), PortChooser::kLargestStep);
  for (const auto& [step, times] : steps) {
    EXPECT_GE(step, 1u);
    EXPECT_LE(step, PortChooser::kLargestStep);
    EXPECT_NEAR(times, 1000, 200) << step;  // 6.8 standard deviations
  }
}

TEST(Ports, APortDoesNotComeAgainSoon) {
  Ports ports;
  std::set<std::uint16_t> seen;
  // Steps are 4.5 on average, so the range is good for 7,281 connections to one peer.
  for (int i = 0; i < 6000; ++i) EXPECT_TRUE(seen.insert(ports.next(peer_of(1))).second) << i;
}

TEST(Ports, AreSpreadEvenlyOverPeers) {
  Ports ports;
  std::vector<int> buckets(64);
  for (std::uint32_t i = 0; i < 64'000; ++i) ++buckets[(ports.next(peer_of(i)) - kRange.first) / 512];
  for (const int count : buckets) EXPECT_NEAR(count, 1000, 200);
}

TEST(Ports, DifferByAddressPortSourceAndKey) {  // 6056-2
  // One connection each, so the counters tell nothing: a few of 1,000 may be equal by chance, not all.
  int equal = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    Ports a;
    Ports b({kKey.k0, kKey.k1 + 1 + i});
    const std::uint16_t port = a.next(peer_of(1));
    equal += port == b.next(peer_of(1)) ? 1 : 0;
    Ports c;
    equal += port == c.next(peer_of(1, static_cast<std::uint16_t>(1000 + i))) ? 1 : 0;
    Ports d;
    equal += port == d.next(peer_of(1), IpAddress::v4(0x0A000000 + i)) ? 1 : 0;
  }
  EXPECT_LT(equal, 10);
}

// What an observer of its own ports can learn of connections to others: with one counter for all of them it would count
// every one (RFC 6056 §3.3.3).
TEST(Ports, ConnectionsToOthersDoNotShow) {  // 6056-2
  Ports ports;
  std::uint16_t last = ports.next(peer_of(1));
  int moved = 0;
  for (std::uint32_t i = 2; i < 1002; ++i) {
    for (std::uint32_t other = 0; other < 20; ++other) (void)ports.next(peer_of(1000 * i + other));
    const std::uint16_t port = ports.next(peer_of(1));
    moved += ahead(last, port) > PortChooser::kLargestStep ? 1 : 0;
    last = port;
  }
  EXPECT_LT(moved, 10);  // 20,000 others, each with one chance in 65,536
}

TEST(Ports, TakenOnesAreSteppedOver) {  // 6056-1
  Ports ports;
  std::set<std::uint16_t> taken;
  const PortChooser::Range small{.first = 50000, .last = 50099};
  const auto free = [&](std::uint16_t port) { return !taken.contains(port); };
  for (int i = 0; i < 100; ++i) {
    const auto port = ports.chooser.choose(kSource, peer_of(1), small, free);
    ASSERT_TRUE(port) << i;
    EXPECT_GE(*port, small.first);
    EXPECT_LE(*port, small.last);
    EXPECT_TRUE(taken.insert(*port).second);
  }
  EXPECT_FALSE(ports.chooser.choose(kSource, peer_of(1), small, free));
  taken.erase(50042);
  EXPECT_EQ(ports.chooser.choose(kSource, peer_of(1), small, free), 50042);
}

TEST(Ports, ARangeOfOnePortWorks) {
  Ports ports;
  const PortChooser::Range one{.first = 65535, .last = 65535};
  EXPECT_EQ(ports.chooser.choose(kSource, peer_of(1), one, [](std::uint16_t) { return true; }), 65535);
  EXPECT_FALSE(ports.chooser.choose(kSource, peer_of(1), one, [](std::uint16_t) { return false; }));
}

TEST(Ports, TheTableIsChargedOnceAndOnlyWhenNeeded) {
  base::MemoryBudget budget(4 * PortChooser::kTableSize);
  PortChooser first(kKey, &budget);
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_TRUE(first.ready());
  EXPECT_TRUE(first.ready());
  EXPECT_EQ(budget.used(), 4u * PortChooser::kTableSize);
  PortChooser second(kKey, &budget);
  EXPECT_FALSE(second.ready());
}

}  // namespace
}  // namespace handfast::host
