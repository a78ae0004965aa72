#include "sim/oracle.h"

#include <algorithm>
#include <initializer_list>
#include <string>

#include "base/bytes.h"

namespace handfast::sim {
namespace {

std::int32_t ahead(std::uint32_t b, std::uint32_t a) { return static_cast<std::int32_t>(b - a); }

bool is_any(TcpState state, std::initializer_list<TcpState> states) {
  return std::ranges::find(states, state) != states.end();
}

/// Both ends' numbers are known.
bool is_synchronized(TcpState state) {
  return !is_any(state, {TcpState::kClosed, TcpState::kListen, TcpState::kSynSent, TcpState::kSynReceived});
}

/// The peer's numbers are known, so rcv.nxt and rcv.wnd mean something.
bool hears_peer(TcpState state) { return is_synchronized(state) || state == TcpState::kSynReceived; }

}  // namespace

void TraceHash::add(std::span<const std::byte> bytes) {
  add(std::uint64_t{bytes.size()});
  while (bytes.size() >= 8) {
    add(base::load_le64(bytes.data()));
    bytes = bytes.subspan(8);
  }
  std::uint64_t rest = 0;
  for (const std::byte byte : bytes) rest = rest << 8 | std::to_integer<std::uint64_t>(byte);
  add(rest);
}

bool is_legal_transition(TcpState from, TcpState to) {
  using enum TcpState;
  // ABORT, a reset, a timeout and the end of TIME-WAIT all end in CLOSED (RFC 9293 §3.10.5, §3.10.7.4, §3.10.8).
  if (to == kClosed) return from != kClosed;
  switch (from) {
    case kClosed:
      return is_any(to, {kListen, kSynSent});
    case kListen:
      return is_any(to, {kSynSent, kSynReceived});
    case kSynSent:
      return is_any(to, {kSynReceived, kEstablished});
    case kSynReceived:
      return is_any(to, {kListen, kEstablished, kFinWait1});
    case kEstablished:
      return is_any(to, {kFinWait1, kCloseWait});
    case kFinWait1:
      return is_any(to, {kFinWait2, kClosing, kTimeWait});
    case kFinWait2:
    case kClosing:
      return to == kTimeWait;
    case kCloseWait:
      return to == kLastAck;
    case kLastAck:
      return false;
    case kTimeWait:
      return to == kSynReceived;  // a new SYN beyond the old numbers (RFC 6191 §2)
  }
  return false;
}

void StateOracle::complain(const trace::Event& event, const std::string& what) {
  complaints_.add("state: host " + std::to_string(event.host_number) + " connection " +
                  std::to_string(event.connection) + " " + describe(event.tuple) + " in " +
                  std::string(to_string(event.after.state)) + ": " + what);
}

void StateOracle::on_event(const trace::Event& event) {
  switch (event.kind) {
    case trace::Kind::kFrameReceived:
    case trace::Kind::kFrameSent:
    case trace::Kind::kDropped:
      return;
    case trace::Kind::kStateChanged:
      on_state(event);
      break;
    case trace::Kind::kSegmentSent:
      on_sent(event);
      break;
    default:
      break;
  }
  if (event.connection != 0) judge_numbers(event);
}

void StateOracle::on_state(const trace::Event& event) {
  ++state_changes_;
  const TcpState from = event.before.state;
  const TcpState to = event.after.state;
  ++visits_[static_cast<std::size_t>(to)];
  if (!is_legal_transition(from, to)) {
    complain(event, "illegal transition from " + std::string(to_string(from)) + " to " + std::string(to_string(to)) +
                        " (I-S10)");
  }
  if (event.reason == trace::Reason::kInvariantFailed) complain(event, "a Host's own invariant failed");
  if (to != TcpState::kEstablished) return;
  ++established_;
  if (!wire_.agreed(event.tuple, event.after.iss, event.after.irs)) {
    complain(event, "established, but the peer never agreed on iss " + std::to_string(event.after.iss) + " and irs " +
                        std::to_string(event.after.irs) + " (I-G3, I-G4)");
  }
}

void StateOracle::on_sent(const trace::Event& event) {
  const trace::SegmentView& segment = event.segment;
  if (event.connection == 0 || segment.has(trace::SegmentView::kRst)) return;
  if (!hears_peer(event.after.state)) return;
  if (segment.has(trace::SegmentView::kAck) && segment.ack != event.after.rcv_nxt) {
    complain(event, "ack " + std::to_string(segment.ack) + " sent where rcv.nxt is " +
                        std::to_string(event.after.rcv_nxt) + " (I-S3)");
  }
}

void StateOracle::judge_numbers(const trace::Event& event) {
  const trace::TcbView& view = event.after;
  if (view.state == TcpState::kClosed || view.state == TcpState::kListen) {
    last_.erase(event.connection);
    return;
  }
  if (ahead(view.snd_nxt, view.snd_una) < 0) complain(event, "snd.una is beyond snd.nxt (I-S1)");
  const auto [place, fresh] = last_.try_emplace(event.connection, view);
  trace::TcbView& last = place->second;
  const bool same = !fresh && last.iss == view.iss && last.irs == view.irs;
  if (same && hears_peer(last.state) && hears_peer(view.state)) {
    if (ahead(view.rcv_nxt, last.rcv_nxt) < 0) complain(event, "rcv.nxt goes back (I-S2)");
    // Once the peer's FIN is in, no window matters any more.
    const bool open =
        is_any(view.state, {TcpState::kSynReceived, TcpState::kEstablished, TcpState::kFinWait1, TcpState::kFinWait2});
    if (open && ahead(view.rcv_nxt + view.rcv_wnd, last.rcv_nxt + last.rcv_wnd) < 0) {
      complain(event, "the right edge goes back from " + std::to_string(last.rcv_nxt + last.rcv_wnd) + " to " +
                          std::to_string(view.rcv_nxt + view.rcv_wnd) + " (SHLD-14, I-S2)");
    }
    if (ahead(view.snd_una, last.snd_una) < 0) complain(event, "snd.una goes back (I-S1)");
  }
  last = view;
}

bool drops_frame(DropReason reason) {
  const bool below_tcp = reason >= DropReason::kTruncatedFrame && reason <= DropReason::kTcpBadSourcePort;
  // These two are about packets on their way out.
  if (reason == DropReason::kArpQueueFull || reason == DropReason::kArpTimeout) return false;
  // Those that came later, ICMP errors and IPv6.
  const bool later = (reason >= DropReason::kIcmpMtuNotSmaller && reason <= DropReason::kIcmpRateLimited) ||
                     (reason >= DropReason::kIpv6BadSource && reason <= DropReason::kBadNeighbor);
  return below_tcp || later || reason == DropReason::kInterfaceDown || reason == DropReason::kUdpNotSupported ||
         reason == DropReason::kFrameTooLarge || reason == DropReason::kBadOffload ||
         reason == DropReason::kWrongShard || reason == DropReason::kShutdown;
}

std::string unbalanced(const Counters& counters) {
  std::uint64_t explained = counters.segments_received + counters.arp_processed + counters.icmp_processed;
  for (std::size_t i = 0; i < kDropReasonCount; ++i) {
    if (drops_frame(static_cast<DropReason>(i))) explained += counters.drops[i];
  }
  if (explained == counters.frames_received) return {};
  return "frames received " + std::to_string(counters.frames_received) + ", explained " + std::to_string(explained) +
         " (I-E4)";
}

}  // namespace handfast::sim
