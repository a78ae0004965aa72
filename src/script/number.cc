#include "script/number.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>
#include <utility>

namespace handfast::script {
namespace {

// Holds the product of two 64-bit numbers, and the sum of two such products whose factors are denominators below 2^63.
using Wide = __int128;

constexpr int kMaxDecimals = 18;

Wide greatest_common_divisor(Wide a, Wide b) {
  while (b != 0) a = std::exchange(b, a % b);
  return a;
}

bool fits(Wide number) {
  return number >= std::numeric_limits<std::int64_t>::min() && number <= std::numeric_limits<std::int64_t>::max();
}

// `denominator` is not 0.
std::optional<Number> reduced(Wide numerator, Wide denominator) {
  if (denominator < 0) {
    numerator = -numerator;
    denominator = -denominator;
  }
  const Wide divisor = greatest_common_divisor(numerator < 0 ? -numerator : numerator, denominator);
  numerator /= divisor;
  denominator /= divisor;
  if (!fits(numerator) || !fits(denominator)) return std::nullopt;
  return Number{static_cast<std::int64_t>(numerator), static_cast<std::int64_t>(denominator)};
}

std::optional<std::int64_t> integer(std::string_view digits, int base) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.starts_with('-')) return std::nullopt;
  return number;
}

std::optional<Number> whole(std::optional<std::int64_t> number) {
  return number ? std::optional(Number{*number, 1}) : std::nullopt;
}

std::optional<Number> power_of_ten(int exponent) {
  if (exponent > kMaxDecimals || exponent < -kMaxDecimals) return std::nullopt;
  std::int64_t power = 1;
  for (int i = 0; i < (exponent < 0 ? -exponent : exponent); ++i) power *= 10;
  return exponent < 0 ? Number{1, power} : Number{power, 1};
}

// Digits, perhaps with a point.
std::optional<Number> decimal(std::string_view text) {
  const std::size_t point = text.find('.');
  if (point == std::string_view::npos) return whole(integer(text, 10));
  std::string digits(text.substr(0, point));
  std::string_view fraction = text.substr(point + 1);
  while (fraction.ends_with('0')) fraction.remove_suffix(1);
  if (text.size() == 1 || fraction.size() > kMaxDecimals) return std::nullopt;
  digits += fraction;
  const auto number = digits.empty() ? std::optional<std::int64_t>(0) : integer(digits, 10);
  if (!number) return std::nullopt;
  const auto scale = power_of_ten(-static_cast<int>(fraction.size()));
  return scale ? multiply({*number, 1}, *scale) : std::nullopt;
}

// A denominator up to 2^63 times 10^18 fits.
Wide power(int exponent) {
  Wide out = 1;
  for (int i = 0; i < exponent; ++i) out *= 10;
  return out;
}

}  // namespace

std::optional<Number> add(const Number& a, const Number& b) {
  return reduced(Wide{a.numerator} * b.denominator + Wide{b.numerator} * a.denominator,
                 Wide{a.denominator} * b.denominator);
}

std::optional<Number> subtract(const Number& a, const Number& b) {
  return reduced(Wide{a.numerator} * b.denominator - Wide{b.numerator} * a.denominator,
                 Wide{a.denominator} * b.denominator);
}

std::optional<Number> multiply(const Number& a, const Number& b) {
  return reduced(Wide{a.numerator} * b.numerator, Wide{a.denominator} * b.denominator);
}

std::optional<Number> divide(const Number& a, const Number& b) {
  if (b.numerator == 0) return std::nullopt;
  return reduced(Wide{a.numerator} * b.denominator, Wide{a.denominator} * b.numerator);
}

std::optional<Number> floor_divide(const Number& a, const Number& b) {
  const auto quotient = divide(a, b);
  if (!quotient) return std::nullopt;
  const bool down = quotient->numerator < 0 && !quotient->is_integer();
  return Number{quotient->numerator / quotient->denominator - (down ? 1 : 0), 1};
}

std::optional<Number> modulo(const Number& a, const Number& b) {
  const auto quotient = floor_divide(a, b);
  const auto taken = quotient ? multiply(*quotient, b) : std::nullopt;
  return taken ? subtract(a, *taken) : std::nullopt;
}

bool is_below(const Number& a, const Number& b) {
  return Wide{a.numerator} * b.denominator < Wide{b.numerator} * a.denominator;
}

std::string Number::to_string(int decimals, bool shortest) const {
  if (is_integer() && shortest) return std::to_string(numerator);
  const int places = std::clamp(decimals, 0, kMaxDecimals);
  const Wide magnitude = numerator < 0 ? -Wide{numerator} : Wide{numerator};
  Wide scaled = (magnitude * power(places) * 2 + denominator) / (Wide{denominator} * 2);
  std::string out;
  for (int i = 0; i < places || scaled != 0 || i == places; ++i) {
    if (i == places && places != 0) out += '.';
    out += static_cast<char>('0' + static_cast<int>(scaled % 10));
    scaled /= 10;
  }
  if (numerator < 0) out += '-';
  std::ranges::reverse(out);
  while (shortest && places > 0 && out.ends_with('0')) out.pop_back();
  if (out.ends_with('.')) out.pop_back();
  return out;
}

std::optional<Number> read_number(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) return whole(integer(text.substr(2), 16));
  if (text.starts_with("0b") || text.starts_with("0B")) return whole(integer(text.substr(2), 2));
  if (text.starts_with("0o") || text.starts_with("0O")) return whole(integer(text.substr(2), 8));
  const std::size_t mark = text.find_first_of("eE");
  const auto mantissa = decimal(text.substr(0, mark));
  if (mark == std::string_view::npos || !mantissa) return mantissa;
  std::string_view exponent = text.substr(mark + 1);
  const bool negative = exponent.starts_with('-');
  if (negative || exponent.starts_with('+')) exponent.remove_prefix(1);
  const auto digits = integer(exponent, 10);
  if (!digits || *digits > kMaxDecimals) return std::nullopt;
  const auto scale = power_of_ten(static_cast<int>(negative ? -*digits : *digits));
  return scale ? multiply(*mantissa, *scale) : std::nullopt;
}

}  // namespace handfast::script
