#include "wire/neighbor_discovery.h"

#include <gtest/gtest.h>

#include "wire/icmpv6.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

const IpAddress kFrom = *IpAddress::parse("2001:db8::2");
const IpAddress kTo = *IpAddress::parse("2001:db8::1");

std::vector<std::byte> bytes_of_message(const NeighborMessage& message) {
  std::vector<std::byte> out(kNeighborLength + (message.mac ? kNeighborOptionLength : 0));
  EXPECT_EQ(emit_neighbor(message, kFrom, kTo, out), out.size());
  return out;
}

TEST(NeighborDiscovery, RoundTrip) {
  base::TestRandom random(3);
  for (int round = 0; round < 500; ++round) {
    NeighborMessage message;
    message.is_advertisement = random.chance(1, 2);
    message.solicited = message.is_advertisement && random.chance(1, 2);
    message.overrides = message.is_advertisement && random.chance(1, 2);
    message.target = random_v6(random);
    if (message.target.is_multicast()) continue;
    if (random.chance(1, 2)) message.mac = MacAddress{{2, 0, 0, 0, 0, static_cast<std::uint8_t>(random.next())}};
    const auto bytes = bytes_of_message(message);
    EXPECT_TRUE(parse_icmpv6(kFrom, kTo, bytes)) << "with its checksum";
    const auto back = parse_neighbor(ExactCopy(bytes).bytes());
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, message);
  }
}

TEST(NeighborDiscovery, WhatCannotBeIsRefused) {  // 4861-1, 4861-2
  const auto good = bytes_of_message({.target = kTo, .mac = MacAddress{{2, 0, 0, 0, 0, 1}}});
  for (std::size_t size = 0; size <= good.size(); ++size) {
    const auto parsed = parse_neighbor(ExactCopy(std::span(good).first(size)).bytes());
    EXPECT_EQ(parsed.has_value(), size == kNeighborLength || size == good.size()) << size;
  }
  auto coded = good;
  coded[1] = std::byte{1};
  EXPECT_EQ(parse_neighbor(coded).error(), DropReason::kBadNeighbor);
  auto group = good;
  group[8] = std::byte{0xFF};
  EXPECT_FALSE(parse_neighbor(group));
  for (unsigned length = 0; length < 256; ++length) {
    auto option = good;
    option[kNeighborLength + 1] = static_cast<std::byte>(length);
    EXPECT_EQ(parse_neighbor(option).has_value(), length == 1) << length;
  }
}

TEST(NeighborDiscovery, UnknownOptionsArePassedOver) {  // 4861-3
  auto bytes = bytes_of_message({.target = kTo});
  for (const unsigned number : {14u, 2u, 9u, 9u, 9u, 9u, 9u, 9u, 9u, 9u, 9u, 9u, 9u, 9u, 9u, 9u}) {
    bytes.push_back(static_cast<std::byte>(number));
  }
  for (const unsigned number : {1u, 1u, 2u, 0u, 0u, 0u, 0u, 7u}) bytes.push_back(static_cast<std::byte>(number));
  const auto parsed = parse_neighbor(bytes);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->mac, (MacAddress{{2, 0, 0, 0, 0, 7}}));
  bytes[kNeighborLength + 16] = std::byte{2};  // that of a target, in a solicitation
  EXPECT_FALSE(parse_neighbor(bytes)->mac);
}

TEST(NeighborDiscovery, GroupsHaveAddressesOfTheirOwn) {  // RFC 4291 §2.7.1, RFC 2464 §7
  EXPECT_EQ(solicited_node_group(*IpAddress::parse("4037::1:800:200e:8c6c")), *IpAddress::parse("ff02::1:ff0e:8c6c"));
  EXPECT_EQ(mac_of_group(*IpAddress::parse("ff02::1:ff0e:8c6c")), (MacAddress{{0x33, 0x33, 0xFF, 0x0E, 0x8C, 0x6C}}));
  EXPECT_EQ(all_nodes_group(), *IpAddress::parse("ff02::1"));
}

}  // namespace
}  // namespace handfast::wire
