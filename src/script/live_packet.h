#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "handfast/address.h"
#include "handfast/time.h"
#include "script/script.h"

// Packets between a script and the stack under test: bytes made of a line, and bytes read back into the words of one.
// Texts are zeros, as in packetdrill.

namespace handfast::script {

/// A packet that the stack sent. Numbers are live.
struct LivePacket {
  /// An ICMP message without its body.
  struct Icmp {
    std::uint8_t type = 0;
    std::uint8_t code = 0;
  };
  Instant at{};
  FourTuple tuple;  ///< host: the source. Ports are 0 where there are none
  std::uint8_t traffic_class = 0;
  std::uint8_t ttl = 0;
  std::uint32_t flow_label = 0;
  TcpWords words;            ///< of a TCP segment
  std::optional<Icmp> icmp;  ///< there was an ICMP message in its place
  bool text_is_zeros = true;
  std::uint16_t piece = 0;  ///< text in each of the packets that a device is to make of it; 0: it is one

  TcpWords* tcp() { return icmp ? nullptr : &words; }
  const TcpWords* tcp() const { return icmp ? nullptr : &words; }
};

/// Reads a packet and verifies its checksums and lengths. A sentence: what is wrong with it.
std::expected<LivePacket, std::string> read_packet(std::span<const std::byte> bytes, Instant at);

/// Cuts a packet that a device is to make several of after `size` bytes of text, as the device would: FIN and PSH stay
/// with the second part, CWR with the first. The second part; `packet` becomes the first. Nothing: it cannot be cut
/// there.
std::optional<LivePacket> cut(LivePacket& packet, std::uint32_t size);

/// The bytes of a TCP line whose numbers are live.
std::vector<std::byte> tcp_packet(const Endpoint& source, const Endpoint& destination, const IpFields& ip,
                                  const TcpWords& live);

/// What an ICMP line stands for on the wire.
struct IcmpCodes {
  std::uint8_t type = 0;
  std::uint8_t code = 0;
};
/// The numbers behind the words, for the version; nothing: there is no such word.
std::optional<IcmpCodes> icmp_codes(const IcmpWords& words, IpVersion version);

/// The bytes of an ICMP error about a segment of the host. `quoted_sequence` is live.
std::vector<std::byte> icmp_packet(const FourTuple& host_and_peer, const IpFields& ip, const IcmpWords& words,
                                   std::uint32_t quoted_sequence);

}  // namespace handfast::script
