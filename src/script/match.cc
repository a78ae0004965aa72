#include "script/match.h"

#include <string_view>

#include "script/line_text.h"
#include "script/numbers.h"
#include "script/option_bytes.h"
#include "tcp/accurate_ecn.h"
#include "wire/tcp.h"

namespace handfast::script {

namespace {

using Difference = std::optional<std::string>;

std::string differs(std::string_view name, const std::string& expected, const std::string& seen) {
  return std::string(name) + ": expected " + expected + ", seen " + seen;
}

Difference check(std::string_view name, std::uint32_t expected, std::uint32_t seen) {
  if (expected == seen) return std::nullopt;
  return differs(name, std::to_string(expected), std::to_string(seen));
}

bool ecn_fits(EcnWord expected, EcnWord seen) {
  if (expected == EcnWord::kEct01) return seen == EcnWord::kEct0 || seen == EcnWord::kEct1;
  return expected == EcnWord::kNone || expected == seen;
}

Difference check_ip(const IpFields& ip, const LivePacket& seen) {
  if (const EcnWord ecn = ecn_word(seen.traffic_class); !ecn_fits(ip.ecn, ecn)) {
    return differs("ECN field", std::string(to_string(ip.ecn)), std::string(to_string(ecn)));
  }
  if (ip.tos && *ip.tos != seen.traffic_class) return check("traffic class", *ip.tos, seen.traffic_class);
  if (ip.ttl && *ip.ttl != seen.ttl) return check("TTL", *ip.ttl, seen.ttl);
  // Which label is live is the host's secret: that there is one can be said.
  if (ip.flow_label && *ip.flow_label != 0 && seen.flow_label == 0) return "flow label: expected one, seen none";
  return std::nullopt;
}

Difference check_flags(const TcpWords& line, const TcpWords& seen) {
  if (line.ace) {
    if (const Difference ace = check("ACE field", *line.ace, tcp::ace_of(wire::TcpFlags(seen.flags)))) return ace;
    if (((line.flags ^ seen.flags) & ~tcp::kAceFlags.bits()) == 0) return std::nullopt;
  } else if (line.flags == seen.flags) {
    return std::nullopt;
  }
  return differs("flags", flags_text(line.flags), flags_text(seen.flags));
}

Difference check_timestamp(const OptionWords& line, const OptionWords& seen, const MatchRules& rules) {
  if (rules.compares_echoes && line.echo != seen.echo) return check("echoed timestamp", line.echo, seen.echo);
  if (rules.timestamp_tick_us == 0) return std::nullopt;
  const auto ahead = static_cast<std::int32_t>(seen.value - line.value);
  const std::int64_t ticks = ahead < 0 ? -std::int64_t{ahead} : ahead;
  const Duration off = std::chrono::microseconds(ticks * rules.timestamp_tick_us);
  if (off <= rules.tolerance) return std::nullopt;
  return check("timestamp", line.value, seen.value);
}

bool same_option(const OptionWords& a, const OptionWords& b) {
  if (a.kind == OptionWords::Kind::kAccEcn) {
    if (a.counters.size() != b.counters.size()) return false;
    for (std::size_t i = 0; i < a.counters.size(); ++i) {
      if (a.counters[i].of != b.counters[i].of || a.counters[i].value != b.counters[i].value) return false;
    }
  }
  return a.value == b.value && a.blocks == b.blocks && a.cookie == b.cookie;
}

// Padding that a script leaves out is the same as padding that it writes.
std::span<const OptionWords> without_padding(std::span<const OptionWords> options) {
  while (!options.empty() && options.back().kind == OptionWords::Kind::kEol)
    options = options.first(options.size() - 1);
  return options;
}

Difference check_options(const TcpWords& line, const TcpWords& seen, const MatchRules& rules) {
  if (line.any_options) return std::nullopt;
  const auto expected = without_padding(line.options);
  const auto sent = without_padding(seen.options);
  bool same = expected.size() == sent.size();
  for (std::size_t i = 0; same && i < expected.size(); ++i) {
    same = expected[i].kind == sent[i].kind;
    if (!same) break;
    if (expected[i].kind != OptionWords::Kind::kTimestamps) {
      same = same_option(expected[i], sent[i]);
    } else if (const Difference timestamp = check_timestamp(expected[i], sent[i], rules)) {
      return timestamp;
    }
  }
  if (same) return std::nullopt;
  const auto text = [](std::span<const OptionWords> options) {
    return options.empty() ? std::string("none") : to_string(options);
  };
  return differs("options", text(expected), text(sent));
}

Difference check_tcp(const TcpWords& line, const TcpWords& seen, const MatchRules& rules) {
  if (Difference flags = check_flags(line, seen)) return flags;
  if (Difference sequence = check("sequence number", line.sequence, seen.sequence)) return sequence;
  if (Difference length = check("length", line.length, seen.length)) return length;
  const std::uint32_t ack = wire::TcpFlags(seen.flags).has(wire::kAck) ? seen.acknowledgment : 0;
  if (Difference acknowledgment = check("acknowledgment number", line.acknowledgment, ack)) return acknowledgment;
  if (line.window) {
    if (Difference window = check("window", *line.window, seen.window.value_or(0))) return window;
  }
  if (Difference urgent = check("urgent pointer", line.urgent, seen.urgent)) return urgent;
  return check_options(line, seen, rules);
}

Difference check_icmp(const IcmpWords& line, const LivePacket::Icmp& seen, IpVersion version) {
  const auto codes = icmp_codes(line, version);
  if (!codes) return "no ICMP message of this version is called " + line.type + ' ' + line.code;
  if (Difference type = check("ICMP type", codes->type, seen.type)) return type;
  return check("ICMP code", codes->code, seen.code);
}

}  // namespace

std::optional<std::string> mismatch(const PacketLine& line, const LivePacket& seen, const MatchRules& rules) {
  if (Difference ip = check_ip(line.ip, seen)) return ip;
  if (const auto* tcp = std::get_if<TcpWords>(&line.what)) {
    const TcpWords* sent = seen.tcp();
    if (sent == nullptr) return "protocol: expected TCP, seen ICMP";
    if (!seen.text_is_zeros) return "text: expected what the script wrote, seen other bytes";
    return check_tcp(*tcp, *sent, rules);
  }
  if (const auto* icmp = std::get_if<IcmpWords>(&line.what)) {
    if (!seen.icmp) return "protocol: expected ICMP, seen TCP";
    return check_icmp(*icmp, *seen.icmp, seen.tuple.host.address.version());
  }
  return "protocol: expected UDP, which this stack does not speak";
}

bool continues(const LivePacket& so_far, const LivePacket& next) {
  const TcpWords* a = so_far.tcp();
  const TcpWords* b = next.tcp();
  if (a == nullptr || b == nullptr || so_far.tuple != next.tuple) return false;
  constexpr std::uint16_t kSame = wire::kSyn.bits() | wire::kRst.bits() | wire::kAck.bits() | wire::kUrg.bits() |
                                  wire::kEce.bits() | wire::kAe.bits();
  return ((a->flags ^ b->flags) & kSame) == 0 && b->sequence == a->sequence + a->length &&
         b->acknowledgment == a->acknowledgment && b->length > 0;
}

LivePacket joined(LivePacket so_far, const LivePacket& next) {
  TcpWords& whole = so_far.words;
  const TcpWords& piece = next.words;
  constexpr std::uint16_t kOfTheLast = wire::kFin.bits() | wire::kPsh.bits();
  whole.length += piece.length;
  whole.flags = static_cast<std::uint16_t>((whole.flags & ~kOfTheLast) | (piece.flags & kOfTheLast));
  so_far.text_is_zeros = so_far.text_is_zeros && next.text_is_zeros;
  return so_far;
}

}  // namespace handfast::script
