#include "script/parse_code.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <string_view>
#include <utility>

#include "script/code_tokens.h"
#include "script/letters.h"
#include "script/limits.h"
#include "script/parse_expression.h"

namespace handfast::script {
namespace {

using Kind = CodeTerm::Kind;
using Words = std::span<const std::string_view>;

constexpr std::string_view kBitOr[] = {"|"};
constexpr std::string_view kBitXor[] = {"^"};
constexpr std::string_view kBitAnd[] = {"&"};
constexpr std::string_view kShift[] = {"<<", ">>"};
constexpr std::string_view kSum[] = {"+", "-"};
constexpr std::string_view kProduct[] = {"*", "//", "/", "%"};
// From those that bind least.
constexpr Words kRanks[] = {kBitOr, kBitXor, kBitAnd, kShift, kSum, kProduct};

constexpr std::string_view kComparisons[] = {"<", "<=", ">", ">=", "==", "!="};
constexpr std::string_view kAugmented[] = {"+=", "-=", "*=", "/=", "//=", "%=", "&=", "|=", "^=", "<<=", ">>="};
constexpr std::string_view kCalls[] = {"abs", "min", "max", "len", "int"};
constexpr std::string_view kReserved[] = {"and", "or", "not", "in", "is", "if", "else", "lambda"};
constexpr std::string_view kStatements[] = {"import", "from", "if",     "for",   "while", "def",  "return", "del",
                                            "class",  "try",  "with",   "raise", "pass",  "exec", "global", "yield",
                                            "break",  "elif", "except", "async", "await", "match"};

class CodeParser {
 public:
  CodeParser(const CodeLine& line, Code& code) : tokens_(line.text, line.begin, code.file), code_(code) {}

  std::optional<SyntaxError> run();

 private:
  CodeStatement statement();
  void assertion(CodeStatement& out);
  void print(CodeStatement& out);
  void assignment(CodeStatement& out);
  CodeTerm made(Kind kind, const CodeToken& token);
  CodeTerm term();
  CodeTerm conjunction();
  CodeTerm negation();
  CodeTerm comparison();
  bool take_comparison(CodeTerm& out);
  CodeTerm binary(Words operators, std::size_t rank);
  CodeTerm unary();
  CodeTerm atom();
  CodeTerm strings();
  CodeTerm named();
  CodeTerm bracketed(std::string_view close);
  std::vector<CodeTerm> list(std::string_view close, bool& has_comma);
  template <typename Part>
  CodeTerm nested(const CodeToken& token, Part part);

  CodeTokens tokens_;
  Code& code_;
  int depth_ = 0;
  std::size_t terms_ = 0;  // of the statement
  std::size_t all_terms_ = 0;
};

std::optional<SyntaxError> CodeParser::run() {
  while (!tokens_.failed() && !tokens_.is(CodeToken::Kind::kEnd)) {
    if (tokens_.is(CodeToken::Kind::kLineEnd)) {
      tokens_.take();
      continue;
    }
    code_.statements.push_back(statement());
    if (!tokens_.is(CodeToken::Kind::kLineEnd) && !tokens_.is(CodeToken::Kind::kEnd)) {
      tokens_.fail("an operator or the end of the statement");
    }
  }
  return tokens_.error();
}

CodeStatement CodeParser::statement() {
  const CodeToken first = tokens_.now();
  CodeStatement out;
  out.at = first.at;
  terms_ = 0;
  if (first.kind != CodeToken::Kind::kName) {
    tokens_.fail("a statement: assert, print, or name = value");
  } else if (is_one_of(first.text, kStatements)) {
    tokens_.not_supported(first.at, "the statement " + printable(first.text) + " of Python");
  } else if (tokens_.take_name("assert")) {
    assertion(out);
  } else if (tokens_.take_name("print")) {
    print(out);
  } else {
    assignment(out);
  }
  if (!tokens_.failed()) out.text = tokens_.text_from(first.text);
  return out;
}

void CodeParser::assertion(CodeStatement& out) {
  out.kind = CodeStatement::Kind::kAssert;
  out.terms.push_back(term());
  if (tokens_.take_operator(",")) out.terms.push_back(term());
}

// As Python 3 has it or as Python 2: print(a, b) and print a, b say the same.
void CodeParser::print(CodeStatement& out) {
  out.kind = CodeStatement::Kind::kPrint;
  if (tokens_.is(CodeToken::Kind::kLineEnd) || tokens_.is(CodeToken::Kind::kEnd)) return;
  do {
    out.terms.push_back(term());
  } while (tokens_.take_operator(","));
  if (out.terms.size() == 1 && out.terms[0].kind == Kind::kTuple) {
    auto parts = std::move(out.terms[0].parts);
    out.terms = std::move(parts);
  }
}

void CodeParser::assignment(CodeStatement& out) {
  out.kind = CodeStatement::Kind::kAssign;
  const CodeToken name = tokens_.take();
  out.name = name.text;
  if (is_one_of(name.text, kReserved)) tokens_.not_supported(name.at, "a statement that begins with " + out.name);
  if (tokens_.take_operator("=")) {
    out.terms.push_back(term());
    return;
  }
  const CodeToken sign = tokens_.now();
  if (sign.kind != CodeToken::Kind::kOperator || !is_one_of(sign.text, kAugmented)) {
    tokens_.fail("= or an operator that assigns");
    return;
  }
  tokens_.take();
  CodeTerm sum = made(Kind::kBinary, sign);
  sum.operators.emplace_back(sign.text.substr(0, sign.text.size() - 1));
  CodeTerm old = made(Kind::kName, name);
  old.text = name.text;
  sum.parts.push_back(std::move(old));
  sum.parts.push_back(term());
  out.terms.push_back(std::move(sum));
}

CodeTerm CodeParser::made(Kind kind, const CodeToken& token) {
  if (++terms_ > kMaxTerms) tokens_.fail("a statement of at most 4096 terms");
  if (++all_terms_ > kMaxBlockTerms) tokens_.fail("a block of at most 100000 terms");
  CodeTerm out;
  out.kind = kind;
  out.at = token.at;
  return out;
}

// What `part` reads one level deeper; nothing where that is too deep.
template <typename Part>
CodeTerm CodeParser::nested(const CodeToken& token, Part part) {
  CodeTerm out = made(Kind::kNumber, token);
  if (++depth_ > kMaxDepth) tokens_.fail("brackets and signs at most 32 deep");
  if (!tokens_.failed()) out = part();
  --depth_;
  return out;
}

CodeTerm CodeParser::term() {
  const CodeToken first = tokens_.now();
  CodeTerm left = conjunction();
  if (!tokens_.is_name("or")) return left;
  CodeTerm out = made(Kind::kOr, first);
  out.parts.push_back(std::move(left));
  while (tokens_.take_name("or")) out.parts.push_back(conjunction());
  return out;
}

CodeTerm CodeParser::conjunction() {
  const CodeToken first = tokens_.now();
  CodeTerm left = negation();
  if (!tokens_.is_name("and")) return left;
  CodeTerm out = made(Kind::kAnd, first);
  out.parts.push_back(std::move(left));
  while (tokens_.take_name("and")) out.parts.push_back(negation());
  return out;
}

CodeTerm CodeParser::negation() {
  const CodeToken first = tokens_.now();
  if (!tokens_.take_name("not")) return comparison();
  CodeTerm out = made(Kind::kNot, first);
  out.parts.push_back(nested(first, [this] { return negation(); }));
  return out;
}

// Takes a comparison's operator, if one is next.
bool CodeParser::take_comparison(CodeTerm& out) {
  const CodeToken sign = tokens_.now();
  if (tokens_.take_name("not")) {
    if (!tokens_.take_name("in")) tokens_.fail("in");
    out.operators.emplace_back("not in");
    return true;
  }
  const bool compares = sign.kind == CodeToken::Kind::kOperator && is_one_of(sign.text, kComparisons);
  if (!compares && !tokens_.is_name("in")) return false;
  out.operators.emplace_back(tokens_.take().text);
  return true;
}

CodeTerm CodeParser::comparison() {
  CodeTerm out;
  out.kind = Kind::kCompare;
  out.at = tokens_.now().at;
  CodeTerm left = binary(kRanks[0], 0);
  if (!take_comparison(out)) return left;
  out.parts.push_back(std::move(left));
  do {
    out.parts.push_back(binary(kRanks[0], 0));
  } while (take_comparison(out));
  return out;
}

CodeTerm CodeParser::binary(Words operators, std::size_t rank) {
  const auto operand = [&] { return rank + 1 < std::size(kRanks) ? binary(kRanks[rank + 1], rank + 1) : unary(); };
  const auto follows = [&] {
    return tokens_.is(CodeToken::Kind::kOperator) && is_one_of(tokens_.now().text, operators);
  };
  const CodeToken first = tokens_.now();
  CodeTerm left = operand();
  if (!follows()) return left;
  CodeTerm out = made(Kind::kBinary, first);
  out.parts.push_back(std::move(left));
  while (follows()) {
    out.operators.emplace_back(tokens_.take().text);
    out.parts.push_back(operand());
  }
  return out;
}

CodeTerm CodeParser::unary() {
  const CodeToken sign = tokens_.now();
  if (!tokens_.take_operator("-") && !tokens_.take_operator("+") && !tokens_.take_operator("~")) {
    CodeTerm out = atom();
    if (tokens_.is_operator("**")) tokens_.not_supported(tokens_.now().at, "the operator **");
    if (tokens_.is_name("is")) tokens_.not_supported(tokens_.now().at, "the operator is");
    if (tokens_.is_operator(".")) tokens_.not_supported(tokens_.now().at, "a member of a value");
    return out;
  }
  CodeTerm out = made(Kind::kUnary, sign);
  out.operators.emplace_back(sign.text);
  out.parts.push_back(nested(sign, [this] { return unary(); }));
  return out;
}

CodeTerm CodeParser::atom() {
  const CodeToken first = tokens_.now();
  switch (first.kind) {
    case CodeToken::Kind::kNumber: {
      CodeTerm out = made(Kind::kNumber, first);
      const auto number = read_number(first.text);
      if (!number) tokens_.fail("a number that 64 bits hold");
      out.number = number.value_or(Number());
      tokens_.take();
      return out;
    }
    case CodeToken::Kind::kString:
      return strings();
    case CodeToken::Kind::kName:
      return named();
    default:
      if (tokens_.take_operator("(")) return nested(first, [this] { return bracketed(")"); });
      if (tokens_.take_operator("[")) return nested(first, [this] { return bracketed("]"); });
      tokens_.fail("a value");
      return {};
  }
}

CodeTerm CodeParser::strings() {
  CodeTerm out = made(Kind::kString, tokens_.now());
  while (tokens_.is(CodeToken::Kind::kString)) {
    const auto text = unescaped(tokens_.now().text);
    if (!text || out.text.size() + text->size() > kMaxTextBytes) {
      tokens_.fail("a string of at most 1024 letters with escapes \\\\ \\\" \\' \\n \\t \\r \\f \\v or \\xhh");
      return out;
    }
    out.text += *text;
    tokens_.take();
  }
  return out;
}

CodeTerm CodeParser::named() {
  const CodeToken name = tokens_.now();
  if (is_one_of(name.text, kReserved)) {
    tokens_.fail("a value");
    return {};
  }
  tokens_.take();
  CodeTerm out = made(Kind::kName, name);
  out.text = name.text;
  if (tokens_.is_operator("(")) {
    if (!is_one_of(name.text, kCalls)) tokens_.not_supported(name.at, "the function " + printable(name.text));
    const CodeToken open = tokens_.take();
    out.kind = Kind::kCall;
    bool has_comma = false;
    out = nested(open, [&] {
      out.parts = list(")", has_comma);
      return std::move(out);
    });
  } else if (name.text == "True" || name.text == "False") {
    out.kind = Kind::kNumber;
    out.number.numerator = name.text == "True" ? 1 : 0;
  }
  return out;
}

// (a) is a itself; (a,), (a, b), () and all in [ ] are several values.
CodeTerm CodeParser::bracketed(std::string_view close) {
  CodeTerm out;
  out.kind = Kind::kTuple;
  out.at = tokens_.now().at;
  bool has_comma = false;
  out.parts = list(close, has_comma);
  if (close == "]" || has_comma || out.parts.size() != 1) return out;
  CodeTerm alone = std::move(out.parts.front());
  return alone;
}

// Terms with commas between, and perhaps one behind the last; the bracket before them was taken.
std::vector<CodeTerm> CodeParser::list(std::string_view close, bool& has_comma) {
  std::vector<CodeTerm> out;
  while (!tokens_.failed() && !tokens_.take_operator(close)) {
    out.push_back(term());
    if (tokens_.take_operator(close)) break;
    if (!tokens_.take_operator(",")) tokens_.fail(", or " + std::string(close));
    has_comma = true;
  }
  return out;
}

}  // namespace

std::expected<Code, SyntaxError> parse_code(const CodeLine& line, std::string file) {
  Code code;
  code.file = std::move(file);
  if (auto error = CodeParser(line, code).run()) return std::unexpected(*std::move(error));
  return code;
}

}  // namespace handfast::script
