#include "script/code_tokens.h"

#include <algorithm>
#include <iterator>

#include "script/letters.h"
#include "script/limits.h"

namespace handfast::script {
namespace {

using Kind = CodeToken::Kind;

// Longer ones first.
constexpr std::string_view kOperators[] = {
    "**=", "//=", "<<=", ">>=", "**", "//", "<<", ">>", "<=", ">=", "==", "!=", "+=", "-=", "*=",
    "/=",  "%=",  "&=",  "|=",  "^=", "->", ":=", "+",  "-",  "*",  "/",  "%",  "&",  "|",  "^",
    "~",   "<",   ">",   "(",   ")",  "[",  "]",  "{",  "}",  ",",  "=",  ".",  ":",  "@"};

std::size_t operator_length(std::string_view text) {
  const auto* found = std::ranges::find_if(kOperators, [&](std::string_view word) { return text.starts_with(word); });
  return found == std::end(kOperators) ? 0 : found->size();
}

std::size_t name_length(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && (is_letter(text[length]) || is_digit(text[length]))) ++length;
  return length;
}

}  // namespace

void CodeTokens::advance(std::size_t count) {
  for (std::size_t end = offset_ + count; offset_ < end; ++offset_) {
    ++column_;
    if (text_[offset_] != '\n') continue;
    ++line_;
    column_ = 1;
  }
}

// Blanks, comments, lines that a backslash goes on with, and the ends of lines in brackets. False at the end.
bool CodeTokens::skip_blanks() {
  while (offset_ < text_.size()) {
    const std::string_view rest = text_.substr(offset_);
    const char next = rest.front();
    if (next == ' ' || next == '\t' || next == '\r' || (next == '\n' && brackets_ > 0)) {
      advance(1);
    } else if (rest.starts_with("\\\n")) {
      advance(2);
    } else if (rest.starts_with("\\\r\n")) {
      advance(3);
    } else if (next == '#') {
      advance(std::min(rest.find('\n'), rest.size()));
    } else {
      return true;
    }
  }
  return false;
}

// Digits with what may follow them, 1.5e-3 and 0x1f; what it says is for read_number to see.
std::size_t CodeTokens::number_length() const {
  const std::string_view rest = text_.substr(offset_);
  const bool hexadecimal = rest.starts_with("0x") || rest.starts_with("0X");
  std::size_t length = 0;
  for (; length < rest.size(); ++length) {
    const char c = rest[length];
    const bool exponent_sign =
        (c == '-' || c == '+') && length > 0 && !hexadecimal && (rest[length - 1] == 'e' || rest[length - 1] == 'E');
    if (!is_digit(c) && !is_letter(c) && c != '.' && !exponent_sign) break;
  }
  return length;
}

// With both quotes; 0 after a failure.
std::size_t CodeTokens::string_length() {
  const std::string_view rest = text_.substr(offset_);
  std::size_t length = 1;
  while (length < rest.size() && rest[length] != rest.front() && rest[length] != '\n') {
    length += rest[length] == '\\' ? 2 : 1;
  }
  if (length < rest.size() && rest[length] == rest.front()) return length + 1;
  stop({std::string(file_), {line_, column_}, "a string that ends on its line", "one that does not"});
  return 0;
}

std::size_t CodeTokens::length_here(Kind& kind) const {
  const std::string_view rest = text_.substr(offset_);
  const char first = rest.front();
  if (first == '\n' || first == ';') {
    kind = Kind::kLineEnd;
    return 1;
  }
  if (is_digit(first) || (first == '.' && rest.size() > 1 && is_digit(rest[1]))) {
    kind = Kind::kNumber;
    return number_length();
  }
  if (is_letter(first)) {
    kind = Kind::kName;
    return name_length(rest);
  }
  kind = Kind::kOperator;
  return operator_length(rest);
}

void CodeTokens::step() {
  last_end_ = now_end_;
  if (failed()) return;
  const bool more = skip_blanks();
  now_ = {Kind::kEnd, text_.substr(offset_, 0), {line_, column_}};
  now_end_ = offset_;
  if (!more) return;
  const char first = text_[offset_];
  const bool quoted = first == '\'' || first == '"';
  const std::size_t length = quoted ? string_length() : length_here(now_.kind);
  if (failed()) return;
  now_.text = text_.substr(offset_, std::max(length, std::size_t{1}));
  if (length == 0) {
    now_.kind = Kind::kOperator;
    return fail("a name, a number, a string or an operator");
  }
  if (length > kMaxTextBytes) {
    return stop({std::string(file_), now_.at, "a word of at most 1024 letters", "a longer one"});
  }
  if (quoted) {
    now_.kind = Kind::kString;
    now_.text = now_.text.substr(1, length - 2);
  }
  if (first == '(' || first == '[' || first == '{') ++brackets_;
  if ((first == ')' || first == ']' || first == '}') && brackets_ > 0) --brackets_;
  advance(length);
  now_end_ = offset_;
}

CodeToken CodeTokens::take() {
  const CodeToken token = now_;
  step();
  return token;
}

bool CodeTokens::take_operator(std::string_view text) {
  if (!is_operator(text)) return false;
  step();
  return true;
}

bool CodeTokens::take_name(std::string_view text) {
  if (!is_name(text)) return false;
  step();
  return true;
}

std::string_view CodeTokens::text_from(std::string_view begin) const {
  const auto from = static_cast<std::size_t>(begin.data() - text_.data());
  return text_.substr(from, last_end_ > from ? last_end_ - from : 0);
}

void CodeTokens::fail(std::string expected) {
  const bool none = is(Kind::kEnd) || is(Kind::kLineEnd);
  stop({std::string(file_), now_.at, std::move(expected), none ? "the end of the statement" : printable(now_.text)});
}

void CodeTokens::not_supported(Position at, std::string what) {
  stop({std::string(file_), at, {}, std::move(what), false});
}

void CodeTokens::stop(SyntaxError error) {
  if (failed()) return;
  error_ = std::move(error);
  now_ = {Kind::kEnd, text_.substr(text_.size()), error_->at};
}

}  // namespace handfast::script
