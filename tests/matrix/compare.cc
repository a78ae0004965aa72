#include <algorithm>
#include <set>

#include "matrix/lockstep.h"

// Lockstep's judgement: what the textbook expects against what the stack did, with the rules of allowed.h where one
// applies.

namespace handfast::matrix {

using model::Outcome;
using model::Reply;
using model::State;

bool Lockstep::stack_has(const model::Segment& segment) const {
  return std::any_of(seen_.begin(), seen_.end(),
                     [&](const Seen& seen) { return is_same_but_window(seen.segment, segment); });
}

Lockstep::Differences Lockstep::compare(const Outcome& expected) {
  Differences found;
  why_ = expected.why;
  collect_all();
  compare_state(found);
  compare_sent(expected, found);
  compare_told(expected, found);
  compare_delivered(found);
  align_window(found);
  const model::Tcb& tcb = textbook_.tcb();
  state_before_ = tcb.state;
  stack_before_ = state_of(end_.state());
  text_unacknowledged_before_ =
      !tcb.unsent.empty() || std::any_of(tcb.retransmission_queue.begin(), tcb.retransmission_queue.end(),
                                         [](const model::Segment& sent) { return !sent.text.empty(); });
  if (tcb.state == State::kClosed) {
    // A stack's listener listens on; the textbook's record was the connection's.
    end_.stop_listening();
    listening_ = false;
  }
  return found;
}

void Lockstep::compare_state(Differences& found) {
  const State expected = textbook_.state();
  const State seen = state_of(end_.state());
  const bool fin_waits = expected == State::kCloseWait && seen == State::kLastAck && textbook_.tcb().close_asked;
  const bool same = expected == seen || (fin_waits && uses_.note(Rule::kLastAckWhenAsked));
  if (!same) found.push_back(differs("state", std::string(name_of(expected)), std::string(name_of(seen))));
  if (same && expected != State::kClosed && expected != State::kListen) compare_variables(found);
}

void Lockstep::compare_variables(Differences& found) {
  const model::Tcb& tcb = textbook_.tcb();
  const trace::TcbView view = end_.view();
  const auto check = [&found](const char* name, std::uint32_t expected, std::uint32_t seen, std::uint32_t start) {
    if (expected != seen) found.push_back(differs(name, relative(expected, start), relative(seen, start)));
  };
  check("SND.UNA", tcb.snd_una, view.snd_una, tcb.iss);
  check("SND.NXT", tcb.snd_nxt, view.snd_nxt, tcb.iss);
  if (tcb.state == State::kSynSent) return;  // nothing is known of the peer
  check("RCV.NXT", tcb.rcv_nxt, view.rcv_nxt, tcb.irs);
  // Once both sides have closed the textbook hands out nothing more, and the stack does.
  const bool receives = tcb.state == State::kEstablished || tcb.state == State::kFinWait1 ||
                        tcb.state == State::kFinWait2 || tcb.state == State::kCloseWait;
  if (receives && end_.connection() != nullptr) {
    check("urgent text", textbook_.urgent_remaining(), end_.status().urgent_remaining, 0);
  }
  if (tcb.state != State::kTimeWait) check("SND.WND", tcb.snd_wnd, view.snd_wnd, 0);  // nothing is left to send
}

// RCV.WND must be the same, but for two rules; then the model takes over what the stack announces.
void Lockstep::align_window(Differences& found) {
  const model::Tcb& tcb = textbook_.tcb();
  if (tcb.state == State::kClosed || tcb.state == State::kListen || tcb.state == State::kSynSent) {
    window_is_the_stacks_ = false;
    textbook_.set_receive_window(kWindow);
    return;
  }
  const std::uint32_t seen = end_.view().rcv_wnd;
  if (seen == tcb.rcv_wnd || end_.state() == TcpState::kListen || end_.state() == TcpState::kClosed) return;
  const bool fin_counted = tcb.peer_fin_reached && seen + 1 == tcb.rcv_wnd && uses_.note(Rule::kWindowAfterFin);
  // Never more than there is room for.
  const bool opened = window_is_the_stacks_ && seen <= kWindow - tcb.unread.size();
  if (!fin_counted && !opened) {
    found.push_back(differs("RCV.WND", std::to_string(tcb.rcv_wnd), std::to_string(seen)));
  }
  textbook_.set_receive_window(seen);
}

// What the model sends in pieces may leave the stack in one.
void Lockstep::merge(std::vector<Reply>& expected) {
  for (std::size_t i = 0; i + 1 < expected.size(); ++i) {
    model::Segment whole = expected[i].segment;
    const model::Segment& fin = expected[i + 1].segment;
    if (whole.text.empty() || whole.fin || !fin.fin || !fin.text.empty() || fin.seq != whole.seq + whole.length())
      continue;
    whole.fin = true;
    if (!stack_has(whole)) continue;
    uses_.note(Rule::kFinRidesOnText);
    expected[i].segment = whole;
    expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(i) + 1);
  }
  for (std::size_t i = 0; i + 1 < expected.size();) {
    const model::Segment& ack = expected[i].segment;
    const model::Segment& carrier = expected[i + 1].segment;
    const bool carried = is_bare_ack(ack) && carrier.ack && carrier.length() > 0 && !carrier.syn &&
                         carrier.ack_number == ack.ack_number && !stack_has(ack) && stack_has(carrier);
    if (carried) {
      uses_.note(Rule::kAckRidesOnText);
      expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      ++i;
    }
  }
}

// Where the textbook answers a segment by an ACK and the stack, for a reason, does not.
void Lockstep::apply_arrival_rules(std::vector<Reply>& expected) {
  if (expected.size() != 1 || !is_bare_ack(expected[0].segment) || stack_has(expected[0].segment)) return;
  const model::Tcb& tcb = textbook_.tcb();
  const bool is_their_syn_ack = arrived_.syn && arrived_.ack && !arrived_.rst && arrived_.seq == tcb.irs;
  if (tcb.state == State::kSynReceived && !tcb.passive_open && is_their_syn_ack) {
    uses_.note(Rule::kSynAckIsReset);
    expected[0] = {{.rst = true, .seq = arrived_.ack_number}};
  }
  if (state_before_ == State::kClosing && tcb.state == State::kTimeWait && arrived_.fin) {
    uses_.note(Rule::kNothingBehindFin);
    expected.clear();
  }
}

// After the peer took window back.
void Lockstep::keep_to_window(std::vector<Reply>& expected) {
  const model::Tcb& tcb = textbook_.tcb();
  const std::uint32_t edge = tcb.snd_una + tcb.snd_wnd;
  if (!model::less(edge, tcb.snd_nxt)) return;
  for (Reply& reply : expected) {
    if (reply.segment.length() > 0 || reply.segment.seq != tcb.snd_nxt || stack_has(reply.segment)) continue;
    model::Segment kept = reply.segment;
    kept.seq = edge;
    if (stack_has(kept) && uses_.note(Rule::kBareKeepsToWindow)) reply.segment = kept;
  }
}

void Lockstep::compare_sent(const Outcome& expected, Differences& found) {
  std::vector<Reply> replies = expected.replies;
  keep_to_window(replies);
  merge(replies);
  apply_arrival_rules(replies);
  if (settings_.loose_timing) {
    std::erase_if(replies, [this](const Reply& reply) {
      if (!is_bare_ack(reply.segment) || stack_has(reply.segment)) return false;
      const bool carried = std::any_of(repeats_.begin(), repeats_.end(), [&reply](const model::Segment& repeat) {
        return repeat.ack_number == reply.segment.ack_number;
      });
      if (carried) return uses_.note(Rule::kAckRidesOnText);
      return reply.may_be_throttled && uses_.note(Rule::kAckIsThrottled);
    });
  }
  bool same = replies.size() == seen_.size();
  for (std::size_t i = 0; same && i < replies.size(); ++i) {
    same = is_same_but_window(replies[i].segment, seen_[i].segment) && !seen_[i].again &&
           (seen_[i].at_once || replies[i].may_be_delayed);
  }
  if (same) return;
  std::string wanted;
  for (const Reply& reply : replies) {
    wanted += "[" + describe(reply.segment, settings_.numbers) + (reply.may_be_delayed ? ", may wait] " : "] ");
  }
  std::string sent;
  for (const Seen& seen : seen_) {
    sent += "[" + describe(seen.segment, settings_.numbers) + (seen.again ? ", again" : "") +
            (seen.at_once ? "] " : ", delayed] ");
  }
  found.push_back(differs("sent", wanted.empty() ? "silence" : wanted, sent.empty() ? "silence" : sent));
}

void Lockstep::compare_told(const Outcome& expected, Differences& found) {
  const Signals wanted(expected.signals.begin(), expected.signals.end());
  const Signals seen = stack_signals();
  did_.told = seen;
  if (wanted == seen) return;
  const Signals refused = {model::Signal::kConnectionRefused};
  const Signals reset = {model::Signal::kConnectionReset};
  const Signals closed = {model::Signal::kClosed};
  // With last-ack-when-asked the textbook may have been in CLOSE-WAIT still, where a reset is told.
  const bool fin_waited = state_before_ == State::kCloseWait && stack_before_ == State::kLastAck && wanted == reset;
  const bool ended_early = (stack_before_ == State::kClosing || stack_before_ == State::kLastAck) &&
                           (wanted.empty() || fin_waited) && textbook_.state() == State::kClosed;
  const bool allowed =
      (state_before_ == State::kSynSent && wanted == reset && seen == refused && uses_.note(Rule::kRefusedInSynSent)) ||
      (ended_early && !text_unacknowledged_before_ && seen == closed && uses_.note(Rule::kEndIsTold)) ||
      (ended_early && text_unacknowledged_before_ && seen == reset && uses_.note(Rule::kLossIsTold));
  if (!allowed) found.push_back(differs("told", names_of(wanted), names_of(seen)));
}

void Lockstep::compare_delivered(Differences& found) {
  const tcp::Connection* whole = end_.connection();
  std::size_t seen = received_.size();
  if (whole != nullptr) seen += end_.status().receive_queued;
  const bool lost = whole != nullptr && whole->ended_by() != Error{};
  if (seen == delivered_.size() || (lost && seen < delivered_.size())) return;
  found.push_back(differs("delivered", std::to_string(delivered_.size()) + " bytes", std::to_string(seen) + " bytes"));
}

}  // namespace handfast::matrix
