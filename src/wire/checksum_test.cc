#include "wire/checksum.h"

#include <gtest/gtest.h>

#include "wire/ipv4.h"
#include "wire/test_bytes.h"

namespace handfast::wire {
namespace {

// RFC 1071 as it reads, one word at a time.
std::uint16_t naive_sum(std::span<const std::byte> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    sum += std::to_integer<std::uint32_t>(bytes[i]) << 8;
    if (i + 1 < bytes.size()) sum += std::to_integer<std::uint32_t>(bytes[i + 1]);
    sum = (sum & 0xFFFF) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(sum);
}

void expect_all_paths_equal(std::span<const std::byte> bytes) {
  const std::uint16_t expected = naive_sum(bytes);
  ASSERT_EQ(sum_bytes(bytes), expected) << bytes.size();
  for (const ChecksumPath path : {ChecksumPath::kPortable, ChecksumPath::kAvx2}) {
    if (!checksum_path_available(path)) continue;
    ASSERT_EQ(sum_bytes_by(path, bytes), expected) << bytes.size();
  }
  std::vector<std::byte> copy(bytes.size() + 1, std::byte{0xA5});
  ASSERT_EQ(copy_and_sum(bytes, std::span(copy).first(bytes.size())), expected);
  ASSERT_TRUE(same_bytes(std::span(copy).first(bytes.size()), bytes));
  ASSERT_EQ(copy.back(), std::byte{0xA5});
}

TEST(Checksum, ExampleOfRfc1071) {
  EXPECT_EQ(sum_bytes(bytes_of({0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7})), 0xDDF2);
  EXPECT_EQ(sum_bytes({}), 0);
  EXPECT_EQ(sum_bytes(bytes_of({0x12})), 0x1200);
}

TEST(Checksum, EveryAlignmentAndLengthUpTo300) {
  base::TestRandom random(1);
  const auto noise = random_bytes(random, 400);
  for (std::size_t alignment = 0; alignment < 64; ++alignment) {
    for (std::size_t length = 0; length <= 300; ++length) {
      ASSERT_NO_FATAL_FAILURE(expect_all_paths_equal(std::span(noise).subspan(alignment, length)));
    }
  }
}

TEST(Checksum, CarriesAndExtremes) {
  for (const unsigned fill : {0x00U, 0xFFU, 0xFEU, 0x80U, 0x01U}) {
    const std::vector<std::byte> bytes(70001, static_cast<std::byte>(fill));
    for (const std::size_t length : {1U, 2U, 7U, 8U, 9U, 63U, 64U, 127U, 128U, 1500U, 65535U, 65536U, 70001U}) {
      ASSERT_NO_FATAL_FAILURE(expect_all_paths_equal(std::span(bytes).first(length)));
    }
  }
}

TEST(Checksum, LongRandomRuns) {
  base::TestRandom random(2);
  for (int round = 0; round < 60; ++round) {
    const auto bytes = random_bytes(random, random.below(70000));
    const std::size_t skip = std::min<std::size_t>(bytes.size(), random.below(64));
    ASSERT_NO_FATAL_FAILURE(expect_all_paths_equal(std::span(bytes).subspan(skip)));
  }
}

TEST(Checksum, AccumulatorDoesNotCareHowBytesAreCut) {
  base::TestRandom random(3);
  for (int round = 0; round < 2000; ++round) {
    const auto bytes = random_bytes(random, random.below(200));
    ChecksumAccumulator sum;
    std::span<const std::byte> rest = bytes;
    while (!rest.empty()) {
      const std::size_t piece = 1 + random.below(rest.size());
      if (random.chance(1, 2)) {
        sum.add(rest.first(piece));
      } else {
        sum.add_sum(sum_bytes(rest.first(piece)), piece);
      }
      if (random.chance(1, 4)) sum.add({});
      rest = rest.subspan(piece);
    }
    ASSERT_EQ(sum.sum(), naive_sum(bytes));
    ASSERT_EQ(sum.finish(), static_cast<std::uint16_t>(~naive_sum(bytes)));
  }
}

TEST(Checksum, CopyStopsAtTheEndOfTheShorterSpan) {
  const auto from = bytes_of({1, 2, 3, 4, 5, 6});
  ExactCopy to(bytes_of({0, 0, 0, 0}));
  EXPECT_EQ(copy_and_sum(from, to.mutable_bytes()), naive_sum(std::span(from).first(4)));
}

TEST(Checksum, PseudoHeaders) {
  base::TestRandom random(4);
  for (int round = 0; round < 500; ++round) {
    const bool v4 = random.chance(1, 2);
    const IpAddress source = v4 ? random_v4(random) : random_v6(random);
    const IpAddress destination = v4 ? random_v4(random) : random_v6(random);
    const auto length = static_cast<std::uint32_t>(v4 ? random.below(65536) : random.next());
    std::vector<std::byte> bytes;
    for (const IpAddress& address : {source, destination}) {
      for (const std::uint8_t byte : address.bytes()) bytes.push_back(std::byte{byte});
    }
    for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<std::byte>(length >> shift));
    for (const unsigned byte : {0U, 0U, 0U, unsigned{kProtocolTcp}}) bytes.push_back(static_cast<std::byte>(byte));
    ASSERT_EQ(pseudo_header_sum(source, destination, kProtocolTcp, length), naive_sum(bytes));
  }
}

}  // namespace
}  // namespace handfast::wire
