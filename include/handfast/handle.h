#pragma once

#include <compare>
#include <cstdint>

namespace handfast {

/// Names something inside a Host by its place and its generation: a stale handle gives an error, never another
/// connection. The default handle names nothing.
template <typename Tag>
struct Handle {
  std::uint32_t index = 0xFFFFFFFF;
  std::uint32_t generation = 0;

  constexpr bool is_none() const { return index == 0xFFFFFFFF; }
  /// One number for tables of the caller.
  constexpr std::uint64_t number() const { return std::uint64_t{generation} << 32 | index; }
  friend constexpr bool operator==(const Handle&, const Handle&) = default;
  friend constexpr std::strong_ordering operator<=>(const Handle&, const Handle&) = default;
};

using TcpHandle = Handle<struct TcpTag>;
using ListenerHandle = Handle<struct ListenerTag>;

}  // namespace handfast
