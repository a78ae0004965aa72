#pragma once

#include <cstdint>
#include <optional>

#include "handfast/event.h"
#include "tcp/connection.h"
#include "tcp/listener.h"
#include "tcp/time_wait.h"

// What a shard keeps beside each TCP object: where its segments leave, whether it stands in the transmit queue, and
// what its caller has not been told yet. A `Key` names an object of any of the three kinds in one 32-bit number, so
// that one table finds them all by 4-tuple and one queue serves them in turn.

namespace handfast::host {

enum class Kind : std::uint8_t { kConnection, kHalfOpen, kTimeWait };

class Key {
 public:
  constexpr Key() = default;
  constexpr Key(Kind kind, std::uint32_t index) : number_(static_cast<std::uint32_t>(kind) << 30 | index) {}
  static constexpr Key from(std::uint32_t number) {
    Key key;
    key.number_ = number;
    return key;
  }
  constexpr Kind kind() const { return static_cast<Kind>(number_ >> 30); }
  constexpr std::uint32_t index() const { return number_ & 0x3FFFFFFF; }
  constexpr std::uint32_t number() const { return number_; }

 private:
  std::uint32_t number_ = 0;
};

/// The six bits of the DiffServ field (RFC 2474 §3).
inline constexpr std::uint8_t kLargestDiffServ = 63;

/// What a connection asks of IP (RFC 9293 §3.9.1.9, §3.9.2).
struct IpSettings {
  std::uint8_t diff_serv = 0;
  std::uint8_t ttl = 64;
};

struct ConnectionSlot {
  [[no_unique_address]] tcp::Connection tcp;  ///< what follows may use its padding
  bool in_events = false;
  bool in_transmit = false;
  bool in_table = false;  ///< found by its 4-tuple
  bool is_early = false;  ///< counted among those in use before their handshake is complete
  IpSettings ip{};
  std::uint8_t received_diff_serv = 0;   ///< of the last segment that was accepted
  std::uint16_t readiness = 0;           ///< not told to the caller yet
  std::uint32_t listener = kNoListener;  ///< whose accept queue it waits in
  std::uint32_t linger_ms = kNoLinger;   ///< how long it may take to end once its caller let it go
  std::uint32_t paths_seen = 0;          ///< the version of the path cache that it was last told of
  std::uint64_t context = 0;

  static constexpr std::uint32_t kNoListener = 0xFFFFFFFF;
  static constexpr std::uint32_t kNoLinger = 0xFFFFFFFF;

  Duration linger() const {
    return linger_ms == kNoLinger ? Duration::max() : Duration(std::chrono::milliseconds(linger_ms));
  }
};

/// A connection in TIME-WAIT that steps aside for a new handshake of its 4-tuple.
struct Aside {
  Key old;
  std::uint32_t generation = 0;
};

struct HalfOpenSlot {
  tcp::SynEntry entry;
  std::optional<Aside> aside{};
  bool in_transmit = false;
};

struct TimeWaitSlot {
  tcp::TimeWaitEntry entry;
  bool in_transmit = false;
  IpSettings ip{};
};

struct ListenerSlot {
  explicit ListenerSlot(base::MemoryBudget* budget) : tcp(budget) {}
  tcp::Listener tcp;
  bool in_events = false;
  IpSettings ip{};  ///< of its connections
};

/// In the event queue: the number is a listener's.
inline constexpr std::uint64_t kListenerEvent = std::uint64_t{1} << 32;

}  // namespace handfast::host
