#include "script/code_value.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "script/limits.h"

namespace handfast::script {
namespace {

using Result = std::expected<CodeValue, std::string>;

constexpr std::string_view kTooLarge = "a number that 64 bits do not hold";

std::unexpected<std::string> wrong(std::string_view what) { return std::unexpected(std::string(what)); }

Result checked(std::optional<Number> number) {
  if (!number) return wrong(kTooLarge);
  return CodeValue::of(*number);
}

Result integer(std::int64_t number) { return CodeValue::of(Number{number, 1}); }

Result shift(std::int64_t a, bool left, std::int64_t b) {
  if (b < 0) return wrong("a shift by a negative number");
  if (!left) return integer(a >> std::min<std::int64_t>(b, 63));
  if (b > 62) return a == 0 ? integer(0) : wrong(kTooLarge);
  return checked(multiply({a, 1}, {std::int64_t{1} << b, 1}));
}

Result combine_bits(std::int64_t a, std::string_view sign, std::int64_t b) {
  if (sign == "&") return integer(a & b);
  if (sign == "|") return integer(a | b);
  if (sign == "^") return integer(a ^ b);
  return shift(a, sign == "<<", b);
}

Result combine_numbers(const Number& a, std::string_view sign, const Number& b) {
  if (sign == "+") return checked(add(a, b));
  if (sign == "-") return checked(subtract(a, b));
  if (sign == "*") return checked(multiply(a, b));
  if (b.numerator == 0) return wrong("a division by zero");
  if (sign == "/") return checked(divide(a, b));
  if (sign == "//") return checked(floor_divide(a, b));
  return checked(modulo(a, b));
}

Result formatted(const CodeValue& a, const CodeValue& b) {
  const auto text = format(a.text, b.kind == CodeValue::Kind::kTuple ? std::span(b.items) : std::span(&b, 1));
  if (!text) return std::unexpected(text.error());
  return CodeValue::of(*text);
}

Result joined(const CodeValue& a, const CodeValue& b) {
  if (a.text.size() + b.text.size() > kMaxTextBytes) return wrong("a string of more than 1024 letters");
  return CodeValue::of(a.text + b.text);
}

std::expected<bool, std::string> contains(const CodeValue& all, const CodeValue& one) {
  if (all.kind == CodeValue::Kind::kTuple) return std::ranges::find(all.items, one) != all.items.end();
  if (!all.is_string() || !one.is_string()) return wrong("in needs several values, or two strings");
  return all.text.find(one.text) != std::string::npos;
}

std::expected<bool, std::string> is_before(const CodeValue& a, const CodeValue& b) {
  if (a.is_number() && b.is_number()) return is_below(a.number, b.number);
  if (a.is_string() && b.is_string()) return a.text < b.text;
  return wrong("only numbers, or two strings, have an order");
}

std::expected<bool, std::string> inverse(std::expected<bool, std::string> holds) {
  if (holds) *holds = !*holds;
  return holds;
}

Result extreme(std::span<const CodeValue> values, bool least) {
  if (values.size() == 1 && values[0].kind == CodeValue::Kind::kTuple) values = values[0].items;
  if (values.empty()) return wrong("min and max need a value");
  CodeValue out = values[0];
  for (const CodeValue& value : values.subspan(1)) {
    const auto better = least ? is_before(value, out) : is_before(out, value);
    if (!better) return std::unexpected(better.error());
    if (*better) out = value;
  }
  return out;
}

Result magnitude(const Number& number) {
  return number.numerator < 0 ? checked(subtract({}, number)) : CodeValue::of(number);
}

Result truncated(const Number& number) { return integer(number.numerator / number.denominator); }

}  // namespace

CodeValue CodeValue::of(Number number) {
  CodeValue out;
  out.number = number;
  return out;
}

CodeValue CodeValue::of(std::string text) {
  CodeValue out;
  out.kind = Kind::kString;
  out.text = std::move(text);
  return out;
}

bool CodeValue::is_true() const {
  if (is_number()) return number.numerator != 0;
  return is_string() ? !text.empty() : !items.empty();
}

std::string CodeValue::to_string(bool quoted) const {
  if (is_number()) return number.to_string();
  if (is_string()) return quoted ? "'" + text + "'" : text;
  std::string out = "(";
  for (const CodeValue& item : items) {
    if (&item != items.data()) out += ", ";
    out += item.to_string(true);
    if (out.size() > kMaxTextBytes) break;
  }
  return out + (items.size() == 1 ? ",)" : ")");
}

std::expected<CodeValue, std::string> combine(const CodeValue& a, std::string_view sign, const CodeValue& b) {
  const bool on_bits = sign == "&" || sign == "|" || sign == "^" || sign == "<<" || sign == ">>";
  if (a.is_string() && sign == "%") return formatted(a, b);
  if (a.is_string() && b.is_string() && sign == "+") return joined(a, b);
  if (!a.is_number() || !b.is_number()) return wrong("the operator " + std::string(sign) + " needs numbers");
  if (!on_bits) return combine_numbers(a.number, sign, b.number);
  if (!a.is_integer() || !b.is_integer()) return wrong("the operator " + std::string(sign) + " needs whole numbers");
  return combine_bits(a.number.numerator, sign, b.number.numerator);
}

std::expected<bool, std::string> compare(const CodeValue& a, std::string_view sign, const CodeValue& b) {
  if (sign == "==") return a == b;
  if (sign == "!=") return !(a == b);
  if (sign == "in") return contains(b, a);
  if (sign == "not in") return inverse(contains(b, a));
  if (sign == "<") return is_before(a, b);
  if (sign == ">") return is_before(b, a);
  return inverse(sign == "<=" ? is_before(b, a) : is_before(a, b));
}

std::expected<CodeValue, std::string> call(std::string_view function, std::span<const CodeValue> arguments) {
  if (function == "min" || function == "max") return extreme(arguments, function == "min");
  if (arguments.size() != 1) return wrong(std::string(function) + " needs one value");
  const CodeValue& value = arguments[0];
  if (function == "len") {
    if (value.is_number()) return wrong("len needs a string or several values");
    return integer(static_cast<std::int64_t>(value.is_string() ? value.text.size() : value.items.size()));
  }
  if (!value.is_number()) return wrong(std::string(function) + " needs a number");
  return function == "abs" ? magnitude(value.number) : truncated(value.number);
}

}  // namespace handfast::script
