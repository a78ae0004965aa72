#pragma once

#include <string>

#include "handfast/tcp_info.h"

namespace handfast::tool {

/// A connection in a few lines of name:value, in the order and with the names of `ss -ti` where it has one. Bytes,
/// milliseconds and bits a second.
std::string info_text(const TcpInfo& info);

}  // namespace handfast::tool
