#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "script/code_value.h"
#include "script/letters.h"
#include "script/limits.h"

// The % of Python's strings.

namespace handfast::script {
namespace {

constexpr int kMaxWidth = 64;

struct Place {
  bool left = false;
  bool zeros = false;
  int width = 0;
  std::optional<int> precision;
  char letter = 0;
};

// Digits of at most kMaxWidth; 0 where there are none.
int width_at(std::string_view text, std::size_t& at) {
  int out = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) out = std::min(out * 10 + (text[at] - '0'), kMaxWidth);
  return out;
}

// What stands behind a %; `at` moves behind it.
std::optional<Place> read_place(std::string_view text, std::size_t& at) {
  Place out;
  for (; at < text.size() && (text[at] == '-' || text[at] == '0'); ++at)
    (text[at] == '-' ? out.left : out.zeros) = true;
  out.width = width_at(text, at);
  if (at < text.size() && text[at] == '.') out.precision = width_at(text, ++at);
  if (at == text.size()) return std::nullopt;
  out.letter = text[at++];
  return out;
}

std::string hexadecimal(std::int64_t number, bool upper) {
  char digits[17];
  const auto magnitude = number < 0 ? ~static_cast<std::uint64_t>(number) + 1 : static_cast<std::uint64_t>(number);
  std::string out(digits, std::to_chars(digits, digits + sizeof digits, magnitude, 16).ptr);
  if (upper)
    std::ranges::transform(out, out.begin(), [](char c) { return is_digit(c) ? c : static_cast<char>(c - 32); });
  return number < 0 ? "-" + out : out;
}

std::expected<std::string, std::string> written(const Place& place, const CodeValue& value) {
  if (place.letter == 's' || place.letter == 'r') return value.to_string(place.letter == 'r');
  if (!value.is_number()) return std::unexpected(std::string("%") + place.letter + " needs a number");
  switch (place.letter) {
    case 'd':
    case 'i':
    case 'u':
      return std::to_string(value.number.numerator / value.number.denominator);
    case 'f':
      return value.number.to_string(place.precision.value_or(6), false);
    case 'x':
    case 'X':
      if (!value.is_integer()) return std::unexpected("%x needs a whole number");
      return hexadecimal(value.number.numerator, place.letter == 'X');
    default:
      return std::unexpected(std::string("the format %") + place.letter + " is not supported");
  }
}

std::string padded(const Place& place, std::string text) {
  const auto width = static_cast<std::size_t>(place.width);
  if (text.size() >= width) return text;
  if (place.left) return text + std::string(width - text.size(), ' ');
  if (!place.zeros || place.letter == 's' || place.letter == 'r') return std::string(width - text.size(), ' ') + text;
  return text.insert(text.starts_with('-') ? 1 : 0, width - text.size(), '0');
}

}  // namespace

std::expected<std::string, std::string> format(std::string_view text, std::span<const CodeValue> arguments) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '%') {
      out += text[at++];
      continue;
    }
    const auto place = read_place(text, ++at);
    if (!place) return std::unexpected("a string that ends in %");
    if (place->letter == '%') {
      out += '%';
      continue;
    }
    if (arguments.empty()) return std::unexpected("more places than values in a string");
    auto part = written(*place, arguments.front());
    if (!part) return part;
    arguments = arguments.subspan(1);
    out += padded(*place, *std::move(part));
    if (out.size() > kMaxTextBytes) return std::unexpected("a string of more than 1024 letters");
  }
  if (!arguments.empty()) return std::unexpected("more values than places in a string");
  return out;
}

}  // namespace handfast::script
