#include "wire/tcp.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "wire/checksum.h"
#include "wire/ipv4.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

TcpHeader random_header(base::TestRandom& random) {
  TcpHeader header;
  header.source_port = static_cast<std::uint16_t>(random.next());
  header.destination_port = static_cast<std::uint16_t>(random.next());
  header.seq = static_cast<std::uint32_t>(random.next());
  header.ack = static_cast<std::uint32_t>(random.next());
  header.flags = TcpFlags(static_cast<std::uint16_t>(random.next()));
  header.window = static_cast<std::uint16_t>(random.next());
  header.urgent_pointer = static_cast<std::uint16_t>(random.next());
  if (random.chance(1, 2)) header.options.mss = static_cast<std::uint16_t>(random.next());
  if (random.chance(1, 2)) header.options.timestamps = TcpTimestamps{static_cast<std::uint32_t>(random.next()), 5};
  if (random.chance(1, 3)) header.options.add_sack({static_cast<std::uint32_t>(random.next()), 6});
  return header;
}

TEST(Tcp, FieldsStandWhereTheyBelong) {
  const auto bytes =
      bytes_of({0x12, 0x34, 0x56, 0x78, 1, 2, 3, 4, 5, 6, 7, 8, 0x51, 0x12, 0xAB, 0xCD, 0, 0, 0xEF, 1, 'x'});
  const auto parsed = parse_tcp(bytes);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header.source_port, 0x1234);
  EXPECT_EQ(parsed->header.destination_port, 0x5678);
  EXPECT_EQ(parsed->header.seq, 0x01020304U);
  EXPECT_EQ(parsed->header.ack, 0x05060708U);
  EXPECT_EQ(parsed->header.flags, kSyn | kAck | kAe);
  EXPECT_EQ(parsed->header.window, 0xABCD);
  EXPECT_EQ(parsed->header.urgent_pointer, 0xEF01);
  EXPECT_EQ(parsed->text_offset, 20);
}

TEST(TcpFlags, Sets) {
  const TcpFlags flags = kSyn | kAck;
  EXPECT_TRUE(flags.has(kSyn));
  EXPECT_TRUE(flags.has(kSyn | kAck));
  EXPECT_FALSE(flags.has(kSyn | kFin));
  EXPECT_TRUE(flags.has_any(kSyn | kFin));
  EXPECT_FALSE(flags.has_any(kRst | kFin));
  EXPECT_EQ(flags.without(kAck), kSyn);
  EXPECT_EQ(TcpFlags(0xFFFF).bits(), 0x1FF);
  EXPECT_TRUE(TcpFlags{}.empty());
}

// A3: every data offset against every segment length; options are NOP.
TEST(Tcp, EveryDataOffsetAndLength) {
  for (unsigned offset = 0; offset < 16; ++offset) {
    for (std::size_t length = 0; length <= 80; ++length) {
      std::vector<std::byte> bytes(length, std::byte{1});
      if (length > 12) bytes[12] = static_cast<std::byte>(offset << 4);
      const auto expected = length < 20                         ? DropReason::kTcpTruncated
                            : offset < 5 || offset * 4 > length ? DropReason::kTcpBadDataOffset
                                                                : DropReason::kNone;
      const ExactCopy copy(bytes);
      const auto parsed = parse_tcp(copy.bytes());
      ASSERT_EQ(parsed ? DropReason::kNone : parsed.error(), expected) << offset << " " << length;
      const auto fixed = parse_tcp_fixed(copy.bytes());
      ASSERT_EQ(fixed ? DropReason::kNone : fixed.error(), expected);
      if (parsed) {
        ASSERT_EQ(parsed->text_offset, offset * 4);
      }
    }
  }
}

TEST(Tcp, BadOptionsLeaveTheFixedPartReadable) {
  auto bytes = std::vector<std::byte>(24);
  bytes[12] = std::byte{0x60};
  bytes[20] = std::byte{2};
  ASSERT_EQ(parse_tcp(bytes).error(), DropReason::kTcpBadOptionLength);
  ASSERT_TRUE(parse_tcp_fixed(bytes));
  EXPECT_EQ(parse_tcp_fixed(bytes)->text_offset, 24);
}

TEST(Tcp, RoundTrip) {  // MUST-1
  base::TestRandom random(1);
  for (int round = 0; round < 20000; ++round) {
    const TcpHeader header = random_header(random);
    ExactCopy out(std::vector<std::byte>(tcp_header_length(header), std::byte{0xEE}));
    ASSERT_EQ(emit_tcp(header, out.mutable_bytes()), out.bytes().size());
    const auto parsed = parse_tcp(out.bytes());
    ASSERT_TRUE(parsed);
    ASSERT_EQ(parsed->header, header);
    ASSERT_EQ(parsed->text_offset, out.bytes().size());
    ASSERT_EQ(base::load_be16(out.bytes().data() + kTcpChecksumOffset), 0);
    ASSERT_EQ(emit_tcp(header, out.mutable_bytes().first(out.bytes().size() - 1)), 0);
  }
}

struct Segment {
  IpAddress source, destination;
  std::vector<std::byte> header, text;
  std::uint16_t pseudo_sum = 0;

  std::vector<std::byte> whole() const {
    auto bytes = header;
    bytes.insert(bytes.end(), text.begin(), text.end());
    return bytes;
  }
};

Segment random_segment(base::TestRandom& random) {
  const bool v4 = random.chance(1, 2);
  Segment segment;
  segment.source = v4 ? random_v4(random) : random_v6(random);
  segment.destination = v4 ? random_v4(random) : random_v6(random);
  const TcpHeader header = random_header(random);
  segment.header.resize(tcp_header_length(header));
  emit_tcp(header, segment.header);
  segment.text = random_bytes(random, random.below(300));
  const auto length = static_cast<std::uint32_t>(segment.header.size() + segment.text.size());
  segment.pseudo_sum = pseudo_header_sum(segment.source, segment.destination, kProtocolTcp, length);
  return segment;
}

TEST(Tcp, ChecksumsOverAnyCutOfTheText) {
  base::TestRandom random(2);
  for (int round = 0; round < 3000; ++round) {
    Segment segment = random_segment(random);
    const std::size_t first = random.below(segment.text.size() + 1);
    const std::span<const std::byte> text = segment.text;
    const std::span<const std::byte> pieces[] = {text.first(first), {}, text.subspan(first)};
    finish_checksum(segment.pseudo_sum, segment.header, pieces);
    ASSERT_TRUE(tcp_checksum_is_valid(segment.source, segment.destination, segment.whole()));

    const std::uint16_t field = base::load_be16(segment.header.data() + kTcpChecksumOffset);
    store_partial_checksum(0, segment.header);
    finish_checksum_with_sum(segment.pseudo_sum, segment.header, sum_bytes(text));
    ASSERT_EQ(base::load_be16(segment.header.data() + kTcpChecksumOffset), field);

    // A device completes a partial checksum by summing from the header on, the field included.
    store_partial_checksum(segment.pseudo_sum, segment.header);
    ASSERT_EQ(static_cast<std::uint16_t>(~sum_bytes(segment.whole())), field);
  }
}

TEST(Tcp, ChecksumsOverSlices) {
  base::TestRandom random(3);
  Segment segment = random_segment(random);
  segment.text = random_bytes(random, 101);
  Buffer buffer{segment.text.data(), 101, 1, nullptr, nullptr};
  const Slice pieces[] = {Slice(buffer, 0, 33), Slice(buffer, 33, 68)};
  const auto length = static_cast<std::uint32_t>(segment.header.size() + 101);
  finish_checksum(pseudo_header_sum(segment.source, segment.destination, kProtocolTcp, length), segment.header, pieces);
  EXPECT_TRUE(tcp_checksum_is_valid(segment.source, segment.destination, segment.whole()));
}

TEST(Tcp, EveryFlippedBitIsNoticed) {  // MUST-3
  base::TestRandom random(4);
  Segment segment = random_segment(random);
  finish_checksum_with_sum(segment.pseudo_sum, segment.header, sum_bytes(segment.text));
  auto bytes = segment.whole();
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    ASSERT_FALSE(tcp_checksum_is_valid(segment.source, segment.destination, bytes));
    bytes[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
  }
  ASSERT_TRUE(tcp_checksum_is_valid(segment.source, segment.destination, bytes));
}

}  // namespace
}  // namespace handfast::wire
