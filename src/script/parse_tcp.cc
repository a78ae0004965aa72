#include <algorithm>
#include <string>

#include "script/line_text.h"
#include "script/parse_packet.h"
#include "tcp/accurate_ecn.h"
#include "wire/tcp.h"

namespace handfast::script {
namespace {

constexpr std::int64_t kMaxPayload = 65535;
constexpr std::int64_t kMaxDatagram = 65536;  // as the original has it; IPv4 and TCP without options take 40 of them
constexpr std::int64_t kHeaders = 40;

std::optional<wire::TcpFlags> flag_of(char letter) {
  const auto found = std::ranges::find(kFlagLetters, letter, &FlagLetter::letter);
  return found == std::end(kFlagLetters) ? std::nullopt : std::optional(found->flag);
}

// Takes one letter of the flags; false where it is none, or says again what ECN's bits are.
bool take_flag(char letter, TcpWords& out) {
  wire::TcpFlags flags(out.flags);
  if (letter >= '0' && letter <= '7') {
    if (out.ace || flags.has_any(tcp::kAceFlags)) return false;
    out.ace = static_cast<std::uint8_t>(letter - '0');
    flags |= tcp::flags_of(*out.ace);
  } else {
    const auto flag = flag_of(letter);
    if (!flag || (out.ace && tcp::kAceFlags.has(*flag))) return false;
    flags |= *flag;
  }
  out.flags = flags.bits();
  return true;
}

// S, F., ., S.5 for an ACE of 5, or - for none. A word, a dot, or a dot with a number, which is one decimal number to
// the lexer; dot and number belong to the word before them.
void parse_flags(Tokens& tokens, TcpWords& out) {
  if (tokens.take_symbol('-')) return;
  const Token first = tokens.now();
  std::string letters;
  if (tokens.is(Token::Kind::kWord)) letters += tokens.take().text;
  if (tokens.is(Token::Kind::kDecimal) || tokens.is_symbol('.')) letters += tokens.take().text;
  if (letters.empty()) tokens.fail("the flags of a segment, or - for none");
  for (std::size_t i = 0; i < letters.size(); ++i) {
    if (take_flag(letters[i], out)) continue;
    Position at = first.at;
    at.column += static_cast<std::uint32_t>(i);
    tokens.fail_at(at, "flags out of FSRPEWAU with . for ACK, or . and a digit up to 7 for ACE", printable(letters));
    return;
  }
}

// <...> or < options >.
void parse_option_list(Tokens& tokens, TcpWords& out, Direction direction) {
  tokens.take();
  if (tokens.is(Token::Kind::kEllipsis)) {
    if (direction == Direction::kInbound) tokens.fail("the options of an inbound packet");
    tokens.take();
    out.any_options = true;
  } else {
    out.options = parse_tcp_options(tokens);
  }
  tokens.expect_symbol('>');
}

}  // namespace

SequenceRange parse_sequence(Tokens& tokens) {
  SequenceRange out;
  const Position at = tokens.now().at;
  out.first = tokens.expect_u32("a sequence number");
  tokens.expect_symbol(':');
  const std::uint32_t last = tokens.expect_u32("a sequence number");
  tokens.expect_symbol('(');
  out.length = static_cast<std::uint32_t>(tokens.expect_number(0, kMaxPayload, "a length"));
  tokens.expect_symbol(')');
  const std::uint64_t sum = std::uint64_t{out.first} + out.length;
  if (!tokens.failed() && sum != last) {
    tokens.fail_at(at, std::to_string(out.first) + ":" + std::to_string(sum) + "(" + std::to_string(out.length) + ")",
                   std::to_string(out.first) + ":" + std::to_string(last) + "(" + std::to_string(out.length) + ")");
  }
  return out;
}

TcpWords parse_tcp(Tokens& tokens, Direction direction) {
  TcpWords out;
  const Position at = tokens.now().at;
  parse_flags(tokens, out);
  const SequenceRange range = parse_sequence(tokens);
  out.sequence = range.first;
  out.length = range.length;
  if (tokens.take_word("ack")) out.acknowledgment = tokens.expect_u32("an acknowledgment number");
  if (tokens.take_word("win")) {
    out.window = tokens.expect_u16("a window");
  } else if (direction == Direction::kInbound) {
    tokens.fail("win and the window of an inbound segment");
  }
  if (tokens.take_word("urg")) out.urgent = tokens.expect_u16("an urgent pointer");
  if (tokens.is_symbol('<')) parse_option_list(tokens, out, direction);
  if (!tokens.failed() && kHeaders + out.length > kMaxDatagram) {
    tokens.fail_at(at, "a segment that a datagram of 65536 bytes holds", std::to_string(out.length) + " bytes of text");
  }
  return out;
}

}  // namespace handfast::script
