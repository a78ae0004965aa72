#include "wire/icmpv4.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

TEST(Icmpv4, RoundTripOfEveryType) {
  base::TestRandom random(1);
  for (unsigned type = 0; type < 256; ++type) {
    for (std::size_t length = 0; length <= 40; ++length) {
      const auto body = random_bytes(random, length);
      const Icmpv4Message message{static_cast<Icmpv4Type>(type), static_cast<std::uint8_t>(random.next()),
                                  static_cast<std::uint32_t>(random.next()), body};
      std::vector<std::byte> out(kIcmpHeaderLength + length);
      ASSERT_EQ(emit_icmpv4(message, out), out.size());
      const ExactCopy copy(out);
      const auto back = parse_icmpv4(copy.bytes());
      ASSERT_TRUE(back);
      ASSERT_EQ(back->type, message.type);
      ASSERT_EQ(back->code, message.code);
      ASSERT_EQ(back->rest, message.rest);
      ASSERT_TRUE(same_bytes(back->body, body));
      ASSERT_EQ(emit_icmpv4(message, std::span(out).first(out.size() - 1)), 0);
    }
  }
}

// A6: shorter than a header.
TEST(Icmpv4, ShortMessagesAreRefused) {
  for (std::size_t length = 0; length < kIcmpHeaderLength; ++length) {
    const auto parsed = parse_icmpv4(ExactCopy(std::vector<std::byte>(length, std::byte{0xFF})).bytes());
    ASSERT_FALSE(parsed);
    ASSERT_EQ(parsed.error(), DropReason::kIcmpTruncated);
  }
}

TEST(Icmpv4, EveryFlippedBitIsNoticed) {
  std::vector<std::byte> out(19);
  base::TestRandom random(2);
  const auto text = random_bytes(random, 11);
  ASSERT_EQ(emit_icmpv4(Icmpv4Message::echo_request(7, 9, text), out), 19);
  for (std::size_t bit = 0; bit < out.size() * 8; ++bit) {
    auto bytes = out;
    bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    const auto parsed = parse_icmpv4(bytes);
    ASSERT_FALSE(parsed);
    ASSERT_EQ(parsed.error(), DropReason::kIcmpBadChecksum);
  }
}

TEST(Icmpv4, MakersAndAccessors) {
  const auto text = bytes_of({1, 2, 3});
  const auto request = Icmpv4Message::echo_request(0x1234, 0x5678, text);
  const auto reply = Icmpv4Message::echo_reply_to(request);
  EXPECT_EQ(reply.type, Icmpv4Type::kEchoReply);
  EXPECT_EQ(reply.identifier(), 0x1234);
  EXPECT_EQ(reply.sequence_number(), 0x5678);
  EXPECT_FALSE(reply.is_error());
  const auto too_big = Icmpv4Message::fragmentation_needed(1400, text);
  EXPECT_EQ(too_big.code, kIcmpFragmentationNeeded);
  EXPECT_EQ(too_big.next_hop_mtu(), 1400);
  EXPECT_TRUE(too_big.is_error());
  EXPECT_EQ(Icmpv4Message::parameter_problem(20, text).pointer(), 20);
  EXPECT_TRUE(Icmpv4Message::time_exceeded(kIcmpTtlExceeded, text).is_error());
  std::vector<std::byte> out(11);
  ASSERT_EQ(emit_icmpv4(too_big, out), 11);
  EXPECT_EQ(base::load_be16(out.data() + 6), 1400);
}

TEST(Icmpv4, AnEchoIsAnsweredInPlace) {
  base::TestRandom random(3);
  const auto text = random_bytes(random, 33);
  std::vector<std::byte> bytes(kIcmpHeaderLength + text.size());
  ASSERT_NE(emit_icmpv4(Icmpv4Message::echo_request(1, 2, text), bytes), 0);
  const auto request = parse_icmpv4(bytes);
  ASSERT_TRUE(request);
  ASSERT_EQ(emit_icmpv4(Icmpv4Message::echo_reply_to(*request), bytes), bytes.size());
  const auto reply = parse_icmpv4(bytes);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->type, Icmpv4Type::kEchoReply);
  EXPECT_TRUE(same_bytes(reply->body, text));
}

TEST(Icmpv4, TheBodyMayLieAnywhereInTheOutput) {
  base::TestRandom random(4);
  for (std::size_t offset = 0; offset <= 40; ++offset) {
    auto bytes = random_bytes(random, 60);
    const std::span<const std::byte> body = std::span<const std::byte>(bytes).subspan(offset, 20);
    const std::vector<std::byte> expected(body.begin(), body.end());
    ASSERT_EQ(emit_icmpv4(Icmpv4Message::echo_request(1, 2, body), bytes), 28);
    const auto message = parse_icmpv4(std::span<const std::byte>(bytes).first(28));
    ASSERT_TRUE(message) << offset;
    ASSERT_TRUE(same_bytes(message->body, expected)) << offset;
  }
}

// A7: quotes of every length with every IHL, of TCP, UDP and another protocol.
TEST(IcmpQuote, EveryLengthAndHeaderLength) {
  for (unsigned ihl = 0; ihl < 16; ++ihl) {
    for (std::size_t length = 0; length <= 84; ++length) {
      for (const std::uint8_t protocol : {kProtocolTcp, kProtocolUdp, kProtocolIcmpv4}) {
        std::vector<std::byte> bytes(std::max<std::size_t>(84, length));
        for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
        bytes[0] = static_cast<std::byte>(0x40 | ihl);
        base::store_be16(bytes.data() + 6, 0x4000);
        bytes[9] = std::byte{protocol};
        bytes.resize(length);
        const auto quote = parse_icmpv4_quote(ExactCopy(bytes).bytes());
        const std::size_t header = ihl * 4;
        const bool ports = protocol != kProtocolIcmpv4;
        const bool fine = length >= 20 && ihl >= 5 && length >= header + (ports ? 4 : 0);
        ASSERT_EQ(quote.has_value(), fine) << ihl << " " << length;
        if (!quote) continue;
        ASSERT_EQ(quote->source, IpAddress::v4(12, 13, 14, 15));
        ASSERT_EQ(quote->destination, IpAddress::v4(16, 17, 18, 19));
        ASSERT_EQ(quote->source_port, ports ? header << 8 | (header + 1) : 0);
        ASSERT_EQ(quote->destination_port, ports ? (header + 2) << 8 | (header + 3) : 0);
        const bool sequence = protocol == kProtocolTcp && length >= header + 8;
        ASSERT_EQ(quote->sequence.has_value(), sequence);
        if (sequence) {
          ASSERT_EQ(*quote->sequence, base::load_be32(bytes.data() + header + 4));
        }
      }
    }
  }
}

TEST(IcmpQuote, LaterFragmentsAndOtherVersionsSayNothing) {
  std::vector<std::byte> bytes(28);
  bytes[0] = std::byte{0x45};
  bytes[9] = std::byte{kProtocolTcp};
  ASSERT_TRUE(parse_icmpv4_quote(bytes));
  bytes[6] = std::byte{0x20};  // The first of several fragments still has its ports.
  ASSERT_TRUE(parse_icmpv4_quote(bytes));
  bytes[7] = std::byte{1};
  ASSERT_FALSE(parse_icmpv4_quote(bytes));
  bytes[6] = bytes[7] = std::byte{0};
  bytes[0] = std::byte{0x65};
  ASSERT_FALSE(parse_icmpv4_quote(bytes));
}

}  // namespace
}  // namespace handfast::wire
