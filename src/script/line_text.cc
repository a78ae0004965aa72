#include "script/line_text.h"

#include <chrono>
#include <string_view>

#include "script/option_bytes.h"
#include "tcp/accurate_ecn.h"
#include "wire/tcp.h"

namespace handfast::script {

namespace {

std::string hexadecimal(std::uint32_t value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string digits;
  do {
    digits.insert(digits.begin(), kDigits[value & 0xF]);
    value >>= 4;
  } while (value != 0);
  return "0x" + digits;
}

std::string ip_text(const IpFields& ip) {
  std::string text;
  const auto add = [&text](const std::string& word) { text += (text.empty() ? "" : ", ") + word; };
  if (ip.ecn != EcnWord::kNone) add(std::string(to_string(ip.ecn)));
  if (ip.tos) add("tos " + hexadecimal(*ip.tos));
  if (ip.flow_label) add("flowlabel " + hexadecimal(*ip.flow_label));
  if (ip.ttl) add("ttl " + std::to_string(*ip.ttl));
  return text.empty() ? text : '[' + text + "] ";
}

// In pieces, because GCC 12 warns of a literal put in front of a temporary string.
std::string tcp_text(const TcpWords& tcp) {
  std::string text;
  if (tcp.ace) {
    // The three bits are the number behind the dot.
    text += flags_text(static_cast<std::uint16_t>(tcp.flags & ~tcp::kAceFlags.bits())) + std::to_string(*tcp.ace);
  } else {
    text += flags_text(tcp.flags);
  }
  text += ' ' + std::to_string(tcp.sequence);
  text += ':' + std::to_string(tcp.sequence + tcp.length);
  text += '(' + std::to_string(tcp.length) + ')';
  if (wire::TcpFlags(tcp.flags).has(wire::kAck)) text += " ack " + std::to_string(tcp.acknowledgment);
  if (tcp.window) text += " win " + std::to_string(*tcp.window);
  if (tcp.urgent != 0) text += " urg " + std::to_string(tcp.urgent);
  if (tcp.any_options) text += " <...>";
  if (!tcp.options.empty()) text += ' ' + to_string(std::span<const OptionWords>(tcp.options));
  return text;
}

std::string icmp_text(const IcmpWords& icmp) {
  std::string text = "icmp " + icmp.type;
  if (!icmp.code.empty()) text += ' ' + icmp.code;
  if (icmp.mtu) text += " mtu " + std::to_string(*icmp.mtu);
  if (icmp.echo_id != 0) text += " id " + std::to_string(icmp.echo_id);
  if (icmp.quoted && icmp.quoted->protocol == QuotedWords::Protocol::kTcp) {
    const QuotedWords& quoted = *icmp.quoted;
    text += " [" + std::to_string(quoted.sequence);
    text += ':' + std::to_string(quoted.sequence + quoted.length);
    text += '(' + std::to_string(quoted.length) + ")]";
  }
  return text;
}

IpFields fields_beside(const LivePacket& seen, const PacketLine* beside) {
  IpFields ip;
  if (beside == nullptr) return ip;
  if (beside->ip.ecn != EcnWord::kNone) ip.ecn = ecn_word(seen.traffic_class);
  if (beside->ip.tos) ip.tos = seen.traffic_class;
  if (beside->ip.ttl) ip.ttl = seen.ttl;
  if (beside->ip.flow_label) ip.flow_label = seen.flow_label;
  return ip;
}

}  // namespace

std::string_view to_string(EcnWord word) {
  switch (word) {
    case EcnWord::kNone:
      return "";
    case EcnWord::kNoEcn:
      return "noecn";
    case EcnWord::kEct0:
      return "ect0";
    case EcnWord::kEct1:
      return "ect1";
    case EcnWord::kCe:
      return "ce";
    case EcnWord::kEct01:
      return "ect01";
  }
  return "";
}

EcnWord ecn_word(std::uint8_t traffic_class) {
  constexpr EcnWord kWords[] = {EcnWord::kNoEcn, EcnWord::kEct1, EcnWord::kEct0, EcnWord::kCe};
  return kWords[traffic_class & 3];
}

std::string flags_text(std::uint16_t flags) {
  std::string text;
  for (const FlagLetter& letter : kFlagLetters) {
    if (wire::TcpFlags(flags).has(letter.flag)) text += letter.letter;
  }
  return text.empty() ? "-" : text;
}

std::string to_string(const PacketLine& line) {
  std::string text = line.direction == Direction::kInbound ? "< " : "> ";
  text += ip_text(line.ip);
  if (line.ports) {
    text += std::to_string(line.ports->source) + " > ";
    text += std::to_string(line.ports->destination) + ' ';
  }
  if (const auto* tcp = std::get_if<TcpWords>(&line.what)) return text + tcp_text(*tcp);
  if (const auto* icmp = std::get_if<IcmpWords>(&line.what)) return text + icmp_text(*icmp);
  return text + "udp (" + std::to_string(std::get<UdpWords>(line.what).length) + ')';
}

std::string to_string(const LivePacket& seen, const PacketLine* beside) {
  std::string text = "> " + ip_text(fields_beside(seen, beside));
  if (const TcpWords* tcp = seen.tcp()) return text + tcp_text(*tcp);
  const LivePacket::Icmp& icmp = *seen.icmp;
  text += "icmp type " + std::to_string(icmp.type);
  return text + " code " + std::to_string(icmp.code);
}

std::string to_string(const CallLine& line) {
  std::string text = line.name + '(';
  for (std::size_t i = 0; i < line.arguments.size(); ++i) {
    if (i > 0) text += ", ";
    text += line.arguments[i].to_string();
  }
  text += ") = " + line.result.to_string();
  if (!line.error.empty()) text += ' ' + line.error;
  return text;
}

std::string seconds_text(Duration time) {
  const auto micro = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  const std::string digits = std::to_string(micro < 0 ? -micro : micro);
  const std::string padded = digits.size() < 7 ? std::string(7 - digits.size(), '0') + digits : digits;
  const std::string sign = micro < 0 ? "-" : "";
  return sign + padded.substr(0, padded.size() - 6) + '.' + padded.substr(padded.size() - 6);
}

}  // namespace handfast::script
