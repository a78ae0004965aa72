#include "script/values.h"

#include <algorithm>

#include "posix/linux_numbers.h"
#include "script/symbols.h"

namespace handfast::script {

using Kind = Expression::Kind;

std::unexpected<Trouble> trouble(const Expression& at, std::string what) {
  return std::unexpected(Trouble{.at = at.at, .what = std::move(what)});
}

Valued<std::int64_t> number_of(const Expression& expression) {
  if (expression.kind == Kind::kInteger) return expression.number;
  if (expression.kind == Kind::kWord) {
    if (const auto value = symbol(expression.text)) return *value;
    return trouble(expression, "no symbol is called " + expression.text);
  }
  if (expression.kind == Kind::kOr) {
    std::int64_t all = 0;
    for (const Expression& part : expression.parts) {
      const Valued<std::int64_t> value = number_of(part);
      if (!value) return value;
      all |= *value;
    }
    return all;
  }
  return trouble(expression, "expected a number, not " + expression.to_string());
}

const Expression& unwrapped(const Expression& expression) {
  if (expression.kind == Kind::kList && expression.parts.size() == 1) return expression.parts.front();
  return expression;
}

const Expression* field(const Expression& structure, std::string_view name) {
  for (const Expression& part : structure.parts) {
    if (part.kind == Kind::kAssign && part.text == name) return &part.parts.front();
  }
  return nullptr;
}

Valued<std::int64_t> field_number(const Expression& structure, std::string_view name) {
  if (const Expression* value = field(structure, name)) return number_of(*value);
  return trouble(structure, "expected a field " + std::string(name) + " in " + structure.to_string());
}

namespace {

// htons(8080) stands for 8080: the calls have ports as numbers.
Valued<std::uint16_t> port_of(const Expression& expression) {
  const bool is_call = expression.kind == Kind::kCall && expression.text == "htons" && expression.parts.size() == 1;
  const Valued<std::int64_t> number = number_of(is_call ? expression.parts.front() : expression);
  if (!number) return std::unexpected(number.error());
  if (*number < 0 || *number > 0xFFFF) return trouble(expression, "expected a port, 0 to 65535");
  return static_cast<std::uint16_t>(*number);
}

Valued<IpAddress> ip_of(const Expression& expression) {
  if (expression.kind != Kind::kCall || expression.parts.empty()) {
    return trouble(expression, "expected inet_addr(\"...\"), not " + expression.to_string());
  }
  if (const auto address = IpAddress::parse(expression.parts.back().text)) return *address;
  return trouble(expression, "expected an address, not " + expression.parts.back().text);
}

}  // namespace

Valued<std::optional<posix::SocketAddress>> address_of(const Expression& expression) {
  if (expression.kind == Kind::kEllipsis) return std::nullopt;
  if (expression.kind == Kind::kWord && expression.text == "NULL") return std::nullopt;
  if (expression.kind == Kind::kWord && expression.text == "AF_UNSPEC") {
    return posix::SocketAddress{.family = posix::kAfUnspec};
  }
  if (expression.kind != Kind::kStruct) return trouble(expression, "expected an address or ...");
  const Valued<std::int64_t> family = field_number(expression, "sa_family");
  if (!family) return std::unexpected(family.error());
  posix::SocketAddress address{.family = static_cast<int>(*family)};
  for (const std::string_view name : {"sin_port", "sin6_port"}) {
    const Expression* value = field(expression, name);
    if (value == nullptr) continue;
    const Valued<std::uint16_t> port = port_of(*value);
    if (!port) return std::unexpected(port.error());
    address.endpoint.port = *port;
  }
  for (const std::string_view name : {"sin_addr", "sin6_addr"}) {
    const Expression* value = field(expression, name);
    if (value == nullptr) continue;
    const Valued<IpAddress> ip = ip_of(*value);
    if (!ip) return std::unexpected(ip.error());
    address.endpoint.address = *ip;
  }
  return address;
}

bool is_bad_pointer(const Expression& buffer) {
  return buffer.kind == Kind::kInteger || (buffer.kind == Kind::kWord && buffer.text == "NULL");
}

std::vector<std::byte> bytes_of(std::int64_t number, std::size_t length) {
  std::vector<std::byte> bytes(length);
  for (std::size_t i = 0; i < length; ++i) {
    bytes[i] = static_cast<std::byte>(i < 8 ? static_cast<std::uint64_t>(number) >> (8 * i) : 0);
  }
  return bytes;
}

std::int64_t number_in(std::span<const std::byte> bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = std::min<std::size_t>(bytes.size(), 8); i-- > 0;) {
    number = number << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  }
  // An int is four bytes and may be negative.
  if (bytes.size() == 4) return static_cast<std::int32_t>(static_cast<std::uint32_t>(number));
  return static_cast<std::int64_t>(number);
}

}  // namespace handfast::script
