// Shorthand for the model's own tests: segments as the RFC's figures write them, and outcomes as one line of text.
#pragma once

#include <string>

#include "textbook.h"

namespace model::shorthand {

inline constexpr std::uint32_t kWindow = 1000;

inline Segment syn(std::uint32_t seq, const std::string& text = "") {
  return {.syn = true, .seq = seq, .window = kWindow, .text = text};
}
inline Segment syn_ack(std::uint32_t seq, std::uint32_t ack, const std::string& text = "") {
  return {.syn = true, .ack = true, .seq = seq, .ack_number = ack, .window = kWindow, .text = text};
}
inline Segment ack(std::uint32_t seq, std::uint32_t ack_number, const std::string& text = "") {
  return {.ack = true, .seq = seq, .ack_number = ack_number, .window = kWindow, .text = text};
}
inline Segment fin(std::uint32_t seq, std::uint32_t ack_number, const std::string& text = "") {
  return {.ack = true, .fin = true, .seq = seq, .ack_number = ack_number, .window = kWindow, .text = text};
}
inline Segment rst(std::uint32_t seq) { return {.rst = true, .seq = seq}; }
inline Segment rst_ack(std::uint32_t seq, std::uint32_t ack_number) {
  return {.ack = true, .rst = true, .seq = seq, .ack_number = ack_number};
}

/// The replies, one after the other; "silence" if there is none.
inline std::string sent(const Outcome& out) {
  std::string line;
  for (const Reply& reply : out.replies) line += (line.empty() ? "" : " ") + reply.segment.to_string();
  return line.empty() ? "silence" : line;
}

/// The signals, one after the other.
inline std::string signals(const Outcome& out) {
  std::string line;
  for (Signal signal : out.signals) line += (line.empty() ? "" : ", ") + std::string(name_of(signal));
  return line;
}

/// The answers to calls that were waiting.
inline std::string returned(const Outcome& out) {
  std::string line;
  for (const std::string& answer : out.returned) line += (line.empty() ? "" : ", ") + answer;
  return line;
}

inline std::string state_of(const Textbook& host) { return std::string(name_of(host.state())); }

/// A passive host in ESTABLISHED: its SYN was `iss`, the peer's was `irs`.
inline Textbook established(std::uint32_t iss, std::uint32_t irs, std::uint32_t receive_window = 100) {
  Textbook host(receive_window);
  host.set_next_iss(iss);
  host.open_passive();
  host.segment_arrives(syn(irs));
  host.segment_arrives(ack(irs + 1, iss + 1));
  return host;
}

}  // namespace model::shorthand
