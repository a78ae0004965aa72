#include "base/siphash.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <set>
#include <vector>

#include "base/test_random.h"

namespace handfast::base {
namespace {

constexpr SipKey kPaperKey = {0x0706050403020100, 0x0F0E0D0C0B0A0908};

constexpr std::array<std::byte, 64> counting_bytes() {
  std::array<std::byte, 64> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}
constexpr std::array<std::byte, 64> kCounting = counting_bytes();

constexpr std::uint64_t of_first(std::size_t length) { return siphash(kPaperKey, std::span(kCounting).first(length)); }

// The example of the paper's appendix A, at compile time.
static_assert(of_first(15) == 0xA129CA6149BE45E5);

/// The first of the published vectors, whose bytes are the hash in little-endian order.
TEST(SipHash, PublishedVectors) {
  constexpr std::array<std::uint64_t, 16> kVectors = {
      0x726FDB47DD0E0E31, 0x74F839C593DC67FD, 0x0D6C8009D9A94F5A, 0x85676696D7FB7E2D,
      0xCF2794E0277187B7, 0x18765564CD99A68D, 0xCBC9466E58FEE3CE, 0xAB0200F58B01D137,
      0x93F5F5799A932462, 0x9E0082DF0BA9E4B0, 0x7A5DBBC594DDB9F3, 0xF4B32F46226BADA7,
      0x751E8FBC860EE5FB, 0x14EA5627C0843D90, 0xF723CA908E7AF2EE, 0xA129CA6149BE45E5};
  for (std::size_t length = 0; length < kVectors.size(); ++length) {
    EXPECT_EQ(of_first(length), kVectors[length]) << length;
  }
}

/// The definition once more, slowly: pad, then one word after the other, rounds as in figure 2.1 of the paper.
std::uint64_t plain_siphash(const SipKey& key, std::vector<std::uint8_t> message) {
  const std::size_t length = message.size();
  while (message.size() % 8 != 7) message.push_back(0);
  message.push_back(static_cast<std::uint8_t>(length % 256));
  std::uint64_t v[4] = {key.k0 ^ 0x736F6D6570736575, key.k1 ^ 0x646F72616E646F6D, key.k0 ^ 0x6C7967656E657261,
                        key.k1 ^ 0x7465646279746573};
  const auto half = [&v](int a, int b, int rotation_b, bool turn_a) {
    v[a] += v[b];
    v[b] = (v[b] << rotation_b | v[b] >> (64 - rotation_b)) ^ v[a];
    if (turn_a) v[a] = v[a] << 32 | v[a] >> 32;
  };
  const auto rounds = [&half](int count) {
    while (count-- > 0) half(0, 1, 13, true), half(2, 3, 16, false), half(0, 3, 21, false), half(2, 1, 17, true);
  };
  for (std::size_t at = 0; at < message.size(); at += 8) {
    std::uint64_t word = 0;
    for (std::size_t i = 8; i-- > 0;) word = word << 8 | message[at + i];
    v[3] ^= word;
    rounds(2);
    v[0] ^= word;
  }
  v[2] ^= 0xFF;
  rounds(4);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}

TEST(SipHash, EqualsTheDefinitionAtAllLengths) {
  TestRandom random(5);
  for (std::size_t length = 0; length < 600; ++length) {
    const SipKey key = {random.next(), random.next()};
    std::vector<std::uint8_t> message(length);
    for (auto& byte : message) byte = static_cast<std::uint8_t>(random.next());
    ASSERT_EQ(siphash(key, std::as_bytes(std::span(message))), plain_siphash(key, message)) << length;
  }
  for (std::size_t length = 0; length < 64; ++length) {
    std::vector<std::uint8_t> message;
    message.reserve(length);
    for (std::size_t i = 0; i < length; ++i) message.push_back(static_cast<std::uint8_t>(i));
    EXPECT_EQ(of_first(length), plain_siphash(kPaperKey, message));
  }
}

TEST(SipHash, WordsEqualTheirBytes) {
  TestRandom random(6);
  for (int round = 0; round < 1000; ++round) {
    const SipKey key = {random.next(), random.next()};
    std::array<std::uint64_t, 5> words;
    std::array<std::byte, 40> bytes;
    for (std::size_t i = 0; i < 5; ++i) store_le64(bytes.data() + 8 * i, words[i] = random.next());
    const auto of_bytes = [&](std::size_t count) { return siphash(key, std::span(bytes).first(8 * count)); };
    ASSERT_EQ(siphash_words(key), of_bytes(0));
    ASSERT_EQ(siphash_words(key, words[0]), of_bytes(1));
    ASSERT_EQ(siphash_words(key, words[0], words[1]), of_bytes(2));
    ASSERT_EQ(siphash_words(key, words[0], words[1], words[2], words[3], words[4]), of_bytes(5));
  }
}

}  // namespace
}  // namespace handfast::base
