#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "handfast/address.h"
#include "handfast/time.h"

namespace handfast::sim {

/// What the checks found wrong. The first complaint is kept in full, the rest are counted.
class Complaints {
 public:
  /// The time of the world, for what follows.
  void set_now(Instant now) { now_ = now; }
  void add(std::string text) {
    if (count_++ == 0) {
      first_ = "at " + std::to_string(now_.time_since_epoch().count() / 1000) + " us: " + std::move(text);
    }
  }
  bool none() const { return count_ == 0; }
  std::uint64_t count() const { return count_; }
  const std::string& first() const { return first_; }

 private:
  Instant now_{};
  std::uint64_t count_ = 0;
  std::string first_;
};

/// One end of one incarnation of a connection, as the caller above it sees it: the truth that the oracle holds against
/// what the wire and the other end show.
struct EndRecord {
  FourTuple tuple;  ///< from this end
  std::uint32_t iss = 0;
  std::uint64_t key = 0;        ///< of the stream that this end sends
  std::uint64_t sent = 0;       ///< bytes that send() took
  std::uint64_t delivered = 0;  ///< bytes of the peer's stream that receive() gave
  bool closed_send = false;     ///< the caller said that no more text will come
  bool let_go = false;          ///< closed without waiting for the peer: what the peer sends may be lost
  bool aborted = false;
  bool heard_end = false;  ///< receive() told the peer's end of text
};

constexpr FourTuple reversed(const FourTuple& tuple) { return {tuple.peer, tuple.host}; }

/// Every end that a caller opened or accepted. An incarnation is named by its tuple and its initial sequence number.
class Ledger {
 public:
  /// Null where the same incarnation is entered already.
  EndRecord* enter(const FourTuple& tuple, std::uint32_t iss, std::uint64_t key) {
    const auto [place, fresh] = ends_.try_emplace({tuple, iss}, EndRecord{.tuple = tuple, .iss = iss, .key = key});
    return fresh ? &place->second : nullptr;
  }
  EndRecord* find(const FourTuple& tuple, std::uint32_t iss) {
    const auto place = ends_.find({tuple, iss});
    return place == ends_.end() ? nullptr : &place->second;
  }

 private:
  std::map<std::pair<FourTuple, std::uint32_t>, EndRecord> ends_;
};

std::string describe(const FourTuple& tuple);

}  // namespace handfast::sim
