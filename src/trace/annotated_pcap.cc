#include "trace/annotated_pcap.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"

namespace handfast::trace {
namespace {

// The little of a TCP segment that tells it from others.
struct Peek {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t seq = 0;
};

// Looks past the link and IP headers of a frame that this stack has made itself: no IPv6 extension headers, no
// fragments, nothing to verify.
std::optional<Peek> peek(std::span<const std::byte> frame, LinkKind link) {
  constexpr std::size_t kIpv6HeaderLength = 40;
  if (link == LinkKind::kEthernet) frame = frame.subspan(std::min(frame.size(), wire::kEthernetHeaderLength));
  if (frame.size() < wire::kIpv4HeaderLength) return std::nullopt;
  const auto version = std::to_integer<unsigned>(frame[0]) >> 4;
  const auto header_length = version == 4 ? (std::to_integer<std::size_t>(frame[0]) & 0xF) * 4 : kIpv6HeaderLength;
  const auto protocol = std::to_integer<std::uint8_t>(frame[version == 4 ? 9 : 6]);
  if ((version != 4 && version != 6) || protocol != wire::kProtocolTcp) return std::nullopt;
  base::ByteReader reader(frame);
  reader.skip(header_length);
  const Peek seen = {reader.u16(), reader.u16(), reader.u32()};
  return reader.ok() ? std::optional(seen) : std::nullopt;
}

bool is_loud(Kind kind) {
  return kind == Kind::kSegmentSent || kind == Kind::kSegmentReceived || kind == Kind::kStateChanged ||
         kind == Kind::kDropped;
}

// A state change is told by its own event and by the segment's; once is enough.
void add_new(std::vector<std::string>& to, std::vector<std::string> comments, std::size_t most) {
  for (std::string& comment : comments) {
    if (to.size() < most && std::find(to.begin(), to.end(), comment) == to.end()) to.push_back(std::move(comment));
  }
}

}  // namespace

AnnotatedPcap::AnnotatedPcap(Output& output, std::span<const CapturePoint> points)
    : points_(points.begin(), points.end()),
      writer_([&output](std::span<const std::byte> bytes) { output.write_bytes(bytes); }) {
  for (const CapturePoint& point : points_) {
    const bool ethernet = point.link == LinkKind::kEthernet;
    writer_.add_interface(
        {.link_type = ethernet ? wire::kLinkTypeEthernet : wire::kLinkTypeRaw, .snap_length = 0, .name = point.name});
    if (speaker(point.host_number) == nullptr) speakers_.emplace_back().host_number = point.host_number;
  }
}

AnnotatedPcap::Speaker* AnnotatedPcap::speaker(std::uint32_t host_number) {
  const auto at = std::find_if(speakers_.begin(), speakers_.end(),
                               [&](const Speaker& each) { return each.host_number == host_number; });
  return at == speakers_.end() ? nullptr : &*at;
}

std::optional<std::uint32_t> AnnotatedPcap::point_of(const Event& event) const {
  for (std::uint32_t i = 0; i < points_.size(); ++i) {
    if (points_[i].host_number == event.host_number && points_[i].interface == event.interface) return i;
  }
  return std::nullopt;
}

void AnnotatedPcap::on_event(const Event& event) {
  Speaker* host = speaker(event.host_number);
  if (host == nullptr) return;
  if (event.kind == Kind::kFrameReceived) {
    frame_received(*host, event);
  } else if (event.kind == Kind::kFrameSent) {
    frame_sent(*host, event);
  } else if (event.kind == Kind::kCall || event.kind == Kind::kTimerFired) {
    // What follows is the caller's or the clock's doing, no longer that of the frame.
    close(*host);
  } else if (is_loud(event.kind)) {
    remark(*host, event);
  }
}

void AnnotatedPcap::remark(Speaker& host, const Event& event) {
  std::vector<std::string> comments = host.comments.of(event);
  if (event.kind != Kind::kSegmentSent) {
    add_new(host.received ? host.received->comments : host.between, std::move(comments), kMostComments);
    return;
  }
  if (host.departures.size() == kMostWaiting) host.departures.pop_front();
  Departure& departure = host.departures.emplace_back();
  departure.source_port = event.tuple.host.port;
  departure.destination_port = event.tuple.peer.port;
  departure.seq = event.segment.seq;
  departure.comments = std::exchange(host.between, {});
  add_new(departure.comments, std::move(comments), kMostComments);
}

AnnotatedPcap::Packet AnnotatedPcap::packet_of(const Event& event, std::uint32_t point) {
  Packet packet;
  packet.point = point;
  packet.at = event.at;
  for (const auto piece : event.frame) {
    packet.length += static_cast<std::uint32_t>(piece.size());
    const std::size_t room = kMostFrameBytes - packet.bytes.size();
    const auto kept = piece.first(std::min(room, piece.size()));
    packet.bytes.insert(packet.bytes.end(), kept.begin(), kept.end());
  }
  return packet;
}

void AnnotatedPcap::frame_received(Speaker& host, const Event& event) {
  close(host);
  host.between.clear();
  if (const auto point = point_of(event)) host.received = packet_of(event, *point);
}

void AnnotatedPcap::frame_sent(Speaker& host, const Event& event) {
  close(host);
  const auto point = point_of(event);
  if (!point) return;
  Packet packet = packet_of(event, *point);
  if (const auto seen = peek(packet.bytes, points_[*point].link)) {
    const auto at = std::find_if(host.departures.begin(), host.departures.end(), [&](const Departure& each) {
      return each.source_port == seen->source_port && each.destination_port == seen->destination_port &&
             each.seq == seen->seq;
    });
    if (at != host.departures.end()) {
      packet.comments = std::move(at->comments);
      host.departures.erase(at);
    }
  }
  write(packet, wire::CaptureDirection::kOutbound);
}

void AnnotatedPcap::close(Speaker& host) {
  if (!host.received) return;
  write(*host.received, wire::CaptureDirection::kInbound);
  host.received.reset();
}

void AnnotatedPcap::finish() {
  for (Speaker& host : speakers_) close(host);
}

void AnnotatedPcap::write(const Packet& packet, wire::CaptureDirection direction) {
  const std::vector<std::string_view> comments(packet.comments.begin(), packet.comments.end());
  wire::CapturedPacket captured;
  captured.interface = packet.point;
  captured.timestamp = std::max(packet.at, Instant{});
  captured.bytes = packet.bytes;
  captured.original_length = packet.length;
  captured.direction = direction;
  captured.comments = comments;
  writer_.write(captured);
}

}  // namespace handfast::trace
