#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

#include "base/test_random.h"
#include "handfast/address.h"

// What the unit tests and the fuzz targets of this folder share.

namespace handfast::wire {

/// A copy on the heap without a byte to spare, so that AddressSanitizer sees the first byte read beyond it.
class ExactCopy {
 public:
  explicit ExactCopy(std::span<const std::byte> bytes)
      : bytes_(std::make_unique_for_overwrite<std::byte[]>(bytes.size())), size_(bytes.size()) {
    std::copy(bytes.begin(), bytes.end(), bytes_.get());
  }
  std::span<const std::byte> bytes() const { return {bytes_.get(), size_}; }
  std::span<std::byte> mutable_bytes() { return {bytes_.get(), size_}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_;
};

/// Whether `part` lies within `whole`, as every view that a parser gives must.
inline bool lies_within(std::span<const std::byte> part, std::span<const std::byte> whole) {
  if (part.empty()) return true;
  const std::less_equal<const std::byte*> not_behind;
  return not_behind(whole.data(), part.data()) && not_behind(part.data() + part.size(), whole.data() + whole.size());
}

inline std::vector<std::byte> bytes_of(std::initializer_list<unsigned> numbers) {
  std::vector<std::byte> bytes;
  for (const unsigned number : numbers) bytes.push_back(static_cast<std::byte>(number));
  return bytes;
}

inline std::vector<std::byte> random_bytes(base::TestRandom& random, std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random.next());
  return bytes;
}

inline IpAddress random_v4(base::TestRandom& random) {
  return IpAddress::v4(static_cast<std::uint32_t>(random.next()));
}

inline IpAddress random_v6(base::TestRandom& random) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  return IpAddress::v6(bytes);
}

inline bool same_bytes(std::span<const std::byte> a, std::span<const std::byte> b) { return std::ranges::equal(a, b); }

}  // namespace handfast::wire
