#pragma once

#include <string>
#include <string_view>

#include "script/live_packet.h"
#include "script/script.h"
#include "wire/tcp.h"

// Lines as a script would have them, for reports: what was expected beside what was seen.

namespace handfast::script {

struct FlagLetter {
  wire::TcpFlags flag;
  char letter;
};
/// In the order in which packetdrill writes them; the dot of ACK is last.
inline constexpr FlagLetter kFlagLetters[] = {{wire::kSyn, 'S'}, {wire::kFin, 'F'}, {wire::kRst, 'R'},
                                              {wire::kPsh, 'P'}, {wire::kUrg, 'U'}, {wire::kEce, 'E'},
                                              {wire::kCwr, 'W'}, {wire::kAe, 'A'},  {wire::kAck, '.'}};

/// The word of the ECN field of a traffic class.
EcnWord ecn_word(std::uint8_t traffic_class);
/// "ect0"; empty for kNone.
std::string_view to_string(EcnWord word);
/// "P." or "S", and "-" for none.
std::string flags_text(std::uint16_t flags);
/// "> P. 1:1001(1000) ack 1 win 257 <nop,nop,TS val 1 ecr 2>", without a time.
std::string to_string(const PacketLine& line);
/// A packet that was seen, in the same words; its window, and what `beside` checks of its IP header, are written.
std::string to_string(const LivePacket& seen, const PacketLine* beside);
/// "write(4, ..., 1000) = 1000".
std::string to_string(const CallLine& line);
/// Seconds with six digits: "0.100000".
std::string seconds_text(Duration time);

}  // namespace handfast::script
