#pragma once

#include <cstdint>

namespace handfast::tcp {

/// Keep-alive of one connection (RFC 9293 §3.8.4, MAY-5); how it goes stands in keep_alive.cc.
struct KeepAlive {
  bool on = false;
  bool owed = false;  ///< a probe has to go out
  std::uint8_t unanswered = 0;
};

}  // namespace handfast::tcp
