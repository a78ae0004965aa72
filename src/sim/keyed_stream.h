#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace handfast::sim {

/// An endless text whose every byte follows from a key and its offset. Each direction of each incarnation of a
/// connection has its own key, so one foreign, missing or repeated byte is seen wherever it is delivered.
class KeyedStream {
 public:
  explicit KeyedStream(std::uint64_t key) : key_(key) {}
  void write(std::uint64_t offset, std::span<std::byte> text) const;
  /// Where `text` first differs from the stream at `offset`, counted from text's start.
  std::optional<std::size_t> first_difference(std::uint64_t offset, std::span<const std::byte> text) const;

 private:
  std::uint64_t word(std::uint64_t index) const;
  std::uint64_t key_;
};

}  // namespace handfast::sim
