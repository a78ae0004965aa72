#pragma once

#include <cstdint>
#include <optional>

#include "base/flat_array.h"
#include "base/siphash.h"
#include "handfast/address.h"

// Which port an active OPEN gets: the double hash of RFC 6056 §3.3.4 (6056-2, 5927-2), with the random steps of §3.3.5.
// A first keyed hash of the two addresses and the peer's port says where in the range the search starts; a second one
// names a place in a table of counters, which says how far the search for this peer, and the few that share the place,
// has moved on. So one 4-tuple does not come again soon, nobody without the key can foretell the next port, and what a
// peer sees of its own ports says next to nothing of the connections to others: it shares a counter with one peer in
// 65,536, and the counter moves by a random number of ports each time (CVE-2022-1012, CVE-2022-32296).

namespace handfast::host {

class PortChooser {
 public:
  static constexpr std::uint32_t kTableSize = 1u << 16;
  /// A step moves the search by 1 to this many ports.
  static constexpr std::uint32_t kLargestStep = 8;

  struct Range {
    std::uint16_t first;
    std::uint16_t last;
  };

  PortChooser(const base::SipKey& key, base::MemoryBudget* budget) : key_(key), table_(budget) {}

  /// The first port from the search's place on for which `free` says yes; nothing where every port of the range is
  /// taken. `ready` must have said yes.
  template <typename Free>
  std::optional<std::uint16_t> choose(const IpAddress& source, const Endpoint& peer, Range range, Free free) {
    const std::uint32_t count = range.last - range.first + 1u;
    const Place place = place_of(source, peer);
    std::uint32_t& counter = table_[place.counter];
    counter += step();
    const std::uint32_t start = place.offset + counter;
    for (std::uint32_t tries = 0; tries < count; ++tries) {
      const auto port = static_cast<std::uint16_t>(range.first + (start + tries) % count);
      if (!free(port)) continue;
      counter += tries;
      return port;
    }
    return std::nullopt;
  }
  /// Takes memory for the table with the first active OPEN; false where that is refused.
  [[nodiscard]] bool ready() { return table_.grow(kTableSize, 0); }

 private:
  struct Place {
    std::uint32_t offset;
    std::uint32_t counter;
  };
  Place place_of(const IpAddress& source, const Endpoint& peer) const;
  std::uint32_t step();

  base::SipKey key_;
  base::FlatArray<std::uint32_t> table_;
  std::uint64_t steps_ = 0;
};

}  // namespace handfast::host
