#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace handfast::trace {

/// Why a connection did something. The list only grows; names are stable.
/// X(enumerator, a phrase for people, the rule behind it)
#define HANDFAST_TRACE_REASONS(X)                                                                                \
  X(kNone, "", "")                                                                                               \
  X(kActiveOpen, "the caller opens: a TCB is made and a SYN goes out", "RFC 9293 §3.10.1")                       \
  X(kPassiveOpen, "the caller listens: a TCB is made and waits", "RFC 9293 §3.10.1")                             \
  X(kSynArrived, "the peer's SYN: rcv.nxt = seq + 1", "RFC 9293 §3.10.7.2 third")                                \
  X(kSynAckArrived, "SYN and ack = iss + 1: our SYN arrived", "RFC 9293 §3.10.7.3 fourth")                       \
  X(kSimultaneousOpen, "a SYN crossed ours: both ends open", "RFC 9293 §3.5, §3.10.7.3 fourth (MUST-10)")        \
  X(kHandshakeAck, "ack = iss + 1: both directions are known to work", "RFC 9293 §3.10.7.4 fifth")               \
  X(kAcceptable, "in order and acceptable", "RFC 9293 §3.10.7.4")                                                \
  X(kOutOfOrder, "beyond a gap: held", "RFC 9293 §3.10.7.4 first (SHLD-31)")                                     \
  X(kCallerCloses, "the caller closes: a FIN follows what is queued", "RFC 9293 §3.10.4")                        \
  X(kFinAcked, "our FIN is acknowledged", "RFC 9293 §3.10.7.4 fifth")                                            \
  X(kPeerFin, "the peer's FIN: no more text will come", "RFC 9293 §3.10.7.4 eighth")                             \
  X(kCrossedFins, "the peer's FIN crossed ours", "RFC 9293 §3.6 case 3, §3.10.7.4 eighth")                       \
  X(kBothClosed, "both FINs are acknowledged: linger for 2 MSL", "RFC 9293 §3.6.1 (MUST-13)")                    \
  X(kLastAckAcked, "the last FIN is acknowledged", "RFC 9293 §3.10.7.4 fifth")                                   \
  X(kTimeWaitOver, "2 MSL have passed", "RFC 9293 §3.10.8")                                                      \
  X(kTimeWaitReused, "a new SYN beyond the old connection's numbers", "RFC 6191 §2")                             \
  X(kPeerReset, "reset exactly at rcv.nxt", "RFC 9293 §3.10.7.4 second")                                         \
  X(kPeerRefused, "reset in answer to our SYN", "RFC 9293 §3.10.7.3 second")                                     \
  X(kReturnToListen, "reset of a half-open passive connection", "RFC 9293 §3.10.7.4 second")                     \
  X(kCallerAborts, "the caller aborts", "RFC 9293 §3.10.5")                                                      \
  X(kCloseInSynSent, "closed before anything was agreed", "RFC 9293 §3.10.4")                                    \
  X(kRetransmissionLimit, "R2: the peer stays silent", "RFC 9293 §3.8.3 (MUST-20)")                              \
  X(kFinWait2Over, "the peer never closed after we were let go", "RFC 9293 §3.6.1")                              \
  X(kIcmpHardError, "ICMP says that nobody is there", "RFC 9293 §3.9.2.2")                                       \
  X(kUnreadText, "text would be lost: the caller let go before taking it", "RFC 9293 §3.6.1 (SHLD-3)")           \
  X(kInvariantFailed, "an invariant of this connection failed", "")                                              \
  X(kSendSyn, "SYN: seq = iss, one sequence number, no text", "RFC 9293 §3.5")                                   \
  X(kSendSynAck, "SYN+ACK: ack = irs + 1, one sequence number, no text", "RFC 9293 §3.5")                        \
  X(kSendSynAgain, "the same segment again: the stage was interrupted", "RFC 9293 §3.8.1")                       \
  X(kSendAck, "acknowledgment", "RFC 9293 §3.10.7.4 seventh")                                                    \
  X(kSendAckDelayed, "delayed acknowledgment", "RFC 9293 §3.8.6.3 (MUST-40)")                                    \
  X(kSendDuplicateAck, "duplicate acknowledgment: text beyond a gap arrived", "RFC 5681 §3.2")                   \
  X(kSendUnacceptableAck, "acknowledgment of what is expected instead", "RFC 9293 §3.10.7.4 first")              \
  X(kSendChallenge, "challenge ACK", "RFC 5961 §3.2, §4.2, §5.2")                                                \
  X(kSendText, "new text", "RFC 9293 §3.8")                                                                      \
  X(kSendWindowUpdate, "the window opens again", "RFC 9293 §3.8.6.2.2 (MUST-39)")                                \
  X(kRetransmitTimeout, "retransmission: the timer ran out", "RFC 6298 §5")                                      \
  X(kRetransmitFast, "retransmission: three duplicates say it is lost", "RFC 5681 §3.2")                         \
  X(kRetransmitPartial, "retransmission: a partial ACK uncovers the next hole", "RFC 6582 §3.2")                 \
  X(kSendProbe, "zero-window probe", "RFC 9293 §3.8.6.1 (MUST-36)")                                              \
  X(kSendFin, "FIN: one sequence number, no more text will come", "RFC 9293 §3.6")                               \
  X(kSendReset, "reset of a connection", "RFC 9293 §3.5.2")                                                      \
  X(kReplyReset, "reset in answer to a segment for nobody", "RFC 9293 §3.5.2")                                   \
  X(kTimerCovered, "everything sent is acknowledged", "RFC 6298 §5.2")                                           \
  X(kTimerRestarted, "new text was acknowledged", "RFC 6298 §5.3")                                               \
  X(kMssOffered, "MSS option: the largest text the peer takes", "RFC 9293 §3.7.1 (MUST-14)")                     \
  X(kMssDefault, "no MSS option: the default counts", "RFC 9293 §3.7.1 (MUST-15)")                               \
  X(kWindowScaleAgreed, "both ends scale windows", "RFC 7323 §2.2")                                              \
  X(kWindowScaleDeclined, "one end does not scale: neither does", "RFC 7323 §2.2")                               \
  X(kTimestampsAgreed, "both ends send timestamps", "RFC 7323 §3.2")                                             \
  X(kSackAgreed, "selective acknowledgment agreed", "RFC 2018 §2")                                               \
  X(kCallSend, "SEND", "RFC 9293 §3.10.2")                                                                       \
  X(kCallReceive, "RECEIVE", "RFC 9293 §3.10.3")                                                                 \
  X(kCallAccept, "the caller takes a connection from the accept queue", "")                                      \
  X(kIcmpSoftError, "ICMP reports trouble that may pass", "RFC 9293 §3.9.2.2 (MUST-56)")                         \
  X(kR1Reached, "R1: the caller is told that the peer is silent", "RFC 9293 §3.8.3 (SHLD-9)")                    \
  X(kRetransmitRack, "retransmission: what went out later was delivered", "RFC 8985 §6.2")                       \
  X(kSendTailProbe, "tail loss probe: no answer for two round trips", "RFC 8985 §7.3")                           \
  X(kLossUndone, "nothing was lost: the window is given back", "RFC 5682, RFC 3522, RFC 3708")                   \
  X(kSynForCookie, "the peer's SYN: no place to keep it, so the answer does", "RFC 4987 §3.6")                   \
  X(kSendCookie, "SYN+ACK: seq is a cookie, nothing is held here", "RFC 4987 §3.6")                              \
  X(kCookieReturned, "ack - 1 is a cookie of ours: the SYN came from there", "RFC 4987 §3.6")                    \
  X(kSendKeepAlive, "keep-alive: are you still there?", "RFC 9293 §3.8.4 (SHLD-12)")                             \
  X(kKeepAliveUnanswered, "the peer answers no keep-alive", "RFC 9293 §3.8.4 (MUST-29)")                         \
  X(kFastOpenTaken, "a good cookie: the SYN's text counts at once", "RFC 7413 §4.2.2")                           \
  X(kFastOpenAsked, "the SYN asks for a fast open cookie", "RFC 7413 §4.1")                                      \
  X(kFastOpenOffered, "a cookie is known: the SYN may carry text", "RFC 7413 §4.2.1")                            \
  X(kSendUrgent, "urgent: the peer is told before the text can go", "RFC 9293 §3.8.5 (MUST-30)")                 \
  X(kSendUserTimeout, "the user timeout has changed: the peer is told", "RFC 5482 §3")                           \
  X(kUserTimeoutHeard, "the peer tells its user timeout, in seconds", "RFC 5482 §3.1")                           \
  X(kEcnAgreed, "congestion marks are understood by both ends", "RFC 3168 §6.1.1")                               \
  X(kEcnRefused, "reset in answer to a SYN that asked for ECN: one without", "RFC 3168 §6.1.1.1")                \
  X(kEcnReduced, "the peer tells of congestion marks: the window shrinks", "RFC 3168 §6.1.2")                    \
  X(kEcnWaits, "marks though one segment is the window: the next waits an RTO", "RFC 3168 §6.1.2")               \
  X(kPathReportHeld, "too big, says ICMP, but such segments arrived: it waits for a timeout", "RFC 5927 §7.2")   \
  X(kPathReportBelieved, "too big, says ICMP, and nothing speaks against it: smaller segments", "RFC 1191 §3")   \
  X(kPathReportConfirmed, "too big, said ICMP, and a timeout agrees: smaller segments", "RFC 5927 §7.2")         \
  X(kPathReportRefuted, "too big, said ICMP, but what it quoted arrived", "RFC 5927 §7.2")                       \
  X(kPathReportRefused, "too big, says ICMP, of what cannot be too big: refused", "RFC 5927 §7.2")               \
  X(kPathKnown, "the Host knows a smaller size for this peer", "RFC 1191 §5")                                    \
  X(kPathBlackHole, "large segments time out again and again: smaller ones", "RFC 4821 §7.7")                    \
  X(kPathAged, "the smaller size has aged: the full size again", "RFC 1191 §6.3")                                \
  X(kPathSearch, "larger segments are tried, one at a time", "RFC 4821 §7.3")                                    \
  X(kSendPathProbe, "a larger segment: does the path carry it?", "RFC 4821 §7.4")                                \
  X(kPathProbeDelivered, "the path carries segments of this size", "RFC 4821 §7.6.1")                            \
  X(kPathProbeLost, "the larger segment alone was lost: the path does not carry it", "RFC 4821 §7.6.2")          \
  X(kRetransmitTooBig, "retransmission: in smaller segments", "RFC 1191 §6.4")                                   \
  X(kSendMarkCount, "three acknowledgments came with congestion marks: the peer is told", "RFC 9768 §3.2.2.5.1") \
  X(kEcnNotBelieved, "marks on everything, or a count that cannot be: heard no more", "RFC 9768 §3.2.2.3")       \
  X(kEcnForms, "SYNs that ask for two forms of ECN: nobody would know which", "RFC 9768 §3.1.5")                 \
  X(kRetransmitEarlyText, "retransmission: the peer did not take what the SYN carried", "RFC 7413 §4.2.1")

enum class Reason : std::uint16_t {
#define HANDFAST_TRACE_ENUM(name, text, rule) name,
  HANDFAST_TRACE_REASONS(HANDFAST_TRACE_ENUM)
#undef HANDFAST_TRACE_ENUM
      kCount
};

struct ReasonInfo {
  std::string_view name;  ///< the enumerator without its k, stable
  std::string_view text;  ///< a phrase for people
  std::string_view rule;  ///< the RFC section behind it
};

constexpr ReasonInfo describe(Reason reason) {
  constexpr ReasonInfo kTable[] = {
#define HANDFAST_TRACE_INFO(name, text, rule) {std::string_view(#name).substr(1), text, rule},
      HANDFAST_TRACE_REASONS(HANDFAST_TRACE_INFO)
#undef HANDFAST_TRACE_INFO
  };
  const auto index = static_cast<std::size_t>(reason);
  return index < static_cast<std::size_t>(Reason::kCount) ? kTable[index] : ReasonInfo{"Unknown", "unknown reason", ""};
}

}  // namespace handfast::trace
