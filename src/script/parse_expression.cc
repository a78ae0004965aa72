#include "script/parse_expression.h"

#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "script/letters.h"
#include "script/limits.h"

namespace handfast::script {
namespace {

using Kind = Expression::Kind;

constexpr std::string_view kCalls[] = {"htons", "htonl", "inet_addr", "inet6_addr"};
// The members of a msghdr whose length stands behind their name.
constexpr std::string_view kWithLength[] = {"msg_name", "msg_iov"};

// The byte that a letter stands for behind a backslash; \x has two digits besides.
std::optional<char> escape(char letter) {
  switch (letter) {
    case '\\':
    case '"':
    case '\'':
      return letter;
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<std::string> unescaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      out += text[at];
      continue;
    }
    if (++at == text.size()) return std::nullopt;
    if (text[at] == 'x') {
      if (at + 2 >= text.size()) return std::nullopt;
      const auto high = hex_digit(text[at + 1]);
      const auto low = hex_digit(text[at + 2]);
      if (!high || !low) return std::nullopt;
      out += static_cast<char>(*high * 16 + *low);
      at += 2;
    } else if (const auto byte = escape(text[at])) {
      out += *byte;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

Expression ExpressionParser::made(Kind kind, const Token& token) {
  if (++made_ > kMaxExpressions) tokens_.fail_at(token.at, "a script with at most 250000 expressions", "more");
  Expression out;
  out.kind = kind;
  out.at = token.at;
  return out;
}

// expression: operands with | between. An assignment takes all that follows for its value, as the original's grammar
// resolves it.
Expression ExpressionParser::expression() {
  const Token first = tokens_.now();
  Expression out = operand();
  if (!tokens_.is_symbol('|')) return out;
  Expression alternatives = made(Kind::kOr, first);
  alternatives.parts.push_back(std::move(out));
  while (tokens_.take_symbol('|')) alternatives.parts.push_back(operand());
  return alternatives;
}

Expression ExpressionParser::operand() {
  switch (tokens_.now().kind) {
    case Token::Kind::kEllipsis:
      return made(Kind::kEllipsis, tokens_.take());
    case Token::Kind::kInteger:
    case Token::Kind::kHexadecimal:
      return number();
    case Token::Kind::kString:
      return strings();
    case Token::Kind::kWord:
      return word();
    default:
      if (tokens_.is_symbol('[')) return bracketed(Kind::kList, ']');
      if (tokens_.is_symbol('{')) return structure();
      tokens_.fail("an expression");
      return {};
  }
}

Expression ExpressionParser::number() {
  const auto value = number_of(tokens_.now());
  if (!value) {
    tokens_.fail("a number that 64 bits hold");
    return {};
  }
  const Token token = tokens_.take();
  Expression out = made(Kind::kInteger, token);
  out.number = *value;
  out.is_hexadecimal = token.kind == Token::Kind::kHexadecimal;
  return out;
}

// One string or several, which are one, and ... where its end does not matter.
Expression ExpressionParser::strings() {
  Expression out = made(Kind::kString, tokens_.now());
  while (tokens_.is(Token::Kind::kString)) {
    const auto text = unescaped(tokens_.now().text);
    if (!text) {
      tokens_.fail("a string whose escapes are \\\\ \\\" \\n \\t \\r \\f \\v or \\xhh");
      return {};
    }
    out.text += *text;
    tokens_.take();
  }
  if (tokens_.is(Token::Kind::kEllipsis)) {
    tokens_.take();
    out.open_ended = true;
  }
  return out;
}

Expression ExpressionParser::word() {
  const Token token = tokens_.take();
  if (tokens_.is_symbol('(') && is_one_of(token.text, kCalls)) return call(token);
  if (tokens_.is_symbol('=') || (tokens_.is_symbol('(') && is_one_of(token.text, kWithLength)))
    return assignment(token);
  Expression out = made(Kind::kWord, token);
  out.text = token.text;
  return out;
}

Expression ExpressionParser::assignment(const Token& name) {
  Expression out = made(Kind::kAssign, name);
  out.text = name.text;
  std::optional<Expression> length;
  if (tokens_.take_symbol('(')) {
    length = operand();
    tokens_.expect_symbol(')');
  }
  tokens_.expect_symbol('=');
  if (++depth_ > kMaxDepth) tokens_.fail("brackets and assignments at most 32 deep");
  if (!tokens_.failed()) out.parts.push_back(expression());
  --depth_;
  if (length) out.parts.push_back(std::move(*length));
  return out;
}

Expression ExpressionParser::call(const Token& name) {
  Expression out = made(Kind::kCall, name);
  out.text = name.text;
  tokens_.expect_symbol('(');
  const bool takes_string = name.text.starts_with("inet");
  if (!tokens_.is(takes_string ? Token::Kind::kString : Token::Kind::kInteger)) {
    tokens_.fail(takes_string ? "an address in quotes" : "a number");
    return out;
  }
  out.parts.push_back(operand());
  tokens_.expect_symbol(')');
  return out;
}

// {...}: the members of a struct. Headers of encapsulations, which look alike, are told by their first token.
Expression ExpressionParser::structure() {
  Expression out = bracketed(Kind::kStruct, '}');
  if (!tokens_.failed() && out.parts.empty()) tokens_.fail_at(out.at, "members between { and }", "none");
  return out;
}

Expression ExpressionParser::bracketed(Kind kind, char close) {
  const Token open = tokens_.take();
  Expression out = made(kind, open);
  if (close == '}' && tokens_.is_symbol('(')) tokens_.not_supported(open.at, "a stack of MPLS labels");
  if (close == '}' && (tokens_.is_word("flags") || tokens_.is_word("Flags"))) {
    tokens_.not_supported(open.at, "a GRE header");
  }
  if (++depth_ > kMaxDepth) tokens_.fail_at(open.at, "brackets and assignments at most 32 deep", "more");
  if (!tokens_.failed()) out.parts = list(close);
  --depth_;
  return out;
}

std::vector<Expression> ExpressionParser::list(char close) {
  std::vector<Expression> out;
  if (tokens_.take_symbol(close)) return out;
  do {
    out.push_back(expression());
  } while (tokens_.take_symbol(','));
  if (!tokens_.take_symbol(close)) tokens_.fail(std::string(", or ") + close);
  return out;
}

}  // namespace handfast::script
