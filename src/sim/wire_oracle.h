#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "handfast/config.h"
#include "sim/ledger.h"
#include "sim/packet.h"

// Judges every frame that a Host sends, knowing both ends, every stream and everything sent before. It sees frames as
// they leave, before the link loses any, so it knows all that can ever have been said: no Host may acknowledge, fill or
// announce more than that.

namespace handfast::sim {

class WireOracle {
 public:
  WireOracle(Ledger& ledger, Complaints& complaints) : ledger_(ledger), complaints_(complaints) {}

  void on_sent(std::span<const std::byte> frame, LinkKind link);
  /// An undamaged frame is handed to a Host.
  void on_delivered(std::span<const std::byte> frame, LinkKind link);

  /// Did the peer of `tuple` send a SYN with `irs` and acknowledge `iss`? Then an end that names both may be
  /// synchronized (I-G3, I-G4).
  bool agreed(const FourTuple& tuple, std::uint32_t iss, std::uint32_t irs) const;
  std::uint64_t segments() const { return segments_; }
  std::uint64_t texts() const { return texts_; }

 private:
  struct Incarnation {
    std::uint32_t iss = 0;
    std::uint32_t end = 0;                    ///< bytes and flags sent, relative to iss
    std::vector<std::uint32_t> acknowledged;  ///< ack fields of the handshake
  };
  struct Direction {
    std::vector<Incarnation> incarnations;  ///< the newest last
    EndRecord* record = nullptr;
    Direction* reverse = nullptr;
    std::uint32_t reverse_iss = 0;  ///< the peer's incarnation that last_ack and edge speak of
    bool has_ack = false;
    std::uint32_t last_ack = 0;
    std::uint32_t edge = 0;  ///< rightmost sequence number announced to the peer
    std::uint16_t mss = 536;
    std::uint8_t scale = 0;
    bool has_scale = false;
    bool finished = false;     ///< a FIN was sent
    std::uint32_t finish = 0;  ///< its place behind iss
    std::uint64_t heard = 0;   ///< segments without RST that reached this end
    std::uint64_t resets = 0;
  };

  Direction& direction(const Endpoint& from, const Endpoint& to);
  void judge_syn(const Packet& packet, Direction& from);
  void judge_reset(const Packet& packet, Direction& from);
  void judge_text(const Packet& packet, Direction& from);
  void judge_fin(const Packet& packet, Direction& from, std::uint64_t end);
  void judge_window(const Packet& packet, const Direction& from);
  void judge_ecn(const Packet& packet, const Direction& from);
  void judge_ack(const Packet& packet, Direction& from);
  void judge_edge(const Packet& packet, Direction& from);
  void complain(const Packet& packet, const std::string& what);

  Ledger& ledger_;
  Complaints& complaints_;
  std::map<FourTuple, Direction> directions_;
  std::uint64_t segments_ = 0;
  std::uint64_t texts_ = 0;
};

}  // namespace handfast::sim
