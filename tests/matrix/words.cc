#include "matrix/words.h"

#include "wire/tcp.h"

namespace handfast::matrix {

using model::State;

State state_of(TcpState state) {
  switch (state) {
    case TcpState::kClosed:
      return State::kClosed;
    case TcpState::kListen:
      return State::kListen;
    case TcpState::kSynSent:
      return State::kSynSent;
    case TcpState::kSynReceived:
      return State::kSynReceived;
    case TcpState::kEstablished:
      return State::kEstablished;
    case TcpState::kFinWait1:
      return State::kFinWait1;
    case TcpState::kFinWait2:
      return State::kFinWait2;
    case TcpState::kCloseWait:
      return State::kCloseWait;
    case TcpState::kClosing:
      return State::kClosing;
    case TcpState::kLastAck:
      return State::kLastAck;
    case TcpState::kTimeWait:
      return State::kTimeWait;
  }
  return State::kClosed;
}

tcp::Segment to_stack(const model::Segment& segment) {
  tcp::Segment result;
  result.seq = tcp::SeqNum(segment.seq);
  result.ack = tcp::SeqNum(segment.ack_number);
  result.window = static_cast<std::uint16_t>(segment.window);
  if (segment.syn) result.flags |= wire::kSyn;
  if (segment.ack) result.flags |= wire::kAck;
  if (segment.fin) result.flags |= wire::kFin;
  if (segment.rst) result.flags |= wire::kRst;
  if (segment.urg) result.flags |= wire::kUrg;
  result.urgent_pointer = static_cast<std::uint16_t>(segment.urgent_pointer);
  return result;
}

// The window field is left out: what the stack announces is compared as RCV.WND.
model::Segment from_stack(const scene::Sent& sent) {
  const tcp::Segment& segment = sent.segment;
  return {.syn = segment.syn(),
          .ack = segment.has_ack(),
          .fin = segment.fin(),
          .rst = segment.rst(),
          .urg = segment.flags.has(wire::kUrg),
          .seq = segment.seq.value(),
          .ack_number = segment.has_ack() ? segment.ack.value() : 0,
          .text = sent.text};
}

bool is_bare_ack(const model::Segment& segment) { return segment.ack && !segment.rst && segment.length() == 0; }

bool is_same_but_window(model::Segment a, model::Segment b) {
  a.window = b.window = 0;
  return a == b;
}

std::string relative(std::uint32_t number, std::uint32_t start) {
  return std::to_string(static_cast<std::int32_t>(number - start));
}

std::string names_of(const std::set<model::Signal>& signals) {
  std::string names;
  for (const model::Signal signal : signals) names += (names.empty() ? "" : ", ") + std::string(name_of(signal));
  return names.empty() ? "nothing" : names;
}

Difference differs(const char* kind, const std::string& textbook, const std::string& stack) {
  return {kind, std::string(kind) + ": textbook " + textbook + ", stack " + stack};
}

std::string describe(const model::Segment& segment, const Numbers& numbers) {
  std::string text;
  const auto add = [&text](bool set, const char* name) {
    if (set) text += (text.empty() ? "" : "+") + std::string(name);
  };
  add(segment.syn, "SYN");
  add(segment.ack, "ACK");
  add(segment.fin, "FIN");
  add(segment.rst, "RST");
  add(segment.urg, "URG");
  if (text.empty()) text = "(no flags)";
  // What the host sends counts from its ISS; resets may carry a plain 0.
  text += " seq=" + relative(segment.seq, numbers.iss);
  if (segment.ack) text += " ack=" + relative(segment.ack_number, numbers.irs);
  if (segment.urg) text += " up=" + std::to_string(segment.urgent_pointer);
  if (!segment.text.empty()) text += " text=" + std::to_string(segment.text.size());
  return text;
}

}  // namespace handfast::matrix
