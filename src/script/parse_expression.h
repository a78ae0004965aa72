#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "script/script.h"
#include "script/tokens.h"

namespace handfast::script {

/// The bytes that stand between the quotes of a string; nothing where an escape is not one of the language.
std::optional<std::string> unescaped(std::string_view text);

/// Reads the arguments and results of calls. It counts what it makes of one script.
class ExpressionParser {
 public:
  explicit ExpressionParser(Tokens& tokens) : tokens_(tokens) {}

  Expression expression();
  /// What stands between `open`, which was taken, and `close`: expressions with commas between.
  std::vector<Expression> list(char close);

 private:
  Expression operand();
  Expression made(Expression::Kind kind, const Token& token);
  Expression number();
  Expression strings();
  Expression word();
  Expression assignment(const Token& name);
  Expression call(const Token& name);
  Expression structure();
  Expression bracketed(Expression::Kind kind, char close);

  Tokens& tokens_;
  int depth_ = 0;
  std::size_t made_ = 0;
};

}  // namespace handfast::script
