#include "script/tokens.h"

#include <charconv>
#include <limits>

namespace handfast::script {

std::optional<std::int64_t> number_of(const Token& token) {
  const bool hexadecimal = token.kind == Token::Kind::kHexadecimal;
  const std::string_view digits = hexadecimal ? token.text.substr(2) : token.text;
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return number;
}

Token Tokens::take() {
  const Token token = now_;
  step();
  return token;
}

void Tokens::step() {
  if (failed()) return;
  const auto token = lexer_.next();
  if (token) {
    now_ = *token;
  } else {
    stop(token.error());
  }
}

bool Tokens::take_symbol(char symbol) {
  if (!is_symbol(symbol)) return false;
  step();
  return true;
}

bool Tokens::take_word(std::string_view word) {
  if (!is_word(word)) return false;
  step();
  return true;
}

void Tokens::expect_symbol(char symbol) {
  if (!take_symbol(symbol)) fail(std::string(1, symbol));
}

void Tokens::expect_word(std::string_view word) {
  if (!take_word(word)) fail(std::string(word));
}

std::int64_t Tokens::expect_number(std::int64_t low, std::int64_t high, std::string_view what) {
  const auto number = is(Token::Kind::kInteger) ? number_of(now_) : std::nullopt;
  if (!number || *number < low || *number > high) {
    fail(std::string(what) + " from " + std::to_string(low) + " to " + std::to_string(high));
    return 0;
  }
  step();
  return failed() ? 0 : *number;
}

std::uint16_t Tokens::expect_u16(std::string_view what) {
  return static_cast<std::uint16_t>(expect_number(0, std::numeric_limits<std::uint16_t>::max(), what));
}

std::uint32_t Tokens::expect_u32(std::string_view what) {
  return static_cast<std::uint32_t>(expect_number(0, std::numeric_limits<std::uint32_t>::max(), what));
}

std::string_view Tokens::option_value() {
  if (failed()) return {};
  const auto value = lexer_.option_value();
  if (value) return *value;
  stop(value.error());
  return {};
}

void Tokens::fail_at(Position at, std::string expected, std::string seen) {
  stop({std::string(file_), at, std::move(expected), std::move(seen)});
}

void Tokens::not_supported(Position at, std::string what) {
  stop({std::string(file_), at, {}, std::move(what), false});
}

void Tokens::stop(SyntaxError error) {
  if (failed()) return;
  error_ = std::move(error);
  now_ = {Token::Kind::kEnd, {}, error_->at, error_->at};
}

std::string Tokens::seen() const {
  switch (now_.kind) {
    case Token::Kind::kEnd:
      return "the end of the script";
    case Token::Kind::kString:
      return "\"" + printable(now_.text) + "\"";
    case Token::Kind::kCommand:
      return "a command";
    case Token::Kind::kCode:
      return "a block of code";
    case Token::Kind::kOption:
      return "--" + printable(now_.text);
    default:
      return printable(now_.text);
  }
}

}  // namespace handfast::script
