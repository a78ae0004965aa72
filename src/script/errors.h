#pragma once

#include <optional>
#include <string_view>

namespace handfast::script {

/// ECONNRESET for 104: the name of an error of Linux, empty for a number that has none.
std::string_view name_of_errno(int number);

/// "Connection reset by peer" for 104: what Linux's C library says, empty for a number that has no name.
std::string_view text_of_errno(int number);

/// 104 for ECONNRESET. EWOULDBLOCK and other second names are known too.
std::optional<int> number_of_error(std::string_view name);

}  // namespace handfast::script
