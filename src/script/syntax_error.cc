#include "script/syntax_error.h"

namespace handfast::script {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

}  // namespace

std::string printable(std::string_view text, std::size_t most) {
  std::string out;
  for (const char character : text.substr(0, most)) {
    if (character >= ' ' && character <= '~') {
      out += character;
    } else {
      const auto byte = static_cast<unsigned char>(character);
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  if (text.size() > most) out += "...";
  return out;
}

std::string SyntaxError::message() const {
  return supported ? "expected " + expected + ", seen " + seen : "not supported: " + seen;
}

std::string SyntaxError::to_string() const {
  return file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column) + ": " + message();
}

}  // namespace handfast::script
