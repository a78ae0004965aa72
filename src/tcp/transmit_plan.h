#pragma once

#include <cstdint>

#include "handfast/time.h"
#include "handfast/trace_reason.h"

namespace handfast::tcp {

/// What whoever carries the segments can take.
struct TransmitLimits {
  std::uint32_t largest_text = 0;  ///< text of a super-segment; 0: one segment at a time
};

/// The answer to "what do I send next", without having sent it.
struct Plan {
  enum class What : std::uint8_t {
    kNothing,
    kHandshake,
    kAgain,
    kText,
    kProbe,
    kTailProbe,
    kPathProbe,
    kKeepAlive,
    kAck
  };

  What what = What::kNothing;
  std::uint32_t offset = 0;  ///< of the first byte, from SND.UNA
  std::uint32_t length = 0;  ///< bytes of text
  bool fin = false;          ///< with our FIN behind the text
  trace::Reason reason = trace::Reason::kNone;
  bool pushed = false;  ///< it ends where PUSH stood when it was sent before
};

}  // namespace handfast::tcp
