#include <algorithm>

#include "tcp/connection.h"
#include "tcp/tracing.h"

// Keep-alive, RFC 9293 §3.8.4: off unless the caller wants it (MUST-24, MUST-25). When nothing was heard for the idle
// time and nothing of ours is outstanding (MUST-26), a segment without text and with an old number (SHLD-12) makes the
// peer say where it stands. One that is not answered proves nothing (MUST-29): only a row of them ends the connection.
// The timer is lazy: what arrives in between only moves `last_heard_`, and the timer that fires too early is set again.

namespace handfast::tcp {

void Connection::set_keep_alive(bool on, Context& context) {
  keep_alive_ = {.on = on};
  stop_timer(Timer::kKeepAlive, context);
  start_keep_alive(context.now, context);
}

// `since`: from when on the quiet time counts.
void Connection::start_keep_alive(Instant since, Context& context) {
  if (!keep_alive_.on || !is_one_of(state_, kSynchronized) || state_ == State::kTimeWait) return;
  set_timer(Timer::kKeepAlive, std::max(context.now, since + context.config.keep_alive_idle), context);
}

void Connection::heard_from_peer(Context& context) {
  last_heard_ = context.now;
  if (keep_alive_.unanswered == 0) return;
  keep_alive_ = {.on = true};
  start_keep_alive(context.now, context);
}

void Connection::on_keep_alive_timeout(Context& context) {
  const TcpConfig& config = context.config;
  const bool waits_for_ack = active_ && !active_->outstanding.empty();
  const Instant quiet_until = last_heard_ + config.keep_alive_idle;
  if (waits_for_ack || has_something_to_send()) {
    // Text that is on its way has a timer of its own, and R2.
    set_timer(Timer::kKeepAlive, context.now + config.keep_alive_idle, context);
  } else if (keep_alive_.unanswered == 0 && quiet_until > context.now) {
    set_timer(Timer::kKeepAlive, quiet_until, context);
  } else if (keep_alive_.unanswered >= config.keep_alive_probes) {
    end(Error::kTimedOut, trace::Reason::kKeepAliveUnanswered, context);
  } else {
    ++keep_alive_.unanswered;
    keep_alive_.owed = true;
    set_timer(Timer::kKeepAlive, context.now + config.keep_alive_interval, context);
  }
}

}  // namespace handfast::tcp
