#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <system_error>

namespace handfast::drivers {

/// Why the machine refused something, in words for whoever typed the command: what was tried, what the system said and
/// what to do about it.
struct Trouble {
  std::error_code code;
  std::string what;    ///< "cannot open /dev/net/tun: No such file or directory"
  std::string remedy;  ///< one sentence that can be acted on; empty where nothing is known to help

  /// Both sentences on one line.
  std::string to_string() const { return remedy.empty() ? what : what + "; " + remedy; }
};

template <typename T>
using Outcome = std::expected<T, Trouble>;

/// The trouble behind `error_number` (an errno) while `doing` something: "cannot " is put before it.
inline Trouble system_trouble(int error_number, std::string_view doing, std::string remedy = {}) {
  const std::error_code code(error_number, std::generic_category());
  std::string what = "cannot ";
  what.append(doing).append(": ").append(code.message());
  return Trouble{code, std::move(what), std::move(remedy)};
}

}  // namespace handfast::drivers
