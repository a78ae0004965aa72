#include "tcp/buffer_tuning.h"

#include <algorithm>
#include <utility>

#include "tcp/connection.h"

namespace handfast::tcp {

// The first taking begins the round trip and is none of it.
std::optional<std::uint64_t> ReceiveTuning::took(std::uint32_t bytes, Duration round_trip, Instant now) {
  const bool goes_on = now <= until_;
  until_ = now + 2 * round_trip;
  if (!goes_on) {
    begun_ = now;
    last_ = 0;
  }
  bytes_ = goes_on ? bytes_ + bytes : 0;
  if (!goes_on || now - begun_ < round_trip) return std::nullopt;
  begun_ = now;
  last_ = std::exchange(bytes_, 0);
  return last_;
}

std::uint32_t largest_receive_buffer(const TcpConfig& config) {
  return std::max(config.receive_buffer, config.receive_buffer_max);
}

std::uint32_t receive_buffer_of(const TcpConfig& config, std::uint8_t doublings) {
  const std::uint64_t grown = std::uint64_t{config.receive_buffer} << doublings;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(grown, largest_receive_buffer(config)));
}

std::uint32_t send_buffer_for(const TcpConfig& config, std::uint32_t cwnd) {
  const std::uint64_t wanted = std::min(2 * std::uint64_t{cwnd}, std::uint64_t{config.send_buffer_max});
  return std::max(config.send_buffer, static_cast<std::uint32_t>(wanted));
}

// --- What a connection makes of it ---

std::uint32_t ConnectionFacts::receive_buffer(const TcpConfig& config) const {
  return receive_buffer_of(config, receive_doublings_);
}

// Zero where the buffer does not grow, or no further.
Duration ConnectionFacts::tuning_round_trip(const TcpConfig& config) const {
  if (receive_buffer(config) >= largest_receive_buffer(config)) return Duration::zero();
  return rtt_.has_sample() ? rtt_.srtt() : config.initial_rto;
}

// The window has to be twice what was taken: a peer in slow start sends twice as much in the next round trip. The
// Host's memory has to have room for what is promised.
void Connection::tune_receive_buffer(std::uint32_t taken, Context& context) {
  const TcpConfig& config = context.config;
  const Duration round_trip = tuning_round_trip(config);
  if (!active_ || round_trip == Duration::zero()) return;
  const auto in_round_trip = active_->receive_tuning.took(taken, round_trip, context.now);
  if (!in_round_trip) return;
  while (2 * *in_round_trip > receive_buffer(config) && receive_buffer(config) < largest_receive_buffer(config) &&
         context.resources.memory.available() / 4 > receive_buffer(config)) {
    ++receive_doublings_;
  }
}

}  // namespace handfast::tcp
