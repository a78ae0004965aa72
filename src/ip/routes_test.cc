#include "ip/routes.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string_view>

namespace handfast::ip {
namespace {

struct Wanted {
  std::initializer_list<std::string_view> addresses;
  std::string_view gateway = {};
};

// A Host with these interfaces, asked for its routes; an answer reads "interface next-hop source".
class Table {
 public:
  Table(std::initializer_list<Wanted> interfaces) {
    for (const Wanted& wanted : interfaces) {
      InterfaceConfig config;
      for (const std::string_view address : wanted.addresses) config.addresses.push_back(*Prefix::parse(address));
      if (!wanted.gateway.empty()) {
        const IpAddress gateway = *IpAddress::parse(wanted.gateway);
        (gateway.is_v6() ? config.ipv6_gateway : config.gateway) = gateway;
      }
      const InterfaceId id{static_cast<std::uint8_t>(interfaces_.size())};
      interfaces_.push_back(std::make_unique<Interface>(config, id, NeighborLimits{}));
    }
  }

  std::string route(std::string_view destination, std::string_view source = {}) const {
    const IpAddress from = source.empty() ? IpAddress() : *IpAddress::parse(source);
    const auto found = find_route(interfaces_, *IpAddress::parse(destination), from);
    if (!found) return "none";
    return std::to_string(found->interface->id.index) + " " + found->next_hop.to_string() + " " +
           found->source.to_string();
  }

 private:
  std::vector<std::unique_ptr<Interface>> interfaces_;
};

TEST(Routes, ANeighborIsReachedDirectly) {
  const Table table = {{{"192.0.2.1/24"}}, {{"198.51.100.1/24"}}};
  EXPECT_EQ(table.route("192.0.2.9"), "0 192.0.2.9 192.0.2.1");
  EXPECT_EQ(table.route("198.51.100.9"), "1 198.51.100.9 198.51.100.1");
  EXPECT_EQ(table.route("203.0.113.1"), "none");
}

TEST(Routes, WhoIsElsewhereGoesThroughTheGateway) {
  const Table table = {{{"192.0.2.1/24"}}, {{"198.51.100.1/24"}, "198.51.100.254"}};
  EXPECT_EQ(table.route("203.0.113.1"), "1 198.51.100.254 198.51.100.1");
  EXPECT_EQ(table.route("192.0.2.9"), "0 192.0.2.9 192.0.2.1");
}

// RFC 1122 §3.3.1: the longest match, whatever the order.
TEST(Routes, TheNarrowestNetworkWins) {
  EXPECT_EQ((Table{{{"10.0.0.1/8"}}, {{"10.1.0.1/16"}}}.route("10.1.2.3")), "1 10.1.2.3 10.1.0.1");
  EXPECT_EQ((Table{{{"10.1.0.1/16"}}, {{"10.0.0.1/8"}}}.route("10.1.2.3")), "0 10.1.2.3 10.1.0.1");
  EXPECT_EQ((Table{{{"10.1.0.1/16"}}, {{"10.0.0.1/8"}}}.route("10.2.2.3")), "1 10.2.2.3 10.0.0.1");
}

TEST(Routes, TheNarrowestNetworkWinsWithinAnInterfaceToo) {
  EXPECT_EQ((Table{{{"10.0.0.1/8", "10.1.0.1/16"}}}.route("10.1.2.3")), "0 10.1.2.3 10.1.0.1");
  EXPECT_EQ((Table{{{"10.0.0.1/8", "10.1.0.1/16"}}, {{"10.0.0.2/12"}}}.route("10.1.2.3")), "0 10.1.2.3 10.1.0.1");
  EXPECT_EQ((Table{{{"10.1.0.1/16", "10.0.0.1/8"}}}.route("10.2.2.3")), "0 10.2.2.3 10.0.0.1");
}

// RFC 1122 §3.3.4.3: ours in the network of the next hop, else the first.
TEST(Routes, TheSourceIsTheAddressThatTheNextHopKnows) {
  const Table table = {{{"192.0.2.1/24", "198.51.100.1/24"}, "198.51.100.254"}};
  EXPECT_EQ(table.route("198.51.100.9"), "0 198.51.100.9 198.51.100.1");
  EXPECT_EQ(table.route("203.0.113.1"), "0 198.51.100.254 198.51.100.1");
  EXPECT_EQ((Table{{{"192.0.2.1/24"}, "203.0.113.254"}}.route("198.51.100.9")), "0 203.0.113.254 192.0.2.1");
}

TEST(Routes, ASourceThatTheCallerChosePicksAmongEquals) {
  const Table table = {{{"192.0.2.1/24"}, "192.0.2.254"}, {{"192.0.2.2/24"}, "192.0.2.253"}};
  EXPECT_EQ(table.route("192.0.2.9"), "0 192.0.2.9 192.0.2.1");
  EXPECT_EQ(table.route("192.0.2.9", "192.0.2.2"), "1 192.0.2.9 192.0.2.2");
  EXPECT_EQ(table.route("203.0.113.1", "192.0.2.2"), "1 192.0.2.253 192.0.2.2");
  EXPECT_EQ(table.route("203.0.113.1"), "0 192.0.2.254 192.0.2.1");
}

TEST(Routes, TheVersionsHaveRoutesOfTheirOwn) {
  const Table table = {{{"192.0.2.1/24", "2001:db8::1/64"}, "192.0.2.254"},
                       {{"198.51.100.1/24", "2001:db8:1::1/64"}, "2001:db8:1::fe"}};
  EXPECT_EQ(table.route("192.0.2.9"), "0 192.0.2.9 192.0.2.1");
  EXPECT_EQ(table.route("2001:db8::9"), "0 2001:db8::9 2001:db8::1");
  EXPECT_EQ(table.route("203.0.113.1"), "0 192.0.2.254 192.0.2.1");
  EXPECT_EQ(table.route("2001:db8:2::9"), "1 2001:db8:1::fe 2001:db8:1::1");
  EXPECT_EQ((Table{{{"192.0.2.1/24"}, "2001:db8::fe"}}.route("2001:db8:2::9")), "none") << "no address of ours";
}

// RFC 6724 §5, rules 2 and 8 (6724-1).
TEST(Routes, AnIpv6SourceHasTheScopeAndTheNetworkOfItsDestination) {
  const Table table = {{{"fe80::1/64", "fd00:1::1/64", "2001:db8::1/64", "2001:db8::2/64"}, "fe80::fe"}};
  EXPECT_EQ(table.route("fe80::9"), "0 fe80::9 fe80::1");
  EXPECT_EQ(table.route("2001:db8::9"), "0 2001:db8::9 2001:db8::1") << "the first of equals";
  EXPECT_EQ(table.route("2001:db8::3"), "0 2001:db8::3 2001:db8::2") << "one bit more in common";
  EXPECT_EQ(table.route("2001:db9::9"), "0 fe80::fe 2001:db8::1") << "by a gateway of the link alone";
  EXPECT_EQ(table.route("fd00:2::9"), "0 fe80::fe fd00:1::1");
  EXPECT_EQ((Table{{{"fe80::1/64", "2001:db8::1/64"}, "fe80::fe"}}.route("fd00:2::9")), "0 fe80::fe 2001:db8::1")
      << "the scope counts for more than bits in common";
  EXPECT_EQ((Table{{{"2001:db8::1/64"}, "fe80::fe"}}.route("fe80::9")), "0 fe80::fe 2001:db8::1");
  EXPECT_EQ((Table{{{"fe80::1/64"}}, {{"fe80::2/64"}}}.route("fe80::9", "fe80::2")), "1 fe80::9 fe80::2");
}

}  // namespace
}  // namespace handfast::ip
