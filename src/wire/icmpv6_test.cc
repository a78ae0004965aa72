#include "wire/icmpv6.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

const IpAddress kFrom = *IpAddress::parse("2001:db8::2");
const IpAddress kTo = *IpAddress::parse("2001:db8::1");

TEST(Icmpv6, RoundTrip) {
  base::TestRandom random(7);
  for (int round = 0; round < 2000; ++round) {
    const auto body = random_bytes(random, random.below(80));
    Icmpv6Message message;
    message.type = static_cast<Icmpv6Type>(random.below(256));
    message.code = static_cast<std::uint8_t>(random.next());
    message.rest = static_cast<std::uint32_t>(random.next());
    message.body = body;
    std::vector<std::byte> out(kIcmpHeaderLength + body.size());
    ASSERT_EQ(emit_icmpv6(message, kFrom, kTo, out), out.size());
    const auto back = parse_icmpv6(kFrom, kTo, out);
    ASSERT_TRUE(back);
    ASSERT_EQ(back->type, message.type);
    ASSERT_EQ(back->code, message.code);
    ASSERT_EQ(back->rest, message.rest);
    ASSERT_TRUE(same_bytes(back->body, body));
    ASSERT_EQ(back->is_error(), static_cast<unsigned>(message.type) < 128);
    const std::size_t bit = random.below(out.size() * 8);
    out[bit / 8] ^= static_cast<std::byte>(1U << bit % 8);
    ASSERT_EQ(parse_icmpv6(kFrom, kTo, out).error(), DropReason::kIcmpBadChecksum);
  }
}

TEST(Icmpv6, TheChecksumCoversTheAddresses) {  // RFC 4443 §2.3
  std::vector<std::byte> out(kIcmpHeaderLength);
  emit_icmpv6({}, kFrom, kTo, out);
  EXPECT_TRUE(parse_icmpv6(kFrom, kTo, out));
  EXPECT_FALSE(parse_icmpv6(kFrom, *IpAddress::parse("2001:db8::3"), out));
}

// A6.
TEST(Icmpv6, ShorterThanItsHeader) {
  for (std::size_t size = 0; size < kIcmpHeaderLength; ++size) {
    const std::vector<std::byte> bytes(size);
    EXPECT_EQ(parse_icmpv6(kFrom, kTo, ExactCopy(bytes).bytes()).error(), DropReason::kIcmpTruncated);
  }
}

TEST(Icmpv6, RepliesAndErrorsSayWhatTheyShould) {
  const auto text = bytes_of({1, 2, 3});
  const Icmpv6Message request = Icmpv6Message::echo_request(5, 6, text);
  const Icmpv6Message reply = Icmpv6Message::echo_reply_to(request);
  EXPECT_EQ(reply.type, Icmpv6Type::kEchoReply);
  EXPECT_EQ(reply.rest, 0x00050006u);
  EXPECT_EQ(reply.body.data(), text.data());
  EXPECT_EQ(Icmpv6Message::packet_too_big(1280, text).mtu(), 1280u);
  EXPECT_EQ(Icmpv6Message::destination_unreachable(kIcmpv6PortUnreachable, text).code, 4);
  std::vector<std::byte> small(kIcmpHeaderLength + 2);
  EXPECT_EQ(emit_icmpv6(reply, kFrom, kTo, small), 0u);
}

// A7.
TEST(Icmpv6Quote, IsReadAsFarAsItGoes) {
  std::vector<std::byte> whole(kIpv6HeaderLength + 20);
  emit_ipv6({.source = kTo, .destination = kFrom, .payload_length = 1440, .next_header = kProtocolTcp}, whole);
  base::store_be16(&whole[40], 1000);
  base::store_be16(&whole[42], 80);
  base::store_be32(&whole[44], 0xFFFFFFF0);
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    const auto quote = parse_icmpv6_quote(ExactCopy(std::span(whole).first(size)).bytes());
    ASSERT_EQ(quote.has_value(), size >= kIpv6HeaderLength + 4) << size;
    if (!quote) {
      ASSERT_EQ(quote.error(), DropReason::kIcmpBadQuote);
      continue;
    }
    EXPECT_EQ(quote->protocol, kProtocolTcp);
    EXPECT_EQ(quote->length, 1480u);
    EXPECT_EQ(quote->source, kTo);
    EXPECT_EQ(quote->destination, kFrom);
    EXPECT_EQ(quote->source_port, 1000);
    EXPECT_EQ(quote->destination_port, 80);
    EXPECT_EQ(quote->sequence.has_value(), size >= kIpv6HeaderLength + 8);
  }
}

TEST(Icmpv6Quote, OfAnotherVersionOrBehindOtherHeadersSaysNothing) {
  std::vector<std::byte> whole(kIpv6HeaderLength + 20);
  emit_ipv6({.next_header = 44}, whole);
  EXPECT_FALSE(parse_icmpv6_quote(whole)->sequence);
  whole[0] = std::byte{0x45};
  EXPECT_FALSE(parse_icmpv6_quote(whole));
}

}  // namespace
}  // namespace handfast::wire
