#include "base/bytes.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "base/test_random.h"

namespace handfast::base {
namespace {

constexpr std::array<std::byte, 9> kBytes = {std::byte{0x01}, std::byte{0x23}, std::byte{0x45},
                                             std::byte{0x67}, std::byte{0x89}, std::byte{0xAB},
                                             std::byte{0xCD}, std::byte{0xEF}, std::byte{0x10}};
static_assert(load_be16(kBytes.data()) == 0x0123);
static_assert(load_be32(kBytes.data() + 1) == 0x23456789);
static_assert(load_be64(kBytes.data() + 1) == 0x23456789ABCDEF10);
static_assert(load_le32(kBytes.data()) == 0x67452301);
static_assert(load_le64(kBytes.data()) == 0xEFCDAB8967452301);

constexpr bool stores_what_it_loads() {
  std::array<std::byte, 8> bytes{};
  store_be64(bytes.data(), 0x0123456789ABCDEF);
  if (bytes[0] != std::byte{0x01} || bytes[7] != std::byte{0xEF}) return false;
  store_le32(bytes.data(), 0x01020304);
  store_be16(bytes.data() + 4, 0x0506);
  return load_be64(bytes.data()) == 0x040302010506CDEF;
}
static_assert(stores_what_it_loads());

TEST(Bytes, RunTimeEqualsCompileTime) {
  EXPECT_TRUE(stores_what_it_loads());
  EXPECT_EQ(load_be16(kBytes.data()), 0x0123);
  EXPECT_EQ(load_be32(kBytes.data() + 1), 0x23456789U);
  EXPECT_EQ(load_le64(kBytes.data()), 0xEFCDAB8967452301U);
  std::array<std::byte, 8> bytes{};
  store_be32(bytes.data(), 0x01020304);
  store_le64(bytes.data(), load_le64(bytes.data()) + 1);
  EXPECT_EQ(bytes[0], std::byte{2});
}

TEST(ByteReader, ReadsInOrder) {
  ByteReader reader(kBytes);
  EXPECT_EQ(reader.u8(), 0x01);
  EXPECT_EQ(reader.u16(), 0x2345);
  reader.skip(1);
  EXPECT_EQ(reader.u32(), 0x89ABCDEFU);
  EXPECT_EQ(reader.position(), 8U);
  EXPECT_EQ(reader.rest().size(), 1U);
  EXPECT_EQ(reader.bytes(1)[0], std::byte{0x10});
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_TRUE(reader.bytes(0).empty());
  EXPECT_TRUE(reader.ok());
  EXPECT_EQ(ByteReader(kBytes).u64(), 0x0123456789ABCDEFU);
}

TEST(ByteReader, FailureSticks) {
  ByteReader reader{std::span(kBytes).first(3)};
  EXPECT_EQ(reader.u16(), 0x0123);
  EXPECT_EQ(reader.u16(), 0);
  EXPECT_FALSE(reader.ok());
  EXPECT_EQ(reader.u8(), 0);  // One byte is left, but nothing after a failure is to be believed.
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_TRUE(reader.rest().empty());
  EXPECT_TRUE(reader.bytes(0).empty());
  EXPECT_EQ(reader.u64(), 0U);
  EXPECT_FALSE(reader.ok());
  ByteReader huge(kBytes);
  huge.skip(1);
  huge.skip(~std::size_t{0});
  EXPECT_FALSE(huge.ok());
  ByteReader none({});
  EXPECT_TRUE(none.ok());
  EXPECT_EQ(none.u8(), 0);
  EXPECT_FALSE(none.ok());
}

TEST(ByteWriter, WritesInOrder) {
  std::array<std::byte, 16> bytes{};
  ByteWriter writer(bytes);
  writer.u8(1);
  writer.u16(0x0203);
  writer.u32(0x04050607);
  writer.patch_u16(1, 0xAABB);
  writer.bytes(std::span(kBytes).first(2));
  writer.zeros(1);
  EXPECT_EQ(writer.position(), 10U);
  EXPECT_EQ(writer.reserve(2).data(), bytes.data() + 10);
  EXPECT_EQ(writer.written().size(), 12U);
  EXPECT_TRUE(writer.ok());
  ByteReader reader(bytes);
  EXPECT_EQ(reader.u64(), 0x01AABB0405060701U);
}

TEST(ByteWriter, OverflowSticksAndStoresNothing) {
  std::array<std::byte, 4> bytes{};
  ByteWriter writer{std::span(bytes).first(3)};
  writer.u16(0x0102);
  writer.u16(0x0304);
  EXPECT_FALSE(writer.ok());
  writer.u8(9);
  EXPECT_EQ(writer.position(), 2U);
  EXPECT_EQ(load_be32(bytes.data()), 0x01020000U);
  EXPECT_TRUE(writer.reserve(1).empty());
}

TEST(ByteWriter, PatchReachesOnlyWhatWasWritten) {
  std::array<std::byte, 4> bytes{};
  for (const std::size_t at : {std::size_t{2}, std::size_t{3}, ~std::size_t{0}}) {
    ByteWriter writer(bytes);
    writer.u16(0);
    writer.u8(0);
    writer.patch_u16(at, 0xFFFF);
    EXPECT_FALSE(writer.ok()) << at;
  }
  ByteWriter writer(bytes);
  writer.u8(0);
  writer.patch_u16(0, 0xFFFF);
  EXPECT_FALSE(writer.ok());
  EXPECT_EQ(load_be32(bytes.data()), 0U);
}

TEST(ByteReader, NeverLeavesItsSpan) {
  TestRandom random(4);
  for (int round = 0; round < 2000; ++round) {
    // An allocation of its own, so that sanitizers see every step out.
    std::vector<std::byte> bytes(random.below(40), std::byte{0xFF});
    ByteReader reader(bytes);
    ByteWriter writer(bytes);
    for (int step = 0; step < 12; ++step) {
      const std::size_t count = random.below(12);
      switch (random.below(5)) {
        case 0:
          reader.u8(), writer.u8(0xFF);
          break;
        case 1:
          reader.u16(), writer.u16(0xFFFF);
          break;
        case 2:
          reader.u32(), writer.u32(0xFFFFFFFF);
          break;
        case 3:
          reader.u64(), writer.u64(~std::uint64_t{0});
          break;
        default:
          reader.bytes(count), writer.zeros(count);
          break;
      }
      ASSERT_EQ(reader.ok(), writer.ok());
      ASSERT_LE(reader.position(), bytes.size());
      ASSERT_LE(writer.position(), bytes.size());
    }
  }
}

}  // namespace
}  // namespace handfast::base
