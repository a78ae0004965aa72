#include "matrix/lockstep.h"

#include <algorithm>
#include <utility>

#include "handfast/event.h"

namespace handfast::matrix {

namespace {

using model::Outcome;
using model::Reply;
using model::State;

// Every timeout but the delayed acknowledgment lies far away, so that time can pass for that one alone. No options are
// offered: the textbook has none.
scene::LoneEndOptions options_for(const Settings& settings) {
  scene::LoneEndOptions options;
  options.iss = settings.numbers.iss;
  options.compact_half_open = settings.compact;
  options.compact_time_wait = settings.compact;
  options.config.receive_buffer = Lockstep::kWindow;
  options.config.initial_rto = 10s;
  options.config.min_rto = 10s;
  options.config.r2 = 100'000h;
  options.config.r2_syn = 100'000h;
  options.config.syn_ack_retries = 255;
  options.config.nagle = false;
  options.config.window_scale = false;
  options.config.timestamps = false;
  options.config.sack = false;
  return options;
}

// Which of two readings of the RFC the stack has taken, where the model knows both (model/textbook.h says why).
model::Choices choices() {
  return {.reset_for_bad_ack_in_syn_received = true,
          .keep_text_of_syn_in_listen = false,
          .keep_text_of_syn_in_syn_sent = false,
          .close_in_syn_received_waits = true,
          .fin_waits_for_window = true,
          .send_edge_stays_without_update = true,
          .urgent_ends_at_fin = true};
}

}  // namespace

Lockstep::Lockstep(const Settings& settings, RuleUses& uses)
    : settings_(settings), uses_(uses), end_(options_for(settings)), textbook_(kWindow, choices()) {}

// --- what happens to both ---

Lockstep::Differences Lockstep::take(const model::Step& step) {
  using Kind = model::Step::Kind;
  switch (step.kind) {
    case Kind::kOpenPassive:
      return open(false);
    case Kind::kOpenActive:
      return open(true);
    case Kind::kSend:
      return send(step.text);
    case Kind::kClose:
      return close();
    case Kind::kPeerSends:
      return segment(model::absolute(step.segment, settings_.numbers.iss, settings_.numbers.irs));
  }
  return {};
}

Lockstep::Differences Lockstep::open(bool active) {
  textbook_.set_next_iss(settings_.numbers.iss);
  end_.set_iss(settings_.numbers.iss);
  delivered_.clear();
  received_.clear();
  const Outcome out = active ? textbook_.open_active(settings_.numbers.iss) : textbook_.open_passive();
  if (active) {
    end_.open();
  } else {
    end_.listen();
    listening_ = true;
  }
  return compare(out);
}

Lockstep::Differences Lockstep::segment(const model::Segment& segment, wire::TcpFlags more) {
  end_.advance(1ms);  // so that a TIME-WAIT that starts again ends later
  const Instant restarted = end_.now() + 2 * end_.config().msl;
  arrived_ = segment;
  textbook_.set_next_iss(settings_.numbers.iss);
  Outcome out = textbook_.segment_arrives(segment);
  end_.set_iss(settings_.numbers.iss);
  did_ = {};
  did_.before = end_.view();
  did_.reopened = out.new_connection_may_open;
  if (out.new_connection_may_open) out = reopen(segment);
  tcp::Segment arrives = to_stack(segment);
  arrives.flags |= more;
  did_.drop = end_.deliver(arrives, segment.text).drop;
  delivered_ += out.delivered;
  Differences found = compare(out);
  const bool lingers_anew = end_.state() == TcpState::kTimeWait && end_.next_deadline() == restarted;
  did_.after = end_.view();
  did_.after.state = end_.state();
  did_.sent = seen_;
  did_.held = end_.connection() != nullptr ? end_.status().out_of_order : 0;
  did_.lingers_anew = lingers_anew;
  if (textbook_.state() == State::kTimeWait && lingers_anew != out.time_wait_restarted) {
    found.push_back(
        differs("2 MSL", out.time_wait_restarted ? "restarts" : "runs on", lingers_anew ? "restarts" : "runs on"));
  }
  return found;
}

// MAY-2: the listener takes the SYN, with a new record and numbers of its own.
Outcome Lockstep::reopen(const model::Segment& segment) {
  const std::uint32_t iss = settings_.numbers.iss + 0x30000;
  textbook_ = model::Textbook(kWindow, choices());
  textbook_.open_passive();
  textbook_.set_next_iss(iss);
  end_.set_iss(iss);
  delivered_.clear();
  received_.clear();
  Outcome out = textbook_.segment_arrives(segment);
  out.why = "3.6.1 MAY-2, then " + out.why;
  return out;
}

Lockstep::Differences Lockstep::send(const std::string& text) {
  const Outcome out = textbook_.send(text);
  const auto result = end_.send(text);
  Differences found = compare(out);
  const bool taken = out.answer == "ok" || out.answer == "queued";
  if (taken != result.has_value())
    found.push_back(differs("SEND", out.answer, result ? "ok" : result.error().message()));
  return found;
}

// The textbook refuses what is left once both sides have closed; the stack hands it out. Both are the caller's business
// alone, so this only keeps the two windows together.
Lockstep::Differences Lockstep::receive() {
  if (!textbook_.tcb().unread.empty()) textbook_.receive();
  window_is_the_stacks_ = true;
  Differences found = all_text();
  end_.poll();  // a window update, perhaps (§3.8.6.2.2), which is not the
                // model's
  compare_state(found);
  align_window(found);
  return found;
}

Lockstep::Differences Lockstep::close() {
  const bool in_listen = textbook_.state() == State::kListen;
  const Outcome out = textbook_.close();
  bool taken = true;
  if (in_listen) {
    end_.stop_listening();
    listening_ = false;
  } else {
    taken = end_.close().has_value();
  }
  end_.take_signals();  // what a caller does itself it need not be told
  Differences found = compare(out);
  const bool expected = out.answer == "ok" || out.answer == "queued";
  if (taken != expected) found.push_back(differs("CLOSE", out.answer, taken ? "ok" : "an error"));
  return found;
}

Lockstep::Differences Lockstep::abort() {
  if (textbook_.state() == State::kListen) return close();
  const model::Tcb before = textbook_.tcb();
  const std::uint32_t edge = before.snd_una + before.snd_wnd;
  const bool beyond_window = before.state != State::kSynReceived && model::less(edge, before.snd_nxt);
  Outcome out = textbook_.abort();
  end_.abort();
  end_.take_signals();
  for (Reply& reply : out.replies) {
    reply.segment.ack = uses_.note(Rule::kResetOfAbortHasAck);
    reply.segment.ack_number = end_.view().rcv_nxt;
    if (beyond_window && uses_.note(Rule::kBareKeepsToWindow)) reply.segment.seq = edge;
  }
  return compare(out);
}

Lockstep::Differences Lockstep::timeout() {
  const bool lingers = textbook_.state() == State::kTimeWait;
  Outcome out = lingers ? textbook_.time_wait_timeout() : textbook_.retransmission_timeout();
  if (end_.next_deadline() == kNever) return {differs("timeout", out.why, "waits for nothing")};
  end_.advance(end_.next_deadline() - end_.now());
  // How much goes again is loss recovery's business (RFC 6298 §5.4 to RFC 6582), but a SYN is the very same.
  if (settings_.loose_timing) std::erase_if(out.replies, [](const Reply& reply) { return !reply.segment.syn; });
  return compare(out);
}

Lockstep::Differences Lockstep::all_text() {
  Differences found;
  for (auto text = end_.receive(kWindow); text && !text->empty(); text = end_.receive(kWindow)) received_ += *text;
  compare_delivered(found);
  if (delivered_.compare(0, received_.size(), received_) != 0) found.push_back(differs("text", delivered_, received_));
  return found;
}

// --- what the stack did ---

void Lockstep::collect(const std::vector<scene::Sent>& sent, bool at_once) {
  for (const scene::Sent& one : sent) {
    // A SYN or SYN-ACK sent again is the model's affair too: it answers the peer's SYN.
    bool again = one.again && !one.segment.syn();
    model::Segment segment = from_stack(one);
    const std::uint32_t sent_before = sent_up_to_;
    const std::uint32_t end = segment.seq + segment.length();
    if (segment.syn || (segment.length() > 0 && model::less(sent_up_to_, end))) sent_up_to_ = end;
    if (again && settings_.loose_timing) {
      repeats_.push_back(segment);
      // What follows a refused probe in its segment is new.
      const std::uint32_t old = sent_before - segment.seq;
      if (old >= segment.text.size()) continue;
      segment.text.erase(0, old);
      segment.seq = sent_before;
      again = false;
    }
    seen_.push_back({.segment = segment, .flags = one.segment.flags, .again = again, .at_once = at_once});
  }
}

// What goes out at once, and what the delayed acknowledgment adds.
void Lockstep::collect_all() {
  seen_.clear();
  repeats_.clear();
  collect(end_.poll(), true);
  if (end_.next_deadline() > end_.now() + end_.config().delayed_ack) return;
  end_.advance(end_.config().delayed_ack);
  collect(end_.poll(), false);
}

Lockstep::Signals Lockstep::stack_signals() {
  const std::uint16_t bits = end_.take_signals();
  Signals signals;
  if ((bits & Readiness::kConnected) != 0) signals.insert(model::Signal::kEstablished);
  if ((bits & Readiness::kPeerClosed) != 0) signals.insert(model::Signal::kConnectionClosing);
  if ((bits & Readiness::kClosed) != 0) signals.insert(model::Signal::kClosed);
  if ((bits & Readiness::kUrgent) != 0) signals.insert(model::Signal::kUrgent);
  if ((bits & Readiness::kFailed) == 0 || end_.connection() == nullptr) return signals;
  const Error why = end_.connection()->ended_by();
  if (why == Error::kReset) signals.insert(model::Signal::kConnectionReset);
  if (why == Error::kRefused) signals.insert(model::Signal::kConnectionRefused);
  if (why == Error::kTimedOut) signals.insert(model::Signal::kUserTimeout);
  return signals;
}

}  // namespace handfast::matrix
