#pragma once

#include <system_error>

namespace handfast::posix {

/// What Linux calls the error of a Host; 0 for none.
int error_number(const std::error_code& error);

}  // namespace handfast::posix
