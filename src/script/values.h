#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "handfast/address.h"
#include "posix/call_values.h"
#include "script/script.h"

// What expressions of a script stand for.

namespace handfast::script {

/// Something in a script that cannot be understood, or that this stack does not have.
struct Trouble {
  Position at;
  std::string what;
  bool unsupported = false;  ///< the line is good, and nothing here could run it
};

template <typename T>
using Valued = std::expected<T, Trouble>;

std::unexpected<Trouble> trouble(const Expression& at, std::string what);

/// A number: decimal, hexadecimal, a symbol of Linux, or several joined by |.
Valued<std::int64_t> number_of(const Expression& expression);
/// The one element of [x], or x itself.
const Expression& unwrapped(const Expression& expression);
/// The field of that name of {a=..., b=...}; null: there is none.
const Expression* field(const Expression& structure, std::string_view name);
/// A field that has to be there and is a number.
Valued<std::int64_t> field_number(const Expression& structure, std::string_view name);
/// {sa_family = AF_INET, sin_port = htons(8080), sin_addr = inet_addr("192.0.2.1")}; nothing for `...`.
Valued<std::optional<posix::SocketAddress>> address_of(const Expression& expression);
/// Whether a buffer is a pointer that no program may use: NULL or a number.
bool is_bad_pointer(const Expression& buffer);
/// The bytes of a number as a call has them: `length` of them, little end first.
std::vector<std::byte> bytes_of(std::int64_t number, std::size_t length);
/// A number from at most eight such bytes.
std::int64_t number_in(std::span<const std::byte> bytes);

}  // namespace handfast::script
