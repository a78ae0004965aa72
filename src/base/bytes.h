#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

// Numbers in network byte order. The reader and the writer carry a sticky failure instead of reporting one at every
// step: a parser reads all the fields it wants, then asks once whether they were there. A read past the end yields
// zero and a write past the end stores nothing, so no order of calls can touch memory outside the span.

namespace handfast::base {

namespace bytes_internal {

template <typename Number>
constexpr Number load(const std::byte* from, std::endian order) {
  Number number = 0;
  if consteval {
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      const std::size_t at = order == std::endian::big ? i : sizeof(Number) - 1 - i;
      number = static_cast<Number>((std::uint64_t{number} << 8) | std::to_integer<std::uint64_t>(from[at]));
    }
  } else {
    std::memcpy(&number, from, sizeof number);
    if (order != std::endian::native) number = std::byteswap(number);
  }
  return number;
}

template <typename Number>
constexpr void store(std::byte* to, Number number, std::endian order) {
  if consteval {
    for (std::size_t i = 0; i < sizeof(Number); ++i) {
      const std::size_t digit = order == std::endian::little ? i : sizeof(Number) - 1 - i;
      to[i] = static_cast<std::byte>(std::uint64_t{number} >> (8 * digit));
    }
  } else {
    if (order != std::endian::native) number = std::byteswap(number);
    std::memcpy(to, &number, sizeof number);
  }
}

}  // namespace bytes_internal

/// Big-endian numbers at any address; the caller knows that the bytes are there.
constexpr std::uint16_t load_be16(const std::byte* from) {
  return bytes_internal::load<std::uint16_t>(from, std::endian::big);
}
constexpr std::uint32_t load_be32(const std::byte* from) {
  return bytes_internal::load<std::uint32_t>(from, std::endian::big);
}
constexpr std::uint64_t load_be64(const std::byte* from) {
  return bytes_internal::load<std::uint64_t>(from, std::endian::big);
}
constexpr void store_be16(std::byte* to, std::uint16_t number) { bytes_internal::store(to, number, std::endian::big); }
constexpr void store_be32(std::byte* to, std::uint32_t number) { bytes_internal::store(to, number, std::endian::big); }
constexpr void store_be64(std::byte* to, std::uint64_t number) { bytes_internal::store(to, number, std::endian::big); }
/// Little-endian, for hashes and file formats that want it.
constexpr std::uint32_t load_le32(const std::byte* from) {
  return bytes_internal::load<std::uint32_t>(from, std::endian::little);
}
constexpr std::uint64_t load_le64(const std::byte* from) {
  return bytes_internal::load<std::uint64_t>(from, std::endian::little);
}
constexpr void store_le32(std::byte* to, std::uint32_t number) {
  bytes_internal::store(to, number, std::endian::little);
}
constexpr void store_le64(std::byte* to, std::uint64_t number) {
  bytes_internal::store(to, number, std::endian::little);
}

/// Reads big-endian numbers from the front of a span. After the first read that does not fit, ok() is false, nothing
/// remains, and every further read yields zero or an empty span.
class ByteReader {
 public:
  constexpr explicit ByteReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  constexpr std::uint8_t u8() {
    const std::byte* from = take(1);
    return from != nullptr ? std::to_integer<std::uint8_t>(*from) : std::uint8_t{0};
  }
  constexpr std::uint16_t u16() {
    const std::byte* from = take(2);
    return from != nullptr ? load_be16(from) : std::uint16_t{0};
  }
  constexpr std::uint32_t u32() {
    const std::byte* from = take(4);
    return from != nullptr ? load_be32(from) : 0;
  }
  constexpr std::uint64_t u64() {
    const std::byte* from = take(8);
    return from != nullptr ? load_be64(from) : 0;
  }
  /// The next `count` bytes, in place; empty if they are not all there.
  constexpr std::span<const std::byte> bytes(std::size_t count) {
    const std::size_t at = position_;
    return take(count) != nullptr ? bytes_.subspan(at, count) : std::span<const std::byte>();
  }
  constexpr void skip(std::size_t count) { take(count); }
  /// Everything that is left, without reading it.
  constexpr std::span<const std::byte> rest() const { return bytes_.subspan(position_); }
  constexpr std::size_t remaining() const { return bytes_.size() - position_; }
  /// How many bytes were read. After a failure: the size of the whole span.
  constexpr std::size_t position() const { return position_; }
  constexpr bool ok() const { return ok_; }

 private:
  constexpr const std::byte* take(std::size_t count) {
    if (count > remaining()) {
      ok_ = false;
      position_ = bytes_.size();
    }
    if (!ok_) return nullptr;
    const std::byte* from = bytes_.data() + position_;
    position_ += count;
    return from;
  }

  std::span<const std::byte> bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

/// Writes big-endian numbers to the front of a span. After the first write that does not fit, ok() is false and
/// nothing more is stored; position() stays where the last whole write ended.
class ByteWriter {
 public:
  constexpr explicit ByteWriter(std::span<std::byte> bytes) : bytes_(bytes) {}

  constexpr void u8(std::uint8_t number) {
    if (std::byte* to = take(1)) *to = std::byte{number};
  }
  constexpr void u16(std::uint16_t number) {
    if (std::byte* to = take(2)) store_be16(to, number);
  }
  constexpr void u32(std::uint32_t number) {
    if (std::byte* to = take(4)) store_be32(to, number);
  }
  constexpr void u64(std::uint64_t number) {
    if (std::byte* to = take(8)) store_be64(to, number);
  }
  constexpr void bytes(std::span<const std::byte> from) {
    if (std::byte* to = take(from.size())) std::copy(from.begin(), from.end(), to);
  }
  constexpr void zeros(std::size_t count) {
    if (std::byte* to = take(count)) std::fill_n(to, count, std::byte{0});
  }
  /// Room for `count` bytes that the caller fills itself; empty if they do not fit.
  constexpr std::span<std::byte> reserve(std::size_t count) {
    const std::size_t at = position_;
    return take(count) != nullptr ? bytes_.subspan(at, count) : std::span<std::byte>();
  }
  /// Overwrites two bytes that were written before; fails like a write if they were not.
  constexpr void patch_u16(std::size_t at, std::uint16_t number) {
    if (position_ < 2 || at > position_ - 2) {
      ok_ = false;
      return;
    }
    store_be16(bytes_.data() + at, number);
  }
  constexpr std::size_t position() const { return position_; }
  constexpr std::size_t remaining() const { return bytes_.size() - position_; }
  /// What was written so far.
  constexpr std::span<std::byte> written() const { return bytes_.first(position_); }
  constexpr bool ok() const { return ok_; }

 private:
  constexpr std::byte* take(std::size_t count) {
    if (count > remaining()) ok_ = false;
    if (!ok_) return nullptr;
    std::byte* to = bytes_.data() + position_;
    position_ += count;
    return to;
  }

  std::span<std::byte> bytes_;
  std::size_t position_ = 0;
  bool ok_ = true;
};

}  // namespace handfast::base
