#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "script/number.h"

namespace handfast::script {

/// What a term of a code block comes to. A comparison comes to 1 or 0.
struct CodeValue {
  enum class Kind : std::uint8_t { kNumber, kString, kTuple };
  Kind kind = Kind::kNumber;
  Number number;
  std::string text;
  std::vector<CodeValue> items;

  static CodeValue of(Number number);
  static CodeValue of(std::string text);

  bool is_number() const { return kind == Kind::kNumber; }
  bool is_integer() const { return is_number() && number.is_integer(); }
  bool is_string() const { return kind == Kind::kString; }
  /// False for 0, "" and ().
  bool is_true() const;
  /// As print() writes it; in a tuple, strings have quotes.
  std::string to_string(bool quoted = false) const;
  friend bool operator==(const CodeValue&, const CodeValue&) = default;
};

/// What `a OPERATOR b` comes to, or what is wrong with it. The operators are + - * / // % & | ^ << >>.
std::expected<CodeValue, std::string> combine(const CodeValue& a, std::string_view sign, const CodeValue& b);

/// Whether `a OPERATOR b` holds, or what is wrong with it. The operators are < <= > >= == != in and "not in".
std::expected<bool, std::string> compare(const CodeValue& a, std::string_view sign, const CodeValue& b);

/// What abs, min, max, len or int gives, or what is wrong.
std::expected<CodeValue, std::string> call(std::string_view function, std::span<const CodeValue> arguments);

/// 'rtt=%d' % (12) and so on: %d %i %u %s %r %x %X %f and %%, with -, 0, a width and a precision.
std::expected<std::string, std::string> format(std::string_view text, std::span<const CodeValue> arguments);

}  // namespace handfast::script
