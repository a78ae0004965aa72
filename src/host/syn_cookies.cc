#include "host/shard.h"
#include "tcp/syn_cookie.h"
#include "tcp/tracing.h"

// Handshakes for which the SYN queue has no place. The SYN-ACK goes out as a reply of nobody, through the bounded queue
// that resets use but with a rate limit of its own, so that neither kind can use up the other's. What comes back makes
// the entry that was never kept, and from there on the handshake is like any other (RFC 4987 §3.6, §3.7).

namespace handfast::host {

tcp::Opening Shard::opening_of(const Arrival& arrival, const tcp::Listener& listener) const {
  return {
      .tuple = arrival.tuple,
      .timestamp_offset = tcp::timestamp_offset(keys_.timestamp, arrival.tuple),
      .mss = tcp::own_mss(profiles_[listener.profile], arrival.interface->mss(arrival.tuple.peer.address.version())),
      .profile = listener.profile};
}

void Shard::answer_with_cookie(std::uint32_t index, const Arrival& arrival) {
  const FourTuple& tuple = arrival.tuple;
  const auto route = route_to(tuple.peer.address, tuple.host.address);
  if (!route) return drop(DropReason::kNoRoute);
  if (!rates_.cookies.take(now_)) return drop(DropReason::kTcpCookieRateLimited);
  tcp::Outgoing out;
  tcp::Listener& listener = listeners_.at(index).tcp;
  out.segment = tcp::cookie_syn_ack(keys_.syn_cookie, opening_of(arrival, listener), arrival.segment,
                                    profiles_[listener.profile], now_);
  const tcp::Segment segment = out.segment;
  Frame frame;
  if (!emit(tuple, listeners_.at(index).ip, out, *route, frame)) return drop(DropReason::kTcpMemory);
  trace_unowned(trace::Kind::kSegmentReceived, tuple, arrival.segment,
                tcp::Verdict::done(trace::Reason::kSynForCookie));
  trace_unowned(trace::Kind::kSegmentSent, tuple, segment, tcp::Verdict::done(trace::Reason::kSendCookie));
  ++counters_.cookies_sent;
  ++listener.cookies_sent;
  listener.cookies_until = now_ + tcp::kCookieLife;
  queue_reply(std::move(frame), route->next_hop);
}

void Shard::arrives_with_cookie(std::uint32_t index, Arrival& arrival) {
  tcp::Listener& listener = listeners_.at(index).tcp;
  if (!rates_.cookie_checks.take(now_)) return drop(DropReason::kTcpCookieCheckRateLimited);
  tcp::Context context = context_for(listener.profile);
  const auto entry =
      tcp::entry_from_cookie(keys_.syn_cookie, opening_of(arrival, listener), arrival.segment, context.config, now_);
  if (!entry) {
    ++counters_.cookies_rejected;
    tcp::Verdict verdict = tcp::arrives_in_closed(arrival.segment);
    verdict.drop = DropReason::kTcpCookieBad;
    // Text that overtook the first of its connection carries no cookie either. A reset would end what its sender's next
    // retransmission of the first text can still open.
    if (arrival.segment.len() > 0) verdict.reset.reset();
    return refuse(arrival, verdict);
  }
  if (!listener.admits_connection()) {
    ++listener.accept_overflows;
    return drop(DropReason::kTcpAcceptQueueFull);
  }
  if (connections_.size() >= config_.limits.connections) return drop(DropReason::kTcpConnectionLimit);
  tcp::Connection connection = tcp::Connection::from(*entry, context.config);
  if (sink_ != nullptr) {
    trace::TcbView before = connection.view();
    before.state = tcp::State::kListen;
    tcp::trace_state(connection, before, trace::Reason::kCookieReturned, context);
  }
  ++counters_.cookies_accepted;
  ++listener.cookies_accepted;
  const tcp::Verdict verdict = connection.segment_arrives(arrival.segment, std::move(arrival.text), context);
  if (verdict.reset) send_reset(arrival.tuple, *verdict.reset);
  if (tcp::is_one_of(connection.state(), tcp::kSynchronized)) {
    (void)hand_to_listener(index, std::move(connection), arrival.diff_serv);
  }
}

}  // namespace handfast::host
