#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "posix/call_values.h"

// An iovec as one run of bytes: of Buffer for calls that read, of ConstBuffer for those that write.

namespace handfast::posix {

/// How many bytes all parts have together.
template <typename Part>
std::uint64_t length_of(std::span<const Part> parts) {
  std::uint64_t length = 0;
  for (const Part& part : parts) length += part.size;
  return length;
}

/// The rest of the part that the byte numbered `at` stands in; null as its part is, and empty behind the last.
template <typename Part>
Part part_at(std::span<const Part> parts, std::uint64_t at) {
  for (const Part& part : parts) {
    if (at < part.size)
      return {part.data == nullptr ? nullptr : part.data + at, part.size - static_cast<std::size_t>(at)};
    at -= part.size;
  }
  return {};
}

}  // namespace handfast::posix
