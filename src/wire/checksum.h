#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "handfast/address.h"

/// The Internet checksum (RFC 1071). All sums here are folded one's complement sums of 16-bit big-endian words, as
/// numbers in host byte order and not complemented: partial results of one place can be added to those of another,
/// on any machine. The checksum field is the complement of the sum.
namespace handfast::wire {

/// One's complement addition: the carry goes around.
constexpr std::uint16_t add_ones_complement(std::uint16_t a, std::uint16_t b) {
  const std::uint32_t sum = std::uint32_t{a} + b;
  return static_cast<std::uint16_t>(sum + (sum >> 16));
}

/// The sum of `bytes`; a last odd byte counts as the upper half of a word.
std::uint16_t sum_bytes(std::span<const std::byte> bytes);

/// Copies `from` to the front of `to` (which must hold as much and must not overlap) and returns the sum, in one pass.
std::uint16_t copy_and_sum(std::span<const std::byte> from, std::span<std::byte> to);

/// The sum of the TCP or UDP pseudo-header (RFC 9293 §3.1; RFC 8200 §8.1). Both addresses are of one version; `length`
/// is that of the transport header and its text.
std::uint16_t pseudo_header_sum(const IpAddress& source, const IpAddress& destination, std::uint8_t protocol,
                                std::uint32_t length);

/// Adds up bytes that lie in several places, each piece of any length, odd ones too.
class ChecksumAccumulator {
 public:
  constexpr ChecksumAccumulator() = default;
  /// Starts from the sum of an even number of bytes, for example that of a pseudo-header.
  constexpr explicit ChecksumAccumulator(std::uint16_t sum) : sum_(sum) {}

  void add(std::span<const std::byte> bytes) { add_sum(sum_bytes(bytes), bytes.size()); }
  /// Adds the sum of the next `length` bytes, known from elsewhere (copy_and_sum, a device).
  constexpr void add_sum(std::uint16_t sum, std::size_t length) {
    if (odd_) sum = static_cast<std::uint16_t>(sum << 8 | sum >> 8);
    sum_ = add_ones_complement(sum_, sum);
    odd_ = odd_ != (length % 2 != 0);
  }
  constexpr std::uint16_t sum() const { return sum_; }
  /// What belongs into the checksum field, given that the field was zero while it was added.
  constexpr std::uint16_t finish() const { return static_cast<std::uint16_t>(~sum_); }
  /// Whether bytes that include their checksum field add up.
  constexpr bool is_valid() const { return sum_ == 0xFFFF; }

 private:
  std::uint16_t sum_ = 0;
  bool odd_ = false;
};

/// The ways to compute sum_bytes, for the test that proves them equal and for the benchmark.
enum class ChecksumPath : std::uint8_t { kPortable, kAvx2 };
/// Whether this machine can run `path`.
bool checksum_path_available(ChecksumPath path);
/// sum_bytes by one way, which must be available.
std::uint16_t sum_bytes_by(ChecksumPath path, std::span<const std::byte> bytes);

}  // namespace handfast::wire
