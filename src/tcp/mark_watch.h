#pragma once

#include <cstdint>

#include "tcp/sequence_number.h"

namespace handfast::tcp {

/// What the sender of accurate ECN looks at while text is in flight: where a round trip ends, and whether text that
/// carried the option arrived.
class MarkWatch {
 public:
  explicit MarkWatch(SeqNum snd_una) : round_end_(snd_una) {}

  /// True: `ack` is the first of text that left after the last round trip began, and so the next one begins.
  bool round_is_over(SeqNum ack, SeqNum snd_nxt) {
    if (ack <= round_end_) return false;
    round_end_ = snd_nxt;
    return true;
  }

  /// Text from `start` on left with the option.
  void option_left(SeqNum start) {
    if (waits_) return;
    option_at_ = start;
    waits_ = true;
  }
  /// `length` bytes from `start` on went again. True: among them what carried the option.
  bool option_was_lost(SeqNum start, std::uint32_t length) {
    if (!waits_ || !option_at_.in(start, length)) return false;
    waits_ = false;
    return true;
  }
  /// The peer has everything before `ack`. True: so the option arrived.
  bool option_arrived(SeqNum ack) {
    if (!waits_ || ack <= option_at_) return false;
    waits_ = false;
    return true;
  }

 private:
  SeqNum round_end_;
  SeqNum option_at_{};  ///< where the oldest text with the option begins of which nothing is known
  bool waits_ = false;
};

}  // namespace handfast::tcp
