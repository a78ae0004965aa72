#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "script/lexer.h"

// Where the parser stands in a script: one token to look at, and the first error. After an error every look sees the
// end, so that the parser's functions need not ask after each step: what they make then is thrown away.

namespace handfast::script {

class Tokens {
 public:
  Tokens(std::string_view text, std::string_view file) : lexer_(text, file), file_(file) { step(); }

  const Token& now() const { return now_; }
  bool is(Token::Kind kind) const { return now_.kind == kind; }
  bool is_symbol(char symbol) const { return is(Token::Kind::kSymbol) && now_.text.front() == symbol; }
  bool is_word(std::string_view word) const { return is(Token::Kind::kWord) && now_.text == word; }

  Token take();
  /// Takes the symbol or the word if it is the next token.
  bool take_symbol(char symbol);
  bool take_word(std::string_view word);
  /// Takes what has to be next, or fails.
  void expect_symbol(char symbol);
  void expect_word(std::string_view word);
  /// A decimal number from `low` to `high`, or a failure that asks for `what`; 0 then.
  std::int64_t expect_number(std::int64_t low, std::int64_t high, std::string_view what);
  std::uint16_t expect_u16(std::string_view what);
  std::uint32_t expect_u32(std::string_view what);
  /// The value behind the option just taken, with take() still to come: it is now().
  std::string_view option_value();
  void define(std::string_view name, std::string_view value) { lexer_.define(name, value); }

  bool failed() const { return error_.has_value(); }
  const std::optional<SyntaxError>& error() const { return error_; }
  /// Something else should stand here.
  void fail(std::string expected) { fail_at(now_.at, std::move(expected), seen()); }
  void fail_at(Position at, std::string expected, std::string seen);
  /// The language has this, but we do not.
  void not_supported(Position at, std::string what);

 private:
  std::string seen() const;
  void step();
  void stop(SyntaxError error);

  Lexer lexer_;
  std::string_view file_;
  Token now_;
  std::optional<SyntaxError> error_;
};

/// The number that a kInteger or a kHexadecimal says, if 64 bits with a sign hold it.
std::optional<std::int64_t> number_of(const Token& token);

}  // namespace handfast::script
