#include "script/lexer.h"

#include <algorithm>

#include "script/letters.h"
#include "script/limits.h"

namespace handfast::script {
namespace {

constexpr bool is_hex_digit(char c) { return hex_digit(c).has_value(); }
constexpr bool is_word(char c) { return is_digit(c) || is_letter(c); }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// What a run of letters and digits is.
Token::Kind kind_of(std::string_view run) {
  if (std::ranges::all_of(run, is_digit)) return Token::Kind::kInteger;
  if (run.size() > 2 && run.starts_with("0x") && std::ranges::all_of(run.substr(2), is_hex_digit)) {
    return Token::Kind::kHexadecimal;
  }
  return Token::Kind::kWord;
}

constexpr std::string_view kEndOfScript = "the end of the script";

}  // namespace

Position Lexer::here() const { return {line_, static_cast<std::uint32_t>(offset_ - line_start_ + 1)}; }

void Lexer::advance(std::size_t count) {
  const std::size_t end = std::min(offset_ + count, text_.size());
  for (; offset_ < end; ++offset_) {
    if (text_[offset_] != '\n') continue;
    ++line_;
    line_start_ = offset_ + 1;
  }
}

std::unexpected<SyntaxError> Lexer::fail(Position at, std::string expected, std::string_view seen) const {
  return std::unexpected(SyntaxError{std::string(file_), at, std::move(expected), std::string(seen)});
}

Token Lexer::taken(Token::Kind kind, std::size_t begin, Position at) const {
  return {kind, text_.substr(begin, offset_ - begin), at, at};
}

std::expected<void, SyntaxError> Lexer::skip_blanks() {
  for (;;) {
    if (is_blank(peek()) && !at_end()) {
      advance(1);
    } else if (stands_here("\\\n")) {
      advance(2);
    } else if (stands_here("//")) {
      advance(std::min(text_.find('\n', offset_), text_.size()) - offset_);
    } else if (stands_here("/*")) {
      const std::size_t end = text_.find("*/", offset_ + 2);
      if (end == std::string_view::npos) return fail(here(), "*/ behind a comment's /*", kEndOfScript);
      advance(end + 2 - offset_);
    } else {
      return {};
    }
  }
}

Lexer::Result Lexer::next() {
  if (const auto skipped = skip_blanks(); !skipped) return std::unexpected(skipped.error());
  if (at_end()) return Token{Token::Kind::kEnd, {}, here(), here()};
  const char first = peek();
  if (first == '"') return quoted(first, Token::Kind::kString);
  if (first == '`') return quoted(first, Token::Kind::kCommand);
  if (stands_here("%{")) return code();
  if (stands_here("--") && is_word(peek(2))) return option();
  const std::size_t begin = offset_;
  const Position at = here();
  if (stands_here("...")) {
    advance(3);
    return taken(Token::Kind::kEllipsis, begin, at);
  }
  const std::size_t sign = first == '-' ? 1 : 0;
  if (is_digit(peek(sign)) || (peek(sign) == '.' && is_digit(peek(sign + 1)))) return number();
  if (is_word(first)) return word();
  advance(1);
  return taken(Token::Kind::kSymbol, begin, at);
}

// As the original's lexer has it, the longest reading holds: 12 is a number, 12ab a word, 1.5 a decimal number, and -12
// a number but -12ab a number and a word.
Lexer::Result Lexer::number() {
  const std::size_t begin = offset_;
  const Position at = here();
  std::size_t end = offset_ + (peek() == '-' ? 1 : 0);
  while (end < text_.size() && is_digit(text_[end])) ++end;
  auto kind = Token::Kind::kInteger;
  if (end + 1 < text_.size() && text_[end] == '.' && is_digit(text_[end + 1])) {
    kind = Token::Kind::kDecimal;
    for (++end; end < text_.size() && is_digit(text_[end]);) ++end;
  } else if (peek() != '-' && end < text_.size() && is_word(text_[end])) {
    return word();
  }
  if (end - begin > kMaxWordBytes) return fail(at, "a number of at most 255 digits", "a longer one");
  advance(end - begin);
  return taken(kind, begin, at);
}

Lexer::Result Lexer::word() {
  const std::size_t begin = offset_;
  const Position at = here();
  std::size_t end = offset_;
  while (end < text_.size() && is_word(text_[end])) ++end;
  if (end - begin > kMaxWordBytes) return fail(at, "a word of at most 255 letters", "a longer one");
  advance(end - begin);
  Token token = taken(Token::Kind::kWord, begin, at);
  token.kind = kind_of(token.text);
  if (token.kind != Token::Kind::kWord) return token;
  const auto definition = definitions_.find(token.text);
  return definition == definitions_.end() ? Result(token) : defined(definition->second, at);
}

Lexer::Result Lexer::defined(std::string_view value, Position at) const {
  if (value.size() > kMaxWordBytes) return fail(at, "a definition of at most 255 letters", "a longer one");
  for (const auto& [quote, kind] : {std::pair('"', Token::Kind::kString), std::pair('`', Token::Kind::kCommand)}) {
    if (value.size() >= 2 && value.starts_with(quote) && value.ends_with(quote)) {
      return Token{kind, value.substr(1, value.size() - 2), at, at};
    }
  }
  const std::string_view digits = value.starts_with('-') ? value.substr(1) : value;
  if (!digits.empty() && kind_of(digits) == Token::Kind::kInteger) return Token{Token::Kind::kInteger, value, at, at};
  if (value.empty() || !std::ranges::all_of(value, is_word)) {
    return fail(at, "a word defined as a number, a word, \"a string\" or `a command`",
                value.empty() ? "nothing" : printable(value));
  }
  return Token{kind_of(value), value, at, at};
}

Lexer::Result Lexer::quoted(char quote, Token::Kind kind) {
  const Position at = here();
  const std::size_t begin = offset_ + 1;
  std::size_t end = begin;
  while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
  if (end >= text_.size()) return fail(at, std::string(1, quote) + " at the end of what it begins", kEndOfScript);
  advance(end - offset_);
  const Token token = taken(kind, begin, at);
  advance(1);
  return token;
}

Lexer::Result Lexer::code() {
  const Position at = here();
  const std::size_t end = text_.find("}%", offset_ + 2);
  if (end == std::string_view::npos) return fail(at, "}% behind a block's %{", kEndOfScript);
  advance(2);
  while (offset_ < end && (peek() == ' ' || peek() == '\t')) advance(1);
  Token token{Token::Kind::kCode, text_.substr(offset_, end - offset_), at, here()};
  while (token.text.ends_with(' ') || token.text.ends_with('\t')) token.text.remove_suffix(1);
  advance(end + 2 - offset_);
  return token;
}

Lexer::Result Lexer::option() {
  const Position at = here();
  advance(2);
  const std::size_t begin = offset_;
  while (is_word(peek())) advance(1);
  if (offset_ - begin > kMaxWordBytes) return fail(at, "an option's name of at most 255 letters", "a longer one");
  return taken(Token::Kind::kOption, begin, at);
}

std::expected<std::string_view, SyntaxError> Lexer::option_value() {
  if (const auto skipped = skip_blanks(); !skipped) return std::unexpected(skipped.error());
  if (peek() != '=') return std::string_view();
  advance(1);
  if (const auto skipped = skip_blanks(); !skipped) return std::unexpected(skipped.error());
  const std::size_t begin = offset_;
  const Position at = here();
  while (!at_end() && !is_blank(peek()) && !stands_here("//") && !stands_here("/*")) {
    if (peek() != '"' && peek() != '`') {
      advance(1);
    } else if (const auto part = quoted(peek(), Token::Kind::kString); !part) {
      return std::unexpected(part.error());
    }
  }
  const std::string_view value = text_.substr(begin, offset_ - begin);
  if (value.empty()) return fail(at, "the value of the option", at_end() ? kEndOfScript : "none");
  const bool whole = value.size() >= 2 && value.starts_with('"') && value.find('"', 1) == value.size() - 1;
  return whole ? value.substr(1, value.size() - 2) : value;
}

}  // namespace handfast::script
