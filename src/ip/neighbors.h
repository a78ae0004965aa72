#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/hash_index.h"
#include "base/ring.h"
#include "base/siphash.h"
#include "handfast/address.h"
#include "handfast/frame.h"
#include "handfast/time.h"

// Who has which link address: RFC 826 with the care of RFC 1122 §2.3.2, and RFC 4861 with the same. Only what we asked
// for, or who asked for us, makes an entry, so that a stranger's announcements cannot fill or poison the table;
// requests to one neighbor go out once a second at most; a few packets wait for the answer, the newest are kept; an
// entry ages and is asked for again.

namespace handfast::ip {

struct NeighborLimits {
  std::uint32_t entries = 1024;
  std::uint32_t queue = 16;  ///< packets that wait for one neighbor
  base::SipKey key;
  base::MemoryBudget* memory = nullptr;
};

class Neighbors {
 public:
  explicit Neighbors(const NeighborLimits& limits) : limits_(limits), index_(limits.entries, limits.memory) {}

  /// What to do with a packet for `address`.
  struct Resolution {
    std::optional<MacAddress> mac;  ///< known: send there
    bool ask = false;               ///< send a request now
    bool full = false;              ///< the table has no room
  };
  Resolution resolve(const IpAddress& address, Instant now);
  /// Keeps a frame until the neighbor answers. True: an older frame had to go for it, or this one found no memory.
  bool wait(const IpAddress& address, Frame frame);

  /// An ARP packet, or neighbor discovery, told this. `create`: it was sent to us, so an entry may be made.
  void learn(const IpAddress& address, const MacAddress& mac, bool create, Instant now);
  /// Another link address is known for it, and was confirmed.
  bool contradicts(const IpAddress& address, const MacAddress& mac);
  /// TCP hears nothing from beyond it (RFC 1122 §3.3.1.4): what is known counts as old, so the next packet asks again.
  void doubt(const IpAddress& address, Instant now);
  /// The next frame whose neighbor is known now; false: none.
  bool take_resolved(Frame& frame, MacAddress& mac);

  /// Instants: when on_deadline is to be called next.
  Instant next_deadline() const { return next_; }
  /// Asks again or gives up. Returns how many waiting frames were dropped; `ask` gets the addresses to ask for.
  std::uint32_t on_deadline(Instant now, std::vector<IpAddress>& ask);

  std::uint32_t size() const { return static_cast<std::uint32_t>(entries_.size() - free_.size()); }

 private:
  enum class State : std::uint8_t { kFree, kIncomplete, kReachable };
  struct Entry {
    explicit Entry(base::MemoryBudget* memory) : waiting(memory) {}
    IpAddress address;
    MacAddress mac;
    State state = State::kFree;
    std::uint8_t requests = 0;
    bool resolved_waiting = false;
    Instant confirmed_at{};
    Instant asked_at{};
    base::Ring<Frame> waiting;
  };

  std::uint64_t hash(const IpAddress& address) const;
  Entry* find(const IpAddress& address);
  Entry* make(const IpAddress& address, Instant now);
  bool evict_one(Instant now);
  void release(std::uint32_t at);

  NeighborLimits limits_;
  base::HashIndex index_;
  std::vector<Entry> entries_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> resolved_;
  Instant next_ = kNever;
};

}  // namespace handfast::ip
