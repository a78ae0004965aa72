#pragma once

#include <optional>
#include <string>

#include "script/live_packet.h"
#include "script/script.h"

// Whether what the stack sent is what a line says. What is checked is what packetdrill checks: always the flags, the
// numbers, the length, the urgent pointer and the options in their order; the window, the traffic class and the TTL
// where the line has them.

namespace handfast::script {

struct MatchRules {
  std::uint32_t timestamp_tick_us = 0;  ///< --tcp_ts_tick_usecs: how long a timestamp lasts; 0: values are not compared
  Duration tolerance{};                 ///< what they may be off
  bool compares_echoes = true;          ///< whether echoed timestamps are, which packetdrill never does
};

/// `seen` is in the script's numbers. A sentence that names the first field that differs: "flags: expected P., seen .".
std::optional<std::string> mismatch(const PacketLine& line, const LivePacket& seen, const MatchRules& rules);

/// Whether `next` goes on where `so_far` ends, so that a device might have sent the two as one.
bool continues(const LivePacket& so_far, const LivePacket& next);
/// `so_far` and `next` as one segment.
LivePacket joined(LivePacket so_far, const LivePacket& next);

}  // namespace handfast::script
