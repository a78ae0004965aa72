#include "tcp/connection.h"

// What is true of every connection between two verbs, whatever a peer sends. Checked after each verb in debug, test,
// simulator and fuzz builds; the numbers are those of the project's list of invariants.

namespace handfast::tcp {

namespace {

constexpr std::uint32_t kHalfCircle = 0x80000000;

}  // namespace

const char* ConnectionFacts::broken_invariant(const TcpConfig& config) const {
  if (state_ == State::kClosed) {
    if (next_deadline() != kNever) return "no timer runs in CLOSED";
    if (ack_.owed() || owes_syn_) return "nothing is owed in CLOSED";
    return nullptr;
  }
  const bool may_be_early = is_early(fast_open_);
  if (active_ && !is_one_of(state_, kSynchronized) && !may_be_early && !active_->outstanding.empty()) {
    return "no text is in flight before ESTABLISHED";
  }
  if (!(tcb_.snd.una <= tcb_.snd.nxt)) return "I-S1: SND.UNA =< SND.NXT";
  if (tcb_.snd.nxt.since(tcb_.snd.una) >= kHalfCircle) return "I-S1: SND.NXT - SND.UNA below half the circle";
  if (!is_one_of(state_, kSynchronized)) return nullptr;
  if (!(tcb_.rcv.nxt <= tcb_.rcv.edge)) return "I-S2: RCV.NXT within the window";
  if (tcb_.rcv.wnd() > receive_buffer(config) + 0xFFFF) return "I-S2: window within the buffer";
  if (urgent_pending_ && !(first_untaken() < tcb_.rcv.up)) return "RCV.UP lies beyond what the caller took";
  if (active_) {
    const SeqNum first = close_.fin_acked ? tcb_.snd.nxt : tcb_.snd.una;
    if (!active_->outstanding.is_consistent(first, tcb_.snd.nxt)) return "I-S5: records cover SND.UNA to SND.NXT";
    if (active_->outstanding.lost() + active_->outstanding.sacked() + active_->recovery.departed() >
        active_->outstanding.size()) {
      return "I-S6: nothing in flight is negative";
    }
    if (!active_->reassembly.is_consistent(tcb_.rcv.nxt)) return "I-S2: held text lies beyond RCV.NXT, in order";
    if (!active_->outstanding.empty() && state_ != State::kTimeWait) {
      const int timers = (timers_.is_set(Timer::kRetransmit) ? 1 : 0) + (timers_.is_set(Timer::kPersist) ? 1 : 0);
      if (timers != 1) return "I-S8: exactly one retransmission timer while text is in flight";
    }
  }
  if (cc_.cwnd < full_segment()) return "I-S7: cwnd holds a segment";
  if (state_ == State::kTimeWait && !timers_.is_set(Timer::kTimeWait)) return "I-S8: TIME-WAIT has its timer";
  if (is_one_of(state_, kHasClosed) != close_.requested) return "CLOSE was called where the state says so";
  if (is_one_of(state_, kPeerHasClosed) != close_.peer_fin_done)
    return "the peer's FIN was seen where the state says so";
  return nullptr;
}

}  // namespace handfast::tcp
