#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "script/syntax_error.h"

// The words of a code block, and, as Tokens for the script around it, where its parser stands and the first error.

namespace handfast::script {

struct CodeToken {
  enum class Kind : std::uint8_t {
    kEnd,
    kLineEnd,  ///< a line's end outside of brackets, or ;
    kName,
    kNumber,
    kString,  ///< text without its quotes
    kOperator,
  };
  Kind kind = Kind::kEnd;
  std::string_view text;
  Position at;
};

class CodeTokens {
 public:
  /// `begin` is where `text` stands in `file`.
  CodeTokens(std::string_view text, Position begin, std::string_view file)
      : text_(text), file_(file), line_(begin.line), column_(begin.column) {
    step();
  }

  const CodeToken& now() const { return now_; }
  bool is(CodeToken::Kind kind) const { return now_.kind == kind; }
  bool is_operator(std::string_view text) const { return is(CodeToken::Kind::kOperator) && now_.text == text; }
  bool is_name(std::string_view text) const { return is(CodeToken::Kind::kName) && now_.text == text; }
  CodeToken take();
  bool take_operator(std::string_view text);
  bool take_name(std::string_view text);
  /// The text from `begin`, a token's, up to the token before now().
  std::string_view text_from(std::string_view begin) const;

  bool failed() const { return error_.has_value(); }
  const std::optional<SyntaxError>& error() const { return error_; }
  void fail(std::string expected);
  void not_supported(Position at, std::string what);

 private:
  void step();
  bool skip_blanks();
  std::size_t length_here(CodeToken::Kind& kind) const;
  std::size_t number_length() const;
  std::size_t string_length();
  void advance(std::size_t count);
  void stop(SyntaxError error);

  std::string_view text_;
  std::string_view file_;
  std::size_t offset_ = 0;
  std::size_t last_end_ = 0;  ///< behind the token before now()
  std::size_t now_end_ = 0;   ///< behind now()
  std::uint32_t line_;
  std::uint32_t column_;
  int brackets_ = 0;
  CodeToken now_;
  std::optional<SyntaxError> error_;
};

}  // namespace handfast::script
