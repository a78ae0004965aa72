#include <algorithm>

#include "tcp/connection_facts.h"
#include "tcp/transmit_plan.h"

// What a sender may do with text that does not fill a segment: let it wait, send it, and say that it is all there is.

namespace handfast::tcp {

// Whether what does not fill a segment has to wait for an acknowledgment: of all that is outstanding, or, by RFC 9293
// §A.3, of a segment that was not full either. The second form lets the end of a long write go in the same breath.
bool ConnectionFacts::nagle_waits() const {
  if (!nagle_ || !active_) return false;
  return minshall_ ? active_->small_is_out : !active_->outstanding.empty();
}

// How much of the unsent text may go now: Nagle (RFC 9293 §3.7.4, SHLD-7, MUST-17, MAY-16, SHLD-28) and
// silly-window avoidance (§3.8.6.2.1, MUST-38, MUST-60), within both windows (5681-1).
// `ends_record`: more follows, and does not go with it.
std::uint32_t ConnectionFacts::text_allowed(std::uint32_t unsent, bool ends_record,
                                            const TransmitLimits& limits) const {
  const std::uint32_t mss = new_text_limit();
  if (is_corked() && !ends_record) unsent -= unsent % mss;
  const std::uint32_t flight = in_flight();
  const std::uint32_t by_congestion = cc_.cwnd > flight ? cc_.cwnd - flight : 0;
  const std::uint32_t usable = usable_window();
  std::uint32_t length = std::min({unsent, usable, by_congestion});
  // PUSH in the RFC's words: this is all there is, and neither Nagle nor a FIN to come asks to wait for more.
  const bool waits = nagle_waits();
  const bool pushes = !waits || close_.requested || ends_record;
  // At least two bursts to a window, so that acknowledgments come while there is something left to send.
  if (length >= mss) {
    const std::uint32_t burst = std::min(limits.largest_text, cc_.cwnd / 2 - cc_.cwnd / 2 % mss);
    length = std::min(length, std::max(burst, mss));
  }
  if (length == unsent && pushes) return length;
  // Whole segments; what is over follows when it is worth a segment, or in the same breath where it may be pushed.
  if (length >= mss) return length - length % mss;
  // Half the largest window that the peer ever offered is worth a segment too.
  if (length == usable && 2 * length >= tcb_.snd.max_wnd && !waits) return length;
  return 0;
}

// RFC 9293 §3.9.1.2 (SHLD-28): the octet of a probe that was refused goes again with the text behind it, which Nagle's
// rule would hold back otherwise until the octet is acknowledged. What the two make has to be worth a segment
// (MUST-38), and neither a record's end nor the cork is passed over.
std::uint32_t ConnectionFacts::added_to_probe(const Transmission& lost, std::uint32_t by_congestion) const {
  const bool is_probe = again_reason_ == trace::Reason::kSendProbe && lost.end() == tcb_.snd.nxt && !close_.fin_sent;
  const std::uint32_t mss = segment_text_limit();
  if (!is_probe || lost.length >= std::min(mss, by_congestion) || active_->records.is_end(tcb_.snd.nxt)) return 0;
  const std::uint32_t unsent = unsent_text();
  const std::uint32_t record = active_->records.within(tcb_.snd.nxt, unsent);
  const std::uint32_t more = std::min({record, usable_window(), std::min(mss, by_congestion) - lost.length});
  const bool is_full = lost.length + more == mss;
  const bool is_held = is_corked() && record == unsent;
  const bool is_worth_it = more == record || 2 * (lost.length + more) >= tcb_.snd.max_wnd;
  return is_full || (is_worth_it && !is_held) ? more : 0;
}

// The last of what is queued carries the PUSH of its SEND call (MUST-61, SHLD-27), which CLOSE implies (RFC 9293
// §3.9.1.4); what the cork held too long is not held any more either (MUST-60). What goes again goes as it went.
bool ConnectionFacts::is_pushed(const Plan& plan) const {
  const std::uint32_t end = plan.offset + plan.length;
  if (plan.pushed || active_->records.is_end(tcb_.snd.una + end)) return true;
  const bool is_last = end == active_->queue.size() && !is_corked();
  return is_last && (active_->ends_pushed || active_->cork_ran_out || close_.requested);
}

}  // namespace handfast::tcp
