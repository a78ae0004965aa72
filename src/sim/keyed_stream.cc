#include "sim/keyed_stream.h"

#include "base/bytes.h"
#include "sim/seeded_random.h"

namespace handfast::sim {

std::uint64_t KeyedStream::word(std::uint64_t index) const {
  std::uint64_t state = key_ ^ (index * 0xD1B54A32D192ED03);
  return split_mix(state);
}

void KeyedStream::write(std::uint64_t offset, std::span<std::byte> text) const {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::uint64_t here = offset + at;
    const std::uint64_t letters = word(here / 8);
    if (here % 8 == 0 && text.size() - at >= 8) {
      for (unsigned i = 0; i < 8; ++i) text[at + i] = static_cast<std::byte>((letters >> (8 * i)) & 0xFF);
      at += 8;
    } else {
      text[at++] = static_cast<std::byte>((letters >> (8 * (here % 8))) & 0xFF);
    }
  }
}

std::optional<std::size_t> KeyedStream::first_difference(std::uint64_t offset, std::span<const std::byte> text) const {
  std::size_t at = 0;
  while (at < text.size()) {
    const std::uint64_t here = offset + at;
    const std::uint64_t letters = word(here / 8);
    if (here % 8 == 0 && text.size() - at >= 8 && base::load_le64(text.data() + at) == letters) {
      at += 8;
    } else if (text[at] == static_cast<std::byte>((letters >> (8 * (here % 8))) & 0xFF)) {
      ++at;
    } else {
      return at;
    }
  }
  return std::nullopt;
}

}  // namespace handfast::sim
