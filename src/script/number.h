#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The numbers of code blocks: exact fractions of 64-bit integers, since floating point differs between machines. So 0.1
// + 0.2 is 0.3 here, which it is not in Python.

namespace handfast::script {

/// A fraction in lowest terms, its denominator above 0.
struct Number {
  std::int64_t numerator = 0;
  std::int64_t denominator = 1;

  bool is_integer() const { return denominator == 1; }
  /// With up to `decimals` digits behind the point, rounded, and as few as say the number where `shortest`.
  std::string to_string(int decimals = 6, bool shortest = true) const;
  friend bool operator==(const Number&, const Number&) = default;
};

/// Each gives nothing where 64 bits do not hold the result, or where it divides by 0.
std::optional<Number> add(const Number& a, const Number& b);
std::optional<Number> subtract(const Number& a, const Number& b);
std::optional<Number> multiply(const Number& a, const Number& b);
std::optional<Number> divide(const Number& a, const Number& b);
/// The quotient rounded down, and what it leaves, which has the sign of `b`: as Python has them.
std::optional<Number> floor_divide(const Number& a, const Number& b);
std::optional<Number> modulo(const Number& a, const Number& b);

bool is_below(const Number& a, const Number& b);

/// Reads 12, 0x1f, 0b11, 0o17, 1.5 or 2e6; nothing where `text` is none of them, or more than 64 bits hold.
std::optional<Number> read_number(std::string_view text);

}  // namespace handfast::script
