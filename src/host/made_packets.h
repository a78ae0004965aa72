#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "handfast/address.h"
#include "handfast/buffer.h"
#include "ip/icmp.h"
#include "ip/output.h"
#include "wire/checksum.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

// For the unit tests of this folder: packets made by hand, of the version of their addresses.

namespace handfast::host {

/// The bytes of a segment from the peer to the host, its checksum made.
inline std::vector<std::byte> segment_of(const FourTuple& way, const wire::TcpHeader& tcp) {
  std::vector<std::byte> bytes(wire::tcp_header_length(tcp));
  wire::emit_tcp(tcp, bytes);
  const auto pseudo = wire::pseudo_header_sum(way.peer.address, way.host.address, wire::kProtocolTcp,
                                              static_cast<std::uint32_t>(bytes.size()));
  wire::finish_checksum(pseudo, bytes, std::span<const Slice>());
  return bytes;
}

/// The same in a packet; `upper` may be something else, of another protocol.
inline std::vector<std::byte> packet_of(const FourTuple& way, std::span<const std::byte> upper,
                                        std::uint8_t traffic_class = 0, std::uint8_t protocol = wire::kProtocolTcp) {
  std::vector<std::byte> bytes(ip::header_length(way.peer.address.version()));
  ip::emit_header(way.peer.address, way.host.address,
                  {.traffic_class = traffic_class,
                   .protocol = protocol,
                   .payload_length = static_cast<std::uint16_t>(upper.size())},
                  bytes);
  bytes.insert(bytes.end(), upper.begin(), upper.end());
  return bytes;
}

/// A packet of ours as a router quotes it: its header, which says `length`, and the first of TCP's.
inline std::vector<std::byte> quote_of(const FourTuple& tuple, std::uint32_t seq, std::size_t length = 60) {
  const std::size_t header = ip::header_length(tuple.host.address.version());
  std::vector<std::byte> quote(header + wire::kTcpHeaderLength);
  ip::emit_header(tuple.host.address, tuple.peer.address,
                  {.protocol = wire::kProtocolTcp, .payload_length = static_cast<std::uint16_t>(length - header)},
                  quote);
  wire::TcpHeader tcp;
  tcp.source_port = tuple.host.port;
  tcp.destination_port = tuple.peer.port;
  tcp.seq = seq;
  wire::emit_tcp(tcp, std::span(quote).subspan(header));
  return quote;
}

/// An ICMP message in a packet; its type is a number of the list of that version.
inline std::vector<std::byte> icmp_packet_of(const FourTuple& way, const wire::IcmpFields& fields) {
  const IpAddress& source = way.peer.address;
  const std::uint8_t protocol = ip::icmp_protocol(source.version());
  std::vector<std::byte> bytes(wire::kIcmpHeaderLength + fields.body.size());
  std::uint16_t pseudo = 0;
  if (source.is_v6()) {
    pseudo = wire::pseudo_header_sum(source, way.host.address, protocol, static_cast<std::uint32_t>(bytes.size()));
  }
  wire::emit_icmp(fields, pseudo, bytes);
  return packet_of(way, bytes, 0, protocol);
}

}  // namespace handfast::host
