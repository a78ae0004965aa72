#include "tcp/receiver.h"

#include "tcp/clock_readings.h"

namespace handfast::tcp {

bool AckPolicy::text_arrived(std::uint32_t bytes, std::uint32_t full_segment) {
  const bool first = waiting_ == 0 && !owed_;
  waiting_ += bytes;
  // Every second full-sized segment, however the driver merged them (SHLD-19).
  if (waiting_ >= 2 * full_segment) owe(trace::Reason::kSendAck);
  return first && !owed_;
}

namespace {

std::uint32_t ms_of(Duration duration) {
  return static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count());
}

}  // namespace

bool ChallengeLimit::allow(const TcpConfig& config, Instant now) {
  const std::uint32_t ms = milliseconds_of(now);
  if (!interval_running_ || ms - interval_start_ >= ms_of(config.challenge_interval)) {
    interval_running_ = true;
    interval_start_ = ms;
    used_ = 0;
  }
  if (used_ >= config.challenge_acks) return false;
  ++used_;
  return true;
}

bool ChallengeLimit::allow_unacceptable(const TcpConfig& config, Instant now) {
  const std::uint32_t ms = milliseconds_of(now);
  if (answered_unacceptable_ && ms - last_unacceptable_ < ms_of(config.invalid_ack_interval)) return false;
  answered_unacceptable_ = true;
  last_unacceptable_ = ms;
  return true;
}

}  // namespace handfast::tcp
