#include <algorithm>

#include "base/check.h"
#include "tcp/connection.h"
#include "tcp/tracing.h"

// Text before the handshake is complete (RFC 7413; fast_open.h): what the SYN carries, what becomes of it when the
// SYN-ACK comes, and what the acceptor takes of it.
//
// The opener keeps no record of the text in its SYN. Where the SYN-ACK acknowledges it, it is done; where it does not,
// it is held to be lost and goes again at once, by itself. That is no congestion: the peer did not want it. The
// acceptor's own text, sent before the last ACK of the handshake, is outstanding like any other; the one timer repeats
// the SYN-ACK until that ACK has come.

namespace handfast::tcp {

// --- The opener ---

void Connection::offer_fast_open(const Opening& opening, Context& context) {
  if (!opening.fast_open) return;
  const FastOpenOffer& offer = *opening.fast_open;
  const bool carries = offer.bare || offer.cookie.length > 0;
  if (carries && !take_active(context)) return;
  if (carries) active_->fast_open = offer;
  fast_open_bare_ = offer.bare;
  fast_open_ = offer.cookie.experimental ? FastOpen::kAsksExperimental : FastOpen::kAsks;
  if (carries) fast_open_ = FastOpen::kCarries;
  if (context.trace == nullptr) return;
  trace_option(*this, carries ? trace::Reason::kFastOpenOffered : trace::Reason::kFastOpenAsked, 0, context);
}

// The option of a SYN or SYN-ACK, and the text of a SYN; how much that is.
std::uint32_t Connection::fill_fast_open(Outgoing& out, const Context& context) {
  switch (fast_open_) {
    case FastOpen::kAsks:
    case FastOpen::kAsksExperimental:
    case FastOpen::kCarries:
    case FastOpen::kShows:
      // A SYN that drew no answer goes again as everybody understands it: what it met may drop options or text.
      if (out.again || state_ != State::kSynSent) fast_open_ = FastOpen::kGaveUp;
      if (fast_open_ == FastOpen::kCarries) return fill_early_text(out);
      if (fast_open_ != FastOpen::kGaveUp) {
        out.segment.options.fast_open.emplace().experimental = fast_open_ == FastOpen::kAsksExperimental;
      }
      return 0;
    case FastOpen::kGrants:
    case FastOpen::kGrantsExperimental:
      if (context.fast_open_key != nullptr) {
        const Instant when = context.keeps_fast_open_key ? Instant{} : context.now;
        out.segment.options.fast_open = fast_open_cookie(*context.fast_open_key, tuple_, when);
        out.segment.options.fast_open->experimental = fast_open_ == FastOpen::kGrantsExperimental;
      }
      return 0;
    case FastOpen::kEarly:
    case FastOpen::kEarlyBare:
      // The peer has shown that it is there: our text may follow on our SYN, whose number counts as used.
      tcb_.snd.una = later(tcb_.snd.una, tcb_.snd.iss + 1);
      return 0;
    default:
      return 0;
  }
}

// At most a segment that the peer took when it last answered such a SYN, less the options (§4.2.1).
std::uint32_t Connection::fill_early_text(Outgoing& out) {
  if (!active_) return 0;
  Segment& segment = out.segment;
  if (!active_->fast_open.bare) segment.options.fast_open = active_->fast_open.cookie;
  const auto options = static_cast<std::uint32_t>(wire::tcp_options_length(segment.options));
  const std::uint32_t mss = std::min(active_->fast_open.mss, mss_);
  const std::uint32_t room = mss > options ? mss - options : 0;
  const std::uint32_t length = active_->queue.gatherable(0, std::min(active_->queue.size(), room), kMaxTextSlices);
  const auto gathered = active_->queue.gather(0, length, out.text);
  HANDFAST_CHECK(gathered.bytes == length);
  out.text_slices = gathered.slices;
  segment.text_length = length;
  active_->path.largest_sent = static_cast<std::uint16_t>(length + options);
  // There is nothing that the peer could take, but it may still give a new cookie.
  if (length == 0) fast_open_ = active_->fast_open.bare ? FastOpen::kOff : FastOpen::kShows;
  return length;
}

// The acknowledgment of our SYN, and perhaps of text that it carried.
void Connection::settle_early_text(SeqNum ack, Instant now) {
  if (is_early(fast_open_)) return;  // our text has its records, and the fifth step takes them off
  const SeqNum first = tcb_.snd.iss + 1;
  const std::uint32_t taken = ack.since(first);
  tcb_.snd.una = first;
  if (taken > 0) {
    HANDFAST_CHECK(static_cast<bool>(active_));
    HANDFAST_CHECK(taken <= active_->queue.size());
    active_->queue.drop_front(taken);
    advance_una(ack);
    fast_open_ = ack == tcb_.snd.nxt ? FastOpen::kTaken : FastOpen::kPartly;
    account_.early_text = static_cast<std::uint16_t>(taken);
  }
  const std::uint32_t vain = tcb_.snd.nxt.since(tcb_.snd.una);
  tcb_.snd.nxt = tcb_.snd.una;
  if (vain > 0) repeat_early_text(vain, now);
}

// RFC 7413 §4.2.1: what the SYN-ACK does not acknowledge goes again after it. Without memory for its record it goes as
// if for the first time.
void Connection::repeat_early_text(std::uint32_t length, Instant now) {
  Outstanding& outstanding = active_->outstanding;
  if (!outstanding.make_room()) return;
  outstanding.sent(tcb_.snd.nxt, length, last_sent_, active_->rate.stamp(0, length, now), false);
  outstanding.mark_last_as_pushed();
  outstanding.mark_front_lost(length);
  tcb_.snd.nxt += length;
  again_reason_ = trace::Reason::kRetransmitEarlyText;
}

// --- The acceptor ---

// §4.2.2. A FIN beside the SYN waits for its turn: it is not acknowledged and comes again.
void Connection::accept_fast_open(const Segment& segment, Slice text, Context& context) {
  if (!context.grants_fast_open) return;
  if (const auto& option = segment.options.fast_open; option && understands(*option, context.config)) {
    fast_open_ = option->experimental ? FastOpen::kGrantsExperimental : FastOpen::kGrants;
  }
  if (!context.accepts_early) return;
  start_congestion_control(false, context);
  // Without text the cookie still shows that the peer is there, so ours need not wait.
  if (segment.text_length == 0) {
    fast_open_ = FastOpen::kEarlyBare;
    return;
  }
  const std::uint32_t length = std::min(segment.text_length, tcb_.rcv.wnd());
  if (take_in_order(std::move(text).sub(0, length), context).ends()) return;  // no memory: a handshake like any other
  fast_open_ = FastOpen::kEarly;
}

bool ConnectionFacts::sends_early() const {
  return state_ == State::kSynReceived && is_early(fast_open_) && handshake_sent_in_ == state_;
}

}  // namespace handfast::tcp
