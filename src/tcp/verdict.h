#pragma once

#include <cstdint>
#include <optional>

#include "handfast/drop_reason.h"
#include "handfast/trace_reason.h"
#include "tcp/sequence_number.h"
#include "wire/tcp.h"
#include "wire/tcp_options.h"

// What one step of the segment-arrival procedure tells its caller: go on, or stop here and why, and what is owed to the
// peer for it. The steps read as the RFC's: each returns a Verdict, and the first that is not "go on" ends the walk.

namespace handfast::tcp {

/// A reset as RFC 9293 §3.5.2 forms it; the Host sends it without a connection.
struct ResetReply {
  SeqNum seq{};
  SeqNum ack{};
  bool has_ack = false;
  wire::TcpFlags ace{};                             ///< what it says of marks (RFC 9768 §3.2.2.2)
  std::optional<wire::TcpTimestamps> timestamps{};  ///< of a connection that agreed on them (RFC 7323 §3.2, SHOULD)
};

struct Verdict {
  enum class Action : std::uint8_t {
    kContinue,      ///< on to the next step
    kDone,          ///< accepted and processed to its end
    kDrop,          ///< dropped without a word
    kAckAndDrop,    ///< dropped; the peer is told what is expected
    kResetAndDrop,  ///< dropped; the peer gets `reset`
  };

  Action action = Action::kContinue;
  DropReason drop = DropReason::kNone;
  trace::Reason reason = trace::Reason::kNone;
  std::optional<ResetReply> reset{};
  /// A SYN for a connection in TIME-WAIT that may be replaced: hand the segment to the listener (RFC 6191).
  bool reopen = false;

  static Verdict go_on() { return {}; }
  static Verdict done(trace::Reason reason) { return {.action = Action::kDone, .reason = reason}; }
  static Verdict dropped(DropReason why) { return {.action = Action::kDrop, .drop = why}; }
  static Verdict ack_and_drop(DropReason why) { return {.action = Action::kAckAndDrop, .drop = why}; }
  static Verdict reset_and_drop(DropReason why, ResetReply reply) {
    return {.action = Action::kResetAndDrop, .drop = why, .reset = reply};
  }
  bool ends() const { return action != Action::kContinue; }
};

}  // namespace handfast::tcp
