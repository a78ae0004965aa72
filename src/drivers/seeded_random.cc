#include "drivers/seeded_random.h"

namespace handfast::drivers {

void SeededRandom::fill(std::span<std::byte> bytes) {
  std::size_t at = 0;
  while (at < bytes.size()) {
    std::uint64_t drawn = next();
    for (int i = 0; i < 8 && at < bytes.size(); ++i, drawn >>= 8) bytes[at++] = static_cast<std::byte>(drawn & 0xFF);
  }
}

}  // namespace handfast::drivers
