// The sum of RFC 1071 does not care in which order words are added, nor how wide the adder is: 2^16, 2^32 and 2^64 all
// leave remainder 1 when divided by 65,535, so a carry out of any of those positions may be put back in at the bottom.
// Byte order does not matter either: adding swapped words gives the swapped sum. So the loops below add the machine's
// own 64-bit words, fold once at the end, and swap once. The sum is zero only for bytes that are all zero, which makes
// the folded value unique and lets the paths be compared for equality.

#include "wire/checksum.h"

#include <algorithm>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/bytes.h"

namespace handfast::wire {

namespace {

// Below this, setting the vectors up costs more than they give.
constexpr std::size_t kVectorFrom = 128;

constexpr std::uint64_t add_with_carry(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t sum = a + b;
  return sum + (sum < b ? 1 : 0);
}

template <typename Word>
Word load_native(const std::byte* from) {
  Word word;
  std::memcpy(&word, from, sizeof word);
  return word;
}

constexpr std::uint16_t fold(std::uint64_t sum) {
  sum = (sum >> 32) + (sum & 0xFFFFFFFF);
  sum = (sum >> 32) + (sum & 0xFFFFFFFF);
  sum = (sum >> 16) + (sum & 0xFFFF);
  sum = (sum >> 16) + (sum & 0xFFFF);
  return static_cast<std::uint16_t>(sum);
}

constexpr std::uint16_t native_to_value(std::uint16_t sum) {
  return std::endian::native == std::endian::big ? sum : std::byteswap(sum);
}

// Fewer than eight bytes, the last of them perhaps half a word.
std::uint64_t sum_tail(const std::byte* from, std::size_t count) {
  std::byte padded[8]{};
  if (count != 0) std::memcpy(padded, from, count);
  return load_native<std::uint64_t>(padded);
}

// Four sums at once: each is a chain of additions with carry, and the chains do not wait for each other.
template <bool kCopy>
std::uint64_t sum_words(const std::byte* from, std::byte* to, std::size_t count) {
  // Written out by hand: GCC keeps an array of sums in memory at -O2.
  std::uint64_t first = 0, second = 0, third = 0, fourth = 0;
  for (; count >= 32; count -= 32, from += 32) {
    const auto a = load_native<std::uint64_t>(from), b = load_native<std::uint64_t>(from + 8);
    const auto c = load_native<std::uint64_t>(from + 16), d = load_native<std::uint64_t>(from + 24);
    if constexpr (kCopy) {
      std::memcpy(to, from, 32);
      to += 32;
    }
    first = add_with_carry(first, a);
    second = add_with_carry(second, b);
    third = add_with_carry(third, c);
    fourth = add_with_carry(fourth, d);
  }
  std::uint64_t sum = add_with_carry(add_with_carry(first, second), add_with_carry(third, fourth));
  if constexpr (kCopy) {
    if (count != 0) std::memcpy(to, from, count);
  }
  for (; count >= 8; count -= 8, from += 8) sum = add_with_carry(sum, load_native<std::uint64_t>(from));
  return add_with_carry(sum, sum_tail(from, count));
}

#if defined(__x86_64__)

// Vector additions have no carry, so each 64-bit lane adds 32-bit halves; that cannot overflow in fewer than 2^32
// steps.
template <bool kCopy>
__attribute__((target("avx2"))) std::uint64_t sum_words_avx2(const std::byte* from, std::byte* to, std::size_t count) {
  const __m256i low_half = _mm256_set1_epi64x(0xFFFFFFFF);
  __m256i low[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  __m256i high[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
  for (; count >= 64; count -= 64, from += 64) {
    for (std::size_t i = 0; i < 2; ++i) {
      const __m256i words = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + 32 * i));
      if constexpr (kCopy) _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + 32 * i), words);
      low[i] = _mm256_add_epi64(low[i], _mm256_and_si256(words, low_half));
      high[i] = _mm256_add_epi64(high[i], _mm256_srli_epi64(words, 32));
    }
    if constexpr (kCopy) to += 64;
  }
  const __m256i all = _mm256_add_epi64(_mm256_add_epi64(low[0], low[1]), _mm256_add_epi64(high[0], high[1]));
  alignas(32) std::uint64_t lanes[4];
  _mm256_store_si256(reinterpret_cast<__m256i*>(lanes), all);
  std::uint64_t sum = sum_words<kCopy>(from, to, count);
  for (const std::uint64_t lane : lanes) sum = add_with_carry(sum, lane);
  return sum;
}

bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }

#endif

template <bool kCopy>
std::uint16_t sum_fast(const std::byte* from, std::byte* to, std::size_t count) {
#if defined(__x86_64__)
  if (count >= kVectorFrom && has_avx2()) return native_to_value(fold(sum_words_avx2<kCopy>(from, to, count)));
#endif
  return native_to_value(fold(sum_words<kCopy>(from, to, count)));
}

std::uint16_t sum_address(const IpAddress& address) { return sum_bytes(std::as_bytes(address.bytes())); }

}  // namespace

std::uint16_t sum_bytes(std::span<const std::byte> bytes) {
  return sum_fast<false>(bytes.data(), nullptr, bytes.size());
}

std::uint16_t copy_and_sum(std::span<const std::byte> from, std::span<std::byte> to) {
  return sum_fast<true>(from.data(), to.data(), std::min(from.size(), to.size()));
}

std::uint16_t pseudo_header_sum(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                std::uint32_t length) {
  const std::uint16_t addresses = add_ones_complement(sum_address(source), sum_address(destination));
  const std::uint16_t lengths =
      add_ones_complement(static_cast<std::uint16_t>(length >> 16), static_cast<std::uint16_t>(length));
  return add_ones_complement(addresses, add_ones_complement(lengths, protocol));
}

bool checksum_path_available(ChecksumPath path) {
#if defined(__x86_64__)
  return path == ChecksumPath::kPortable || has_avx2();
#else
  return path == ChecksumPath::kPortable;
#endif
}

std::uint16_t sum_bytes_by(ChecksumPath path, std::span<const std::byte> bytes) {
#if defined(__x86_64__)
  if (path == ChecksumPath::kAvx2) {
    return native_to_value(fold(sum_words_avx2<false>(bytes.data(), nullptr, bytes.size())));
  }
#endif
  static_cast<void>(path);
  return native_to_value(fold(sum_words<false>(bytes.data(), nullptr, bytes.size())));
}

}  // namespace handfast::wire
