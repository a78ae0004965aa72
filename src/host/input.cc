#include "host/entered.h"
#include "host/shard.h"
#include "tcp/tracing.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/traffic_class.h"

// A frame's way in: link header, IP, then TCP, ICMP or ARP. Each step either goes on or drops with one counted reason.

namespace handfast::host {

namespace {

// After so long without a frame, buffers and blocks that were kept for the next ones go back.
constexpr Duration kQuiet = 100ms;

// The part of `whole` that `part` points into, sharing its buffer.
Slice slice_of(const Slice& whole, std::span<const std::byte> part) {
  return whole.sub(static_cast<std::uint32_t>(part.data() - whole.bytes().data()),
                   static_cast<std::uint32_t>(part.size()));
}

tcp::Segment segment_of(const wire::TcpHeader& header, std::size_t text_length, wire::EcnCodepoint ecn) {
  return {.seq = tcp::SeqNum(header.seq),
          .ack = tcp::SeqNum(header.ack),
          .flags = header.flags,
          .window = header.window,
          .urgent_pointer = header.urgent_pointer,
          .text_length = static_cast<std::uint32_t>(text_length),
          .options = header.options,
          .ecn = ecn};
}

}  // namespace

void Shard::receive(std::span<Frame> frames, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  for (Frame& frame : frames) {
    receive_frame(frame);
    frame.clear();
  }
  if (!frames.empty()) quiet_at_ = now_ + kQuiet;
}

void Shard::receive_frame(Frame& frame) {
  ++counters_.frames_received;
  counters_.bytes_received += frame.size();
  if (sink_ != nullptr) trace_frame(trace::Kind::kFrameReceived, frame);
  if (frame.interface.index >= interfaces_.size()) return drop(DropReason::kInterfaceDown);
  if (frame.slice_count != 1) return drop(DropReason::kTruncatedFrame);
  ip::Interface& interface = *interfaces_[frame.interface.index];
  if (interface.link == LinkKind::kEthernet) {
    receive_ethernet(frame.slices[0], frame.checksum, interface);
  } else {
    receive_ip(frame.slices[0], frame.checksum, interface);
  }
}

void Shard::receive_ethernet(const Slice& frame, ChecksumState checksum, ip::Interface& interface) {
  const auto parsed = wire::parse_ethernet(frame.bytes());
  if (!parsed) return drop(parsed.error());
  const wire::EthernetHeader& header = parsed->header;
  if (header.destination != interface.mac && !header.destination.is_multicast()) return drop(DropReason::kNotForUs);
  if (header.ether_type == wire::kEtherTypeArp) return receive_arp(parsed->payload, interface);
  const bool is_ipv6 = header.ether_type == wire::kEtherTypeIpv6;
  if (!is_ipv6 && header.ether_type != wire::kEtherTypeIpv4) return drop(DropReason::kUnknownEtherType);
  // The two name one version, or somebody lies.
  if (wire::is_ipv6(parsed->payload) != is_ipv6) return drop(DropReason::kBadIpVersion);
  receive_ip(slice_of(frame, parsed->payload), checksum, interface);
}

// RFC 826: learn the sender, then answer if it asks for us.
void Shard::receive_arp(std::span<const std::byte> payload, ip::Interface& interface) {
  const auto packet = wire::parse_arp(payload);
  if (!packet) return drop(packet.error());
  const bool for_us = interface.owns(packet->target_address);
  const bool plausible = interface.is_neighbor(packet->sender_address);
  if (plausible) interface.neighbors.learn(packet->sender_address, packet->sender_mac, for_us, now_);
  if (!for_us) return drop(DropReason::kArpNotForUs);
  ++counters_.arp_processed;
  if (packet->operation != wire::ArpOperation::kRequest || !plausible) return;
  queue_arp({.operation = wire::ArpOperation::kReply,
             .sender_mac = interface.mac,
             .sender_address = packet->target_address,
             .target_mac = packet->sender_mac,
             .target_address = packet->sender_address},
            packet->sender_mac, interface);
}

void Shard::receive_ip(const Slice& whole, ChecksumState checksum, ip::Interface& interface) {
  const auto packet = ip::receive(interface, whole.bytes());
  if (!packet) return drop(packet.error());
  switch (packet->upper) {
    case ip::Upper::kTcp:
      // RFC 9293 §3.9.2.3 (MUST-57): TCP speaks to one host at a time.
      if (packet->to_group) return drop(DropReason::kTcpToBroadcast);
      return receive_tcp(*packet, whole, checksum, interface);
    case ip::Upper::kIcmp:
      return receive_icmp(*packet, interface);
    case ip::Upper::kUdp:
      return drop(DropReason::kUdpNotSupported);
  }
}

void Shard::receive_icmp(const ip::Packet& packet, ip::Interface& interface) {
  const auto news = ip::read_icmp(packet);
  if (!news && news.error() == DropReason::kIcmpUnknownType && interface.link == LinkKind::kEthernet &&
      ip::is_neighbor_discovery(packet)) {
    const auto talk = ip::hear_neighbor(packet, interface, now_);
    if (!talk) return drop(talk.error());
    ++counters_.icmp_processed;
    if (*talk) queue_neighbor(**talk, interface);
    return;
  }
  if (!news) return drop(news.error());
  if (news->kind != ip::IcmpKind::kEchoRequest) return receive_icmp_error(packet, *news);
  if (packet.to_group || !config_.answer_echo) return drop(DropReason::kIcmpToBroadcast);
  ++counters_.icmp_processed;
  queue_echo_reply(packet, *news);
}

// RFC 9293 §3.9.2.2 (MUST-54): to the connection that the error quotes, if the quote fits it (RFC 5927 §4.1).
void Shard::receive_icmp_error(const ip::Packet& packet, const ip::IcmpNews& news) {
  const auto parsed = ip::read_quote(packet.destination.version(), news.body);
  if (!parsed) return drop(parsed.error());
  const wire::IcmpQuote& quote = *parsed;
  if (quote.protocol != wire::kProtocolTcp || !quote.sequence) return drop(DropReason::kIcmpBadQuote);
  const FourTuple tuple{.host = {quote.source, quote.source_port}, .peer = {quote.destination, quote.destination_port}};
  const auto key = find(tuple);
  const tcp::SeqNum seq(*quote.sequence);
  if (key && key->kind() == Kind::kHalfOpen) return icmp_error_at_half_open(key->index(), seq, news);
  if (!key || key->kind() != Kind::kConnection) return drop(DropReason::kIcmpNoConnection);
  tcp::Connection& connection = connections_.at(key->index()).tcp;
  tcp::Context context = context_for(connection.profile(), handle_of(key->index()).number());
  if (!connection.is_in_flight(seq)) return drop(DropReason::kIcmpOutsideWindow);
  if (!icmp_error_rate_.take(tuple.peer.address, now_)) return drop(DropReason::kIcmpRateLimited);
  DropReason why = DropReason::kNone;
  if (news.kind == ip::IcmpKind::kTooBig) {
    why = connection.path_report({.seq = seq, .mtu = news.mtu, .length = quote.length}, context);
    note_path(tuple, context);
  } else if (!connection.icmp_error(seq, news.error, news.kind == ip::IcmpKind::kHardError, context)) {
    why = DropReason::kIcmpOutsideWindow;
  }
  if (why == DropReason::kNone) {
    ++counters_.icmp_processed;
  } else {
    drop(why);
  }
  settle(key->index());
}

void Shard::receive_tcp(const ip::Packet& packet, const Slice& whole, ChecksumState checksum,
                        ip::Interface& interface) {
  if (checksum == ChecksumState::kUnverified &&
      !wire::tcp_checksum_is_valid(packet.source, packet.destination, packet.payload)) {
    return drop(packet.payload.size() < wire::kTcpHeaderLength ? DropReason::kTcpTruncated
                                                               : DropReason::kTcpBadChecksum);
  }
  const auto parsed = wire::parse_tcp(packet.payload);
  if (!parsed) return drop(parsed.error());
  if (parsed->header.source_port == 0 || parsed->header.destination_port == 0) {
    return drop(DropReason::kTcpBadSourcePort);
  }
  ++counters_.segments_received;
  const auto text = packet.payload.subspan(parsed->text_offset);
  Arrival arrival{.tuple = {.host = {packet.destination, parsed->header.destination_port},
                            .peer = {packet.source, parsed->header.source_port}},
                  .segment = segment_of(parsed->header, text.size(), wire::ecn_of(packet.traffic_class)),
                  .text = text.empty() ? Slice() : slice_of(whole, text),
                  .interface = &interface,
                  .diff_serv = wire::TrafficClass::of(packet.traffic_class).dscp};
  dispatch(arrival);
}

void Shard::dispatch(Arrival& arrival) {
  const auto key = find(arrival.tuple);
  if (!key) return arrives_at_listener(arrival, std::nullopt);
  switch (key->kind()) {
    case Kind::kConnection:
      return arrives_at_connection(key->index(), arrival);
    case Kind::kHalfOpen:
      return arrives_at_half_open(key->index(), arrival);
    case Kind::kTimeWait:
      return arrives_at_time_wait(key->index(), arrival);
  }
}

void Shard::arrives_at_connection(std::uint32_t index, Arrival& arrival) {
  tcp::Connection& connection = connections_.at(index).tcp;
  tcp::Context context = context_for(connection.profile(), handle_of(index).number());
  if (connection.state() == tcp::State::kTimeWait) context.may_reopen = may_reopen(arrival.tuple.host);
  const bool was_opening = connection.state() == tcp::State::kSynSent;
  const tcp::Verdict verdict = connection.segment_arrives(arrival.segment, std::move(arrival.text), context);
  if (verdict.reopen) return reopen(Key(Kind::kConnection, index), arrival, connection.tcb().snd.nxt);
  if (verdict.reset) send_reset(arrival.tuple, *verdict.reset);
  if (was_opening && connection.state() == tcp::State::kEstablished) note_fast_open(connection, arrival.segment);
  // RFC 9293 §3.9.1.9 (MAY-9): what the peer asks of the network for its own direction.
  if (verdict.drop == DropReason::kNone) connections_.at(index).received_diff_serv = arrival.diff_serv;
  note_path(arrival.tuple, context);
  settle(index);
}

std::optional<std::uint32_t> Shard::find_listener(const Endpoint& local) {
  std::optional<std::uint32_t> any;
  std::optional<std::uint32_t> exact;
  listeners_.for_each([&](std::uint32_t index, const ListenerSlot& slot) {
    if (slot.tcp.local.port != local.port) return;
    if (slot.tcp.local.address == local.address) exact = index;
    if (slot.tcp.local.address.is_none()) any = index;
  });
  return exact ? exact : any;
}

// LISTEN, or CLOSED where nobody listens. A SYN that a listener takes becomes an entry of the SYN queue, or a cookie.
// `beyond`: the numbers of an old connection in TIME-WAIT, which the new one must not use again (RFC 1122 §4.2.2.13);
// that is more than a cookie can promise (4987-3).
void Shard::arrives_at_listener(Arrival& arrival, std::optional<tcp::SeqNum> beyond) {
  const auto listener = find_listener(arrival.tuple.host);
  if (!listener) return refuse(arrival, tcp::arrives_in_closed(arrival.segment));
  const tcp::Segment& segment = arrival.segment;
  const bool is_opening = segment.syn() && !segment.rst() && !segment.has_ack();
  if (is_opening && shutting_down_) return drop(DropReason::kShutdown);
  const bool may_bring_cookie = segment.has_ack() && !segment.rst() && !segment.syn();
  if (may_bring_cookie && listeners_.at(*listener).tcp.expects_cookies(now_)) {
    return arrives_with_cookie(*listener, arrival);
  }
  tcp::Opening opening = opening_of(arrival, listeners_.at(*listener).tcp);
  const bool early = is_opening && !beyond && may_accept_early(listeners_.at(*listener).tcp, arrival);
  if (is_opening && !early) {
    const bool full = syn_queue_is_full(*listener);
    if (full) ++listeners_.at(*listener).tcp.syn_overflows;
    if (full && (beyond || config_.syn_cookies == SynCookies::kOff)) return drop(DropReason::kTcpSynQueueFull);
    if (full || (config_.syn_cookies == SynCookies::kAlways && !beyond)) return answer_with_cookie(*listener, arrival);
  }
  if (is_opening) {
    opening.iss = tcp::initial_sequence_number(keys_.isn, arrival.tuple, now_);
    if (beyond && opening.iss <= *beyond) opening.iss = *beyond + 0x10000;
  }
  tcp::Connection connection;
  tcp::Context context = context_for(opening.profile);
  context.grants_fast_open = listeners_.at(*listener).tcp.fast_open;
  context.accepts_early = early;
  connection.open_passive(opening, context);
  const tcp::Verdict verdict = connection.segment_arrives(arrival.segment, std::move(arrival.text), context);
  if (verdict.reset) send_reset(arrival.tuple, *verdict.reset);
  if (tcp::is_early(connection.fast_open())) {
    return accept_early(*listener, std::move(connection), arrival.diff_serv);
  }
  if (connection.state() == tcp::State::kSynReceived) add_half_open(*listener, connection);
}

void Shard::refuse(const Arrival& arrival, const tcp::Verdict& verdict) {
  ++counters_.drop(verdict.drop);
  trace_unowned(trace::Kind::kSegmentReceived, arrival.tuple, arrival.segment, verdict);
  if (verdict.reset) send_reset(arrival.tuple, *verdict.reset);
}

// A segment of no connection, in or out: of the verdict only the reasons count.
void Shard::trace_unowned(trace::Kind kind, const FourTuple& tuple, const tcp::Segment& segment,
                          const tcp::Verdict& verdict, TcpHandle of) {
  if (sink_ == nullptr) return;
  trace::Event event = event_of(kind);
  event.reason = verdict.reason;
  event.drop = verdict.drop;
  if (!of.is_none()) event.connection = of.number();
  event.tuple = tuple;
  event.segment = tcp::view_of(segment, segment.window);
  sink_->on_event(event);
}

}  // namespace handfast::host
