#pragma once

#include <algorithm>
#include <cstdint>

#include "tcp/sequence_number.h"

// The urgent mechanism of RFC 9293 §3.8.5 (MUST-30), as RFC 6093 reads it. It is no second channel: urgent text stands
// in the stream where it was written, and all that travels beside it is where it ends. So a sender keeps one number
// until that is acknowledged, a receiver one until that is taken, and nothing in here moves a byte.

namespace handfast::tcp {

/// SND.UP, while urgent text waits to be acknowledged.
class SendUrgent {
 public:
  /// Everything before `behind` that was not acknowledged yet is urgent (MUST-31: however much that is).
  void mark(SeqNum behind) {
    up_ = behind;
    is_on_ = true;
  }
  void acknowledged(SeqNum una) { is_on_ = is_on_ && una < up_; }

  /// The peer does not have all urgent text yet: "urgent mode".
  bool is_on() const { return is_on_; }
  /// The urgent pointer of a segment that starts at `seq`: how far behind its start the octet stands that follows the
  /// urgent text (MUST-62; RFC 6093 §3). 0: no urgent text lies there, and no URG. Further away than the field can say
  /// it is as far as it can (RFC 2675 §5.2), and later segments say the rest.
  std::uint16_t pointer(SeqNum seq) const {
    if (!is_on_ || up_ <= seq) return 0;
    return static_cast<std::uint16_t>(std::min<std::uint32_t>(up_.since(seq), 0xFFFF));
  }

 private:
  SeqNum up_;
  bool is_on_ = false;
};

}  // namespace handfast::tcp
