#include "trace/conversation.h"

namespace handfast::trace {
namespace {

// RFC 9293 §3.4: before, on the circle.
bool before(std::uint32_t a, std::uint32_t b) { return b != a && b - a < 0x80000000u; }

bool has_numbers(TcpState state) { return state != TcpState::kClosed && state != TcpState::kListen; }
bool has_peers_numbers(TcpState state) { return has_numbers(state) && state != TcpState::kSynSent; }
bool is_synchronized(TcpState state) { return has_peers_numbers(state) && state != TcpState::kSynReceived; }

}  // namespace

Conversation::Conversation(const FourTuple& a_sees, bool both_ends) : both_ends_(both_ends) {
  ends_[0].endpoint = a_sees.host;
  ends_[1].endpoint = a_sees.peer;
  ends_[1].numbers.name = "y";
  ends_[1].numbers.old_name = "w";
}

FourTuple Conversation::seen_from_opener(const Event& first) {
  const FourTuple& tuple = first.tuple;
  const SegmentView& segment = first.segment;
  const bool syn_ack = segment.has(SegmentView::kSyn) && segment.has(SegmentView::kAck);
  bool host_opened = true;
  if (first.kind == Kind::kSegmentReceived) host_opened = syn_ack;
  if (first.kind == Kind::kSegmentSent) host_opened = !syn_ack;
  if (first.kind == Kind::kStateChanged || first.kind == Kind::kCall) {
    host_opened = first.after.state != TcpState::kSynReceived && first.after.state != TcpState::kListen;
  }
  return host_opened ? tuple : FourTuple{tuple.peer, tuple.host};
}

void Conversation::learn(End end, const TcbView& tcb) {
  of(end).observed = true;
  if (!has_numbers(tcb.state)) return;
  if (!of(end).numbers.first) of(end).numbers.first = tcb.iss;
  // Where the peer speaks for itself, what this end takes for the peer's number may be an old duplicate's.
  EndRecord& peer = of(other(end));
  if (!both_ends_ && has_peers_numbers(tcb.state) && !peer.numbers.first) peer.numbers.first = tcb.irs;
}

void Conversation::set_state(End end, TcpState state) {
  EndRecord& record = of(end);
  record.state = state;
  record.state_known = true;
  if (!has_numbers(state)) record.knows = {};
  if (is_synchronized(at(End::kA).state) && is_synchronized(at(End::kB).state)) handshake_over_ = true;
}

bool Conversation::starts_anew(End sender, const SegmentView& segment) const {
  const auto& first = at(sender).numbers.first;
  const bool opens = segment.has(SegmentView::kSyn) && !segment.has(SegmentView::kAck);
  return opens && first && *first != segment.seq;
}

bool Conversation::is_again(End sender, const SegmentView& segment) const {
  const EndRecord& record = at(sender);
  return segment.length() > 0 && record.sent_to && before(segment.seq, *record.sent_to);
}

void Conversation::old_duplicate(End sender, const SegmentView& segment) {
  if (segment.has(SegmentView::kSyn)) of(sender).numbers.old_first = segment.seq;
}

void Conversation::leaving(End sender, const SegmentView& segment) {
  EndRecord& record = of(sender);
  if (!segment.has(SegmentView::kSyn)) return;
  record.offered = segment.options;
  if (record.numbers.first == segment.seq) return;
  record.numbers.first = segment.seq;
  record.sent_to.reset();
  record.fin.reset();
  of(other(sender)).acked.reset();
}

void Conversation::sent(End sender, const SegmentView& segment) {
  EndRecord& record = of(sender);
  if (segment.has(SegmentView::kRst)) return;  // A reset takes its numbers from what it answers: RFC 9293 §3.5.2.
  const std::uint32_t end = segment.seq + segment.length();
  if (!record.sent_to || before(*record.sent_to, end)) record.sent_to = end;
  if (segment.has(SegmentView::kFin)) record.fin = end - 1;
  // What answers an old duplicate acknowledges nothing of this connection.
  if (!segment.has(SegmentView::kAck) || !belongs_to(at(other(sender)).numbers, segment.ack)) return;
  if (!record.acked || before(*record.acked, segment.ack)) record.acked = segment.ack;
}

void Conversation::arrived(End receiver, const SegmentView& segment, bool accepted) {
  EndRecord& record = of(receiver);
  if (!accepted || segment.has(SegmentView::kRst)) return;
  record.knows.own_receiving = true;
  record.knows.peers_sending = true;
  // Our own number has come back: so our segment arrived (RFC 9293 §3.5).
  const auto& first = record.numbers.first;
  if (segment.has(SegmentView::kAck) && first && before(*first, segment.ack)) {
    record.knows.own_sending = true;
    record.knows.peers_receiving = true;
  }
}

void Conversation::infer_sender(End sender, const SegmentView& segment) {
  EndRecord& record = of(sender);
  const EndRecord& host = at(other(sender));
  const bool acks = segment.has(SegmentView::kAck);
  const bool acks_fin = acks && host.fin && segment.ack == *host.fin + 1;
  set_state(sender, state_after_sending(record.state_known ? record.state : TcpState::kClosed, segment, acks_fin));
  // It acknowledges our number, so it received from us; past the handshake it has seen its own number come back.
  if (acks && has_numbers(record.state)) record.knows.own_receiving = record.knows.peers_sending = true;
  if (is_synchronized(record.state)) record.knows = {true, true, true, true};
}

TcpState state_after_sending(TcpState before, const SegmentView& segment, bool acks_our_fin) {
  if (segment.has(SegmentView::kRst)) return TcpState::kClosed;
  if (segment.has(SegmentView::kSyn)) {
    if (is_synchronized(before)) return before;  // The same SYN again, late.
    return segment.has(SegmentView::kAck) ? TcpState::kSynReceived : TcpState::kSynSent;
  }
  TcpState state = is_synchronized(before) ? before : TcpState::kEstablished;
  if (acks_our_fin) {
    if (state == TcpState::kEstablished) state = TcpState::kCloseWait;
    if (state == TcpState::kFinWait1 || state == TcpState::kFinWait2) state = TcpState::kTimeWait;
    if (state == TcpState::kClosing) state = TcpState::kTimeWait;
  }
  if (segment.has(SegmentView::kFin)) {
    if (state == TcpState::kEstablished) state = TcpState::kFinWait1;
    if (state == TcpState::kCloseWait) state = TcpState::kLastAck;
  }
  return state;
}

}  // namespace handfast::trace
