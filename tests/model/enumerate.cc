// Generators for the state x segment matrix.
#include "enumerate.h"

#include <algorithm>
#include <utility>

namespace model {

Step peer(Segment segment) {
  segment.window = kPeerWindow;
  return {.kind = Step::Kind::kPeerSends, .segment = std::move(segment)};
}

namespace {

using Kind = Step::Kind;

std::vector<Step> then(std::vector<Step> steps, const std::vector<Step>& more) {
  steps.insert(steps.end(), more.begin(), more.end());
  return steps;
}

// Text that fills the receive buffer, in segments that fit any link.
std::vector<Step> fill(std::uint32_t receive_window) {
  constexpr std::uint32_t kMost = 500;
  std::vector<Step> steps;
  for (std::uint32_t sent = 0; sent < receive_window;) {
    const std::uint32_t size = std::min(kMost, receive_window - sent);
    steps.push_back(peer({.ack = true, .seq = 1 + sent, .ack_number = 1, .text = std::string(size, 'f')}));
    sent += size;
  }
  return steps;
}

struct SequenceChoice {
  SequencePlace place;
  std::uint32_t number;
};

struct AcknowledgmentChoice {
  AcknowledgmentPlace place;
  std::uint32_t number;
};

std::vector<SequenceChoice> sequence_choices(const Tcb& tcb) {
  std::vector<SequenceChoice> choices = {
      {SequencePlace::kFarLeft, tcb.rcv_nxt - 1000},
      {SequencePlace::kLeft, tcb.rcv_nxt - 1},
      {SequencePlace::kLeftEdge, tcb.rcv_nxt},
  };
  if (tcb.rcv_wnd >= 3) choices.push_back({SequencePlace::kInside, tcb.rcv_nxt + tcb.rcv_wnd / 2});
  if (tcb.rcv_wnd >= 2) choices.push_back({SequencePlace::kRightEdge, tcb.rcv_nxt + tcb.rcv_wnd - 1});
  // With a zero window the first number right of it is RCV.NXT itself, which is there already.
  choices.push_back({SequencePlace::kRight, tcb.rcv_nxt + std::max(tcb.rcv_wnd, 1u)});
  return choices;
}

std::vector<AcknowledgmentChoice> acknowledgment_choices(const Tcb& tcb) {
  std::vector<AcknowledgmentChoice> choices = {
      {AcknowledgmentPlace::kTooOld, tcb.snd_una - tcb.max_snd_wnd - 1},
  };
  if (tcb.max_snd_wnd > 0) choices.push_back({AcknowledgmentPlace::kOld, tcb.snd_una - tcb.max_snd_wnd});
  choices.push_back({AcknowledgmentPlace::kDuplicate, tcb.snd_una});
  if (tcb.snd_nxt - tcb.snd_una >= 2) choices.push_back({AcknowledgmentPlace::kPartial, tcb.snd_una + 1});
  if (tcb.snd_nxt != tcb.snd_una) choices.push_back({AcknowledgmentPlace::kAcceptable, tcb.snd_nxt});
  choices.push_back({AcknowledgmentPlace::kFuture, tcb.snd_nxt + 1});
  return choices;
}

std::string cell_name(const Cell& cell) {
  std::string flags;
  auto add = [&flags](bool set, const char* name) {
    if (set) flags += (flags.empty() ? "" : "+") + std::string(name);
  };
  add(cell.segment.syn, "SYN");
  add(cell.segment.ack, "ACK");
  add(cell.segment.fin, "FIN");
  add(cell.segment.rst, "RST");
  add(cell.segment.urg, "URG");
  if (flags.empty()) flags = "(no flags)";
  return flags + " seq=" + std::string(name_of(cell.sequence)) + " ack=" + std::string(name_of(cell.acknowledgment)) +
         " text=" + std::to_string(cell.segment.text.size());
}

}  // namespace

std::string_view name_of(SequencePlace place) {
  switch (place) {
    case SequencePlace::kFarLeft:
      return "far-left";
    case SequencePlace::kLeft:
      return "left";
    case SequencePlace::kLeftEdge:
      return "left-edge";
    case SequencePlace::kInside:
      return "inside";
    case SequencePlace::kRightEdge:
      return "right-edge";
    case SequencePlace::kRight:
      return "right";
  }
  return "?";
}

std::string_view name_of(AcknowledgmentPlace place) {
  switch (place) {
    case AcknowledgmentPlace::kNone:
      return "none";
    case AcknowledgmentPlace::kTooOld:
      return "too-old";
    case AcknowledgmentPlace::kOld:
      return "old";
    case AcknowledgmentPlace::kDuplicate:
      return "duplicate";
    case AcknowledgmentPlace::kPartial:
      return "partial";
    case AcknowledgmentPlace::kAcceptable:
      return "acceptable";
    case AcknowledgmentPlace::kFuture:
      return "future";
  }
  return "?";
}

std::vector<Route> all_routes(std::uint32_t receive_window) {
  const Step open_passive{.kind = Kind::kOpenPassive};
  const Step open_active{.kind = Kind::kOpenActive};
  const Step close{.kind = Kind::kClose};
  const Step send_two{.kind = Kind::kSend, .text = "ab"};
  const Step syn = peer({.syn = true, .seq = 0});
  const Step syn_ack = peer({.syn = true, .ack = true, .seq = 0, .ack_number = 1});
  const Step ack_of_syn = peer({.ack = true, .seq = 1, .ack_number = 1});
  const Step fin = peer({.ack = true, .fin = true, .seq = 1, .ack_number = 1});
  const Step ack_of_fin = peer({.ack = true, .seq = 1, .ack_number = 2});
  const Step fin_and_ack_of_fin = peer({.ack = true, .fin = true, .seq = 1, .ack_number = 2});
  const Step late_ack_of_fin = peer({.ack = true, .seq = 2, .ack_number = 2});
  const Step third_byte = peer({.ack = true, .seq = 3, .ack_number = 1, .text = "c"});
  const std::vector<Step> established = {open_passive, syn, ack_of_syn};
  return {
      {"CLOSED", State::kClosed, {}},
      {"LISTEN", State::kListen, {open_passive}},
      {"SYN-SENT", State::kSynSent, {open_active}},
      {"SYN-RECEIVED (passive)", State::kSynReceived, {open_passive, syn}},
      {"SYN-RECEIVED (simultaneous)", State::kSynReceived, {open_active, syn}},
      {"ESTABLISHED (passive)", State::kEstablished, established},
      {"ESTABLISHED (active)", State::kEstablished, {open_active, syn_ack}},
      {"ESTABLISHED (text outstanding)", State::kEstablished, then(established, {send_two})},
      {"ESTABLISHED (gap)", State::kEstablished, then(established, {third_byte})},
      {"ESTABLISHED (zero window)", State::kEstablished, then(established, fill(receive_window))},
      {"FIN-WAIT-1", State::kFinWait1, then(established, {close})},
      {"FIN-WAIT-1 (text outstanding)", State::kFinWait1, then(established, {send_two, close})},
      {"FIN-WAIT-1 (closed in SYN-RECEIVED)", State::kFinWait1, {open_active, syn, close}},
      {"FIN-WAIT-2", State::kFinWait2, then(established, {close, ack_of_fin})},
      {"CLOSE-WAIT", State::kCloseWait, then(established, {fin})},
      {"CLOSING", State::kClosing, then(established, {close, fin})},
      {"LAST-ACK", State::kLastAck, then(established, {fin, close})},
      {"TIME-WAIT", State::kTimeWait, then(established, {close, ack_of_fin, fin_and_ack_of_fin})},
      {"TIME-WAIT (simultaneous close)", State::kTimeWait, then(established, {close, fin, late_ack_of_fin})},
  };
}

Segment absolute(const Segment& relative, std::uint32_t iss, std::uint32_t irs) {
  Segment segment = relative;
  segment.seq += irs;
  if (segment.ack) segment.ack_number += iss;
  return segment;
}

Outcome take_step(Textbook& host, const Step& step, std::uint32_t iss, std::uint32_t irs) {
  host.set_next_iss(iss);
  switch (step.kind) {
    case Kind::kOpenPassive:
      return host.open_passive();
    case Kind::kOpenActive:
      return host.open_active(iss);
    case Kind::kSend:
      return host.send(step.text);
    case Kind::kClose:
      return host.close();
    case Kind::kPeerSends:
      return host.segment_arrives(absolute(step.segment, iss, irs));
  }
  return {};
}

Textbook walk(const Route& route, std::uint32_t iss, std::uint32_t irs, std::uint32_t receive_window) {
  Textbook host(receive_window);
  host.set_next_iss(iss);
  for (const Step& step : route.steps) take_step(host, step, iss, irs);
  return host;
}

std::vector<Cell> all_cells(const Tcb& tcb) {
  std::vector<Cell> cells;
  for (unsigned flags = 0; flags < 32; ++flags) {
    Segment segment{.syn = (flags & 8) != 0,
                    .ack = (flags & 4) != 0,
                    .fin = (flags & 2) != 0,
                    .rst = (flags & 1) != 0,
                    .urg = (flags & 16) != 0};
    segment.window = kPeerWindow;
    segment.urgent_pointer = 1;  // the byte of text, or the one that would follow
    std::vector<AcknowledgmentChoice> acks = {{AcknowledgmentPlace::kNone, 0}};
    if (segment.ack) acks = acknowledgment_choices(tcb);
    for (const SequenceChoice& sequence : sequence_choices(tcb)) {
      for (const AcknowledgmentChoice& ack : acks) {
        for (const char* text : {"", "t"}) {
          segment.seq = sequence.number;
          segment.ack_number = ack.number;
          segment.text = text;
          Cell cell{{}, sequence.place, ack.place, segment};
          cell.name = cell_name(cell);
          cells.push_back(std::move(cell));
        }
      }
    }
  }
  return cells;
}

}  // namespace model
