#pragma once

#include <algorithm>
#include <optional>
#include <span>
#include <string_view>

// Letters and words of both grammars, that of scripts and that of their blocks of code: ASCII, whatever the locale.

namespace handfast::script {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Of a name: a letter or an underscore.
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

constexpr std::optional<int> hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

constexpr bool is_one_of(std::string_view word, std::span<const std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

}  // namespace handfast::script
