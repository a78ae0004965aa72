#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

#include "handfast/drop_reason.h"

// The textbook names the step that decided what becomes of a segment; the stack names why it dropped it. Which reason
// goes with which step stands here, so that a segment that is dropped for the wrong reason is seen even where the peer
// could not tell.

namespace handfast::matrix {

struct StepAndDrop {
  std::string_view step;  ///< begins with this; Outcome::why of the textbook
  DropReason drop;
};

inline constexpr auto kStepsAndDrops = std::to_array<StepAndDrop>({
    {"3.10.7.1 no connection", DropReason::kTcpClosed},
    {"3.10.7.1 a RST is discarded", DropReason::kTcpClosedReset},
    {"3.10.7.2 first", DropReason::kTcpListenReset},
    {"3.10.7.2 second", DropReason::kTcpListenAck},
    {"3.10.7.2 third", DropReason::kNone},
    {"3.10.7.2 fourth", DropReason::kTcpListenNoSyn},
    {"3.10.7.3 first", DropReason::kTcpSynSentBadAck},
    {"3.10.7.3 first", DropReason::kTcpSynSentBadReset},  // where the segment is a reset
    {"3.10.7.3 second: RST with an ACK", DropReason::kNone},
    {"3.10.7.3 second: RST without an ACK", DropReason::kTcpSynSentBadReset},
    {"3.10.7.3 fourth", DropReason::kNone},
    {"3.10.7.3 fifth", DropReason::kTcpSynSentNoSyn},
    {"3.10.7.4 first", DropReason::kTcpOutsideWindow},
    {"3.10.7.4 first",
     DropReason::kTcpSynChallenged},             // where it is a SYN: the challenge of RFC 5961 §4.2 all the same
    {"3.10.7.4 first", DropReason::kTcpAckBad},  // syn-ack-is-reset of allowed.h
    {"3.10.7.4 second 1)", DropReason::kTcpResetOutsideWindow},
    {"3.10.7.4 second 2)", DropReason::kNone},
    {"3.10.7.4 second 3)", DropReason::kTcpResetChallenged},
    {"3.10.7.4 fourth: SYN, challenge", DropReason::kTcpSynChallenged},
    {"3.10.7.4 fourth: SYN, challenge", DropReason::kTcpAckBad},  // syn-ack-is-reset with text that reaches inside
    {"3.10.7.4 fourth: SYN in SYN-RECEIVED", DropReason::kNone},
    {"3.10.7.4 fifth: no ACK bit", DropReason::kTcpNoAck},
    {"3.10.7.4 fifth: ACK outside", DropReason::kTcpAckOutOfRange},
    {"3.10.7.4 fifth, SYN-RECEIVED: ACK not acceptable", DropReason::kTcpAckBad},
    {"3.10.7.4 fifth, SYN-RECEIVED: our SYN", DropReason::kNone},
    {"3.10.7.4 fifth, FIN-WAIT-1", DropReason::kNone},
    {"3.10.7.4 fifth, CLOSING", DropReason::kNone},
    {"3.10.7.4 fifth, LAST-ACK", DropReason::kNone},
    {"3.10.7.4 fifth, TIME-WAIT: empty", DropReason::kNone},
    {"3.10.7.4 fifth, TIME-WAIT: acknowledged only", DropReason::kNone},
    {"3.10.7.4 fifth, TIME-WAIT: acknowledged only", DropReason::kTcpTextAfterFin},  // with text
    {"3.10.7.4 fifth: the ACK field", DropReason::kNone},
    {"3.10.7.4 fifth: the ACK field", DropReason::kTcpTextAfterFin},  // the seventh ignores text behind the FIN
    {"3.10.7.4 sixth", DropReason::kNone},
    {"3.10.7.4 seventh", DropReason::kNone},
    {"3.10.7.4 eighth: the peer's FIN", DropReason::kNone},
    {"3.10.7.4 eighth: a FIN after the FIN", DropReason::kNone},
    {"3.10.7.4 eighth: a FIN after the FIN", DropReason::kTcpTextAfterFin},  // with text
    {"3.10.7.4 eighth: the FIN again", DropReason::kTcpOutsideWindow},
    {"3.6.1 MAY-2", DropReason::kNone},
    {"our rule: the same SYN", DropReason::kTcpDuplicateSyn},
    {"our rule: a RST in TIME-WAIT", DropReason::kTcpResetInTimeWait},
    {"our rule: a RST in TIME-WAIT", DropReason::kTcpResetOutsideWindow},  // the stack asks for the window first
});

/// The place in the list where the two stand together.
constexpr std::optional<std::size_t> pair_of(std::string_view step, DropReason drop) {
  for (std::size_t i = 0; i < kStepsAndDrops.size(); ++i) {
    if (kStepsAndDrops[i].drop == drop && step.starts_with(kStepsAndDrops[i].step)) return i;
  }
  return std::nullopt;
}

}  // namespace handfast::matrix
