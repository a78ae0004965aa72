#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

// Where the stack may differ from the textbook. The model decides one way at every place where the RFC leaves room, and
// the stack sometimes the other way. Each such place has a rule here: what exactly may differ, and why it may. A rule
// is applied only where its own condition holds, so none is a blanket tolerance, and a test that never meets a rule
// fails: a rule without a use is one that nobody would miss.

namespace handfast::matrix {

enum class Rule : std::uint8_t {
  kAckRidesOnText,
  kFinRidesOnText,
  kWindowAfterFin,
  kRefusedInSynSent,
  kEndIsTold,
  kLossIsTold,
  kSynAckIsReset,
  kNothingBehindFin,
  kAckIsThrottled,
  kResetOfAbortHasAck,
  kLastAckWhenAsked,
  kBareKeepsToWindow,
  kCount,
};

struct Allowed {
  const char* name;
  const char* section;
  const char* reason;
};

inline constexpr std::array<Allowed, static_cast<std::size_t>(Rule::kCount)> kAllowed = {{
    {"ack-rides-on-text", "RFC 9293 §3.10.7.3, §3.10.7.4 seventh",
     "an acknowledgment may be carried by text or a FIN that leaves in the same breath"},
    {"fin-rides-on-text", "RFC 9293 §3.10.4", "the FIN follows the last text, in its segment or in one of its own"},
    {"window-after-fin", "RFC 9293 §3.8.6 (SHLD-14)",
     "RCV.NXT moves over the FIN and the right edge stays, so RCV.WND is smaller by the FIN's number"},
    {"refused-in-syn-sent", "RFC 9293 §3.10.7.3 second, §3.10.7.4 second",
     "a reset of an active OPEN is told as refused in SYN-SENT too, the word that the RFC has for SYN-RECEIVED"},
    {"end-is-told", "RFC 9293 §3.10.7.4 second",
     "the RFC tells nothing of a reset in CLOSING and LAST-ACK; our caller holds a handle and hears that it ended"},
    {"loss-is-told", "RFC 9293 §3.6 (MUST-12)",
     "in CLOSING and LAST-ACK with text unacknowledged the reset lost it, and the caller hears of the reset"},
    {"syn-ack-is-reset", "RFC 9293 §3.5.2 group 2",
     "the peer's SYN-ACK in a simultaneous open, with an ACK of something never sent: SYN-RECEIVED is not synchronized "
     "and answers by a reset; the first check would only ask for an ACK because the SYN lies left of the window"},
    {"nothing-behind-fin", "RFC 9293 §3.10.7.4 fifth, CLOSING",
     "what acknowledges our FIN in CLOSING enters TIME-WAIT and ends there; a FIN behind the peer's FIN cannot be, and "
     "a "
     "peer that still waits repeats its own, which TIME-WAIT answers"},
    {"ack-is-throttled", "RFC 5961 §7", "acknowledgments of what was thrown away are limited in number"},
    {"abort-reset-has-ack", "RFC 9293 §3.10.5, §3.5.2",
     "the reset of an ABORT carries ACK=RCV.NXT as well, which no receiver reads"},
    {"last-ack-when-asked", "RFC 9293 §3.10.4",
     "CLOSE in CLOSE-WAIT enters LAST-ACK at once, as it enters FIN-WAIT-1 from ESTABLISHED, though the FIN must wait"},
    {"bare-keeps-to-window", "RFC 9293 §3.10.5, §3.10.7.4 first",
     "an acknowledgment or a reset without text starts at the edge of the peer's window where SND.NXT lies beyond it, "
     "or "
     "the peer's first check would drop it"},
}};

/// How often each rule was applied.
class RuleUses {
 public:
  /// Always true, so that it can stand at the end of a condition.
  bool note(Rule rule) {
    ++counts_[static_cast<std::size_t>(rule)];
    return true;
  }
  std::uint64_t count(Rule rule) const { return counts_[static_cast<std::size_t>(rule)]; }
  static const Allowed& about(Rule rule) { return kAllowed[static_cast<std::size_t>(rule)]; }

 private:
  std::array<std::uint64_t, static_cast<std::size_t>(Rule::kCount)> counts_{};
};

}  // namespace handfast::matrix
