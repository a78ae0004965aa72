#include "script/parse_time.h"

#include <charconv>
#include <optional>
#include <string_view>

namespace handfast::script {
namespace {

constexpr std::size_t kDecimals = 6;
constexpr std::int64_t kMaxSeconds = 1'000'000'000;

std::optional<std::int64_t> whole(std::string_view digits) {
  std::int64_t number = 0;
  if (digits.empty()) return number;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

// Microseconds behind the point; nothing where it says something finer.
std::optional<std::int64_t> microseconds(std::string_view digits) {
  const std::size_t end = digits.find_last_not_of('0');
  digits = digits.substr(0, end == std::string_view::npos ? 0 : end + 1);
  if (digits.size() > kDecimals) return std::nullopt;
  std::int64_t number = 0;
  for (std::size_t i = 0; i < kDecimals; ++i) number = number * 10 + (i < digits.size() ? digits[i] - '0' : 0);
  return number;
}

bool is_number(const Tokens& tokens) { return tokens.is(Token::Kind::kInteger) || tokens.is(Token::Kind::kDecimal); }

}  // namespace

Duration parse_duration(Tokens& tokens) {
  const std::string_view text = tokens.now().text;
  if (!is_number(tokens)) {
    tokens.fail("a time in seconds");
    return {};
  }
  if (text.starts_with('-')) tokens.fail("a time that is not negative");
  const std::size_t point = text.find('.');
  const auto seconds = whole(text.substr(0, point));
  const auto fraction = microseconds(point == std::string_view::npos ? std::string_view() : text.substr(point + 1));
  if (!fraction) tokens.fail("a time with at most six decimals");
  if (!seconds || *seconds > kMaxSeconds) tokens.fail("a time of at most a billion seconds");
  if (!seconds || !fraction || tokens.failed()) return {};
  tokens.take();
  return std::chrono::seconds(*seconds) + std::chrono::microseconds(*fraction);
}

TimeWords parse_time(Tokens& tokens) {
  if (tokens.take_symbol('*')) return {.kind = TimeWords::Kind::kAny};
  const Position begin = tokens.now().at;
  const bool relative = tokens.take_symbol('+');
  if (!relative && !is_number(tokens)) {
    tokens.fail("a time: 0.1, +0.1 or *");
    return {};
  }
  TimeWords out{.kind = relative ? TimeWords::Kind::kRelative : TimeWords::Kind::kAbsolute};
  out.at = parse_duration(tokens);
  if (!tokens.take_symbol('~')) return out;
  out.kind = relative ? TimeWords::Kind::kRelativeRange : TimeWords::Kind::kAbsoluteRange;
  if (relative) tokens.expect_symbol('+');
  out.end = parse_duration(tokens);
  if (!tokens.failed() && out.end < out.at)
    tokens.fail_at(begin, "a range that runs forward", "its end before its start");
  return out;
}

}  // namespace handfast::script
