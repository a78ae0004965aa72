#include "script/script.h"

#include <charconv>
#include <string_view>

namespace handfast::script {
namespace {

std::string hexadecimal(std::int64_t number) {
  char digits[17];
  const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<std::uint64_t>(number), 16).ptr;
  return "0x" + std::string(digits, end);
}

// Bytes as a script writes them: what a terminal cannot show as \xhh.
std::string quoted(const std::string& text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out = "\"";
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == '"' || character == '\\') {
      out += '\\';
      out += character;
    } else if (byte < 0x20 || byte > 0x7E) {
      out += "\\x";
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    } else {
      out += character;
    }
  }
  return out + "\"";
}

std::string joined(const std::vector<Expression>& parts, std::string_view between) {
  std::string out;
  for (const Expression& part : parts) {
    if (&part != parts.data()) out += between;
    out += part.to_string();
  }
  return out;
}

std::string assignment(const Expression& expression) {
  const auto& parts = expression.parts;
  const std::string length = parts.size() > 1 ? "(" + parts[1].to_string() + ")" : "";
  return expression.text + length + "=" + (parts.empty() ? "" : parts[0].to_string());
}

}  // namespace

std::string Expression::to_string() const {
  switch (kind) {
    case Kind::kEllipsis:
      return "...";
    case Kind::kInteger:
      return is_hexadecimal ? hexadecimal(number) : std::to_string(number);
    case Kind::kWord:
      return text;
    case Kind::kString:
      return quoted(text) + (open_ended ? "..." : "");
    case Kind::kOr:
      return joined(parts, "|");
    case Kind::kAssign:
      return assignment(*this);
    case Kind::kList:
      return "[" + joined(parts, ", ") + "]";
    case Kind::kStruct:
      return "{" + joined(parts, ", ") + "}";
    case Kind::kCall:
      return text + "(" + joined(parts, ", ") + ")";
  }
  return {};
}

}  // namespace handfast::script
