#include <gtest/gtest.h>

#include "host/lone_host.h"

// The way out over Ethernet: who has the address, how long a packet waits for the answer, and what each limit costs.

namespace handfast::host {
namespace {

using namespace std::chrono_literals;

constexpr MacAddress kOurs{{2, 0, 0, 0, 0, 1}};
constexpr MacAddress kTheirs{{2, 0, 0, 0, 0, 2}};

struct OnEthernet : LoneHost {
  explicit OnEthernet(const Config& config = {}) : LoneHost(config), interface(add("192.0.2.1/24", kOurs)) {}

  void hears_reply(std::string_view who, const MacAddress& mac = kTheirs) {
    hears_arp(interface, {.operation = wire::ArpOperation::kReply,
                          .sender_mac = mac,
                          .sender_address = *IpAddress::parse(who),
                          .target_mac = kOurs,
                          .target_address = IpAddress::v4(192, 0, 2, 1)});
  }

  InterfaceId interface;
};

TEST(ArpOfAHost, APacketWaitsForTheAnswerAndThenGoesOut) {
  OnEthernet host;
  ASSERT_TRUE(host.connect("192.0.2.2:80"));
  const auto asked = host.says();
  ASSERT_EQ(asked.size(), 1u);
  ASSERT_TRUE(asked[0].is_arp);
  EXPECT_EQ(asked[0].link.destination, MacAddress::broadcast());
  EXPECT_EQ(asked[0].link.source, kOurs);
  EXPECT_EQ(asked[0].arp.operation, wire::ArpOperation::kRequest);
  EXPECT_EQ(asked[0].arp.sender_mac, kOurs);
  EXPECT_EQ(asked[0].arp.sender_address, IpAddress::v4(192, 0, 2, 1));
  EXPECT_EQ(asked[0].arp.target_address, IpAddress::v4(192, 0, 2, 2));
  EXPECT_TRUE(host.says().empty()) << "one request a second";
  host.hears_reply("192.0.2.2");
  const auto sent = host.says();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].link.destination, kTheirs);
  EXPECT_EQ(sent[0].link.source, kOurs);
  EXPECT_TRUE(sent[0].tcp.flags.has(wire::kSyn));
  ASSERT_TRUE(host.connect("192.0.2.2:81"));
  const auto next = host.says();
  ASSERT_EQ(next.size(), 1u) << "the neighbor is known";
  EXPECT_EQ(next[0].link.destination, kTheirs);
}

TEST(ArpOfAHost, WhoIsElsewhereIsReachedThroughTheGateway) {
  LoneHost host;
  host.add("192.0.2.1/24", kOurs, "192.0.2.254");
  ASSERT_TRUE(host.connect("198.51.100.9:80"));
  const auto asked = host.says();
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].arp.target_address, IpAddress::v4(192, 0, 2, 254));
}

// RFC 1122 §2.3.2.1: the request is repeated, but not for ever.
TEST(ArpOfAHost, ANeighborThatDoesNotAnswerIsAskedThreeTimes) {
  OnEthernet host;
  ASSERT_TRUE(host.connect("192.0.2.2:80"));
  std::size_t requests = host.says().size();
  for (int second = 0; second < 2; ++second) {
    host.pass(1s);
    for (const Said& said : host.says()) requests += said.is_arp ? 1 : 0;
    EXPECT_EQ(host.dropped(DropReason::kArpTimeout), 0u);
  }
  EXPECT_EQ(requests, 3u);
  host.pass(999ms);
  EXPECT_EQ(host.dropped(DropReason::kArpTimeout), 0u);
  host.pass(1ms);
  EXPECT_EQ(host.dropped(DropReason::kArpTimeout), 2u) << "the SYN, and the SYN again";
  host.hears_reply("192.0.2.2");
  const auto sent = host.says();
  EXPECT_EQ(sent.size(), 1u) << "what was dropped is gone; this is the SYN that is due now";
}

// RFC 1122 §2.3.2.2: at least the latest packet is kept.
TEST(ArpOfAHost, TheOldestPacketGoesWhereTooManyWait) {
  Config config;
  config.limits.neighbor_queue = 2;
  OnEthernet host(config);
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{1001, 1002, 1003})
    ASSERT_TRUE(host.connect("192.0.2.2:80", port));
  EXPECT_EQ(host.says().size(), 1u);
  EXPECT_EQ(host.dropped(DropReason::kArpQueueFull), 1u);
  host.hears_reply("192.0.2.2");
  const auto sent = host.says();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].tcp.source_port, 1002);
  EXPECT_EQ(sent[1].tcp.source_port, 1003);
}

TEST(ArpOfAHost, AFullTableDropsPacketsForOthers) {
  Config config;
  config.limits.neighbors = 2;
  OnEthernet host(config);
  for (const char* peer : {"192.0.2.2:80", "192.0.2.3:80", "192.0.2.4:80"}) ASSERT_TRUE(host.connect(peer));
  EXPECT_EQ(host.says().size(), 2u);
  EXPECT_EQ(host.dropped(DropReason::kArpCacheFull), 1u);
  // An entry that was confirmed a while ago makes room for who is wanted now.
  host.hears_reply("192.0.2.2");
  host.hears_reply("192.0.2.3");
  (void)host.says();
  host.pass(2s);
  const auto sent = host.says();
  EXPECT_TRUE(std::any_of(sent.begin(), sent.end(), [](const Said& said) {
    return said.is_arp && said.arp.target_address == IpAddress::v4(192, 0, 2, 4);
  }));
}

// RFC 9293 §3.8.3 (MUST-20): after R1 retransmissions without an answer IP is asked to look whether the way is alive.
TEST(ArpOfAHost, ASilentPeerIsAskedForAgain) {
  OnEthernet host;
  ASSERT_TRUE(host.connect("192.0.2.2:80"));
  (void)host.says();
  host.hears_reply("192.0.2.2");
  std::size_t syns = 0;
  std::vector<std::size_t> asked_after;
  for (int second = 0; second < 20; ++second) {
    for (const Said& said : host.says()) {
      if (said.is_arp) {
        asked_after.push_back(syns);
        host.hears_reply("192.0.2.2", {{2, 0, 0, 0, 0, 3}});
      } else {
        ++syns;
        EXPECT_EQ(said.link.destination, asked_after.empty() ? kTheirs : (MacAddress{{2, 0, 0, 0, 0, 3}}));
      }
    }
    host.pass(1s);
  }
  EXPECT_EQ(asked_after, std::vector<std::size_t>{4}) << "the SYN and three more, and once";
}

TEST(ArpOfAHost, AnswersWhoAsksForUsAndNobodyElse) {
  OnEthernet host;
  wire::ArpPacket question{.operation = wire::ArpOperation::kRequest,
                           .sender_mac = kTheirs,
                           .sender_address = IpAddress::v4(192, 0, 2, 2),
                           .target_mac = {},
                           .target_address = IpAddress::v4(192, 0, 2, 1)};
  host.hears_arp(host.interface, question);
  const auto answer = host.says();
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_EQ(answer[0].link.destination, kTheirs);
  EXPECT_EQ(answer[0].arp.operation, wire::ArpOperation::kReply);
  EXPECT_EQ(answer[0].arp.sender_mac, kOurs);
  EXPECT_EQ(answer[0].arp.target_address, IpAddress::v4(192, 0, 2, 2));

  question.target_address = IpAddress::v4(192, 0, 2, 3);
  host.hears_arp(host.interface, question);
  EXPECT_TRUE(host.says().empty());
  EXPECT_EQ(host.dropped(DropReason::kArpNotForUs), 1u);

  ASSERT_TRUE(host.connect("192.0.2.2:80"));
  const auto sent = host.says();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_FALSE(sent[0].is_arp) << "who asked for us is known";
}

TEST(ArpOfAHost, AnAnnouncementThatNobodyAskedForIsNotKept) {
  OnEthernet host;
  host.hears_arp(host.interface, {.operation = wire::ArpOperation::kRequest,
                                  .sender_mac = kTheirs,
                                  .sender_address = IpAddress::v4(192, 0, 2, 2),
                                  .target_mac = {},
                                  .target_address = IpAddress::v4(192, 0, 2, 2)});
  ASSERT_TRUE(host.connect("192.0.2.2:80"));
  const auto sent = host.says();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_TRUE(sent[0].is_arp);
}

// A minute later the answer still serves, but it is asked for again: the address may have moved.
TEST(ArpOfAHost, AnOldAnswerIsAskedForAgain) {
  OnEthernet host;
  host.hears_reply("192.0.2.2");
  host.pass(60s);
  ASSERT_TRUE(host.connect("192.0.2.2:80"));
  const auto sent = host.says();
  ASSERT_EQ(sent.size(), 2u);
  EXPECT_EQ(sent[0].link.destination, kTheirs);
  EXPECT_TRUE(sent[1].is_arp);
  constexpr MacAddress kMoved{{2, 0, 0, 0, 0, 3}};
  host.hears_reply("192.0.2.2", kMoved);
  ASSERT_TRUE(host.connect("192.0.2.2:81"));
  const auto moved = host.says();
  ASSERT_EQ(moved.size(), 1u);
  EXPECT_EQ(moved[0].link.destination, kMoved);
}

}  // namespace
}  // namespace handfast::host
