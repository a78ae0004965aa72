#include "trace/trace_stage.h"

namespace handfast::trace {
namespace {

const Endpoint kEndA = {IpAddress::v4(192, 0, 2, 1), 40000};
const Endpoint kEndB = {IpAddress::v4(192, 0, 2, 2), 80};

constexpr auto kSyn = SegmentView::kSyn;
constexpr auto kAck = SegmentView::kAck;
constexpr auto kFin = SegmentView::kFin;
constexpr auto kPsh = SegmentView::kPsh;
using enum TcpState;

}  // namespace

SegmentView Stage::segment(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack, std::uint32_t text) {
  SegmentView view;
  view.flags = flags;
  view.seq = seq;
  view.ack = ack;
  view.window = 65535;
  view.text_length = text;
  return view;
}

SegmentView Stage::syn(std::uint32_t seq) {
  SegmentView view = segment(kSyn, seq);
  view.options.has_mss = view.options.has_window_scale = view.options.sack_permitted = true;
  view.options.mss = 1460;
  view.options.window_scale = 7;
  return view;
}

SegmentView Stage::syn_ack(std::uint32_t seq, std::uint32_t ack) {
  SegmentView view = syn(seq);
  view.flags |= kAck;
  view.ack = ack;
  view.options.mss = 1400;
  view.options.window_scale = 8;
  return view;
}

TcbView Stage::tcb(Who who, TcpState state) const {
  TcbView view;
  view.state = state;
  if (state == kClosed || state == kListen) return view;
  view.iss = who == kA ? kX : kY;
  view.snd_nxt = who == kA ? a_next : b_next;
  view.snd_una = view.iss;
  view.cwnd = 14600;
  if (state == kSynSent) return view;
  view.irs = who == kA ? kY : kX;
  view.rcv_nxt = view.irs + 1;
  return view;
}

Event Stage::event_of(Who who, Kind kind) const {
  Event event;
  event.at = now_;
  event.kind = kind;
  event.host_number = who;
  event.connection = 1;
  event.tuple = who == kA ? FourTuple{kEndA, kEndB} : FourTuple{kEndB, kEndA};
  return event;
}

void Stage::emit(Event event) {
  if (event.host_number != hidden_) sink_.on_event(event);
}

void Stage::listens(Who who) {
  Event event = event_of(who, Kind::kCall);
  event.connection = 0;
  event.tuple.peer = {};
  event.reason = Reason::kPassiveOpen;
  event.after.state = kListen;
  emit(event);
}

void Stage::sends(Who who, const SegmentView& segment, Step step, Reason reason) {
  Event event = event_of(who, Kind::kSegmentSent);
  event.segment = segment;
  event.before = tcb(who, step.from);
  event.after = tcb(who, step.to);
  event.reason = reason;
  emit(event);
}

void Stage::receives(Who who, const SegmentView& segment, Step step, Reason reason, DropReason drop) {
  Event event = event_of(who, Kind::kSegmentReceived);
  event.segment = segment;
  event.before = tcb(who, step.from);
  event.after = tcb(who, step.to);
  event.reason = reason;
  event.drop = drop;
  emit(event);
}

void Stage::changes(Who who, Step step, Reason reason) {
  Event event = event_of(who, Kind::kStateChanged);
  event.before = tcb(who, step.from);
  event.after = tcb(who, step.to);
  event.reason = reason;
  emit(event);
}

void Stage::handshake() {
  at_us(0);
  listens(kB);
  changes(kA, {kClosed, kSynSent}, Reason::kActiveOpen);
  at_us(5);
  sends(kA, syn(kX), {kSynSent, kSynSent}, Reason::kSendSyn);
  at_us(10005);
  changes(kB, {kListen, kSynReceived}, Reason::kSynArrived);
  receives(kB, syn(kX), {kListen, kSynReceived}, Reason::kSynArrived);
  sends(kB, syn_ack(kY, kX + 1), {kSynReceived, kSynReceived}, Reason::kSendSynAck);
  at_us(20005);
  changes(kA, {kSynSent, kEstablished}, Reason::kSynAckArrived);
  receives(kA, syn_ack(kY, kX + 1), {kSynSent, kEstablished}, Reason::kSynAckArrived);
  sends(kA, segment(kAck, kX + 1, kY + 1), {kEstablished, kEstablished}, Reason::kSendAck);
  at_us(30005);
  changes(kB, {kSynReceived, kEstablished}, Reason::kHandshakeAck);
  receives(kB, segment(kAck, kX + 1, kY + 1), {kSynReceived, kEstablished}, Reason::kHandshakeAck);
}

void Stage::transfer(std::uint32_t count) {
  constexpr Step kStay = {kEstablished, kEstablished};
  for (std::uint32_t i = 0; i < count; ++i) {
    const SegmentView text = segment(kAck | kPsh, a_next, b_next, 1000);
    at_us(40000 + 20000 * i);
    a_next += 1000;
    sends(kA, text, kStay, Reason::kSendText);
    at_us(50000 + 20000 * i);
    receives(kB, text, kStay, Reason::kAcceptable);
    const SegmentView ack = segment(kAck, b_next, a_next);
    sends(kB, ack, kStay, Reason::kSendAck);
    at_us(60000 + 20000 * i);
    receives(kA, ack, kStay, Reason::kAcceptable);
  }
}

void Stage::close() {
  constexpr std::int64_t kStart = 10'000'000;
  at_us(kStart);
  changes(kA, {kEstablished, kFinWait1}, Reason::kCallerCloses);
  const SegmentView fin_a = segment(kFin | kAck, a_next, b_next);
  a_next += 1;
  sends(kA, fin_a, {kFinWait1, kFinWait1}, Reason::kSendFin);
  at_us(kStart + 10000);
  receives(kB, fin_a, {kEstablished, kCloseWait}, Reason::kPeerFin);
  const SegmentView ack_b = segment(kAck, b_next, a_next);
  sends(kB, ack_b, {kCloseWait, kCloseWait}, Reason::kSendAck);
  at_us(kStart + 20000);
  receives(kA, ack_b, {kFinWait1, kFinWait2}, Reason::kFinAcked);
  at_us(kStart + 500000);
  changes(kB, {kCloseWait, kLastAck}, Reason::kCallerCloses);
  const SegmentView fin_b = segment(kFin | kAck, b_next, a_next);
  b_next += 1;
  sends(kB, fin_b, {kLastAck, kLastAck}, Reason::kSendFin);
  at_us(kStart + 510000);
  receives(kA, fin_b, {kFinWait2, kTimeWait}, Reason::kPeerFin);
  const SegmentView last = segment(kAck, a_next, b_next);
  sends(kA, last, {kTimeWait, kTimeWait}, Reason::kSendAck);
  at_us(kStart + 520000);
  receives(kB, last, {kLastAck, kClosed}, Reason::kLastAckAcked);
  at_us(kStart + 60'510'000);
  changes(kA, {kTimeWait, kClosed}, Reason::kTimeWaitOver);
}

}  // namespace handfast::trace
