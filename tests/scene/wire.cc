#include "scene/wire.h"

#include <algorithm>

namespace handfast::scene {

void Wire::act(LoneEnd& end, Caller& caller) {
  while (caller.sent < caller.to_send.size()) {
    const auto result = end.send(std::string_view(caller.to_send).substr(caller.sent, 3000));
    if (!result) break;
    caller.sent += *result;
  }
  if (!caller.closed && caller.sent == caller.to_send.size()) {
    const TcpState state = end.state();
    if (state == TcpState::kEstablished || state == TcpState::kCloseWait) caller.closed = end.close().has_value();
  }
  while (!caller.saw_end) {
    const auto text = end.receive(1500);
    if (!text) {
      if (text.error() != make_error_code(Error::kWouldBlock)) caller.failure = text.error();
      break;
    }
    caller.saw_end = text->empty();
    caller.received += *text;
  }
}

void Wire::carry(const std::vector<Sent>& sent, bool to_b) {
  for (const Sent& segment : sent) {
    if (random_.chance(faults_.loss, 1000)) continue;
    const int copies = random_.chance(faults_.duplicate, 1000) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      Duration delay = faults_.delay;
      if (random_.chance(faults_.late, 1000)) delay += std::chrono::microseconds(random_.below(30'000));
      Flight flight{.at = segment.at + delay, .to_b = to_b, .sent = segment};
      const auto behind =
          std::find_if(flights_.begin(), flights_.end(), [&](const Flight& other) { return other.at > flight.at; });
      flights_.insert(behind, std::move(flight));
    }
  }
}

void Wire::arrive() {
  while (!flights_.empty() && flights_.front().at <= a.now()) {
    const Flight flight = std::move(flights_.front());
    flights_.erase(flights_.begin());
    (flight.to_b ? b : a).deliver(flight.sent.segment, flight.sent.text);
    carry(a.poll(), true);
    carry(b.poll(), false);
  }
}

Instant Wire::next_event() const {
  Instant next = std::min(a.next_deadline(), b.next_deadline());
  if (!flights_.empty()) next = std::min(next, flights_.front().at);
  return next;
}

bool Wire::run(Duration limit) {
  const Instant end = a.now() + limit;
  while (!is_done() && a.now() < end) {
    act(a, a_caller);
    act(b, b_caller);
    carry(a.poll(), true);
    carry(b.poll(), false);
    // A caller that was refused memory tries again after a while, even where nothing else happens.
    const Instant next = std::min({next_event(), a.now() + 50ms, end});
    const Duration pause = std::max(next - a.now(), Duration(0));
    a.advance(pause);
    b.advance(pause);
    carry(a.poll(), true);
    carry(b.poll(), false);
    arrive();
  }
  return is_done();
}

}  // namespace handfast::scene
