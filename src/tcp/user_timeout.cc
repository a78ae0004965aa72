#include "tcp/user_timeout.h"

#include <algorithm>

#include "tcp/connection.h"
#include "tcp/tracing.h"

namespace handfast::tcp {

using std::chrono::minutes;
using std::chrono::seconds;

wire::UserTimeout user_timeout_option(Duration timeout) {
  constexpr auto kMost = static_cast<std::int64_t>(wire::UserTimeout::kLargest);
  const std::int64_t in_seconds = std::max<std::int64_t>(std::chrono::ceil<seconds>(timeout).count(), 1);
  if (in_seconds <= kMost) return {.value = static_cast<std::uint16_t>(in_seconds)};
  const std::int64_t in_minutes = std::min(in_seconds / 60 + (in_seconds % 60 > 0 ? 1 : 0), kMost);
  return {.value = static_cast<std::uint16_t>(in_minutes), .in_minutes = true};
}

Duration user_timeout_of(wire::UserTimeout option) {
  return option.in_minutes ? Duration(minutes(option.value)) : Duration(seconds(option.value));
}

Duration adopted_user_timeout(const TcpConfig& config, Duration advertised_by_peer) {
  return std::min(config.user_timeout_upper, std::max({config.r2, advertised_by_peer, config.user_timeout_lower}));
}

// --- What a connection makes of it ---

// What we want and tell: ADV_UTO.
Duration ConnectionFacts::own_r2(const TcpConfig& config) const {
  return user_timeout_ms_ == 0 ? config.r2 : Duration(std::chrono::milliseconds(user_timeout_ms_));
}

// R2 in force: the caller's, else what the peer's advice makes of the configuration's (RFC 5482 §3.1: CHANGEABLE is
// false once the caller has said what it wants).
Duration ConnectionFacts::r2(const TcpConfig& config) const {
  const bool takes_advice = user_timeout_ms_ == 0 && peer_user_timeout_.value != 0;
  return takes_advice ? adopted_user_timeout(config, user_timeout_of(peer_user_timeout_)) : own_r2(config);
}

// What a retransmission or a probe waits for at most: the moment when R2 is over is looked at when it is there.
Instant ConnectionFacts::within_r2(Duration wait, const Context& context) const {
  const Duration left = r2(context.config) - (context.now - silent_since_);
  return context.now + (left > Duration::zero() ? std::min(wait, left) : wait);
}

void Connection::set_user_timeout(Duration timeout, Context& context) {
  user_timeout_ms_ = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count());
  r2_changed(context);
  // RFC 5482 §3: told in the SYN, in the first segment after it, and when it changes.
  if (!context.config.user_timeout_option || !is_one_of(state_, kSynchronized)) return;
  owes_user_timeout_ = true;
  owe_ack(trace::Reason::kSendUserTimeout);
}

// A timer that runs may be set for a moment that R2 no longer names.
void Connection::r2_changed(Context& context) {
  if (!is_one_of(state_, kSynchronized)) return;
  const bool is_over = context.now - silent_since_ >= r2(context.config);
  const Instant deadline = is_over ? context.now : within_r2(rtt_.rto(context.config), context);
  for (const Timer timer : {Timer::kRetransmit, Timer::kPersist}) {
    if (timers_.is_set(timer)) set_timer(timer, deadline, context);
  }
}

// 5482-3: an option that says zero, or that nobody asked for, changes nothing.
void Connection::note_user_timeout(const Segment& segment, Context& context) {
  if (!context.config.user_timeout_option || !segment.options.user_timeout) return;
  const wire::UserTimeout heard = *segment.options.user_timeout;
  if (heard.value == 0 || heard == peer_user_timeout_) return;
  peer_user_timeout_ = heard;
  if (context.trace != nullptr) {
    const auto told = std::chrono::duration_cast<seconds>(user_timeout_of(heard)).count();
    trace_option(*this, trace::Reason::kUserTimeoutHeard, static_cast<std::uint32_t>(told), context);
  }
  if (user_timeout_ms_ == 0) r2_changed(context);
}

}  // namespace handfast::tcp
