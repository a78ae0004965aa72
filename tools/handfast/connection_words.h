#pragma once

#include <string>
#include <system_error>

#include "handfast/address.h"
#include "handfast/error.h"

namespace handfast::tool {

/// A sentence for somebody who typed a command, about why there is no connection with `peer`, or no longer one.
std::string explain_connection_error(std::error_code error, const Endpoint& peer);

/// The same about a passive open of `port`.
std::string explain_listen_error(std::error_code error, std::uint16_t port);

}  // namespace handfast::tool
