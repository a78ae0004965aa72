#include "trace/trace_hash.h"

namespace handfast::trace {

namespace {

// The canonical form only grows: "none" got the number behind the first five timers, and keeps it.
std::uint8_t timer_number(Timer timer) {
  constexpr std::uint8_t kNone = 5;
  const auto number = static_cast<std::uint8_t>(timer);
  if (timer == Timer::kCount) return kNone;
  return number < kNone ? number : static_cast<std::uint8_t>(number + 1);
}

}  // namespace

void TraceHash::put(std::uint64_t number, unsigned bytes) {
  constexpr std::uint64_t kPrime = 0x100000001B3;
  for (unsigned i = 0; i < bytes; ++i) hash_ = (hash_ ^ (number >> (8 * i) & 0xFF)) * kPrime;
}

void TraceHash::put_endpoint(const Endpoint& endpoint) {
  put(static_cast<std::uint8_t>(endpoint.address.version()), 1);
  for (std::uint8_t byte : endpoint.address.bytes()) put(byte, 1);
  put(endpoint.port, 2);
}

void TraceHash::put_options(const OptionsView& options) {
  put(options.has_mss, 1);
  put(options.has_window_scale, 1);
  put(options.sack_permitted, 1);
  put(options.has_timestamps, 1);
  put(options.mss, 2);
  put(options.window_scale, 1);
  put(options.sack_count, 1);
  put(options.timestamp, 4);
  put(options.timestamp_echo, 4);
  for (const auto& [left, right] : options.sack) {
    put(left, 4);
    put(right, 4);
  }
}

void TraceHash::put_segment(const SegmentView& segment) {
  put(segment.seq, 4);
  put(segment.ack, 4);
  put(segment.flags, 2);
  put(segment.window, 4);
  put(segment.text_length, 4);
  put_options(segment.options);
  if (segment.has(SegmentView::kUrg)) put(segment.urgent_pointer, 2);
  // As with the timers: what had no ECN field keeps the hash that it had before there was one.
  if (segment.ecn != 0) put(segment.ecn, 1);
}

void TraceHash::put_tcb(const TcbView& tcb) {
  put(static_cast<std::uint8_t>(tcb.state), 1);
  for (std::uint32_t number :
       {tcb.snd_una, tcb.snd_nxt, tcb.snd_wnd, tcb.iss, tcb.rcv_nxt, tcb.rcv_wnd, tcb.irs, tcb.cwnd, tcb.ssthresh}) {
    put(number, 4);
  }
}

void TraceHash::put_frame(std::span<const std::span<const std::byte>> frame) {
  std::uint64_t length = 0;
  for (const auto piece : frame) length += piece.size();
  put(length, 4);
  for (const auto piece : frame) {
    for (const std::byte byte : piece) put(std::to_integer<std::uint8_t>(byte), 1);
  }
}

void TraceHash::on_event(const Event& event) {
  ++events_;
  put(static_cast<std::uint64_t>(event.at.time_since_epoch().count()), 8);
  put(static_cast<std::uint8_t>(event.kind), 1);
  put(static_cast<std::uint16_t>(event.reason), 2);
  put(static_cast<std::uint8_t>(event.drop), 1);
  put(event.host_number, 4);
  put(event.interface, 1);
  put(event.connection, 8);
  put_endpoint(event.tuple.host);
  put_endpoint(event.tuple.peer);
  put_segment(event.segment);
  put_tcb(event.before);
  put_tcb(event.after);
  put(timer_number(event.timer), 1);
  put(static_cast<std::uint64_t>(event.deadline.time_since_epoch().count()), 8);
  put(event.value, 4);
  put_frame(event.frame);
}

}  // namespace handfast::trace
