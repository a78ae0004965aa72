#include "host/ports.h"

#include "base/address_words.h"

namespace handfast::host {

namespace {

// The first word of what is hashed, so that places and steps never hash the same words.
constexpr std::uint64_t kPlace = 1;
constexpr std::uint64_t kStep = 2;

}  // namespace

// F and G of the RFC are two halves of one keyed hash: neither says anything of the other.
PortChooser::Place PortChooser::place_of(const IpAddress& source, const Endpoint& peer) const {
  const auto from = base::address_words(source);
  const auto to = base::address_words(peer.address);
  const std::uint64_t port = std::uint64_t{peer.port} << 8 | static_cast<std::uint64_t>(source.version());
  const std::uint64_t hash = base::siphash_words(key_, kPlace, from[0], from[1], to[0], to[1], port);
  return {.offset = static_cast<std::uint32_t>(hash), .counter = static_cast<std::uint32_t>(hash >> 32) % kTableSize};
}

std::uint32_t PortChooser::step() {
  return 1 + static_cast<std::uint32_t>(base::siphash_words(key_, kStep, steps_++)) % kLargestStep;
}

}  // namespace handfast::host
