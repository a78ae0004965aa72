#include <algorithm>
#include <array>
#include <string_view>

#include "script/live_packet.h"
#include "script/option_bytes.h"
#include "wire/checksum.h"
#include "wire/ecn.h"
#include "wire/icmpv4.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

namespace handfast::script {

namespace {

constexpr std::uint8_t kTtl = 64;

std::uint8_t traffic_class_of(const IpFields& ip) {
  if (ip.tos) return *ip.tos;
  switch (ip.ecn) {
    case EcnWord::kEct0:
      return wire::traffic_class_of(wire::EcnCodepoint::kEct0);
    case EcnWord::kEct1:
      return wire::traffic_class_of(wire::EcnCodepoint::kEct1);
    case EcnWord::kCe:
      return wire::traffic_class_of(wire::EcnCodepoint::kCe);
    default:
      return 0;
  }
}

// The packet with its IP header, and zeros behind it.
std::vector<std::byte> ip_packet(const IpAddress& source, const IpAddress& destination, const IpFields& ip,
                                 std::uint8_t protocol, std::size_t payload_length) {
  const bool v4 = source.is_v4();
  const std::size_t header_length = v4 ? wire::kIpv4HeaderLength : wire::kIpv6HeaderLength;
  std::vector<std::byte> bytes(header_length + payload_length);
  if (v4) {
    wire::emit_ipv4({.source = source,
                     .destination = destination,
                     .traffic_class = traffic_class_of(ip),
                     .ttl = ip.ttl.value_or(kTtl),
                     .protocol = protocol,
                     .payload_length = static_cast<std::uint16_t>(payload_length)},
                    bytes);
  } else {
    wire::emit_ipv6({.source = source,
                     .destination = destination,
                     .traffic_class = traffic_class_of(ip),
                     .flow_label = ip.flow_label.value_or(0),
                     .payload_length = static_cast<std::uint16_t>(payload_length),
                     .next_header = protocol,
                     .hop_limit = ip.ttl.value_or(kTtl)},
                    bytes);
  }
  return bytes;
}

void put(std::span<std::byte> out, std::size_t at, std::uint32_t value, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) out[at + i] = static_cast<std::byte>(value >> (8 * (length - 1 - i)));
}

void put_tcp_header(std::span<std::byte> out, std::uint16_t source, std::uint16_t destination, const TcpWords& live,
                    std::size_t header_length) {
  put(out, 0, source, 2);
  put(out, 2, destination, 2);
  put(out, 4, live.sequence, 4);
  put(out, 8, live.acknowledgment, 4);
  put(out, 12, static_cast<std::uint32_t>(header_length / 4) << 12 | live.flags, 2);
  put(out, 14, live.window.value_or(0), 2);
  put(out, 18, live.urgent, 2);
}

struct Word {
  std::string_view type;
  std::string_view code;
  IcmpCodes codes;
};

// The names are packetdrill's. RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1.
constexpr auto kWordsV4 = std::to_array<Word>({{"echo_reply", "", {0, 0}},
                                               {"unreachable", "", {3, 0}},
                                               {"unreachable", "net_unreachable", {3, 0}},
                                               {"unreachable", "host_unreachable", {3, 1}},
                                               {"unreachable", "protocol_unreachable", {3, 2}},
                                               {"unreachable", "port_unreachable", {3, 3}},
                                               {"unreachable", "frag_needed", {3, 4}},
                                               {"unreachable", "source_route_failed", {3, 5}},
                                               {"unreachable", "net_unknown", {3, 6}},
                                               {"unreachable", "host_unknown", {3, 7}},
                                               {"unreachable", "source_host_isolated", {3, 8}},
                                               {"unreachable", "net_prohibited", {3, 9}},
                                               {"unreachable", "host_prohibited", {3, 10}},
                                               {"unreachable", "net_unreachable_for_tos", {3, 11}},
                                               {"unreachable", "host_unreachable_for_tos", {3, 12}},
                                               {"unreachable", "packet_filtered", {3, 13}},
                                               {"unreachable", "precedence_violation", {3, 14}},
                                               {"unreachable", "precedence_cutoff", {3, 15}},
                                               {"source_quench", "", {4, 0}},
                                               {"redirect", "", {5, 0}},
                                               {"echo_request", "", {8, 0}},
                                               {"time_exceeded", "", {11, 0}},
                                               {"parameter_problem", "", {12, 0}}});
// RFC 4443 §3 and §4.
constexpr auto kWordsV6 = std::to_array<Word>({{"unreachable", "", {1, 0}},
                                               {"unreachable", "net_unreachable", {1, 0}},
                                               {"unreachable", "no_route", {1, 0}},
                                               {"unreachable", "admin_prohibited", {1, 1}},
                                               {"unreachable", "not_neighbour", {1, 2}},
                                               {"unreachable", "address_unreachable", {1, 3}},
                                               {"unreachable", "port_unreachable", {1, 4}},
                                               {"packet_too_big", "", {2, 0}},
                                               {"time_exceeded", "", {3, 0}},
                                               {"time_exceeded", "exceeded_hop_limit", {3, 0}},
                                               {"time_exceeded", "exceeded_frag_time", {3, 1}},
                                               {"parameter_problem", "", {4, 0}},
                                               {"parameter_problem", "header_field", {4, 0}},
                                               {"parameter_problem", "unknown_next_header", {4, 1}},
                                               {"parameter_problem", "unknown_option", {4, 2}},
                                               {"echo_request", "", {128, 0}},
                                               {"echo_reply", "", {129, 0}}});

// The start of the packet that the error is about: the host's IP header and eight bytes of its segment (RFC 792).
std::vector<std::byte> quoted_packet(const FourTuple& host_and_peer, const IcmpWords& words, std::uint32_t sequence) {
  const std::uint32_t text = words.quoted ? words.quoted->length : 0;
  std::vector<std::byte> packet = ip_packet(host_and_peer.host.address, host_and_peer.peer.address, {},
                                            wire::kProtocolTcp, wire::kTcpHeaderLength + text);
  const std::size_t header = packet.size() - wire::kTcpHeaderLength - text;
  put_tcp_header(std::span(packet).subspan(header), host_and_peer.host.port, host_and_peer.peer.port,
                 {.sequence = sequence}, wire::kTcpHeaderLength);
  packet.resize(header + 8);
  return packet;
}

}  // namespace

std::vector<std::byte> tcp_packet(const Endpoint& source, const Endpoint& destination, const IpFields& ip,
                                  const TcpWords& live) {
  const std::vector<std::byte> options = option_bytes(live.options);
  const std::size_t header_length = wire::kTcpHeaderLength + options.size();
  const std::size_t length = header_length + live.length;
  std::vector<std::byte> packet = ip_packet(source.address, destination.address, ip, wire::kProtocolTcp, length);
  const std::span<std::byte> segment = std::span(packet).last(length);
  put_tcp_header(segment, source.port, destination.port, live, header_length);
  std::ranges::copy(options, segment.begin() + wire::kTcpHeaderLength);
  const std::uint16_t pseudo = wire::pseudo_header_sum(source.address, destination.address, wire::kProtocolTcp,
                                                       static_cast<std::uint32_t>(length));
  // The text is zeros, so the header alone makes the sum.
  wire::finish_checksum_with_sum(pseudo, segment.first(header_length), 0);
  return packet;
}

std::optional<IcmpCodes> icmp_codes(const IcmpWords& words, IpVersion version) {
  const std::span<const Word> table = version == IpVersion::kV6 ? std::span<const Word>(kWordsV6) : kWordsV4;
  const auto found = std::ranges::find_if(
      table, [&words](const Word& word) { return word.type == words.type && word.code == words.code; });
  if (found == table.end()) return std::nullopt;
  return found->codes;
}

std::vector<std::byte> icmp_packet(const FourTuple& host_and_peer, const IpFields& ip, const IcmpWords& words,
                                   std::uint32_t quoted_sequence) {
  const IpAddress& from = host_and_peer.peer.address;
  const IpAddress& to = host_and_peer.host.address;
  const IcmpCodes codes = icmp_codes(words, from.version()).value_or(IcmpCodes{});
  const bool is_echo = words.type.starts_with("echo");
  std::vector<std::byte> body;
  if (!is_echo) body = quoted_packet(host_and_peer, words, quoted_sequence);
  const std::size_t length = wire::kIcmpHeaderLength + body.size();
  const std::uint8_t protocol = from.is_v4() ? wire::kProtocolIcmpv4 : wire::kProtocolIcmpv6;
  std::vector<std::byte> packet = ip_packet(from, to, ip, protocol, length);
  const std::span<std::byte> message = std::span(packet).last(length);
  put(message, 0, codes.type, 1);
  put(message, 1, codes.code, 1);
  put(message, 4, is_echo ? words.echo_id << 16 : words.mtu.value_or(0), 4);
  std::ranges::copy(body, message.begin() + wire::kIcmpHeaderLength);
  // RFC 4443 §2.3: ICMPv6 sums a pseudo-header too; RFC 792's sums the message alone.
  wire::ChecksumAccumulator sum(from.is_v4()
                                    ? std::uint16_t{0}
                                    : wire::pseudo_header_sum(from, to, protocol, static_cast<std::uint32_t>(length)));
  sum.add(message);
  put(message, 2, sum.finish(), 2);
  return packet;
}

}  // namespace handfast::script
