#include "script/parse_packet.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace handfast::script {
namespace {

constexpr std::int64_t kMaxPayload = 65535;

EcnWord ecn_word(std::string_view word) {
  if (word == "noecn") return EcnWord::kNoEcn;
  if (word == "ect0") return EcnWord::kEct0;
  if (word == "ect1") return EcnWord::kEct1;
  if (word == "ce") return EcnWord::kCe;
  if (word == "ect01") return EcnWord::kEct01;
  return EcnWord::kNone;
}

// A hexadecimal number up to `high`.
std::uint32_t expect_bits(Tokens& tokens, std::int64_t high, std::string_view expected) {
  const auto number = tokens.is(Token::Kind::kHexadecimal) ? number_of(tokens.now()) : std::nullopt;
  if (!number || *number > high) {
    tokens.fail(std::string(expected));
    return 0;
  }
  tokens.take();
  return static_cast<std::uint32_t>(*number);
}

// Whether there was a field to read: the word of ECN, tos, ttl or flowlabel.
bool parse_ip_field(Tokens& tokens, IpFields& out, Direction direction) {
  const Token name = tokens.now();
  if (name.kind != Token::Kind::kWord) return false;
  if (const EcnWord ecn = ecn_word(name.text); ecn != EcnWord::kNone) {
    if (ecn == EcnWord::kEct01 && direction == Direction::kInbound) tokens.fail("ect0 or ect1 in an inbound packet");
    out.ecn = ecn;
    tokens.take();
    return true;
  }
  if (tokens.take_word("tos")) {
    out.tos = static_cast<std::uint8_t>(expect_bits(tokens, 0xFF, "a TOS from 0x0 to 0xff"));
  } else if (tokens.take_word("ttl")) {
    out.ttl = static_cast<std::uint8_t>(tokens.expect_number(0, 255, "a TTL"));
  } else if (tokens.take_word("flowlabel")) {
    out.flow_label = expect_bits(tokens, 0xFFFFF, "a flow label from 0x0 to 0xfffff");
  } else {
    return false;
  }
  return true;
}

// Nothing, or fields in ( ) or [ ].
IpFields parse_ip_fields(Tokens& tokens, Direction direction) {
  IpFields out;
  const char close = tokens.is_symbol('(') ? ')' : ']';
  if (!tokens.take_symbol('(') && !tokens.take_symbol('[')) return out;
  do {
    if (!parse_ip_field(tokens, out, direction)) {
      tokens.fail("noecn, ect0, ect1, ce, ect01, tos, ttl or flowlabel");
    }
  } while (tokens.take_symbol(','));
  tokens.expect_symbol(close);
  return out;
}

std::optional<Ports> parse_ports(Tokens& tokens) {
  if (!tokens.is(Token::Kind::kInteger)) return std::nullopt;
  Ports out;
  out.source = tokens.expect_u16("a port");
  tokens.expect_symbol('>');
  out.destination = tokens.expect_u16("a port");
  return out;
}

// (length) of a UDP datagram.
std::uint32_t parse_length(Tokens& tokens) {
  tokens.expect_symbol('(');
  const auto length = tokens.expect_number(0, kMaxPayload, "a length");
  tokens.expect_symbol(')');
  return static_cast<std::uint32_t>(length);
}

std::string expect_name(Tokens& tokens, std::string expected) {
  if (tokens.is(Token::Kind::kWord)) return std::string(tokens.take().text);
  tokens.fail(std::move(expected));
  return {};
}

QuotedWords parse_quoted(Tokens& tokens) {
  QuotedWords out;
  if (tokens.take_word("udp")) {
    out.protocol = QuotedWords::Protocol::kUdp;
    out.length = parse_length(tokens);
  } else if (tokens.take_word("raw")) {
    out.protocol = QuotedWords::Protocol::kRaw;
    out.length = parse_length(tokens);
  } else {
    const SequenceRange range = parse_sequence(tokens);
    out.sequence = range.first;
    out.length = range.length;
  }
  tokens.expect_symbol(']');
  return out;
}

IcmpWords parse_icmp(Tokens& tokens) {
  IcmpWords out;
  out.type = expect_name(tokens, "a type of ICMP");
  if (tokens.is(Token::Kind::kWord) && !tokens.is_word("mtu") && !tokens.is_word("id")) out.code = tokens.take().text;
  if (tokens.take_word("mtu")) out.mtu = tokens.expect_u32("an MTU");
  if (tokens.take_word("id")) out.echo_id = tokens.expect_u16("an identifier");
  if (tokens.take_symbol('[')) out.quoted = parse_quoted(tokens);
  return out;
}

UdpWords parse_udp(Tokens& tokens, PacketLine& packet) {
  packet.ports = parse_ports(tokens);
  return {parse_length(tokens)};
}

// What the original puts around packets and we do not.
bool is_encapsulation(const Tokens& tokens) {
  constexpr std::string_view kWords[] = {"ipv4", "ipv6", "gre", "GREv0", "mpls"};
  return tokens.is(Token::Kind::kWord) && std::ranges::find(kWords, tokens.now().text) != std::end(kWords);
}

}  // namespace

PacketLine parse_packet(Tokens& tokens) {
  PacketLine out;
  out.direction = tokens.is_symbol('<') ? Direction::kInbound : Direction::kOutbound;
  tokens.take();
  if (is_encapsulation(tokens)) {
    tokens.not_supported(tokens.now().at, "a packet in a packet (" + std::string(tokens.now().text) + ")");
    return out;
  }
  const Token fields = tokens.now();
  out.ip = parse_ip_fields(tokens, out.direction);
  if (tokens.is_word("encap")) tokens.not_supported(tokens.now().at, "a packet in a packet (encap)");
  if (tokens.take_word("udp")) {
    if (out.ip.ecn != EcnWord::kNone) tokens.fail_at(fields.at, "ECN for TCP or ICMP alone", "it for UDP");
    out.what = parse_udp(tokens, out);
  } else if (tokens.take_word("icmp")) {
    out.what = parse_icmp(tokens);
  } else {
    out.ports = parse_ports(tokens);
    out.what = parse_tcp(tokens, out.direction);
  }
  return out;
}

}  // namespace handfast::script
