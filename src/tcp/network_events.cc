#include "tcp/connection.h"
#include "tcp/tracing.h"

// What IP tells a connection. An ICMP error proves nothing about its sender, so it must quote a number that is in
// flight (RFC 5927 §4.1, 5927-1), and only an attempt to connect may be ended by one: in the synchronized states a hard
// error is taken as a soft one (RFC 5927 §5.2, 5927-3, MUST-56, SHLD-25; a declared deviation from SHLD-26). What the
// last one said is kept until the peer acknowledges something new: where the connection ends before that, it may be
// why.

namespace handfast::tcp {

bool Connection::icmp_error(SeqNum seq, IcmpError what, bool hard, Context& context) {
  const bool in_flight = tcb_.snd.una <= seq && seq < tcb_.snd.nxt;
  if (!in_flight || state_ == State::kClosed) return false;
  icmp_error_ = what;
  if (hard && is_one_of(state_, state_set({State::kSynSent, State::kSynReceived}))) {
    end(Error::kUnreachable, trace::Reason::kIcmpHardError, context);
    return true;
  }
  if (tells_soft_errors_) signals_ |= Readiness::kSoftError;
  if (context.trace != nullptr) trace_call(*this, trace::Reason::kIcmpSoftError, hard ? 1 : 0, context);
  return true;
}

}  // namespace handfast::tcp
