#include <algorithm>

#include "tcp/connection.h"

// What a caller may say about how its text travels: whether a segment may go that is not full (Nagle's rule, and the
// cork, which is stricter), how soon the peer's text is acknowledged, and how much unsent text is enough. None of it
// changes what the peer gets, only when and in how many pieces.

namespace handfast::tcp {

// --- The cork: only full segments, for a while ---

// A FIN ends what could follow, so nothing is worth waiting for behind CLOSE.
bool ConnectionFacts::is_corked() const { return cork_ && !close_.requested && !(active_ && active_->cork_ran_out); }

// Nothing but the cork keeps the text here: it is no silence of the peer, and no window to probe.
bool ConnectionFacts::is_held_by_cork() const {
  const std::uint32_t unsent = unsent_text();
  return is_corked() && unsent < new_text_limit() && unsent <= usable_window();
}

// RFC 9293 §3.9.1.2 (MUST-60): text without PUSH is not held for ever. The time counts from when the text was queued,
// or from when the text before it left.
void Connection::watch_cork(bool anew, Context& context) {
  if (!active_) return;
  if (!cork_ || unsent_text() == 0) {
    active_->cork_ran_out = false;
    stop_timer(Timer::kCork, context);
  } else if (!active_->cork_ran_out && (anew || !active_->timers.is_set(Timer::kCork))) {
    set_timer(Timer::kCork, context.now + context.config.cork_limit, context);
  }
}

void Connection::set_cork(bool on, Context& context) {
  cork_ = on;
  watch_cork(true, context);
  update_send_timers(false, context);
}

void Connection::end_record() {
  if (active_ && !active_->queue.empty()) active_->records.mark(fin_seq());
}

void Connection::on_cork_timeout(Context& context) {
  active_->cork_ran_out = true;
  update_send_timers(false, context);
}

// --- Acknowledgments without delay ---

// RFC 5681 §4.2 lets a receiver wait, and does not make it. One that waits already is sent.
void Connection::set_quick_ack(bool on) {
  quick_acks_ = on ? kAlwaysQuick : std::uint8_t{0};
  if (on && ack_.delayed()) owe_ack(trace::Reason::kSendAck);
}

bool Connection::takes_quick_ack() {
  if (quick_acks_ == 0) return false;
  if (quick_acks_ != kAlwaysQuick) --quick_acks_;
  return true;
}

// --- Another configuration ---

// What plan_transmit asks for, which sees no configuration.
void Connection::take_habits(const TcpConfig& config) {
  minshall_ = config.nagle_minshall;
  probes_without_text_ = config.linux_habits.probe_without_text;
}

// What was agreed with the peer stays. Deadlines that were set by the old times are looked at again. Another idle time
// of keep-alive counts from when the peer was last heard; while probes wait for an answer, the next one stays due when
// it was (RFC 9293 §3.8.4, MUST-27).
void Connection::set_profile(std::uint8_t profile, const TcpConfig& before, Context& context) {
  profile_ = profile;
  take_habits(context.config);
  r2_changed(context);
  const bool has_other_idle = context.config.keep_alive_idle != before.keep_alive_idle;
  if (has_other_idle && keep_alive_.unanswered == 0) start_keep_alive(last_heard_, context);
  note_writable(context.config);
}

// --- When to ask for more ---

void Connection::set_unsent_mark(std::uint32_t bytes, Context& context) {
  unsent_mark_ = bytes;
  note_writable(context.config);
}

void Connection::await_room(std::uint32_t bytes, Context& context) {
  wants_writable_ = true;
  if (active_) active_->awaited = bytes;
  note_writable(context.config);
  watch_limits(context.now);
}

bool ConnectionFacts::has_enough_unsent() const { return unsent_mark_ > 0 && unsent_text() >= unsent_mark_; }

// The caller hears where it met a full buffer, or the mark, or waits for room, and has to no longer.
void Connection::note_writable(const TcpConfig& config) {
  if (!wants_writable_ || has_enough_unsent()) return;
  if (active_) {
    const std::uint32_t most = send_buffer_for(config, cc_.cwnd);
    const std::uint32_t awaited = active_->awaited == 0 ? most : std::min(active_->awaited, most);
    if (active_->queue.size() >= awaited) return;
    active_->awaited = 0;
  }
  wants_writable_ = false;
  signals_ |= Readiness::kWritable;
}

}  // namespace handfast::tcp
