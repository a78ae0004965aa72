#include "wire/pcapng.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

Instant at(std::int64_t nanoseconds) { return Instant(Duration(nanoseconds)); }

// Builds files of other writers, in either byte order.
class File {
 public:
  explicit File(bool big_endian) : big_endian_(big_endian) {}
  File& u16(unsigned value) { return put(value, 2); }
  File& u32(std::uint64_t value) { return put(value, 4); }
  File& u64(std::uint64_t value) {
    return big_endian_ ? u32(value >> 32).u32(value & 0xFFFFFFFF) : u32(value & 0xFFFFFFFF).u32(value >> 32);
  }
  File& text(std::string_view text) {
    for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
    while (bytes_.size() % 4 != 0) bytes_.push_back(std::byte{0});
    return *this;
  }
  File& block(std::uint32_t type, const File& body) {
    u32(type).u32(body.bytes_.size() + 12);
    bytes_.insert(bytes_.end(), body.bytes_.begin(), body.bytes_.end());
    return u32(body.bytes_.size() + 12);
  }
  File& section() { return block(0x0A0D0D0A, File(big_endian_).u32(0x1A2B3C4D).u16(1).u16(0).u64(~std::uint64_t{0})); }
  File& interface(unsigned link_type, unsigned snap_length = 0) {
    return block(1, File(big_endian_).u16(link_type).u16(0).u32(snap_length));
  }
  File& interface_with(unsigned option, unsigned length, std::uint64_t value) {
    File body(big_endian_);
    body.u16(1).u16(0).u32(0).u16(option).u16(length);
    if (length == 1) {
      body.bytes_.push_back(static_cast<std::byte>(value));
      body.bytes_.resize(body.bytes_.size() + 3);
    } else {
      body.u64(value);
    }
    return block(1, body);
  }
  File& packet(unsigned interface, std::uint64_t units, std::string_view text) {
    return block(6, File(big_endian_)
                        .u32(interface)
                        .u32(units >> 32)
                        .u32(units & 0xFFFFFFFF)
                        .u32(text.size())
                        .u32(text.size() + 5)
                        .text(text));
  }
  const std::vector<std::byte>& bytes() const { return bytes_; }

 private:
  File& put(std::uint64_t value, unsigned count) {
    for (unsigned i = 0; i < count; ++i) {
      const unsigned shift = 8 * (big_endian_ ? count - 1 - i : i);
      bytes_.push_back(static_cast<std::byte>(value >> shift));
    }
    return *this;
  }
  bool big_endian_;
  std::vector<std::byte> bytes_;
};

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

CapturedPacket only_packet(CaptureReader& reader) {
  const auto packet = reader.next();
  EXPECT_TRUE(packet.has_value() && packet->has_value());
  return packet.has_value() && packet->has_value() ? **packet : CapturedPacket{};
}

CaptureError first_error(std::span<const std::byte> bytes, CaptureLimits limits = {}) {
  auto reader = CaptureReader::open(bytes, limits);
  if (!reader) return reader.error();
  for (;;) {
    const auto packet = reader->next();
    if (!packet) return packet.error();
    if (!*packet) break;
  }
  ADD_FAILURE() << "read without an error";
  return {};
}

TEST(Pcapng, WritesWhatTheFormatSays) {
  std::vector<std::byte> out;
  PcapngWriter writer(out, "abc");
  ASSERT_EQ(out.size(), 40);
  EXPECT_TRUE(same_bytes(
      out, bytes_of({0x0A, 0x0D, 0x0D, 0x0A, 40, 0, 0, 0, 0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
                     0xFF, 0xFF, 0xFF, 0xFF, 4,  0, 3, 0, 'a',  'b',  'c',  0,    0, 0, 0, 0, 40,   0,    0,    0})));
  out.clear();
  EXPECT_EQ(writer.add_interface({.link_type = kLinkTypeRaw, .snap_length = 0, .name = "tun0"}), 0);
  EXPECT_TRUE(same_bytes(out, bytes_of({1,   0,   0,   0,   40, 0, 0, 0, 101, 0, 0, 0, 0, 0, 0, 0, 2,  0, 4, 0,
                                        't', 'u', 'n', '0', 9,  0, 1, 0, 9,   0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0})));
  out.clear();
  const auto bytes = bytes_of({0xAA, 0xBB, 0xCC});
  const std::string_view comment = "hi";
  ASSERT_TRUE(writer.write({.interface = 0,
                            .timestamp = at(0x123456789A),
                            .bytes = bytes,
                            .original_length = 9,
                            .direction = CaptureDirection::kOutbound,
                            .comments = std::span(&comment, 1)}));
  EXPECT_TRUE(
      same_bytes(out, bytes_of({6,    0, 0, 0, 56, 0, 0, 0, 0, 0,    0,    0,    0x12, 0, 0,  0, 0x9A, 0x78, 0x56,
                                0x34, 3, 0, 0, 0,  9, 0, 0, 0, 0xAA, 0xBB, 0xCC, 0,    1, 0,  2, 0,    'h',  'i',
                                0,    0, 2, 0, 4,  0, 2, 0, 0, 0,    0,    0,    0,    0, 56, 0, 0,    0})));
}

TEST(Pcapng, RoundTrip) {
  base::TestRandom random(1);
  for (int round = 0; round < 300; ++round) {
    std::vector<std::byte> file;
    PcapngWriter writer(file);
    writer.add_interface({kLinkTypeEthernet, 0, "eth"});
    writer.add_interface({kLinkTypeRaw, 96, ""});
    std::vector<std::vector<std::byte>> contents;
    std::vector<CapturedPacket> packets;
    const std::vector<std::string_view> comments = {"the first", "",
                                                    "dr\xC3\xB6pped: RFC 9293 \xC2\xA7"
                                                    "3.1"};
    for (std::uint64_t count = random.below(8); count > 0; --count)
      contents.push_back(random_bytes(random, random.below(90)));
    for (const auto& bytes : contents) {
      CapturedPacket packet;
      packet.interface = static_cast<std::uint32_t>(random.below(2));
      packet.timestamp = at(static_cast<std::int64_t>(random.next() >> 1));
      packet.bytes = bytes;
      packet.original_length = static_cast<std::uint32_t>(bytes.size() + random.below(3));
      packet.direction = static_cast<CaptureDirection>(random.below(3));
      packet.comments = std::span(comments).first(random.below(4));
      packets.push_back(packet);
      ASSERT_TRUE(writer.write(packet));
    }
    const ExactCopy copy(file);
    auto reader = CaptureReader::open(copy.bytes());
    ASSERT_TRUE(reader);
    for (const CapturedPacket& expected : packets) {
      const CapturedPacket packet = only_packet(*reader);
      ASSERT_EQ(packet.interface, expected.interface);
      ASSERT_EQ(packet.timestamp, expected.timestamp);
      ASSERT_TRUE(same_bytes(packet.bytes, expected.bytes));
      ASSERT_EQ(packet.original_length, expected.original_length);
      ASSERT_EQ(packet.direction, expected.direction);
      ASSERT_TRUE(std::ranges::equal(packet.comments, expected.comments));
    }
    ASSERT_EQ(reader->next()->has_value(), false);
    ASSERT_EQ(reader->interfaces().size(), 2);
    ASSERT_EQ(reader->interfaces()[0].name, "eth");
    ASSERT_EQ(reader->interfaces()[1].snap_length, 96);
  }
}

TEST(Pcapng, WriterKeepsItsLimits) {
  std::vector<std::byte> file;
  PcapngWriter writer(file);
  EXPECT_FALSE(writer.write({}));  // No such interface.
  writer.add_interface({});
  const std::vector<std::byte> large(262145);
  EXPECT_FALSE(writer.write({.bytes = large}));
  // A comment of two-byte characters does not fit 65,535 evenly: it is cut in front of one.
  std::string comment;
  for (int i = 0; i < 40000; ++i) comment += "\xC3\xB6";
  const std::vector<std::string_view> comments(20, comment);
  ASSERT_TRUE(writer.write({.timestamp = at(-5), .comments = comments}));
  auto reader = CaptureReader::open(file);
  ASSERT_TRUE(reader);
  const CapturedPacket packet = only_packet(*reader);
  EXPECT_EQ(packet.timestamp, at(0));
  ASSERT_EQ(packet.comments.size(), 16);
  EXPECT_EQ(packet.comments[0].size(), 65534);
}

TEST(CaptureReader, BothByteOrdersAndAllPacketBlocks) {
  for (const bool big : {false, true}) {
    File file(big);
    file.section().interface(kLinkTypeEthernet, 4);
    file.block(0x0BAD, File(big).u32(1)).packet(0, 1'500'000, "hello");
    file.block(3, File(big).u32(6).text("simp"));
    file.block(2, File(big).u16(0).u16(7).u32(0).u32(2'000'000).u32(3).u32(3).text("old"));
    file.section().interface(kLinkTypeRaw).packet(0, 3'000'000, "next");
    const ExactCopy copy(file.bytes());
    auto reader = CaptureReader::open(copy.bytes());
    ASSERT_TRUE(reader);
    CapturedPacket packet = only_packet(*reader);
    EXPECT_EQ(text_of(packet.bytes), "hello");
    EXPECT_EQ(packet.original_length, 10);
    EXPECT_EQ(packet.timestamp, at(1'500'000'000));
    packet = only_packet(*reader);
    EXPECT_EQ(text_of(packet.bytes), "simp");
    EXPECT_EQ(packet.original_length, 6);
    packet = only_packet(*reader);
    EXPECT_EQ(text_of(packet.bytes), "old");
    EXPECT_EQ(packet.timestamp, at(2'000'000'000));
    packet = only_packet(*reader);
    EXPECT_EQ(text_of(packet.bytes), "next");
    ASSERT_EQ(reader->interfaces().size(), 1);
    EXPECT_EQ(reader->interfaces()[0].link_type, kLinkTypeRaw);
    EXPECT_FALSE(reader->next()->has_value());
  }
}

TEST(CaptureReader, SectionsMayChangeTheByteOrder) {
  auto bytes = File(false).section().interface(1).packet(0, 1, "a").bytes();
  const auto more = File(true).section().interface(1).packet(0, 2, "b").bytes();
  bytes.insert(bytes.end(), more.begin(), more.end());
  auto reader = CaptureReader::open(bytes);
  ASSERT_TRUE(reader);
  EXPECT_EQ(only_packet(*reader).timestamp, at(1000));
  EXPECT_EQ(only_packet(*reader).timestamp, at(2000));
}

TEST(CaptureReader, ClassicPcap) {
  for (const bool big : {false, true}) {
    for (const bool nanoseconds : {false, true}) {
      File file(big);
      file.u32(nanoseconds ? 0xA1B23C4D : 0xA1B2C3D4).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(kLinkTypeRaw);
      file.u32(5).u32(7).u32(4).u32(9).text("abcd").u32(6).u32(8).u32(0).u32(0);
      const ExactCopy copy(file.bytes());
      auto reader = CaptureReader::open(copy.bytes());
      ASSERT_TRUE(reader);
      EXPECT_EQ(reader->interfaces()[0].link_type, kLinkTypeRaw);
      const CapturedPacket packet = only_packet(*reader);
      EXPECT_EQ(text_of(packet.bytes), "abcd");
      EXPECT_EQ(packet.original_length, 9);
      EXPECT_EQ(packet.timestamp, at(5'000'000'000 + (nanoseconds ? 7 : 7000)));
      EXPECT_TRUE(only_packet(*reader).bytes.empty());
      EXPECT_FALSE(reader->next()->has_value());
    }
  }
}

TEST(CaptureReader, ResolutionsAndOffsets) {
  struct Row {
    unsigned resolution;
    std::uint64_t units;
    std::int64_t nanoseconds;
  };
  constexpr Row kRows[] = {
      {0, 3, 3'000'000'000},
      {3, 1234, 1'234'000'000},
      {9, 77, 77},
      {12, 5999, 5},
      {19, 25'000'000'000'000, 2'500},
      {0x80, 2, 2'000'000'000},
      {0x8A, 1536, 1'500'000'000},
      {0xA2, 0x600000000, 1'500'000'000},
      {0xA3, 0xC00000000, 1'500'000'000},
      {0xBF, std::uint64_t{3} << 62, 1'500'000'000},
  };
  for (const bool big : {false, true}) {
    for (const Row& row : kRows) {
      const auto file = File(big).section().interface_with(9, 1, row.resolution).packet(0, row.units, "").bytes();
      auto reader = CaptureReader::open(file);
      ASSERT_TRUE(reader);
      EXPECT_EQ(only_packet(*reader).timestamp, at(row.nanoseconds)) << row.resolution;
    }
    const auto moved =
        File(big).section().interface_with(14, 8, ~std::uint64_t{0} - 1).packet(0, 5'000'001, "").bytes();
    auto reader = CaptureReader::open(moved);
    EXPECT_EQ(only_packet(*reader).timestamp, at(3'000'001'000));
  }
}

TEST(CaptureReader, TimesThatCannotBeToldAreErrors) {
  for (const unsigned resolution : {20U, 0x7FU, 0xC0U, 0xFFU}) {
    EXPECT_EQ(first_error(File(false).section().interface_with(9, 1, resolution).bytes()), CaptureError::kBadTimestamp);
  }
  EXPECT_EQ(first_error(File(false).section().interface_with(9, 1, 0).packet(0, 9'223'372'036, "").bytes()),
            CaptureError::kBadTimestamp);
  EXPECT_EQ(first_error(File(false).section().interface_with(9, 1, 0).packet(0, ~std::uint64_t{0}, "").bytes()),
            CaptureError::kBadTimestamp);
  for (const std::uint64_t offset : {std::uint64_t{1} << 63, ~std::uint64_t{0} >> 1, ~std::uint64_t{0}}) {
    EXPECT_EQ(first_error(File(false).section().interface_with(14, 8, offset).packet(0, 0, "").bytes()),
              CaptureError::kBadTimestamp);
  }
}

// Seconds near 2^64 and an offset that would bring them around to zero.
TEST(CaptureReader, TimesDoNotWrap) {
  File body(false);
  body.u16(1).u16(0).u32(0).u16(9).u16(1).u32(0).u16(14).u16(8).u64(10);
  const auto file = File(false).section().block(1, body).packet(0, ~std::uint64_t{0} - 4, "").bytes();
  EXPECT_EQ(first_error(file), CaptureError::kBadTimestamp);
}

TEST(CaptureReader, ClassicPcapCutAnywhere) {
  File file(false);
  file.u32(0xA1B2C3D4).u16(2).u16(4).u32(0).u32(0).u32(65535).u32(kLinkTypeRaw);
  file.u32(5).u32(7).u32(20).u32(20).text("twenty bytes of text");
  for (std::size_t length = 4; length < file.bytes().size(); ++length) {
    if (length == 24) continue;  // A header and no packets: a whole file.
    const ExactCopy copy{std::span<const std::byte>(file.bytes()).first(length)};
    ASSERT_EQ(first_error(copy.bytes()), CaptureError::kTruncated) << length;
  }
}

TEST(CaptureReader, Limits) {
  const auto file = File(false).section().interface(1).interface(1).packet(1, 0, "12345").bytes();
  EXPECT_EQ(first_error(file, {.interfaces = 1}), CaptureError::kTooManyInterfaces);
  EXPECT_EQ(first_error(file, {.packet_bytes = 4}), CaptureError::kPacketTooLarge);
  EXPECT_EQ(first_error(File(false).section().interface(1).packet(1, 0, "").bytes()), CaptureError::kBadInterface);
  std::vector<std::byte> commented;
  PcapngWriter writer(commented);
  writer.add_interface({});
  const std::vector<std::string_view> comments = {"a", "b"};
  ASSERT_TRUE(writer.write({.comments = comments}));
  EXPECT_EQ(first_error(commented, {.comments = 1}), CaptureError::kTooManyComments);
}

TEST(CaptureReader, DamageHasAName) {
  EXPECT_EQ(first_error({}), CaptureError::kUnknownFormat);
  EXPECT_EQ(first_error(bytes_of({1, 2, 3, 4})), CaptureError::kUnknownFormat);
  const auto file = File(false).section().interface(1).bytes();
  auto odd = file;
  odd[4] = std::byte{29};
  EXPECT_EQ(first_error(odd), CaptureError::kBadBlockLength);
  auto differs = file;
  differs[24] = std::byte{32};
  EXPECT_EQ(first_error(differs), CaptureError::kBadBlockLength);
  auto version = file;
  version[12] = std::byte{2};
  EXPECT_EQ(first_error(version), CaptureError::kBadVersion);
  const auto option = File(false).section().block(1, File(false).u16(1).u16(0).u32(0).u16(2).u16(9).u32(0)).bytes();
  EXPECT_EQ(first_error(option), CaptureError::kBadOption);
  const auto packet =
      File(false).section().interface(1).block(6, File(false).u32(0).u32(0).u32(0).u32(5).u32(5).u32(0));
  EXPECT_EQ(first_error(packet.bytes()), CaptureError::kTruncated);
  for (const unsigned claimed : {5U, 8U, 9U, 255U}) {
    const auto simple = File(false).section().interface(1).block(3, File(false).u32(claimed).text("four"));
    EXPECT_EQ(first_error(ExactCopy(simple.bytes()).bytes()), CaptureError::kTruncated);
  }
  auto reader = CaptureReader::open(odd);
  EXPECT_FALSE(reader->next());
  EXPECT_EQ(reader->next().error(), CaptureError::kBadBlockLength);  // And it stays broken.
}

// Reads to the end or to an error; every view must lie within the file.
void read_all(std::span<const std::byte> bytes) {
  auto reader = CaptureReader::open(bytes);
  if (!reader) return;
  for (auto packet = reader->next(); packet && *packet; packet = reader->next()) {
    ASSERT_TRUE(lies_within((*packet)->bytes, bytes));
    ASSERT_LT((*packet)->interface, reader->interfaces().size());
    for (const std::string_view comment : (*packet)->comments) {
      ASSERT_TRUE(lies_within(std::as_bytes(std::span<const char>(comment)), bytes));
    }
  }
}

TEST(CaptureReader, CutAndDamagedFilesAreReadWithinBounds) {
  base::TestRandom random(2);
  for (const bool big : {false, true}) {
    const auto file =
        File(big).section().interface_with(9, 1, 9).packet(0, 5, "abc").block(3, File(big).u32(3).text("xyz")).bytes();
    for (std::size_t length = 0; length <= file.size(); ++length) {
      const ExactCopy copy{std::span<const std::byte>(file).first(length)};
      ASSERT_NO_FATAL_FAILURE(read_all(copy.bytes()));
    }
    for (int round = 0; round < 20000; ++round) {
      ExactCopy copy(file);
      for (std::uint64_t count = 1 + random.below(3); count > 0; --count) {
        const std::size_t where = random.below(file.size());
        copy.mutable_bytes()[where] = static_cast<std::byte>(random.chance(1, 2) ? random.next() : random.below(64));
      }
      ASSERT_NO_FATAL_FAILURE(read_all(copy.bytes()));
    }
  }
}

}  // namespace
}  // namespace handfast::wire
