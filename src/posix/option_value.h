#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <type_traits>

#include "posix/call_values.h"

// Option values are bytes: an int, or a structure of plain numbers, in the byte order of the machine.

namespace handfast::posix {

/// struct linger.
struct LingerValue {
  std::int32_t on = 0;
  std::int32_t seconds = 0;
};

/// struct timeval.
struct TimeValue {
  std::int64_t seconds = 0;
  std::int64_t microseconds = 0;
};

/// The value at the front of the bytes; nothing where there are too few.
template <typename T>
  requires std::is_trivially_copyable_v<T>
std::optional<T> read_option(ConstBuffer value) {
  if (value.data == nullptr || value.size < sizeof(T)) return std::nullopt;
  T read;
  std::memcpy(&read, value.data, sizeof(T));
  return read;
}

/// Writes as much as there is room for, as getsockopt does, and says how much.
inline Outcome write_option_bytes(const void* from, std::size_t size, Buffer& value) {
  value.size = std::min(value.size, size);
  if (value.size > 0) std::memcpy(value.data, from, value.size);
  return Outcome::of(0);
}

template <typename T>
  requires std::is_trivially_copyable_v<T>
Outcome write_option(const T& from, Buffer& value) {
  return write_option_bytes(&from, sizeof(T), value);
}

}  // namespace handfast::posix
