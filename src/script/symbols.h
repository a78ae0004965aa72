#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace handfast::script {

/// The number that Linux has for a word of a script, such as SOCK_STREAM, TCP_CA_Open or EAGAIN; nothing for a word
/// that is not one of its names.
std::optional<std::int64_t> symbol(std::string_view name);

}  // namespace handfast::script
