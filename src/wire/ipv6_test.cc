#include "wire/ipv6.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "wire/ecn.h"
#include "wire/ipv4.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

TEST(Ipv6, RoundTripWithPadding) {
  base::TestRandom random(1);
  for (int round = 0; round < 3000; ++round) {
    Ipv6Header header;
    header.source = random_v6(random);
    header.destination = random_v6(random);
    header.traffic_class = static_cast<std::uint8_t>(random.next());
    header.flow_label = static_cast<std::uint32_t>(random.below(1U << 20));
    header.payload_length = static_cast<std::uint16_t>(random.below(100));
    header.next_header = static_cast<std::uint8_t>(random.next());
    header.hop_limit = static_cast<std::uint8_t>(random.next());
    std::vector<std::byte> out(kIpv6HeaderLength + header.payload_length + random.below(20));
    ASSERT_EQ(emit_ipv6(header, out), kIpv6HeaderLength);
    const auto packet = parse_ipv6(out);
    ASSERT_TRUE(packet);
    ASSERT_EQ(packet->header, header);
    ASSERT_EQ(packet->payload.size(), header.payload_length);
    ASSERT_EQ(packet->payload.data(), out.data() + kIpv6HeaderLength);
  }
}

// A2: payload length against the bytes present.
TEST(Ipv6, EveryPairOfLengthsIsJudged) {
  std::vector<unsigned> claims;
  for (unsigned length = 0; length <= 64; ++length) claims.push_back(length);
  for (const unsigned length : {0x7FFFU, 0x8000U, 65534U, 65535U}) claims.push_back(length);
  for (std::size_t frame = 0; frame <= 100; ++frame) {
    for (const unsigned length : claims) {
      std::vector<std::byte> bytes(std::max<std::size_t>(frame, 6));
      bytes[0] = std::byte{0x60};
      base::store_be16(bytes.data() + 4, static_cast<std::uint16_t>(length));
      bytes.resize(frame);
      const auto packet = parse_ipv6(ExactCopy(bytes).bytes());
      const auto expected = frame < 40            ? DropReason::kIpv6Truncated
                            : 40 + length > frame ? DropReason::kIpv6BadPayloadLength
                                                  : DropReason::kNone;
      ASSERT_EQ(packet ? DropReason::kNone : packet.error(), expected) << frame << " " << length;
      if (packet) {
        ASSERT_EQ(packet->payload.size(), length);
      }
    }
  }
}

TEST(Ipv6, OtherVersionsAreRefused) {
  for (unsigned version = 0; version < 16; ++version) {
    std::vector<std::byte> bytes(40);
    bytes[0] = static_cast<std::byte>(version << 4);
    const auto packet = parse_ipv6(bytes);
    ASSERT_EQ(packet ? DropReason::kNone : packet.error(),
              version == 6 ? DropReason::kNone : DropReason::kBadIpVersion);
  }
}

TEST(Ipv6, WhatCannotBeReadCannotBeWritten) {
  std::vector<std::byte> out(40);
  EXPECT_EQ(emit_ipv6({.flow_label = 1U << 20}, out), 0);
  EXPECT_EQ(emit_ipv6({.source = IpAddress::v4(192, 0, 2, 1)}, out), 0);
  EXPECT_EQ(emit_ipv6({}, std::span(out).first(39)), 0);
}

TEST(Ipv6, AMarkChangesTheEcnFieldAlone) {
  for (unsigned number = 0; number < 256; ++number) {
    const auto traffic_class = static_cast<std::uint8_t>(number);
    Ipv6Header header{.traffic_class = traffic_class, .flow_label = 0xABCDE, .payload_length = 3, .next_header = 6};
    std::vector<std::byte> packet(43);
    emit_ipv6(header, packet);
    const bool capable = ecn_of(traffic_class) != EcnCodepoint::kNotEct;
    ASSERT_EQ(mark_congestion(packet), capable);
    if (capable) header.traffic_class |= 3;
    ASSERT_EQ(parse_ipv6(packet)->header, header);
  }
  std::vector<std::byte> broken(39, std::byte{0x60});
  EXPECT_FALSE(mark_congestion(broken));
  std::vector<std::byte> other(20);
  emit_ipv4({.traffic_class = 2}, other);
  EXPECT_TRUE(mark_congestion(other)) << "of the other version";
}

}  // namespace
}  // namespace handfast::wire
