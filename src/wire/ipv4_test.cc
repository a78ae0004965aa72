#include "wire/ipv4.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/ecn.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

// A packet that claims what it is told to claim, with a right checksum wherever the header is there to carry one.
std::vector<std::byte> claim(unsigned version, unsigned ihl, unsigned total_length, std::size_t frame_length) {
  std::vector<std::byte> bytes(frame_length, std::byte{0});
  if (frame_length < kIpv4HeaderLength) {
    if (!bytes.empty()) bytes[0] = static_cast<std::byte>(version << 4 | ihl);
    return bytes;
  }
  bytes[0] = static_cast<std::byte>(version << 4 | ihl);
  base::store_be16(bytes.data() + 2, static_cast<std::uint16_t>(total_length));
  for (std::size_t at = 20; at < std::min<std::size_t>(ihl * 4, frame_length); ++at) bytes[at] = std::byte{1};
  const std::size_t summed = std::min<std::size_t>(ihl * 4, frame_length);
  base::store_be16(bytes.data() + 10, static_cast<std::uint16_t>(~sum_bytes(std::span(bytes).first(summed))));
  return bytes;
}

DropReason expected_reason(unsigned version, unsigned ihl, unsigned total, std::size_t frame) {
  if (frame < 20) return DropReason::kIpv4Truncated;
  if (version != 4) return DropReason::kBadIpVersion;
  if (ihl < 5 || ihl * 4 > frame) return DropReason::kIpv4BadHeaderLength;
  if (total < ihl * 4 || total > frame) return DropReason::kIpv4BadTotalLength;
  return DropReason::kNone;
}

void check_claim(unsigned version, unsigned ihl, unsigned total, std::size_t frame) {
  const ExactCopy copy(claim(version, ihl, total, frame));
  const auto packet = parse_ipv4(copy.bytes());
  const DropReason expected = expected_reason(version, ihl, total, frame);
  const DropReason got = packet ? DropReason::kNone : packet.error();
  ASSERT_EQ(got, expected) << "version " << version << " ihl " << ihl << " total " << total << " frame " << frame;
  if (!packet) return;
  ASSERT_EQ(packet->header_length, ihl * 4);
  ASSERT_EQ(packet->payload.size(), total - ihl * 4);
  ASSERT_EQ(packet->payload.data(), copy.bytes().data() + ihl * 4);
  ASSERT_EQ(packet->header.payload_length, packet->payload.size());
  ASSERT_EQ(packet->header.options.size(), ihl * 4 - 20);
}

// A1, A2, A3: each total length, IHL and frame length of 0 to 84, and the edges beyond.
TEST(Ipv4, EveryTripleOfLengthsIsJudged) {
  for (unsigned ihl = 0; ihl < 16; ++ihl) {
    for (unsigned total = 0; total <= 84; ++total) {
      for (std::size_t frame = 0; frame <= 84; ++frame) {
        ASSERT_NO_FATAL_FAILURE(check_claim(4, ihl, total, frame));
      }
    }
    for (const unsigned total : {575U, 576U, 577U, 1499U, 1500U, 1501U, 0x7FFFU, 0x8000U, 65534U, 65535U}) {
      for (const std::size_t frame :
           {0U, 19U, 20U, 60U, 576U, 1500U, 1501U, 0x7FFFU, 0x8000U, 65534U, 65535U, 65536U}) {
        ASSERT_NO_FATAL_FAILURE(check_claim(4, ihl, total, frame));
      }
    }
  }
}

TEST(Ipv4, OtherVersionsAreRefused) {
  for (unsigned version = 0; version < 16; ++version) {
    ASSERT_NO_FATAL_FAILURE(check_claim(version, 5, 40, 60));
  }
}

TEST(Ipv4, EveryFlippedBitOfTheHeaderIsNoticed) {
  std::vector<std::byte> out(40);
  const Ipv4Header header{
      .source = IpAddress::v4(192, 0, 2, 1), .destination = IpAddress::v4(192, 0, 2, 2), .payload_length = 20};
  ASSERT_EQ(emit_ipv4(header, out), 20);
  for (std::size_t bit = 0; bit < 160; ++bit) {
    auto bytes = out;
    bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    ASSERT_FALSE(parse_ipv4(bytes)) << bit;
  }
}

// Every (kind, length) at every offset of the 40 option bytes, the rest being NOP.
TEST(Ipv4, EveryOptionLengthAtEveryOffset) {
  for (std::size_t at = 0; at < 40; ++at) {
    for (const unsigned kind : {0U, 1U, 7U, 68U, 131U, 137U, 148U, 255U}) {
      for (unsigned length = 0; length < 256; ++length) {
        auto bytes = claim(4, 15, 60, 60);
        bytes[20 + at] = static_cast<std::byte>(kind);
        if (at < 39) bytes[21 + at] = static_cast<std::byte>(length);
        // The byte after a NOP is an option kind of its own, so leave it a NOP there.
        if (kind == 1 && at < 39) bytes[21 + at] = std::byte{1};
        base::store_be16(bytes.data() + 10, 0);
        base::store_be16(bytes.data() + 10, static_cast<std::uint16_t>(~sum_bytes(bytes)));
        const bool fine = kind <= 1 || (at < 39 && length >= 2 && at + length <= 40);
        const auto packet = parse_ipv4(ExactCopy(bytes).bytes());
        ASSERT_EQ(packet.has_value(), fine) << at << " " << kind << " " << length;
        const auto options = std::span(bytes).subspan(20, 40);
        ASSERT_EQ(ipv4_has_source_route(options), fine && (kind == 131 || kind == 137));
        if (!packet) {
          ASSERT_EQ(packet.error(), DropReason::kIpv4BadOption);
        }
      }
    }
  }
}

// A10: no fragment may end behind byte 65,535.
TEST(Ipv4, FragmentsThatReachTooFarAreRefused) {
  for (const unsigned offset : {0U, 8U, 65480U, 65488U, 65496U, 65504U, 65512U, 65520U, 65528U}) {
    for (unsigned length = 0; length <= 64; ++length) {
      std::vector<std::byte> bytes(20 + length);
      bytes[0] = std::byte{0x45};
      base::store_be16(bytes.data() + 2, static_cast<std::uint16_t>(bytes.size()));
      base::store_be16(bytes.data() + 6, static_cast<std::uint16_t>(offset / 8));
      base::store_be16(bytes.data() + 10, static_cast<std::uint16_t>(~sum_bytes(std::span(bytes).first(20))));
      ASSERT_EQ(parse_ipv4(bytes).has_value(), 20 + offset + length <= 65535) << offset << " " << length;
    }
  }
}

Ipv4Header random_header(base::TestRandom& random, std::span<const std::byte> options) {
  Ipv4Header header;
  header.source = random_v4(random);
  header.destination = random_v4(random);
  header.traffic_class = static_cast<std::uint8_t>(random.next());
  header.ttl = static_cast<std::uint8_t>(random.next());
  header.protocol = static_cast<std::uint8_t>(random.next());
  header.dont_fragment = random.chance(1, 2);
  header.more_fragments = random.chance(1, 4);
  header.identification = static_cast<std::uint16_t>(random.next());
  header.fragment_offset = random.chance(1, 4) ? static_cast<std::uint16_t>(random.below(4096) * 8) : std::uint16_t{0};
  header.payload_length = static_cast<std::uint16_t>(random.below(200));
  header.options = options;
  return header;
}

TEST(Ipv4, RoundTrip) {
  base::TestRandom random(1);
  for (int round = 0; round < 5000; ++round) {
    const auto options = std::vector<std::byte>(random.below(11) * 4, std::byte{1});
    const Ipv4Header header = random_header(random, options);
    std::vector<std::byte> out(60 + 200);
    const std::size_t length = emit_ipv4(header, out);
    ASSERT_EQ(length, 20 + options.size());
    const auto packet = parse_ipv4(out);
    ASSERT_TRUE(packet);
    Ipv4Header back = packet->header;
    ASSERT_TRUE(same_bytes(back.options, options));
    ASSERT_EQ(back.source, header.source);
    ASSERT_EQ(back.destination, header.destination);
    ASSERT_EQ(back.traffic_class, header.traffic_class);
    ASSERT_EQ(back.ttl, header.ttl);
    ASSERT_EQ(back.protocol, header.protocol);
    ASSERT_EQ(back.dont_fragment, header.dont_fragment);
    ASSERT_EQ(back.more_fragments, header.more_fragments);
    ASSERT_EQ(back.identification, header.identification);
    ASSERT_EQ(back.fragment_offset, header.fragment_offset);
    ASSERT_EQ(back.payload_length, header.payload_length);
    std::vector<std::byte> again(out.size());
    ASSERT_EQ(emit_ipv4(back, again), length);
    ASSERT_TRUE(same_bytes(std::span(again).first(length), std::span(out).first(length)));
  }
}

TEST(Ipv4, AMarkChangesTheEcnFieldAndTheChecksumAlone) {
  const auto payload = bytes_of({1, 2, 3});
  for (unsigned number = 0xB8; number <= 0xBB; ++number) {
    const auto traffic_class = static_cast<std::uint8_t>(number);
    std::vector<std::byte> packet(23);
    emit_ipv4({.traffic_class = traffic_class, .payload_length = 3}, packet);
    std::ranges::copy(payload, packet.begin() + 20);
    const bool capable = ecn_of(traffic_class) != EcnCodepoint::kNotEct;
    ASSERT_EQ(mark_ipv4_congestion(packet), capable);
    const auto parsed = parse_ipv4(packet);
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->header.traffic_class, capable ? 0xBB : 0xB8);
    EXPECT_TRUE(same_bytes(parsed->payload, payload));
  }
  std::vector<std::byte> broken(19);
  EXPECT_FALSE(mark_ipv4_congestion(broken));
}

TEST(Ipv4, OptionsArePaddedWithEnd) {
  const auto options = bytes_of({148, 4, 0, 0, 1});
  std::vector<std::byte> out(28);
  ASSERT_EQ(emit_ipv4({.options = options}, out), 28);
  EXPECT_TRUE(same_bytes(std::span(out).subspan(20), bytes_of({148, 4, 0, 0, 1, 0, 0, 0})));
}

TEST(Ipv4, WhatCannotBeReadCannotBeWritten) {
  std::vector<std::byte> out(100);
  const std::vector<std::byte> long_options(41, std::byte{1});
  const auto bad_options = bytes_of({7, 1, 1, 1});
  EXPECT_EQ(emit_ipv4({.source = IpAddress::any(IpVersion::kV6)}, out), 0);
  EXPECT_EQ(emit_ipv4({.destination = IpAddress{}}, out), 0);
  EXPECT_EQ(emit_ipv4({.fragment_offset = 4}, out), 0);
  EXPECT_EQ(emit_ipv4({.fragment_offset = 65528}, out), 0);
  EXPECT_EQ(emit_ipv4({.payload_length = 65516}, out), 0);
  EXPECT_EQ(emit_ipv4({.payload_length = 65515}, out), 20);
  EXPECT_EQ(emit_ipv4({.options = long_options}, out), 0);
  EXPECT_EQ(emit_ipv4({.options = bad_options}, out), 0);
  EXPECT_EQ(emit_ipv4({}, std::span(out).first(19)), 0);
}

}  // namespace
}  // namespace handfast::wire
