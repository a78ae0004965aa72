#pragma once

#include <cstdint>

#include "handfast/config.h"
#include "handfast/time.h"
#include "handfast/trace_reason.h"

// When to acknowledge, and how often to answer what should not have come.

namespace handfast::tcp {

/// RFC 9293 §3.8.6.3 (SHLD-18, SHLD-19, MUST-40) and RFC 5681 §4.2 (5681-11). In-order acknowledgments gather until the
/// batch is through (MUST-58, MUST-59); each duplicate is owed by itself where SACK does not tell the peer more.
class AckPolicy {
 public:
  /// Owed as soon as something can be sent. That marks were counted is the weakest reason: it acknowledges nothing.
  void owe(trace::Reason why) {
    if (!owed_ || reason_ == trace::Reason::kSendMarkCount) reason_ = why;
    owed_ = true;
  }
  void owe_duplicate(bool sack_agreed) {
    if (owed_ && !sack_agreed && more_duplicates_ < kMostDuplicates) ++more_duplicates_;
    owe(trace::Reason::kSendDuplicateAck);
  }
  /// Text arrived in order. True: the delay timer has to run; false: it is owed now, or runs already.
  bool text_arrived(std::uint32_t bytes, std::uint32_t full_segment);
  /// A segment with the ACK bit goes out.
  void sent() {
    if (more_duplicates_ > 0 && owed_) {
      --more_duplicates_;
      reason_ = trace::Reason::kSendDuplicateAck;
    } else {
      owed_ = false;
    }
    waiting_ = 0;
  }

  bool owed() const { return owed_; }
  bool delayed() const { return waiting_ > 0 && !owed_; }
  trace::Reason reason() const { return reason_; }

 private:
  static constexpr std::uint8_t kMostDuplicates = 64;

  std::uint32_t waiting_ = 0;  ///< bytes of text that no acknowledgment covers yet
  trace::Reason reason_ = trace::Reason::kNone;
  std::uint8_t more_duplicates_ = 0;
  bool owed_ = false;
};

/// RFC 5961 §7 (5961-4, 5961-7): challenge ACKs are counted for each connection by itself. A count that all connections
/// share can be read by an attacker through a connection of its own (CVE-2016-5696).
class ChallengeLimit {
 public:
  bool allow(const TcpConfig& config, Instant now);
  /// For segments without text outside the window: a pause between answers ends an ACK storm of two ends that disagree.
  bool allow_unacceptable(const TcpConfig& config, Instant now);

 private:
  // Milliseconds on a circle of 49 days, so that three of these fit the compact forms of a connection.
  std::uint32_t interval_start_ = 0;
  std::uint32_t last_unacceptable_ = 0;
  std::uint16_t used_ = 0;
  bool interval_running_ = false;
  bool answered_unacceptable_ = false;
};

/// RFC 9293 §3.8.6.2.2 (MUST-39): whether an opening of the window by `gain` bytes is worth telling.
constexpr bool is_worth_opening(std::uint32_t gain, std::uint32_t buffer, std::uint32_t mss) {
  return gain >= buffer / 2 || gain >= mss;
}

}  // namespace handfast::tcp
