#include "handfast/address.h"

#include <algorithm>
#include <charconv>

// Text forms of addresses. Reading is strict: a form that two programs could understand differently (leading zeros in
// a dotted quad, a shortened quad, a zone) is no address. Writing follows RFC 5952, so that equal addresses have equal
// text.

namespace handfast {

namespace {

/// A decimal number from `text`, all of it, without sign or leading zeros.
std::optional<unsigned> parse_decimal(std::string_view text, unsigned largest) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  unsigned number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number <= largest ? std::optional(number) : std::nullopt;
}

std::optional<unsigned> parse_hex(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned number = 0;
  for (const char c : text) {
    unsigned digit;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A') + 10;
    } else {
      return std::nullopt;
    }
    number = number << 4 | digit;
  }
  return number;
}

/// Splits off the text before the first `separator`, and the separator; the whole text if there is none.
std::string_view take_field(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view field = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return field;
}

std::optional<std::array<std::uint8_t, 4>> parse_quad(std::string_view text) {
  if (std::ranges::count(text, '.') != 3) return std::nullopt;
  std::array<std::uint8_t, 4> quad;
  for (std::uint8_t& byte : quad) {
    const std::optional<unsigned> number = parse_decimal(take_field(text, '.'), 255);
    if (!number) return std::nullopt;
    byte = static_cast<std::uint8_t>(*number);
  }
  return quad;
}

/// The bytes of colon-separated groups, at most 16 of them.
struct Groups {
  std::array<std::uint8_t, 16> bytes{};
  std::size_t count = 0;

  bool add(unsigned group) {
    if (count + 2 > bytes.size()) return false;
    bytes[count++] = static_cast<std::uint8_t>(group >> 8);
    bytes[count++] = static_cast<std::uint8_t>(group);
    return true;
  }
  /// Reads "1:2:3"; the last group may be a dotted quad if `may_end_in_quad`. Empty text is no groups.
  bool read(std::string_view text, bool may_end_in_quad) {
    if (text.empty()) return true;
    if (text.back() == ':') return false;
    while (!text.empty()) {
      const std::string_view field = take_field(text, ':');
      if (may_end_in_quad && text.empty() && field.find('.') != field.npos) {
        const auto quad = parse_quad(field);
        return quad && add((*quad)[0] * 256U + (*quad)[1]) && add((*quad)[2] * 256U + (*quad)[3]);
      }
      const std::optional<unsigned> group = parse_hex(field);
      if (!group || !add(*group)) return false;
    }
    return true;
  }
};

std::optional<IpAddress> parse_v6(std::string_view text) {
  Groups left;
  const std::size_t gap = text.find("::");
  if (gap == text.npos) {
    if (!left.read(text, true) || left.count != 16) return std::nullopt;
    return IpAddress::v6(left.bytes);
  }
  Groups right;
  if (!left.read(text.substr(0, gap), false) || !right.read(text.substr(gap + 2), true)) return std::nullopt;
  // The gap stands for at least one group (RFC 4291 §2.2).
  if (left.count + right.count > 14) return std::nullopt;
  std::copy_n(right.bytes.begin(), right.count, left.bytes.end() - static_cast<std::ptrdiff_t>(right.count));
  return IpAddress::v6(left.bytes);
}

void append_number(std::string& text, unsigned number, int base) {
  char digits[8];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
  text.append(digits, end);
}

void append_quad(std::string& text, std::span<const std::uint8_t> bytes) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i != 0) text += '.';
    append_number(text, bytes[i], 10);
  }
}

struct Run {
  std::size_t start = 0;
  std::size_t length = 0;
};

/// The longest run of zero groups, the first of equals, and none that is a single group (RFC 5952 §4.2).
Run longest_zero_run(const std::array<unsigned, 8>& groups) {
  Run longest;
  for (std::size_t i = 0; i < 8;) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > longest.length) longest = {i, end - i};
    i = end + 1;
  }
  return longest.length >= 2 ? longest : Run{};
}

std::string v6_to_string(std::span<const std::uint8_t> bytes) {
  std::array<unsigned, 8> groups;
  for (std::size_t i = 0; i < 8; ++i) groups[i] = bytes[2 * i] * 256U + bytes[2 * i + 1];
  const Run zeros = longest_zero_run(groups);
  std::string text;
  // An IPv4-mapped address shows the IPv4 address it holds (RFC 5952 §5).
  if (zeros.start == 0 && zeros.length == 5 && groups[5] == 0xFFFF) {
    text.append("::ffff:");
    append_quad(text, bytes.subspan(12));
    return text;
  }
  for (std::size_t i = 0; i < 8; ++i) {
    if (zeros.length != 0 && i == zeros.start) {
      text.append("::");
      i += zeros.length - 1;
      continue;
    }
    if (i != 0 && text.back() != ':') text += ':';
    append_number(text, groups[i], 16);
  }
  return text;
}

unsigned bits_of(const IpAddress& address) { return address.is_v4() ? 32 : 128; }

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find(':') != text.npos) return parse_v6(text);
  const auto quad = parse_quad(text);
  if (!quad) return std::nullopt;
  return v4((*quad)[0], (*quad)[1], (*quad)[2], (*quad)[3]);
}

IpAddress IpAddress::masked(unsigned length) const {
  IpAddress result = *this;
  for (std::size_t i = 0; i < 16; ++i) {
    const unsigned before = static_cast<unsigned>(i) * 8;
    if (length <= before) {
      result.bytes_[i] = 0;
    } else if (length < before + 8) {
      result.bytes_[i] &= static_cast<std::uint8_t>(0xFF00U >> (length - before));
    }
  }
  return result;
}

std::string IpAddress::to_string() const {
  if (is_v6()) return v6_to_string(bytes_);
  if (is_none()) return "none";
  std::string text;
  append_quad(text, bytes_);
  return text;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::optional<unsigned> port = parse_decimal(text.substr(colon + 1), 65535);
  const bool is_bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  const std::optional<IpAddress> address = IpAddress::parse(host);
  if (!port || !address || address->is_v6() != is_bracketed) return std::nullopt;
  return Endpoint{*address, static_cast<std::uint16_t>(*port)};
}

std::string Endpoint::to_string() const {
  std::string text;
  if (address.is_v6()) text += '[';
  text += address.to_string();
  if (address.is_v6()) text += ']';
  text += ':';
  append_number(text, port, 10);
  return text;
}

std::optional<Prefix> Prefix::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const std::optional<unsigned> length = parse_decimal(text.substr(slash + 1), bits_of(*address));
  if (!length) return std::nullopt;
  return Prefix{*address, static_cast<std::uint8_t>(*length)};
}

bool Prefix::contains(const IpAddress& other) const {
  return !address.is_none() && address.version() == other.version() && address.masked(length) == other.masked(length);
}

IpAddress Prefix::broadcast() const {
  if (!address.is_v4() || length > 30) return {};
  return IpAddress::v4(address.v4_number() | 0xFFFFFFFFU >> length);
}

std::string Prefix::to_string() const {
  std::string text = address.to_string();
  text += '/';
  append_number(text, length, 10);
  return text;
}

std::optional<MacAddress> MacAddress::parse(std::string_view text) {
  MacAddress mac;
  if (text.size() != 17) return std::nullopt;
  for (std::size_t i = 0; i < 6; ++i) {
    if (i != 0 && text[3 * i - 1] != ':') return std::nullopt;
    const std::optional<unsigned> byte = parse_hex(text.substr(3 * i, 2));
    if (!byte) return std::nullopt;
    mac.bytes[i] = static_cast<std::uint8_t>(*byte);
  }
  return mac;
}

std::string MacAddress::to_string() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : bytes) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

}  // namespace handfast
