// RFC 9293 §3.10.1-3.10.6: OPEN, SEND, RECEIVE, CLOSE, ABORT, STATUS. The answers are in the RFC's own words.
#include <utility>

#include "textbook.h"

namespace model {
namespace {

constexpr const char* kNoConnection = "error: connection does not exist";
constexpr const char* kClosingAnswer = "error: connection closing";
constexpr const char* kExists = "error: connection already exists";
constexpr const char* kUnspecified = "error: remote socket unspecified";

Outcome answer(const char* text, const char* why) {
  Outcome out;
  out.answer = text;
  out.why = why;
  return out;
}

}  // namespace

// §3.10.1 with the passive flag. Choice: on a LISTEN, where the RFC describes only the active OPEN, a second passive
// OPEN is an error; it must not touch the record that is there (MUST-41).
Outcome Textbook::open_passive(bool peer_specified) {
  if (tcb_.state != State::kClosed) return answer(kExists, "3.10.1 OPEN");
  create_tcb();
  tcb_.state = State::kListen;
  tcb_.passive_open = true;
  tcb_.peer_specified = peer_specified;
  return answer("ok", "3.10.1 OPEN, CLOSED, passive");
}

// §3.10.1 with the active flag.
Outcome Textbook::open_active(std::uint32_t iss, bool peer_specified) {
  const bool possible = tcb_.state == State::kClosed || tcb_.state == State::kListen;
  if (!possible) return answer(kExists, "3.10.1 OPEN");
  if (!peer_specified) return answer(kUnspecified, "3.10.1 OPEN, active");
  if (tcb_.state == State::kClosed) create_tcb();
  Outcome out = answer("ok", "3.10.1 OPEN, active");
  send_first_syn(iss, out);
  return out;
}

// §3.10.2. Choice: once a CLOSE is waiting its turn, "connection closing" holds for SEND in every state.
Outcome Textbook::send(const std::string& text) {
  switch (tcb_.state) {
    case State::kClosed:
      return answer(kNoConnection, "3.10.2 SEND, CLOSED");
    case State::kListen: {
      if (!tcb_.peer_specified) return answer(kUnspecified, "3.10.2 SEND, LISTEN");
      Outcome out = answer("ok", "3.10.2 SEND, LISTEN: becomes active");
      send_first_syn(next_iss_, out);
      // Choice: the text is queued rather than sent with the SYN; a SYN carries no data.
      tcb_.unsent += text;
      return out;
    }
    case State::kSynSent:
    case State::kSynReceived:
      if (tcb_.close_asked) return answer(kClosingAnswer, "3.10.2 SEND after CLOSE");
      tcb_.unsent += text;
      return answer("queued", "3.10.2 SEND: sent after ESTABLISHED");
    case State::kEstablished:
    case State::kCloseWait: {
      if (tcb_.close_asked) return answer(kClosingAnswer, "3.10.2 SEND after CLOSE");
      Outcome out = answer("ok", "3.10.2 SEND: segmentize");
      tcb_.unsent += text;
      send_queued(out);
      return out;
    }
    default:
      return answer(kClosingAnswer, "3.10.2 SEND");
  }
}

// §3.10.3. Choice: a RECEIVE takes all text there is.
Outcome Textbook::receive() {
  switch (tcb_.state) {
    case State::kClosed:
      return answer(kNoConnection, "3.10.3 RECEIVE, CLOSED");
    case State::kClosing:
    case State::kLastAck:
    case State::kTimeWait:
      return answer(kClosingAnswer, "3.10.3 RECEIVE");
    default:
      break;
  }
  if (tcb_.unread.empty() && tcb_.state == State::kCloseWait)
    return answer(kClosingAnswer, "3.10.3 RECEIVE, CLOSE-WAIT");
  if (tcb_.unread.empty()) {
    ++tcb_.waiting_receives;
    return answer("queued", "3.10.3 RECEIVE: waits for text");
  }
  Outcome out = answer("ok", "3.10.3 RECEIVE");
  out.delivered = std::exchange(tcb_.unread, {});
  tcb_.rcv_wnd += static_cast<std::uint32_t>(out.delivered.size());
  if (urgent_remaining() == 0) tcb_.urgent_mode = false;
  return out;
}

// §3.10.4.
Outcome Textbook::close() {
  Outcome out = answer("ok", "3.10.4 CLOSE");
  switch (tcb_.state) {
    case State::kClosed:
      return answer(kNoConnection, "3.10.4 CLOSE, CLOSED");
    case State::kListen:
    case State::kSynSent:
      flush_calls(out, "error: closing");
      delete_tcb();
      return out;
    case State::kSynReceived:
      if (tcb_.close_asked) return answer(kClosingAnswer, "3.10.4 CLOSE again");
      tcb_.close_asked = true;
      if (!tcb_.unsent.empty() || choices_.close_in_syn_received_waits) {
        out.answer = "queued";
        return out;
      }
      tcb_.state = State::kFinWait1;
      send_queued(out);
      return out;
    case State::kEstablished:
      tcb_.close_asked = true;
      send_queued(out);  // "in any case, enter FIN-WAIT-1", even with the FIN still queued
      return out;
    case State::kCloseWait:
      if (tcb_.close_asked) return answer(kClosingAnswer, "3.10.4 CLOSE again");
      tcb_.close_asked = true;
      send_queued(out);  // enters LAST-ACK once the FIN is sent
      return out;
    default:
      // Choice: in FIN-WAIT-1 and FIN-WAIT-2 the strict answer; "ok" would be acceptable too.
      return answer(kClosingAnswer, "3.10.4 CLOSE");
  }
}

// §3.10.5.
Outcome Textbook::abort() {
  Outcome out = answer("ok", "3.10.5 ABORT");
  switch (tcb_.state) {
    case State::kClosed:
      return answer(kNoConnection, "3.10.5 ABORT, CLOSED");
    case State::kListen:
    case State::kSynSent:
      flush_calls(out, "error: connection reset");
      break;
    case State::kSynReceived:
    case State::kEstablished:
    case State::kFinWait1:
    case State::kFinWait2:
    case State::kCloseWait:
      out.replies.push_back({Segment{.rst = true, .seq = tcb_.snd_nxt}});
      flush_calls(out, "error: connection reset");
      break;
    default:
      break;
  }
  delete_tcb();
  return out;
}

// §3.10.6.
Outcome Textbook::status() const {
  if (tcb_.state == State::kClosed) return answer(kNoConnection, "3.10.6 STATUS, CLOSED");
  Outcome out;
  out.answer = "state = " + std::string(name_of(tcb_.state));
  out.why = "3.10.6 STATUS";
  return out;
}

}  // namespace model
