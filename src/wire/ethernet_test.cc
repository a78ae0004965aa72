#include "wire/ethernet.h"

#include <gtest/gtest.h>

#include "wire/arp.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

MacAddress random_mac(base::TestRandom& random) {
  MacAddress mac;
  for (std::uint8_t& byte : mac.bytes) byte = static_cast<std::uint8_t>(random.next());
  return mac;
}

TEST(Ethernet, FieldsStandWhereTheyBelong) {
  const auto bytes = bytes_of({1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x08, 0x06, 0xAA, 0xBB});
  const auto frame = parse_ethernet(bytes);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->header.destination, (MacAddress{{1, 2, 3, 4, 5, 6}}));
  EXPECT_EQ(frame->header.source, (MacAddress{{7, 8, 9, 10, 11, 12}}));
  EXPECT_EQ(frame->header.ether_type, kEtherTypeArp);
  EXPECT_TRUE(same_bytes(frame->payload, std::span(bytes).subspan(14)));
}

TEST(Ethernet, RoundTripAndEveryLength) {
  base::TestRandom random(1);
  for (int round = 0; round < 2000; ++round) {
    EthernetHeader header{random_mac(random), random_mac(random),
                          static_cast<std::uint16_t>(0x0600 + random.below(0x10000 - 0x0600))};
    std::vector<std::byte> out(random.below(40));
    const std::size_t written = emit_ethernet(header, out);
    ASSERT_EQ(written, out.size() < kEthernetHeaderLength ? 0 : kEthernetHeaderLength);
    const auto parsed = parse_ethernet(ExactCopy(out).bytes());
    ASSERT_EQ(parsed.has_value(), written != 0);
    if (!parsed) {
      ASSERT_EQ(parsed.error(), DropReason::kTruncatedFrame);
      continue;
    }
    ASSERT_EQ(parsed->header, header);
    ASSERT_EQ(parsed->payload.size(), out.size() - kEthernetHeaderLength);
  }
}

TEST(Ethernet, LengthFieldsOfIeee8023AreNoEtherTypes) {
  for (unsigned type = 0; type < 0x10000; ++type) {
    std::vector<std::byte> out(kEthernetHeaderLength);
    emit_ethernet({{}, {}, static_cast<std::uint16_t>(type)}, out);
    ASSERT_EQ(parse_ethernet(out).has_value(), type >= 0x0600) << type;
  }
}

TEST(Arp, RequestReadsAsRfc826WritesIt) {
  const auto bytes = bytes_of({0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, 1, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 192, 0, 2, 2});
  const auto packet = parse_arp(bytes);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->operation, ArpOperation::kRequest);
  EXPECT_EQ(packet->sender_mac, (MacAddress{{2, 0, 0, 0, 0, 1}}));
  EXPECT_EQ(packet->sender_address, IpAddress::v4(192, 0, 2, 1));
  EXPECT_EQ(packet->target_mac, MacAddress{});
  EXPECT_EQ(packet->target_address, IpAddress::v4(192, 0, 2, 2));
}

TEST(Arp, RoundTripAtEveryLengthWithPadding) {
  base::TestRandom random(2);
  for (std::size_t length = 0; length <= 60; ++length) {
    const ArpPacket packet{random.chance(1, 2) ? ArpOperation::kRequest : ArpOperation::kReply, random_mac(random),
                           random_v4(random), random_mac(random), random_v4(random)};
    std::vector<std::byte> out(length, std::byte{0xEE});
    ASSERT_EQ(emit_arp(packet, out), length < kArpPacketLength ? 0 : kArpPacketLength);
    const auto parsed = parse_arp(ExactCopy(out).bytes());
    ASSERT_EQ(parsed.has_value(), length >= kArpPacketLength) << length;
    if (parsed) {
      ASSERT_EQ(*parsed, packet);
    }
    if (!parsed) {
      ASSERT_EQ(parsed.error(), DropReason::kBadArp);
    }
  }
}

TEST(Arp, CutPacketsAreRefused) {
  std::vector<std::byte> good(kArpPacketLength);
  ASSERT_NE(emit_arp({}, good), 0);
  for (std::size_t length = 0; length < kArpPacketLength; ++length) {
    const ExactCopy copy{std::span<const std::byte>(good).first(length)};
    ASSERT_FALSE(parse_arp(copy.bytes())) << length;
  }
}

// F1: every bit of the eight bytes of types, lengths and operation matters.
TEST(Arp, AnyOtherTypeOrLengthIsRefused) {
  std::vector<std::byte> good(kArpPacketLength);
  ASSERT_NE(emit_arp({}, good), 0);
  for (std::size_t at = 0; at < 8; ++at) {
    for (unsigned value = 0; value < 256; ++value) {
      auto bytes = good;
      bytes[at] = static_cast<std::byte>(value);
      const bool fine = bytes == good || (at == 7 && value == 2);
      ASSERT_EQ(parse_arp(bytes).has_value(), fine) << at << " " << value;
    }
  }
}

TEST(Arp, RefusesToWriteOtherThanIpv4) {
  std::vector<std::byte> out(kArpPacketLength);
  ArpPacket packet;
  packet.target_address = IpAddress::any(IpVersion::kV6);
  EXPECT_EQ(emit_arp(packet, out), 0);
}

}  // namespace
}  // namespace handfast::wire
