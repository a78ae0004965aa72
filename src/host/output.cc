#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"
#include "host/entered.h"
#include "host/shard.h"
#include "wire/checksum.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"
#include "wire/traffic_class.h"

// A segment's way out. Stateless replies go first, then frames whose neighbor has answered, then connections in turn,
// a few frames each. Headers are written into a small buffer of their own; text follows as references, or beside the
// headers where it is so short that a second slice would cost more than the copy.

namespace handfast::host {

namespace {

constexpr std::size_t kTurn = 16;           // frames of one connection before the next has its turn
constexpr std::uint32_t kInlineText = 128;  // text up to this length is copied beside its headers

// What a frame without link header yet carries.
std::uint16_t ether_type_of(const Frame& frame) {
  return wire::is_ipv6(frame.slices[0].bytes().subspan(wire::kEthernetHeaderLength)) ? wire::kEtherTypeIpv6
                                                                                     : wire::kEtherTypeIpv4;
}

GsoType gso_of(IpVersion version) { return version == IpVersion::kV6 ? GsoType::kTcp6 : GsoType::kTcp4; }

tcp::TransmitLimits limits_of(const ip::Interface& interface) {
  return {.largest_text = interface.checksum_offload ? std::min(interface.super_segment, 65535u - 120u) : 0};
}

}  // namespace

std::size_t Shard::poll_transmit(std::span<Frame> out, Instant now) {
  const Entered entered(*this);
  let_time_pass(now);
  std::size_t count = 0;
  // A connection may leave a question for its neighbor behind. Who gets fewer frames than it could is not to ask again,
  // so that goes out now as well.
  do {
    count += transmit_replies(out.subspan(count));
    count += transmit_connections(out.subspan(count));
  } while (count < out.size() && !replies_.empty());
  return count;
}

// What needs no connection: stateless replies, then frames whose neighbor has answered.
std::size_t Shard::transmit_replies(std::span<Frame> out) {
  std::size_t count = 0;
  const auto one_more = [&](Frame&& frame) {
    out[count] = std::move(frame);
    left(out[count++]);
  };
  while (count < out.size() && !replies_.empty()) {
    Reply reply = replies_.pop_front();
    ip::Interface& interface = *interfaces_[reply.frame.interface.index];
    if (put_on_link(reply.frame, reply.next_hop, interface) == Sent::kFrame) one_more(std::move(reply.frame));
  }
  for (Frame frame; count < out.size() && take_resolved(frame);) one_more(std::move(frame));
  return count;
}

std::size_t Shard::transmit_connections(std::span<Frame> out) {
  std::size_t count = 0;
  while (count < out.size() && !transmit_.empty()) {
    const Key key = Key::from(transmit_.front());
    bool finished = false;
    count += transmit_turn(key, out.subspan(count, std::min(kTurn, out.size() - count)), finished);
    transmit_.pop_front();
    if (!finished) HANDFAST_CHECK(transmit_.push_back(key.number()));
  }
  return count;
}

// Up to out.size() frames of one connection; `finished`: it has nothing more to say and left the queue.
std::size_t Shard::transmit_turn(Key key, std::span<Frame> out, bool& finished) {
  std::size_t count = 0;
  while (count < out.size()) {
    const Sent sent = transmit_one(key, out[count]);
    if (sent == Sent::kNothing) {
      finished = true;
      return count;
    }
    if (sent == Sent::kFrame) left(out[count++]);
  }
  return count;
}

Shard::Sent Shard::transmit_one(Key key, Frame& frame) {
  tcp::Outgoing& out = outgoing_;
  const auto send = [&](tcp::Connection& connection, const IpSettings& ip, tcp::Context& context) {
    const FourTuple& tuple = connection.tuple();
    const auto route = route_to(tuple.peer.address, tuple.host.address);
    if (!route) return drop(DropReason::kNoRoute), Sent::kNothing;
    if (!connection.poll_transmit(limits_of(*route->interface), out, context)) return Sent::kNothing;
    ++counters_.segments_sent;
    if (!emit(tuple, ip, out, *route, frame)) return drop(DropReason::kTcpMemory), Sent::kHeld;
    return put_on_link(frame, route->next_hop, *route->interface);
  };
  const std::uint32_t index = key.index();
  switch (key.kind()) {
    case Kind::kConnection: {
      ConnectionSlot* slot = connections_.get(index);
      if (slot == nullptr || !slot->in_transmit) return Sent::kNothing;
      tcp::Context context = context_for(slot->tcp.profile(), handle_of(index).number());
      if (slot->paths_seen != paths_.version()) tell_path(*slot, context);
      const Sent sent = send(slot->tcp, slot->ip, context);
      if (sent == Sent::kNothing) {
        slot->in_transmit = false;
        if (const std::uint16_t signals = slot->tcp.take_signals(); signals != 0) tell(index, signals);
        connection_timers_.schedule_no_later(index, slot->tcp.next_deadline());
        if (slot->tcp.state() == tcp::State::kTimeWait && slot->tcp.is_released()) compact_time_wait(index);
      }
      return sent;
    }
    case Kind::kHalfOpen: {
      HalfOpenSlot* slot = half_open_.get(index);
      if (slot == nullptr || !slot->in_transmit) return Sent::kNothing;
      tcp::Context context = context_for(slot->entry.profile);
      const ListenerSlot& listener = listeners_.at(slot->entry.listener);
      if (listener.tcp.fast_open_key) {
        context.fast_open_key = &*listener.tcp.fast_open_key;
        context.keeps_fast_open_key = true;
      }
      tcp::Connection connection = tcp::Connection::from(slot->entry, context.config);
      const Sent sent = send(connection, listener.ip, context);
      if (sent == Sent::kNothing) slot->in_transmit = false;
      half_open_changed(index, connection);
      return sent;
    }
    case Kind::kTimeWait: {
      TimeWaitSlot* slot = time_wait_.get(index);
      if (slot == nullptr || !slot->in_transmit) return Sent::kNothing;
      tcp::Context context = context_for(slot->entry.profile);
      tcp::Connection connection = tcp::Connection::from(slot->entry);
      const Sent sent = send(connection, slot->ip, context);
      if (sent == Sent::kNothing) slot->in_transmit = false;
      slot->entry = connection.compact_time_wait();
      return sent;
    }
  }
  return Sent::kNothing;
}

// Headers and text of one segment as a frame that lacks only its link addresses.
// What the caller asks of IP reaches its header as it was given (SHLD-22).
bool Shard::emit(const FourTuple& tuple, const IpSettings& settings, tcp::Outgoing& out, const ip::Route& route,
                 Frame& frame) {
  const tcp::Segment& segment = out.segment;
  const wire::TcpHeader tcp{.source_port = tuple.host.port,
                            .destination_port = tuple.peer.port,
                            .seq = segment.seq.value(),
                            .ack = segment.ack.value(),
                            .flags = segment.flags,
                            .window = segment.window,
                            .urgent_pointer = segment.urgent_pointer,
                            .options = segment.options};
  const std::uint32_t link = route.interface->link_header();
  const IpVersion version = tuple.peer.address.version();
  const std::uint32_t tcp_start = link + ip::header_length(version);
  const auto tcp_length = static_cast<std::uint32_t>(wire::tcp_header_length(tcp));
  const std::uint32_t headers = tcp_start + tcp_length;
  const bool is_inline = segment.text_length <= kInlineText;
  std::optional<Slice> head = buffers_.get(headers + (is_inline ? segment.text_length : 0));
  if (!head) {
    ++counters_.allocation_failures;
    return false;
  }
  const std::span<std::byte> bytes = head->mutable_bytes();
  ip::emit_header(tuple.host.address, tuple.peer.address,
                  {.traffic_class = wire::TrafficClass{.dscp = settings.diff_serv, .ecn = segment.ecn}.byte(),
                   .hop_limit = settings.ttl,
                   .protocol = wire::kProtocolTcp,
                   .dont_fragment = true,
                   .payload_length = static_cast<std::uint16_t>(tcp_length + segment.text_length),
                   .flow_label = ip::flow_label(keys_.flow_label, tuple)},
                  bytes.subspan(link));
  wire::emit_tcp(tcp, bytes.subspan(tcp_start, tcp_length));
  frame.clear();
  frame.interface = route.interface->id;
  frame.gso = out.segment_size > 0 ? gso_of(version) : GsoType::kNone;
  frame.gso_size = static_cast<std::uint16_t>(out.segment_size);
  std::size_t at = headers;
  if (is_inline) {
    for (std::size_t i = 0; i < out.text_slices; ++i) {
      const auto text = out.text[i].bytes();
      std::memcpy(bytes.data() + at, text.data(), text.size());
      at += text.size();
    }
  }
  frame.add(std::move(*head));
  for (std::size_t i = 0; !is_inline && i < out.text_slices; ++i) frame.add(std::move(out.text[i]));
  out.clear();
  finish_tcp(tuple, route, frame, tcp_start);
  return true;
}

// RFC 9293 §3.1 (MUST-2): the checksum is always made, here or by a device that says it does.
void Shard::finish_tcp(const FourTuple& tuple, const ip::Route& route, Frame& frame, std::uint32_t tcp_start) {
  const std::span<std::byte> head = frame.slices[0].mutable_bytes().subspan(tcp_start);
  const std::uint32_t length = frame.size() - tcp_start;
  const std::uint16_t pseudo =
      wire::pseudo_header_sum(tuple.host.address, tuple.peer.address, wire::kProtocolTcp, length);
  if (route.interface->checksum_offload) {
    wire::store_partial_checksum(pseudo, head);
    frame.checksum = ChecksumState::kPartial;
    frame.checksum_start = static_cast<std::uint16_t>(tcp_start);
    frame.checksum_offset = static_cast<std::uint16_t>(wire::kTcpChecksumOffset);
    return;
  }
  frame.checksum = ChecksumState::kUnverified;
  wire::finish_checksum(pseudo, head, frame.used().subspan(1));
}

Shard::Sent Shard::put_on_link(Frame& frame, const IpAddress& next_hop, ip::Interface& interface) {
  // An ARP packet comes with its link header, and a link without one needs none.
  if (interface.link == LinkKind::kIp || next_hop.is_none()) return Sent::kFrame;
  const auto resolution = interface.neighbors.resolve(next_hop, now_);
  if (resolution.full) {
    frame.clear();
    return drop(DropReason::kArpCacheFull), Sent::kHeld;
  }
  if (resolution.ask) ask_neighbor(next_hop, interface);
  if (!resolution.mac) {
    if (interface.neighbors.wait(next_hop, std::move(frame))) drop(DropReason::kArpQueueFull);
    return Sent::kHeld;
  }
  wire::emit_ethernet({.destination = *resolution.mac, .source = interface.mac, .ether_type = ether_type_of(frame)},
                      frame.slices[0].mutable_bytes());
  return Sent::kFrame;
}

bool Shard::take_resolved(Frame& frame) {
  for (const auto& interface : interfaces_) {
    MacAddress mac;
    if (!interface->neighbors.take_resolved(frame, mac)) continue;
    wire::emit_ethernet({.destination = mac, .source = interface->mac, .ether_type = ether_type_of(frame)},
                        frame.slices[0].mutable_bytes());
    return true;
  }
  return false;
}

void Shard::queue_reply(Frame frame, const IpAddress& next_hop) {
  if (replies_.size() >= config_.limits.reply_queue || !replies_.push_back({std::move(frame), next_hop})) {
    drop(DropReason::kReplyQueueFull);
  }
}

// RFC 1122 §3.2.2.6, RFC 4443 §4.2: the same text, from the address that was asked.
void Shard::queue_echo_reply(const ip::Packet& request, const ip::IcmpNews& news) {
  const IpAddress& ours = request.destination;
  const IpAddress& theirs = request.source;
  const auto route = route_to(theirs, ours);
  if (!route) return drop(DropReason::kNoRoute);
  if (!rates_.replies.take(now_)) return drop(DropReason::kReplyRateLimited);
  const std::uint32_t start = route->interface->link_header() + ip::header_length(theirs.version());
  const auto length = static_cast<std::uint16_t>(wire::kIcmpHeaderLength + news.body.size());
  std::optional<Slice> packet = buffers_.get(start + length);
  if (!packet) return drop(DropReason::kTcpMemory);
  const std::span<std::byte> bytes = packet->mutable_bytes();
  ip::emit_header(ours, theirs,
                  {.hop_limit = config_.ttl, .protocol = ip::icmp_protocol(theirs.version()), .payload_length = length},
                  bytes.subspan(route->interface->link_header()));
  ip::emit_echo_reply(news, ours, theirs, bytes.subspan(start));
  Frame frame;
  frame.interface = route->interface->id;
  frame.add(std::move(*packet));
  queue_reply(std::move(frame), route->next_hop);
}

void Shard::ask_neighbor(const IpAddress& address, ip::Interface& interface) {
  if (address.is_v6()) {
    const auto question = ip::question_for(address, interface);
    return question ? queue_neighbor(*question, interface) : drop(DropReason::kNoRoute);
  }
  const Prefix* network = interface.network_of(address);
  if (network == nullptr) return drop(DropReason::kNoRoute);
  queue_arp({.operation = wire::ArpOperation::kRequest,
             .sender_mac = interface.mac,
             .sender_address = network->address,
             .target_mac = {},
             .target_address = address},
            MacAddress::broadcast(), interface);
}

void Shard::queue_arp(const wire::ArpPacket& packet, const MacAddress& destination, ip::Interface& interface) {
  if (!rates_.replies.take(now_)) return drop(DropReason::kReplyRateLimited);
  std::optional<Slice> bytes = buffers_.get(wire::kEthernetHeaderLength + wire::kArpPacketLength);
  if (!bytes) return drop(DropReason::kTcpMemory);
  wire::emit_ethernet({.destination = destination, .source = interface.mac, .ether_type = wire::kEtherTypeArp},
                      bytes->mutable_bytes());
  wire::emit_arp(packet, bytes->mutable_bytes().subspan(wire::kEthernetHeaderLength));
  Frame frame;
  frame.interface = interface.id;
  frame.add(std::move(*bytes));
  queue_reply(std::move(frame), IpAddress());
}

void Shard::queue_neighbor(const ip::NeighborTalk& talk, ip::Interface& interface) {
  if (!rates_.replies.take(now_)) return drop(DropReason::kReplyRateLimited);
  constexpr std::uint32_t kLength = wire::kNeighborLength + wire::kNeighborOptionLength;
  const std::uint32_t start = interface.link_header() + ip::header_length(IpVersion::kV6);
  std::optional<Slice> packet = buffers_.get(start + kLength);
  if (!packet) return drop(DropReason::kTcpMemory);
  const std::span<std::byte> bytes = packet->mutable_bytes();
  ip::emit_header(talk.source, talk.destination,
                  {.hop_limit = wire::kNeighborHopLimit, .protocol = wire::kProtocolIcmpv6, .payload_length = kLength},
                  bytes.subspan(interface.link_header()));
  wire::emit_neighbor(talk.message, talk.source, talk.destination, bytes.subspan(start));
  // A group has the address that it has; anybody else is looked up like every next hop.
  IpAddress next_hop = talk.destination;
  if (next_hop.is_multicast()) {
    wire::emit_ethernet(
        {.destination = wire::mac_of_group(next_hop), .source = interface.mac, .ether_type = wire::kEtherTypeIpv6},
        bytes);
    next_hop = IpAddress();
  }
  Frame frame;
  frame.interface = interface.id;
  frame.add(std::move(*packet));
  queue_reply(std::move(frame), next_hop);
}

std::optional<ip::Route> Shard::route_to(const IpAddress& destination, const IpAddress& source) const {
  return ip::find_route(interfaces_, destination, source);
}

void Shard::left(const Frame& frame) {
  ++counters_.frames_sent;
  counters_.bytes_sent += frame.size();
  if (sink_ != nullptr) trace_frame(trace::Kind::kFrameSent, frame);
}

void Shard::trace_frame(trace::Kind kind, const Frame& frame) {
  std::array<std::span<const std::byte>, kMaxFrameSlices> pieces;
  for (std::size_t i = 0; i < frame.slice_count; ++i) pieces[i] = frame.slices[i].bytes();
  trace::Event event = event_of(kind);
  event.interface = frame.interface.index;
  event.frame = std::span(pieces).first(frame.slice_count);
  sink_->on_event(event);
}

}  // namespace handfast::host
