#pragma once

#include <cstdint>
#include <optional>

#include "base/flat_array.h"
#include "base/hash_index.h"
#include "base/siphash.h"
#include "handfast/address.h"
#include "handfast/time.h"

// What the whole Host knows of the sizes that its paths carry: RFC 1191 §5, one entry for each peer address. A
// connection tells what it found out, and the others to that peer start from it. The table has a limit, and past it the
// entry that was made first goes; an entry counts for a time and is as good as gone afterwards (§6.3). A fresh entry
// only goes down, so a peer cannot make it change often. Whoever asked before sees by the version whether to ask again,
// so that nothing has to walk over all connections when an entry changes.

namespace handfast::ip {

struct PathMtuLimits {
  std::uint32_t entries = 1024;
  Duration lifetime = std::chrono::minutes(10);
  base::SipKey key;
  base::MemoryBudget* memory = nullptr;
};

class PathMtuCache {
 public:
  explicit PathMtuCache(const PathMtuLimits& limits)
      : limits_(limits), index_(limits.entries, limits.memory), entries_(limits.memory) {}

  struct Known {
    std::uint16_t mtu = 0;   ///< bytes of the largest IP packet
    bool confirmed = false;  ///< by more than the word of an ICMP message
    Instant since;
  };
  /// What is known of the way to `peer`, unless it has aged.
  std::optional<Known> find(const IpAddress& peer, Instant now) const;
  /// Keeps what a connection found out. Without memory it is forgotten: the next connection finds it out again.
  void learn(const IpAddress& peer, const Known& known);

  /// Changes with every entry that does; 0 while nothing was ever learned.
  std::uint32_t version() const { return version_; }
  std::uint32_t size() const { return used_; }

 private:
  struct Entry {
    IpAddress peer;
    Known known;
  };
  std::uint64_t hash(const IpAddress& peer) const;
  std::optional<std::uint32_t> place_of(const IpAddress& peer) const;
  std::optional<std::uint32_t> make(const IpAddress& peer);
  bool has_aged(const Known& known, Instant now) const { return now - known.since >= limits_.lifetime; }

  PathMtuLimits limits_;
  base::HashIndex index_;
  base::FlatArray<Entry> entries_;
  std::uint32_t used_ = 0;  ///< entries that hold something: the first of the array
  std::uint32_t next_ = 0;  ///< the oldest of a full table
  std::uint32_t version_ = 0;
};

}  // namespace handfast::ip
