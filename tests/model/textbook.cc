// RFC 9293 §3.4 (sequence arithmetic), §3.10.8 (timeouts) and the small actions that several steps share.
#include "textbook.h"

#include <algorithm>
#include <utility>

namespace model {

std::string_view name_of(State state) {
  switch (state) {
    case State::kClosed:
      return "CLOSED";
    case State::kListen:
      return "LISTEN";
    case State::kSynSent:
      return "SYN-SENT";
    case State::kSynReceived:
      return "SYN-RECEIVED";
    case State::kEstablished:
      return "ESTABLISHED";
    case State::kFinWait1:
      return "FIN-WAIT-1";
    case State::kFinWait2:
      return "FIN-WAIT-2";
    case State::kCloseWait:
      return "CLOSE-WAIT";
    case State::kClosing:
      return "CLOSING";
    case State::kLastAck:
      return "LAST-ACK";
    case State::kTimeWait:
      return "TIME-WAIT";
  }
  return "?";
}

std::string_view name_of(Signal signal) {
  switch (signal) {
    case Signal::kEstablished:
      return "established";
    case Signal::kConnectionReset:
      return "connection reset";
    case Signal::kConnectionRefused:
      return "connection refused";
    case Signal::kConnectionClosing:
      return "connection closing";
    case Signal::kClosed:
      return "closed";
    case Signal::kUserTimeout:
      return "connection aborted due to user timeout";
    case Signal::kUrgent:
      return "urgent data";
  }
  return "?";
}

// A number is "less" when going up from it reaches the other in under half of the sequence space.
bool less(std::uint32_t a, std::uint32_t b) { return a != b && b - a < 0x80000000u; }

bool less_or_equal(std::uint32_t a, std::uint32_t b) { return a == b || less(a, b); }

bool between(std::uint32_t low, std::uint32_t number, std::uint32_t high) { return number - low <= high - low; }

std::uint32_t Segment::length() const {
  return static_cast<std::uint32_t>(text.size()) + (syn ? 1u : 0u) + (fin ? 1u : 0u);
}

std::string Segment::to_string() const {
  std::string flags;
  auto add = [&flags](bool set, const char* name) {
    if (set) flags += (flags.empty() ? "" : ",") + std::string(name);
  };
  add(syn, "SYN");
  add(fin, "FIN");
  add(rst, "RST");
  add(ack, "ACK");
  add(urg, "URG");
  std::string shown = "<SEQ=" + std::to_string(seq) + ">";
  if (ack) shown += "<ACK=" + std::to_string(ack_number) + ">";
  shown += "<CTL=" + flags + ">";
  if (urg) shown += "<UP=" + std::to_string(urgent_pointer) + ">";
  if (!text.empty()) shown += "<DATA=" + std::to_string(text.size()) + ">";
  return shown;
}

Textbook::Textbook(std::uint32_t receive_window, Choices choices)
    : choices_(choices), receive_window_(receive_window) {}

void Textbook::set_receive_window(std::uint32_t window) {
  receive_window_ = window;
  if (tcb_.state != State::kClosed) tcb_.rcv_wnd = window;
}

// §3.10.8 USER TIMEOUT.
Outcome Textbook::user_timeout() {
  Outcome out;
  out.why = "3.10.8 user timeout";
  if (tcb_.state == State::kClosed) return out;
  out.signals.push_back(Signal::kUserTimeout);
  flush_calls(out, "error: connection aborted due to user timeout");
  delete_tcb();
  return out;
}

// §3.10.8 RETRANSMISSION TIMEOUT. The segment at the front goes out again; only its acknowledgment is brought up to
// date, so a SYN or a SYN-ACK is the very same segment.
Outcome Textbook::retransmission_timeout() {
  Outcome out;
  out.why = "3.10.8 retransmission timeout";
  if (tcb_.retransmission_queue.empty()) return out;
  Segment again = tcb_.retransmission_queue.front();
  if (again.ack) again.ack_number = tcb_.rcv_nxt;
  out.replies.push_back({again});
  return out;
}

// §3.10.8 TIME-WAIT TIMEOUT.
Outcome Textbook::time_wait_timeout() {
  Outcome out;
  out.why = "3.10.8 time-wait timeout";
  if (tcb_.state != State::kTimeWait) return out;
  out.signals.push_back(Signal::kClosed);
  delete_tcb();
  return out;
}

// Also the trimming rule of §3.10.7.4: a byte, SYN or FIN outside this window is as if it had not been sent.
bool Textbook::in_receive_window(std::uint32_t number) const { return number - tcb_.rcv_nxt < tcb_.rcv_wnd; }

// The FIN is the last number a host ever uses, so it is acknowledged when everything is.
bool Textbook::our_fin_is_acknowledged() const { return tcb_.fin_sent && tcb_.snd_una == tcb_.snd_nxt; }

// The number that the user reads next. The peer's FIN has a number and is no text.
std::uint32_t Textbook::consumed() const {
  return tcb_.rcv_nxt - (tcb_.peer_fin_reached ? 1u : 0u) - static_cast<std::uint32_t>(tcb_.unread.size());
}

std::uint32_t Textbook::urgent_remaining() const {
  if (!tcb_.urgent_mode) return 0;
  std::uint32_t end = tcb_.rcv_up;
  const bool fin_known = tcb_.peer_fin_reached || tcb_.held_fin.has_value();
  const std::uint32_t fin = tcb_.peer_fin_reached ? tcb_.rcv_nxt - 1 : tcb_.held_fin.value_or(0);
  if (choices_.urgent_ends_at_fin && fin_known && less(fin, end)) end = fin;
  return less(consumed(), end) ? end - consumed() : 0;
}

// Choice: of two copies of a byte that differ, the first stays; a FIN that was held keeps its place.
void Textbook::hold(const Segment& segment) {
  std::uint32_t number = segment.seq;
  for (char byte : segment.text) {
    if (in_receive_window(number)) tcb_.held.emplace(number, byte);
    ++number;
  }
  if (segment.fin && in_receive_window(number) && !tcb_.held_fin) tcb_.held_fin = number;
}

// §3.4: "fully acknowledged if the sum of its sequence number and length is less than or equal to the acknowledgment".
void Textbook::take_acknowledgment(std::uint32_t ack_number) {
  tcb_.snd_una = ack_number;
  std::erase_if(tcb_.retransmission_queue,
                [ack_number](const Segment& sent) { return less_or_equal(sent.seq + sent.length(), ack_number); });
}

// Choice: MAX.SND.WND counts only windows that were believed, never one from a segment that was thrown away.
void Textbook::take_send_window(const Segment& segment) {
  tcb_.snd_wnd = segment.window;
  tcb_.snd_wl1 = segment.seq;
  tcb_.snd_wl2 = segment.ack ? segment.ack_number : tcb_.snd_una;
  tcb_.max_snd_wnd = std::max(tcb_.max_snd_wnd, segment.window);
}

void Textbook::create_tcb() {
  tcb_ = Tcb{};
  tcb_.rcv_wnd = receive_window_;
}

void Textbook::delete_tcb() { tcb_ = Tcb{}; }

// Used by OPEN and by SEND in LISTEN: <SEQ=ISS><CTL=SYN>.
void Textbook::send_first_syn(std::uint32_t iss, Outcome& out) {
  tcb_.passive_open = false;
  tcb_.iss = iss;
  tcb_.snd_una = iss;
  tcb_.snd_nxt = iss;
  tcb_.state = State::kSynSent;
  transmit({.syn = true, .seq = iss, .window = tcb_.rcv_wnd}, out);
}

// Sends something that occupies sequence space, and remembers it for retransmission.
void Textbook::transmit(Segment segment, Outcome& out) {
  tcb_.snd_nxt = segment.seq + segment.length();
  tcb_.retransmission_queue.push_back(segment);
  out.replies.push_back({std::move(segment)});
}

// Text first, as far as the send window reaches, then the FIN of a CLOSE that waited for it.
// Choice: the FIN goes out as soon as all text has (Choices::fin_waits_for_window), and in a segment of its own.
void Textbook::send_queued(Outcome& out) {
  const State s = tcb_.state;
  const bool can_send =
      s == State::kEstablished || s == State::kCloseWait || s == State::kFinWait1 || s == State::kClosing;
  if (!can_send || tcb_.fin_sent) return;
  if (s == State::kEstablished && tcb_.close_asked) tcb_.state = State::kFinWait1;  // a CLOSE from SYN-RECEIVED
  const std::uint32_t edge = tcb_.snd_una + tcb_.snd_wnd;
  const std::uint32_t usable = less(tcb_.snd_nxt, edge) ? edge - tcb_.snd_nxt : 0;
  std::string text = tcb_.unsent.substr(0, usable);
  if (!text.empty()) {
    // The text carries the acknowledgment that would otherwise have waited for it (§3.10.7.4, seventh).
    std::erase_if(out.replies, [](const Reply& reply) { return reply.may_be_delayed; });
    tcb_.unsent.erase(0, text.size());
    Segment segment = plain_ack();
    segment.text = std::move(text);
    transmit(std::move(segment), out);
  }
  if (!tcb_.close_asked || !tcb_.unsent.empty()) return;
  if (choices_.fin_waits_for_window && !less(tcb_.snd_nxt, edge)) return;
  Segment segment = plain_ack();
  segment.fin = true;
  transmit(std::move(segment), out);
  tcb_.fin_sent = true;
  if (s == State::kCloseWait) tcb_.state = State::kLastAck;
}

// <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>
Segment Textbook::plain_ack() const {
  return {.ack = true, .seq = tcb_.snd_nxt, .ack_number = tcb_.rcv_nxt, .window = tcb_.rcv_wnd};
}

void Textbook::reply_ack(Outcome& out, bool may_be_delayed, bool may_be_throttled) {
  out.replies.push_back({plain_ack(), may_be_delayed, may_be_throttled});
}

void Textbook::reply_challenge(Outcome& out, const char* why) {
  reply_ack(out, false, true);
  out.why = why;
}

// §3.5.2: the reset takes its numbers from the segment that called for it.
void Textbook::reply_reset(const Segment& offending, Outcome& out) {
  if (offending.ack) {
    out.replies.push_back({Segment{.rst = true, .seq = offending.ack_number}});
  } else {
    const std::uint32_t after = offending.seq + offending.length();
    out.replies.push_back({Segment{.ack = true, .rst = true, .seq = 0, .ack_number = after}});
  }
}

void Textbook::flush_calls(Outcome& out, const std::string& answer) {
  for (; tcb_.waiting_receives > 0; --tcb_.waiting_receives) out.returned.push_back("RECEIVE " + answer);
  if (!tcb_.unsent.empty()) out.returned.push_back("SEND " + answer);
  tcb_.unsent.clear();
}

// Everything learnt from the peer is forgotten; what the user asked of the listener is not.
// Choice: a CLOSE that was waiting in SYN-RECEIVED now closes the LISTEN, as it would have done there.
void Textbook::return_to_listen(Outcome& out) {
  const Tcb old = std::exchange(tcb_, Tcb{});
  if (old.close_asked) {
    out.signals.push_back(Signal::kClosed);
    return;
  }
  create_tcb();
  tcb_.state = State::kListen;
  tcb_.passive_open = true;
  tcb_.peer_specified = old.peer_specified;
  tcb_.unsent = old.unsent;
  tcb_.waiting_receives = old.waiting_receives;
}

}  // namespace model
