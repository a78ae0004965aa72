#include <gtest/gtest.h>

#include <set>

#include "base/test_random.h"
#include "host/lone_host.h"

// What a caller asks for, and what the Host chooses where it leaves something open: source address, port, route.

namespace handfast::host {
namespace {

using namespace std::chrono_literals;

std::error_code code(Error error) { return make_error_code(error); }

TEST(Connecting, ChoosesTheInterfaceAndItsAddress) {  // MUST-44
  LoneHost host;
  host.add("192.0.2.1/24");
  host.add("198.51.100.1/24", {}, "198.51.100.254");
  const std::pair<const char*, int> peers[] = {{"192.0.2.9:80", 0}, {"198.51.100.9:80", 1}, {"203.0.113.9:80", 1}};
  for (const auto& [peer, interface] : peers) {
    ASSERT_TRUE(host.connect(peer));
    const auto sent = host.says();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].interface, interface) << peer;
    EXPECT_EQ(sent[0].ip.source, interface == 0 ? IpAddress::v4(192, 0, 2, 1) : IpAddress::v4(198, 51, 100, 1));
  }
}

TEST(Connecting, TakesTheSourceThatTheCallerNames) {  // MUST-43
  LoneHost host;
  host.add("192.0.2.1/24");
  host.add("192.0.2.2/24");
  ASSERT_TRUE(host.connect("192.0.2.9:80", 1234, IpAddress::v4(192, 0, 2, 2)));
  const auto sent = host.says();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].interface, 1);
  EXPECT_EQ(sent[0].ip.source, IpAddress::v4(192, 0, 2, 2));
  EXPECT_EQ(sent[0].tcp.source_port, 1234);
}

TEST(Connecting, RefusesWhatCannotBe) {  // MUST-46, U-11
  LoneHost host;
  host.add("192.0.2.1/24");
  EXPECT_EQ(error_of(host.connect("203.0.113.9:80")), code(Error::kNoRoute));
  EXPECT_EQ(error_of(host.connect("192.0.2.9:80", 0, IpAddress::v4(192, 0, 2, 7))), code(Error::kAddressNotAvailable));
  EXPECT_EQ(error_of(host.connect("192.0.2.9:0")), code(Error::kUnspecifiedPeer));
  for (const char* peer : {"192.0.2.1:80", "192.0.2.255:80", "224.0.0.1:80", "255.255.255.255:80", "0.0.0.0:80"}) {
    EXPECT_EQ(error_of(host.connect(peer)), code(Error::kInvalidPeer)) << peer;
  }
  ASSERT_TRUE(host.connect("192.0.2.9:80", 1234));
  EXPECT_EQ(error_of(host.connect("192.0.2.9:80", 1234)), code(Error::kAlreadyExists));
  EXPECT_TRUE(host.connect("192.0.2.9:81", 1234)) << "another peer, another connection";
}

TEST(Connecting, EndsAtTheLimit) {
  Config config;
  config.limits.connections = 2;
  LoneHost host(config);
  host.add("192.0.2.1/24");
  const auto first = host.connect("192.0.2.9:80");
  ASSERT_TRUE(first && host.connect("192.0.2.9:80"));
  EXPECT_EQ(error_of(host.connect("192.0.2.9:80")), code(Error::kLimit));
  EXPECT_TRUE(host.host().abort(*first, host.now()));
  EXPECT_TRUE(host.connect("192.0.2.9:80"));
}

// --- RFC 6056 ---

Config few_ports(std::uint16_t count) {
  Config config;
  config.first_ephemeral_port = 50'000;
  config.last_ephemeral_port = static_cast<std::uint16_t>(50'000 + count - 1);
  return config;
}

std::uint16_t port_of(LoneHost& host, TcpHandle connection) { return host.host().info(connection)->tuple.host.port; }

TEST(EphemeralPorts, EachIsUsedOnceThenThereIsNone) {  // 6056-1
  LoneHost host(few_ports(10));
  host.add("192.0.2.1/24");
  ASSERT_TRUE(host.connect("192.0.2.9:80", 50'004)) << "one that the search has to avoid";
  std::set<std::uint16_t> ports;
  TcpHandle last;
  for (int i = 0; i < 9; ++i) {
    const auto connection = host.connect("192.0.2.9:80");
    ASSERT_TRUE(connection) << i;
    last = *connection;
    ports.insert(port_of(host, last));
  }
  EXPECT_EQ(ports.size(), 9u);
  EXPECT_EQ(ports.count(50'004), 0u);
  EXPECT_GE(*ports.begin(), 50'000);
  EXPECT_LE(*ports.rbegin(), 50'009);
  EXPECT_EQ(error_of(host.connect("192.0.2.9:80")), code(Error::kNoPorts));
  EXPECT_TRUE(host.connect("192.0.2.9:81")) << "ports are used up towards one peer only";
  const std::uint16_t freed = port_of(host, last);
  EXPECT_TRUE(host.host().abort(last, host.now()));
  const auto again = host.connect("192.0.2.9:80");
  ASSERT_TRUE(again);
  EXPECT_EQ(port_of(host, *again), freed);
}

// Where the search starts depends on the peer, by a key that nobody else has (§3.3.3).
TEST(EphemeralPorts, StartElsewhereForEachPeerAndKey) {  // 6056-2, 5927-2
  std::set<std::uint16_t> by_peer;
  std::set<std::uint16_t> by_key;
  base::TestRandom random(1);
  CountingRandom unused;
  for (std::uint8_t number = 2; number < 34; ++number) {
    Secrets secrets;
    by_peer.insert([&] {
      const auto host = *Host::create(Config(), unused, nullptr, &secrets);
      InterfaceConfig interface;
      interface.addresses = {{IpAddress::v4(192, 0, 2, 1), 24}};
      EXPECT_TRUE(host->add_interface(interface));
      return host->info(*host->connect({.peer = {IpAddress::v4(192, 0, 2, number), 80}}, Instant(1s)))->tuple.host.port;
    }());
    for (auto& byte : secrets.port_choice) byte = static_cast<std::uint8_t>(random.below(256));
    by_key.insert([&] {
      const auto host = *Host::create(Config(), unused, nullptr, &secrets);
      InterfaceConfig interface;
      interface.addresses = {{IpAddress::v4(192, 0, 2, 1), 24}};
      EXPECT_TRUE(host->add_interface(interface));
      return host->info(*host->connect({.peer = {IpAddress::v4(192, 0, 2, 2), 80}}, Instant(1s)))->tuple.host.port;
    }());
  }
  EXPECT_GT(by_peer.size(), 28u) << "of 32; two may meet by chance";
  EXPECT_GT(by_key.size(), 28u);
}

// --- stale handles ---

template <typename Handle>
void expect_stale(LoneHost& lone, Handle handle) {
  Host& host = lone.host();
  const Instant now = lone.now();
  std::byte byte{};
  const std::span<std::byte> text(&byte, 1);
  const std::error_code stale = code(Error::kStaleHandle);
  EXPECT_EQ(error_of(host.set_context(handle, 1)), stale);
  EXPECT_EQ(error_of(host.send(handle, text, now)), stale);
  EXPECT_EQ(error_of(host.send_slice(handle, *host.allocate(1), now)), stale);
  EXPECT_EQ(error_of(host.receive(handle, text, now)), stale);
  EXPECT_EQ(error_of(host.receive_slice(handle, now)), stale);
  EXPECT_EQ(error_of(host.close_send(handle, now)), stale);
  EXPECT_EQ(error_of(host.close(handle, now)), stale);
  EXPECT_EQ(error_of(host.abort(handle, now)), stale);
  EXPECT_EQ(error_of(host.info(handle)), stale);
  EXPECT_EQ(error_of(host.set_nagle(handle, true, now)), stale);
  EXPECT_EQ(error_of(host.set_keep_alive(handle, true, now)), stale);
  EXPECT_EQ(error_of(host.set_user_timeout(handle, std::chrono::seconds(1), now)), stale);
}

TEST(StaleHandles, AreRefusedByEveryVerb) {
  LoneHost host;
  host.add("192.0.2.1/24");
  expect_stale(host, TcpHandle{});
  expect_stale(host, TcpHandle{.index = 0, .generation = 0});
  const TcpHandle aborted = *host.connect("192.0.2.9:80");
  EXPECT_TRUE(host.host().abort(aborted, host.now()));
  expect_stale(host, aborted);
  const TcpHandle next = *host.connect("192.0.2.9:80");
  EXPECT_EQ(next.index, aborted.index) << "the place is taken again, under another generation";
  expect_stale(host, aborted);
  EXPECT_TRUE(host.host().info(next));
}

// close() lets go at once, though the connection goes on in the background.
TEST(StaleHandles, AConnectionLetGoIsOutOfReach) {
  LoneHost host;
  host.add("192.0.2.1/24");
  const ListenerHandle listener = *host.host().listen({.local = {{}, 80}}, host.now());
  ASSERT_TRUE(host.hears_handshake("192.0.2.9:4000", "192.0.2.1:80"));
  const TcpHandle connection = *host.host().accept(listener, host.now());
  EXPECT_TRUE(host.host().close(connection, host.now()));
  EXPECT_EQ(host.host().connection_count(), 1u);
  expect_stale(host, connection);
  const auto sent = host.says();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].tcp.flags.has(wire::kFin));
}

TEST(StaleHandles, OfListenersAreRefused) {
  LoneHost host;
  host.add("192.0.2.1/24");
  const ListenerHandle listener = *host.host().listen({.local = {{}, 80}}, host.now());
  EXPECT_TRUE(host.host().close_listener(listener, host.now()));
  EXPECT_EQ(error_of(host.host().accept(listener, host.now())), code(Error::kStaleHandle));
  EXPECT_EQ(error_of(host.host().close_listener(listener, host.now())), code(Error::kStaleHandle));
  EXPECT_TRUE(host.host().listen({.local = {{}, 80}}, host.now()));
  EXPECT_EQ(error_of(host.host().accept(listener, host.now())), code(Error::kStaleHandle));
}

}  // namespace
}  // namespace handfast::host
