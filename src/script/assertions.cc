#include "script/assertions.h"

#include <algorithm>

#include "script/limits.h"
#include "script/symbols.h"

namespace handfast::script {
namespace {

using Kind = CodeTerm::Kind;

constexpr std::size_t kLongestStatement = 200;  // in a message

// Evaluates the statements of one block. After an error every term comes to 0, and what it comes to is thrown away.
class Evaluation {
 public:
  Evaluation(const Code& code, Variables& variables, const NameLookup& names, CodeOutcome& out)
      : code_(code), variables_(variables), names_(names), out_(out) {}

  void run();

 private:
  void run(const CodeStatement& statement);
  void check(const CodeStatement& statement);
  void print(const CodeStatement& statement);
  void assign(const CodeStatement& statement);
  CodeValue value(const CodeTerm& term);
  CodeValue name(const CodeTerm& term);
  CodeValue tuple(const CodeTerm& term);
  CodeValue unary(const CodeTerm& term);
  CodeValue binary(const CodeTerm& term);
  CodeValue comparison(const CodeTerm& term);
  CodeValue connective(const CodeTerm& term);
  std::optional<CodeValue> meaning(std::string_view name) const;
  CodeValue fail(const CodeTerm& term, std::string what);
  bool failed() const { return out_.kind == CodeOutcome::Kind::kError; }

  const Code& code_;
  Variables& variables_;
  const NameLookup& names_;
  CodeOutcome& out_;
  std::map<std::string, bool, std::less<>> own_;  // the names that this block assigned
};

CodeValue truth(bool holds) { return CodeValue::of(Number{holds ? 1 : 0, 1}); }

void Evaluation::run() {
  for (const CodeStatement& statement : code_.statements) {
    out_.values.clear();
    out_.text = statement.text;
    out_.at = statement.at;
    run(statement);
    if (!out_.passed()) return;
  }
  out_.values.clear();
  out_.text.clear();
}

void Evaluation::run(const CodeStatement& statement) {
  switch (statement.kind) {
    case CodeStatement::Kind::kAssert:
      return check(statement);
    case CodeStatement::Kind::kPrint:
      return print(statement);
    case CodeStatement::Kind::kAssign:
      return assign(statement);
  }
}

// The message is looked at only where the assertion does not hold, as in Python; one that cannot be evaluated says so.
void Evaluation::check(const CodeStatement& statement) {
  const bool holds = value(statement.terms[0]).is_true();
  if (failed() || holds) return;
  std::string message;
  if (statement.terms.size() > 1) {
    message = value(statement.terms[1]).to_string();
    if (failed()) message = "no message: " + out_.message;
  }
  out_.kind = CodeOutcome::Kind::kFailed;
  out_.at = statement.at;
  out_.message = std::move(message);
}

void Evaluation::print(const CodeStatement& statement) {
  std::string line;
  for (const CodeTerm& term : statement.terms) {
    if (&term != statement.terms.data()) line += ' ';
    line += value(term).to_string();
    if (line.size() > kMaxTextBytes) line.resize(kMaxTextBytes);
  }
  if (!failed() && out_.printed.size() < kMaxPrinted) out_.printed.push_back(std::move(line));
}

void Evaluation::assign(const CodeStatement& statement) {
  CodeValue made = value(statement.terms[0]);
  if (failed()) return;
  if (made.kind == CodeValue::Kind::kTuple) {
    fail(statement.terms[0], "a name can stand for a number or a string only");
  } else if (variables_.size() >= kMaxVariables && !variables_.contains(statement.name)) {
    fail(statement.terms[0], "more than 1000 names are assigned");
  } else {
    variables_.insert_or_assign(statement.name, std::move(made));
    own_.insert_or_assign(statement.name, true);
  }
}

CodeValue Evaluation::fail(const CodeTerm& term, std::string what) {
  if (failed()) return {};
  out_.kind = CodeOutcome::Kind::kError;
  out_.at = term.at;
  out_.message = std::move(what);
  return {};
}

CodeValue Evaluation::value(const CodeTerm& term) {
  if (failed()) return {};
  switch (term.kind) {
    case Kind::kNumber:
      return CodeValue::of(term.number);
    case Kind::kString:
      return CodeValue::of(term.text);
    case Kind::kName:
      return name(term);
    case Kind::kTuple:
      return tuple(term);
    case Kind::kCall: {
      auto result = call(term.text, tuple(term).items);
      return result || failed() ? result.value_or(CodeValue()) : fail(term, result.error());
    }
    case Kind::kNot:
      return truth(!value(term.parts[0]).is_true());
    case Kind::kUnary:
      return unary(term);
    case Kind::kBinary:
      return binary(term);
    case Kind::kCompare:
      return comparison(term);
    case Kind::kAnd:
    case Kind::kOr:
      return connective(term);
  }
  return {};
}

std::optional<CodeValue> Evaluation::meaning(std::string_view name) const {
  const auto variable = variables_.find(name);
  if (variable != variables_.end() && own_.contains(name)) return variable->second;
  if (const auto number = names_ ? names_(name) : std::nullopt) return CodeValue::of(Number{*number, 1});
  if (variable != variables_.end()) return variable->second;
  if (const auto number = symbol(name)) return CodeValue::of(Number{*number, 1});
  return std::nullopt;
}

CodeValue Evaluation::name(const CodeTerm& term) {
  auto found = meaning(term.text);
  if (!found) return fail(term, "nothing is called " + term.text);
  const auto told = [&](const auto& entry) { return entry.first == term.text; };
  if (out_.values.size() < kMaxNamesTold && std::ranges::none_of(out_.values, told)) {
    out_.values.emplace_back(term.text, found->to_string(true));
  }
  return *std::move(found);
}

CodeValue Evaluation::tuple(const CodeTerm& term) {
  CodeValue out;
  out.kind = CodeValue::Kind::kTuple;
  for (const CodeTerm& part : term.parts) out.items.push_back(value(part));
  return out;
}

CodeValue Evaluation::unary(const CodeTerm& term) {
  CodeValue operand = value(term.parts[0]);
  if (failed()) return {};
  const std::string& sign = term.operators[0];
  if (sign == "~" ? !operand.is_integer() : !operand.is_number()) return fail(term, sign + " needs a number");
  if (sign == "+") return operand;
  if (sign == "~") return CodeValue::of(Number{~operand.number.numerator, 1});
  const auto negative = combine(CodeValue(), "-", operand);
  return negative ? *negative : fail(term, negative.error());
}

CodeValue Evaluation::binary(const CodeTerm& term) {
  CodeValue out = value(term.parts[0]);
  for (std::size_t i = 0; i < term.operators.size() && !failed(); ++i) {
    const CodeValue right = value(term.parts[i + 1]);
    if (failed()) return {};
    auto result = combine(out, term.operators[i], right);
    if (!result) return fail(term, result.error());
    out = *std::move(result);
  }
  return out;
}

// a <= x <= b holds where a <= x and x <= b do; x is evaluated once, and b only where the first holds.
CodeValue Evaluation::comparison(const CodeTerm& term) {
  CodeValue left = value(term.parts[0]);
  for (std::size_t i = 0; i < term.operators.size() && !failed(); ++i) {
    CodeValue right = value(term.parts[i + 1]);
    if (failed()) return {};
    const auto holds = compare(left, term.operators[i], right);
    if (!holds) return fail(term, holds.error());
    if (!*holds) return truth(false);
    left = std::move(right);
  }
  return truth(true);
}

// As in Python `a or b` is a where a is true, and b else; the other way round for `and`.
CodeValue Evaluation::connective(const CodeTerm& term) {
  CodeValue out;
  for (const CodeTerm& part : term.parts) {
    out = value(part);
    if (failed() || out.is_true() == (term.kind == Kind::kOr)) return out;
  }
  return out;
}

}  // namespace

CodeOutcome evaluate(const Code& code, Variables& variables, const NameLookup& names) {
  CodeOutcome out;
  out.file = code.file;
  Evaluation(code, variables, names, out).run();
  return out;
}

std::string CodeOutcome::to_string() const {
  if (passed()) return "passed";
  std::string out = file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " +
                    printable(text, kLongestStatement);
  if (kind == Kind::kError) return out + ": " + message;
  out += " does not hold";
  for (const auto& [name, number] : values) {
    out += &name == &values.front().first ? " (" : ", ";
    out += name;
    out += " = ";
    out += number;
  }
  if (!values.empty()) out += ')';
  return message.empty() ? out : out + ": " + message;
}

}  // namespace handfast::script
