#include <algorithm>
#include <charconv>
#include <string>

#include "script/parse_packet.h"
#include "wire/tcp.h"

namespace handfast::script {
namespace {

using Kind = OptionWords::Kind;

constexpr std::size_t kMaxOptionBytes = wire::kTcpMaxHeaderLength - wire::kTcpHeaderLength;
constexpr std::size_t kMaxDigest = 16;
constexpr std::int64_t kMaxCounter = 0xFFFFFF;

OptionWords option_of(Kind kind) {
  OptionWords out;
  out.kind = kind;
  return out;
}

// What an option takes in a header.
std::size_t length_of(const OptionWords& option) {
  switch (option.kind) {
    case Kind::kNop:
    case Kind::kEol:
      return 1;
    case Kind::kMss:
      return 4;
    case Kind::kWindowScale:
      return 3;
    case Kind::kSackPermitted:
      return 2;
    case Kind::kSack:
      return 2 + 8 * option.blocks.size();
    case Kind::kTimestamps:
      return 10;
    case Kind::kFastOpen:
    case Kind::kMd5:
      return 2 + option.cookie.size();
    case Kind::kFastOpenExperimental:
      return 4 + option.cookie.size();
    case Kind::kAccEcn:
      return 2 + 3 * option.counters.size();
  }
  return 0;
}

// Bytes as pairs of hexadecimal digits: a word or a number, as its first digits have it.
std::vector<std::uint8_t> parse_bytes(Tokens& tokens, std::size_t most, std::string_view what) {
  std::vector<std::uint8_t> out;
  const std::string_view text = tokens.now().text;
  const bool fits = text.size() % 2 == 0 && text.size() / 2 <= most;
  for (std::size_t i = 0; fits && i < text.size(); i += 2) {
    std::uint8_t byte = 0;
    const char* end = text.data() + i + 2;
    const auto read = std::from_chars(text.data() + i, end, byte, 16);
    if (read.ec != std::errc() || read.ptr != end) break;
    out.push_back(byte);
  }
  if (out.size() * 2 != text.size()) {
    tokens.fail(std::string(what) + " of at most " + std::to_string(most) + " bytes, two hexadecimal digits each");
  }
  tokens.take();
  return out;
}

bool is_bytes(const Tokens& tokens) { return tokens.is(Token::Kind::kWord) || tokens.is(Token::Kind::kInteger); }

OptionWords parse_sack(Tokens& tokens) {
  OptionWords out = option_of(Kind::kSack);
  do {
    const std::uint32_t left = tokens.expect_u32("the left edge of a SACK block");
    tokens.expect_symbol(':');
    const std::uint32_t right = tokens.expect_u32("the right edge of a SACK block");
    out.blocks.emplace_back(left, right);
  } while (tokens.is(Token::Kind::kInteger));
  return out;
}

OptionWords parse_timestamps(Tokens& tokens) {
  OptionWords out = option_of(Kind::kTimestamps);
  tokens.expect_word("val");
  out.value = tokens.expect_u32("a timestamp");
  tokens.expect_word("ecr");
  out.echo = tokens.expect_u32("a timestamp");
  return out;
}

OptionWords parse_fast_open(Tokens& tokens, Kind kind) {
  OptionWords out = option_of(kind);
  const std::size_t fixed = kind == Kind::kFastOpen ? 2 : 4;
  if (is_bytes(tokens)) out.cookie = parse_bytes(tokens, kMaxOptionBytes - fixed, "a cookie");
  return out;
}

OptionWords parse_md5(Tokens& tokens) {
  OptionWords out = option_of(Kind::kMd5);
  if (is_bytes(tokens)) {
    out.cookie = parse_bytes(tokens, kMaxDigest, "a digest");
  } else {
    tokens.fail("a digest in hexadecimal digits");
  }
  return out;
}

// ECN e0b N ceb N e1b N or ECN e1b N ceb N e0b N, or the first one or two of them: the orders of RFC 9768 §3.2.3.
OptionWords parse_accecn(Tokens& tokens) {
  OptionWords out = option_of(Kind::kAccEcn);
  const bool ect1_first = tokens.is_word("e1b");
  const EcnWord first = ect1_first ? EcnWord::kEct1 : EcnWord::kEct0;
  const EcnWord last = ect1_first ? EcnWord::kEct0 : EcnWord::kEct1;
  const auto counter = [&](EcnWord of) {
    out.counters.push_back({of, static_cast<std::uint32_t>(tokens.expect_number(0, kMaxCounter, "a counter"))});
  };
  if (!ect1_first && !tokens.is_word("e0b")) tokens.fail("e0b or e1b");
  tokens.take();
  counter(first);
  if (!tokens.take_word("ceb")) return out;
  counter(EcnWord::kCe);
  if (tokens.take_word(ect1_first ? "e0b" : "e1b")) counter(last);
  return out;
}

OptionWords with_number(Tokens& tokens, Kind kind, std::int64_t most, std::string_view what) {
  OptionWords out = option_of(kind);
  out.value = static_cast<std::uint32_t>(tokens.expect_number(0, most, what));
  return out;
}

OptionWords parse_option(Tokens& tokens) {
  if (tokens.take_word("nop")) return option_of(Kind::kNop);
  if (tokens.take_word("eol")) return option_of(Kind::kEol);
  if (tokens.take_word("mss")) return with_number(tokens, Kind::kMss, 0xFFFF, "an MSS");
  if (tokens.take_word("wscale")) return with_number(tokens, Kind::kWindowScale, 0xFF, "a shift count");
  if (tokens.take_word("sackOK")) return option_of(Kind::kSackPermitted);
  if (tokens.take_word("sack")) return parse_sack(tokens);
  if (tokens.take_word("TS")) return parse_timestamps(tokens);
  if (tokens.take_word("FO")) return parse_fast_open(tokens, Kind::kFastOpen);
  if (tokens.take_word("FOEXP")) return parse_fast_open(tokens, Kind::kFastOpenExperimental);
  if (tokens.take_word("md5")) return parse_md5(tokens);
  if (tokens.take_word("ECN")) return parse_accecn(tokens);
  tokens.fail("an option: nop, eol, mss, wscale, sackOK, sack, TS, FO, FOEXP, md5 or ECN");
  return {};
}

}  // namespace

std::vector<OptionWords> parse_tcp_options(Tokens& tokens) {
  std::vector<OptionWords> out;
  const Position begin = tokens.now().at;
  std::size_t length = 0;
  do {
    const Position at = tokens.now().at;
    out.push_back(parse_option(tokens));
    length += length_of(out.back());
    if (length > kMaxOptionBytes) tokens.fail_at(at, "options of at most 40 bytes", std::to_string(length) + " bytes");
  } while (tokens.take_symbol(','));
  if (length % 4 != 0) {
    tokens.fail_at(begin, "options that fill a multiple of 4 bytes", std::to_string(length) + " bytes");
  }
  return out;
}

}  // namespace handfast::script
