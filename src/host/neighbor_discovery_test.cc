#include "wire/neighbor_discovery.h"

#include <gtest/gtest.h>

#include "host/lone_host.h"

// IPv6 over Ethernet: who has the address, who may say so, and what is believed of it. The table behind it is that of
// ARP, whose limits output_test.cc shows.

namespace handfast::host {
namespace {

using namespace std::chrono_literals;

constexpr MacAddress kOurMac{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kTheirMac{{2, 0, 0, 0, 0, 2}};
constexpr MacAddress kOtherMac{{2, 0, 0, 0, 0, 3}};
const IpAddress kOurs = *IpAddress::parse("2001:db8::1");
const IpAddress kTheirs = *IpAddress::parse("2001:db8::2");
const IpAddress kNobody = IpAddress::any(IpVersion::kV6);

struct Heard6 {
  IpAddress source = kTheirs;
  IpAddress destination = kOurs;
  std::uint8_t hop_limit = 255;
  std::uint16_t ether_type = wire::kEtherTypeIpv6;
  MacAddress link_destination = kOurMac;
};

struct OnEthernet : LoneHost {
  explicit OnEthernet(const Config& config = {})
      : LoneHost(config), interface(add("2001:db8::1/64", kOurMac, "fe80::fe")) {}

  void hears_neighbor(const wire::NeighborMessage& message, const Heard6& way = {}) {
    std::vector<std::byte> upper(wire::kNeighborLength + (message.mac ? wire::kNeighborOptionLength : 0));
    wire::emit_neighbor(message, way.source, way.destination, upper);
    auto packet = packet_of({.host = {way.destination, 0}, .peer = {way.source, 0}}, upper, 0, wire::kProtocolIcmpv6);
    packet[7] = std::byte{way.hop_limit};
    std::vector<std::byte> frame(wire::kEthernetHeaderLength);
    wire::emit_ethernet({.destination = way.link_destination, .source = kTheirMac, .ether_type = way.ether_type},
                        frame);
    frame.insert(frame.end(), packet.begin(), packet.end());
    hears(interface, frame);
  }
  /// Somebody asks who `target` is, as all do who have an address.
  void hears_question(const IpAddress& target) {
    const IpAddress group = wire::solicited_node_group(target);
    hears_neighbor({.target = target, .mac = kTheirMac},
                   {.destination = group, .link_destination = wire::mac_of_group(group)});
  }
  void hears_answer(const MacAddress& mac, bool solicited, bool overrides) {
    hears_neighbor(
        {.is_advertisement = true, .solicited = solicited, .overrides = overrides, .target = kTheirs, .mac = mac},
        {.destination = solicited ? kOurs : wire::all_nodes_group()});
  }
  /// Where a SYN to the peer goes now; nothing where it has to wait.
  std::optional<MacAddress> way_to_peer() {
    EXPECT_TRUE(connect("[2001:db8::2]:80"));
    for (const Said& said : says()) {
      if (!said.neighbor) return said.link.destination;
    }
    return std::nullopt;
  }

  InterfaceId interface;
};

TEST(NeighborsOfAHost, APacketWaitsForTheAnswerAndThenGoesOut) {
  OnEthernet host;
  ASSERT_TRUE(host.connect("[2001:db8::2]:80"));
  const auto asked = host.says();
  ASSERT_EQ(asked.size(), 1u);
  ASSERT_TRUE(asked[0].neighbor);
  EXPECT_FALSE(asked[0].neighbor->is_advertisement);
  EXPECT_EQ(asked[0].neighbor->target, kTheirs);
  EXPECT_EQ(asked[0].neighbor->mac, kOurMac);
  EXPECT_EQ(asked[0].source, kOurs);
  EXPECT_EQ(asked[0].destination, *IpAddress::parse("ff02::1:ff00:2"));
  EXPECT_EQ(asked[0].hop_limit, 255);
  EXPECT_EQ(asked[0].link.destination, (MacAddress{{0x33, 0x33, 0xFF, 0, 0, 2}}));
  EXPECT_EQ(asked[0].link.ether_type, wire::kEtherTypeIpv6);
  EXPECT_TRUE(host.says().empty()) << "one question a second";
  host.hears_answer(kTheirMac, true, true);
  const auto sent = host.says();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].link.destination, kTheirMac);
  EXPECT_EQ(sent[0].link.ether_type, wire::kEtherTypeIpv6);
  EXPECT_TRUE(sent[0].tcp.flags.has(wire::kSyn));
}

TEST(NeighborsOfAHost, WhoIsElsewhereIsReachedThroughAGatewayOfTheLink) {
  OnEthernet host;
  ASSERT_TRUE(host.connect("[2001:db8:1::9]:80"));
  const auto asked = host.says();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].neighbor->target, *IpAddress::parse("fe80::fe"));
  EXPECT_EQ(asked[0].source, kOurs);
}

TEST(NeighborsOfAHost, WhoAsksIsAnsweredAndRemembered) {
  OnEthernet host;
  host.hears_question(kOurs);
  const auto said = host.says();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].link.destination, kTheirMac);
  EXPECT_EQ(said[0].source, kOurs);
  EXPECT_EQ(said[0].destination, kTheirs);
  EXPECT_EQ(said[0].hop_limit, 255);
  const wire::NeighborMessage answer{
      .is_advertisement = true, .solicited = true, .overrides = true, .target = kOurs, .mac = kOurMac};
  EXPECT_EQ(said[0].neighbor, answer);
  EXPECT_EQ(host.way_to_peer(), kTheirMac);
  host.hears_question(*IpAddress::parse("2001:db8::7"));
  EXPECT_EQ(host.dropped(DropReason::kArpNotForUs), 1u);
  EXPECT_TRUE(host.says().empty());
}

// RFC 4862 §5.4.3: who has no address yet learns that this one is taken, and makes no entry (4861-4).
TEST(NeighborsOfAHost, WhoWantsOurAddressLearnsThatItIsTaken) {
  OnEthernet host;
  host.hears_neighbor({.target = kOurs}, {.source = kNobody, .destination = wire::solicited_node_group(kOurs)});
  const auto said = host.says();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(said[0].destination, wire::all_nodes_group());
  EXPECT_EQ(said[0].link.destination, (MacAddress{{0x33, 0x33, 0, 0, 0, 1}}));
  EXPECT_FALSE(said[0].neighbor->solicited);
  host.hears_neighbor({.target = kOurs, .mac = kTheirMac},
                      {.source = kNobody, .destination = wire::solicited_node_group(kOurs)});
  EXPECT_EQ(host.dropped(DropReason::kBadNeighbor), 1u);
  EXPECT_TRUE(host.says().empty());
}

TEST(NeighborsOfAHost, NobodyBeyondTheLinkIsHeard) {  // 4861-1
  OnEthernet host;
  host.hears_neighbor({.target = kOurs, .mac = kTheirMac}, {.hop_limit = 254});
  host.hears_neighbor({.is_advertisement = true, .solicited = true, .target = kTheirs, .mac = kTheirMac},
                      {.destination = wire::all_nodes_group()});
  EXPECT_EQ(host.dropped(DropReason::kBadNeighbor), 2u);
  host.hears_neighbor({.target = kOurs, .mac = kTheirMac}, {.ether_type = wire::kEtherTypeIpv4});
  EXPECT_EQ(host.dropped(DropReason::kBadIpVersion), 1u);
  EXPECT_TRUE(host.says().empty());
  EXPECT_EQ(host.way_to_peer(), std::nullopt);
}

TEST(NeighborsOfAHost, WhatNobodyAskedForMakesNoEntry) {  // 4861-5
  OnEthernet host;
  host.hears_answer(kOtherMac, false, true);
  host.hears_answer(kOtherMac, true, true);
  EXPECT_EQ(host.way_to_peer(), std::nullopt);
}

TEST(NeighborsOfAHost, WhatContradictsIsBelievedWhereItSaysSo) {  // 4861-6
  for (const bool overrides : {false, true}) {
    OnEthernet host;
    host.hears_question(kOurs);
    (void)host.says();
    host.hears_answer(kOtherMac, false, overrides);
    EXPECT_TRUE(host.connect("[2001:db8::2]:80"));
    const auto said = host.says();
    // Either way the next packet asks, since nobody had asked for this.
    ASSERT_EQ(said.size(), 2u);
    std::size_t questions = 0;
    for (const Said& one : said) {
      questions += one.neighbor ? 1 : 0;
      if (!one.neighbor) {
        EXPECT_EQ(one.link.destination, overrides ? kOtherMac : kTheirMac);
      }
    }
    EXPECT_EQ(questions, 1u);
  }
  OnEthernet host;
  host.hears_question(kOurs);
  (void)host.says();
  host.hears_answer(kOtherMac, true, true);
  EXPECT_EQ(host.way_to_peer(), kOtherMac) << "an answer to a question of ours";
}

TEST(NeighborsOfAHost, NobodySpeaksForUs) {
  OnEthernet host;
  host.hears_neighbor({.is_advertisement = true, .overrides = true, .target = kOurs, .mac = kOtherMac},
                      {.destination = wire::all_nodes_group()});
  EXPECT_EQ(host.dropped(DropReason::kArpNotForUs), 1u);
  EXPECT_TRUE(host.says().empty());
}

}  // namespace
}  // namespace handfast::host
