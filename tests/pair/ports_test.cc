#include <set>

#include "pair/flooded.h"

// RFC 6056 at the Host: which ports an active OPEN may get.

namespace handfast::pair {
namespace {

using namespace std::chrono_literals;

Config few_ports(std::uint16_t count) {
  Config config;
  config.first_ephemeral_port = 50000;
  config.last_ephemeral_port = static_cast<std::uint16_t>(50000 + count - 1);
  return config;
}

std::uint16_t port_of(Host& host, TcpHandle connection) { return host.info(connection)->tuple.host.port; }

TEST(EphemeralPorts, AreUsedUpToTheLastAndThenRefused) {
  Flooded net({.client = few_ports(50), .fill = false});
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 50; ++i) {
    const TcpHandle opener = net.connect();
    EXPECT_TRUE(ports.insert(port_of(net.host(1), opener)).second);
    net.settle();
  }
  EXPECT_EQ(*ports.begin(), 50000);
  EXPECT_EQ(*ports.rbegin(), 50049);
  const auto refused = net.host(1).connect({.peer = {Bench::address(0), 80}}, net.now());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), make_error_code(Error::kNoPorts));
  // Another port of the same peer is another 4-tuple.
  EXPECT_TRUE(net.host(1).connect({.peer = {Bench::address(0), 81}}, net.now()));
}

TEST(EphemeralPorts, InTimeWaitToThePeerAreNotUsedAgain) {
  Flooded net({.client = few_ports(10), .fill = false});
  for (int i = 0; i < 10; ++i) {
    const TcpHandle opener = net.connect();
    net.settle();
    EXPECT_TRUE(net.host(1).close(opener, net.now()));
    net.settle();
    EXPECT_TRUE(net.host(0).close(*net.host(0).accept(net.listener, net.now()), net.now()));
    net.settle();
  }
  EXPECT_EQ(net.host(1).connection_count(), 0u);  // ten entries linger
  EXPECT_EQ(net.host(1).connect({.peer = {Bench::address(0), 80}}, net.now()).error(),
            make_error_code(Error::kNoPorts));
  net.pass(60s);
  const TcpHandle opener = net.connect();
  net.settle();
  EXPECT_EQ(net.host(1).info(opener)->state, TcpState::kEstablished);
}

TEST(EphemeralPorts, OfAListenerAreLeftToIt) {
  Flooded net({.client = few_ports(3), .fill = false});
  ASSERT_TRUE(net.host(1).listen({.local = {{}, 50001}}, net.now()));
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 2; ++i) ports.insert(port_of(net.host(1), net.connect()));
  EXPECT_EQ(ports, (std::set<std::uint16_t>{50000, 50002}));
  EXPECT_FALSE(net.host(1).connect({.peer = {Bench::address(0), 80}}, net.now()));
}

TEST(EphemeralPorts, OfHostsWithDifferentSecretsDiffer) {
  std::set<std::uint16_t> ports;
  for (std::uint8_t secret = 0; secret < 50; ++secret) {
    SeededRandom random;
    Secrets secrets;
    secrets.port_choice[0] = secret;
    auto host = *Host::create(Config(), random, nullptr, &secrets);
    InterfaceConfig interface;
    interface.addresses = {{Bench::address(0), 24}};
    ASSERT_TRUE(host->add_interface(interface));
    const auto opened = host->connect({.peer = {Bench::address(1), 80}}, Instant(1s));
    ports.insert(port_of(*host, *opened));
  }
  EXPECT_GT(ports.size(), 45u);
}

}  // namespace
}  // namespace handfast::pair
