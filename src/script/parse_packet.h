#pragma once

#include <string_view>

#include "script/script.h"
#include "script/tokens.h"

// A packet as a line of a script has it, in the manner of tcpdump: direction, fields of the IP header in brackets, then
// TCP, UDP or ICMP.

namespace handfast::script {

/// Reads a packet; now() is its < or >.
PacketLine parse_packet(Tokens& tokens);

/// Reads what stands behind the ports of a TCP segment: flags, sequence numbers, what is optional, options.
TcpWords parse_tcp(Tokens& tokens, Direction direction);

/// Reads the options of a segment; now() is the first behind the <. They fill whole words of 32 bits, at most ten.
std::vector<OptionWords> parse_tcp_options(Tokens& tokens);

/// first:last(length) of TCP.
struct SequenceRange {
  std::uint32_t first = 0;
  std::uint32_t length = 0;
};
SequenceRange parse_sequence(Tokens& tokens);

}  // namespace handfast::script
