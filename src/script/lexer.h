#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "script/script.h"
#include "script/syntax_error.h"

// The words of a script. Which of them mean something is for the parser: `ack` is a word like any other here.

namespace handfast::script {

/// What the caller says that words stand for, as TFO_COOKIE=3021b9d889017eeb: a number, a word, "a string" or
/// `a command`. A value has at most kMaxWordBytes.
using Definitions = std::map<std::string, std::string, std::less<>>;

struct Token {
  enum class Kind : std::uint8_t {
    kEnd,
    kWord,
    kInteger,      ///< decimal, perhaps with a sign
    kHexadecimal,  ///< 0x...
    kDecimal,      ///< with a point
    kString,       ///< text without its quotes, escapes as they are written
    kCommand,      ///< text without its `quotes`
    kCode,         ///< text without %{ }% and without the blanks at its ends
    kOption,       ///< text without its --
    kEllipsis,
    kSymbol,  ///< one character
  };
  Kind kind = Kind::kEnd;
  std::string_view text;  ///< in the script, or in a definition
  Position at;
  Position begin;  ///< of text, in kCode
};

/// Reads a script token by token, in time linear in its length. Text, definitions and file name have to stay.
class Lexer {
 public:
  Lexer(std::string_view text, std::string_view file) : text_(text), file_(file) {}

  /// The next token; kEnd, again and again, behind the last.
  std::expected<Token, SyntaxError> next();
  /// The value behind a kOption that next() gave, where one is: what follows "=" up to a blank, quoted parts whole. A
  /// value that is a string alone loses its quotes. Empty where there is none.
  std::expected<std::string_view, SyntaxError> option_value();
  /// From here on `name` stands for `value`; the first definition of a name holds. Both have to stay.
  void define(std::string_view name, std::string_view value) { definitions_.try_emplace(name, value); }

 private:
  using Result = std::expected<Token, SyntaxError>;

  char peek(std::size_t ahead = 0) const { return offset_ + ahead < text_.size() ? text_[offset_ + ahead] : '\0'; }
  bool at_end() const { return offset_ >= text_.size(); }
  bool stands_here(std::string_view what) const { return text_.substr(offset_).starts_with(what); }
  Position here() const;
  void advance(std::size_t count);
  std::expected<void, SyntaxError> skip_blanks();
  std::unexpected<SyntaxError> fail(Position at, std::string expected, std::string_view seen) const;
  Token taken(Token::Kind kind, std::size_t begin, Position at) const;
  Result number();
  Result word();
  Result defined(std::string_view value, Position at) const;
  Result quoted(char quote, Token::Kind kind);
  Result code();
  Result option();

  std::string_view text_;
  std::string_view file_;
  std::map<std::string_view, std::string_view> definitions_;
  std::size_t offset_ = 0;
  std::uint32_t line_ = 1;
  std::size_t line_start_ = 0;
};

}  // namespace handfast::script
