#include "sim/wire_oracle.h"

#include <algorithm>

#include "sim/keyed_stream.h"

namespace handfast::sim {
namespace {

/// Signed distance from `a` to `b` in sequence space.
std::int32_t ahead(std::uint32_t b, std::uint32_t a) { return static_cast<std::int32_t>(b - a); }

std::string flag_names(std::uint8_t flags) {
  static constexpr const char* kNames[] = {"FIN ", "SYN ", "RST ", "PSH ", "ACK ", "URG ", "ECE ", "CWR "};
  std::string text;
  for (unsigned bit = 0; bit < 8; ++bit) {
    if ((flags >> bit & 1) != 0) text += kNames[bit];
  }
  return text;
}

}  // namespace

WireOracle::Direction& WireOracle::direction(const Endpoint& from, const Endpoint& to) {
  const auto [place, fresh] = directions_.try_emplace(FourTuple{from, to});
  if (fresh) {
    place->second.reverse = &directions_[FourTuple{to, from}];
    place->second.reverse->reverse = &place->second;
  } else if (place->second.reverse == nullptr) {
    place->second.reverse = &directions_[FourTuple{to, from}];
  }
  return place->second;
}

void WireOracle::complain(const Packet& packet, const std::string& what) {
  complaints_.add("wire: " + what + ": " + describe({packet.source, packet.destination}) + " " +
                  flag_names(packet.flags) + "seq " + std::to_string(packet.seq) + " ack " +
                  std::to_string(packet.ack) + " window " + std::to_string(packet.window) + " text " +
                  std::to_string(packet.text.size()));
}

void WireOracle::on_sent(std::span<const std::byte> frame, LinkKind link) {
  const Packet packet = read_packet(frame, link);
  if (packet.kind == Packet::Kind::kBroken) {
    return complaints_.add(std::string("wire: a Host sent a broken packet (I-S12): ") + packet.fault);
  }
  if (packet.kind != Packet::Kind::kTcp) return;
  ++segments_;
  Direction& from = direction(packet.source, packet.destination);
  if (!packet.has(Packet::kSyn)) {
    constexpr auto kSynOnly = Packet::kHasMss | Packet::kHasWindowScale | Packet::kHasSackPermitted;
    if ((packet.options & kSynOnly) != 0) complain(packet, "an option that belongs on a SYN (I-S12)");
  }
  judge_ecn(packet, from);
  if (packet.has(Packet::kRst)) return judge_reset(packet, from);
  if (packet.has(Packet::kSyn)) judge_syn(packet, from);
  if (from.incarnations.empty()) return complain(packet, "a segment of a connection without a SYN");
  if (!packet.text.empty() || packet.has(Packet::kFin)) judge_text(packet, from);
  Incarnation& current = from.incarnations.back();
  const std::uint32_t end = packet.seq + packet.length() - current.iss;
  if (ahead(end, current.end) > 0) current.end = end;
  if (packet.has(Packet::kAck)) {
    judge_ack(packet, from);
  } else if (!packet.has(Packet::kSyn)) {
    complain(packet, "a segment without ACK after the handshake (RFC 9293 §3.1)");
  }
}

// RFC 3168 §6.1.1, §6.1.4 to §6.1.6: what nobody would hear of, or what was sent before, must not be marked.
void WireOracle::judge_ecn(const Packet& packet, const Direction& from) {
  if (packet.ecn == 0) return;
  if (packet.ecn != 2) complain(packet, "a Host marked its own packet, or sent ECT(1) (RFC 3168 §5)");
  if (packet.text.empty() || packet.has(Packet::kSyn) || packet.has(Packet::kRst)) {
    complain(packet, "ECT on a packet without text (RFC 3168 §6.1.1)");
  }
  if (from.incarnations.empty()) return;
  const Incarnation& current = from.incarnations.back();
  if (ahead(packet.seq - current.iss, current.end) < 0) complain(packet, "ECT on text sent again (RFC 3168 §6.1.5)");
}

void WireOracle::judge_syn(const Packet& packet, Direction& from) {
  if (!packet.text.empty()) complain(packet, "a SYN with text");
  if (packet.has(Packet::kFin)) complain(packet, "a SYN with FIN");
  const bool again = !from.incarnations.empty() && from.incarnations.back().iss == packet.seq;
  if (!again) {
    from.incarnations.push_back({.iss = packet.seq, .end = 1, .acknowledged = {}});
    from.record = nullptr;
    from.has_ack = false;
    from.finished = false;
  }
  if (!packet.has(Packet::kAck) && ledger_.find({packet.source, packet.destination}, packet.seq) == nullptr) {
    complain(packet, "a SYN that no caller asked for");
  }
  const std::uint16_t without = packet.source.address.is_v6() ? 1220 : 536;
  from.mss = (packet.options & Packet::kHasMss) != 0 ? packet.mss : without;
  from.has_scale = (packet.options & Packet::kHasWindowScale) != 0;
  from.scale = std::min<std::uint8_t>(packet.window_scale, 14);
}

void WireOracle::judge_reset(const Packet& packet, Direction& from) {
  ++from.resets;
  if (!packet.text.empty()) complain(packet, "a reset with text");
  if (packet.has(Packet::kSyn) || packet.has(Packet::kFin)) complain(packet, "a reset with SYN or FIN");
  // A reset answers a segment that is none itself, or ends one incarnation. More of them answer resets.
  if (from.resets > from.heard + from.incarnations.size() + 1) complain(packet, "a reset in answer to a reset (I-S12)");
}

void WireOracle::judge_text(const Packet& packet, Direction& from) {
  ++texts_;
  const std::uint32_t iss = from.incarnations.back().iss;
  if (from.record == nullptr) from.record = ledger_.find({packet.source, packet.destination}, iss);
  if (from.record == nullptr) {
    // A FIN without text also comes from a listener's connection that nobody took before it was let go.
    if (!packet.text.empty()) complain(packet, "text of a connection that no caller has (I-G2)");
    return;
  }
  const EndRecord& record = *from.record;
  const std::uint32_t offset = packet.seq - iss - 1;
  const std::uint64_t end = std::uint64_t{offset} + packet.text.size();
  if (end > record.sent) return complain(packet, "text beyond what the caller sent, " + std::to_string(record.sent));
  if (KeyedStream(record.key).first_difference(offset, packet.text)) {
    complain(packet, "other bytes than the caller sent for these sequence numbers (I-S4)");
  }
  if (packet.has(Packet::kFin)) judge_fin(packet, from, end);
  judge_window(packet, from);
}

void WireOracle::judge_fin(const Packet& packet, Direction& from, std::uint64_t end) {
  const EndRecord& record = *from.record;
  if (end != record.sent) complain(packet, "a FIN before the end of the text (I-G5)");
  if (!record.closed_send && !record.aborted) complain(packet, "a FIN that no caller asked for (I-G5)");
  const std::uint32_t place = packet.seq + static_cast<std::uint32_t>(packet.text.size());
  if (from.finished && from.finish != place) complain(packet, "a second FIN elsewhere");
  from.finished = true;
  from.finish = place;
}

void WireOracle::judge_window(const Packet& packet, const Direction& from) {
  const Direction& peer = *from.reverse;
  if (packet.text.size() > std::max<std::uint16_t>(peer.mss, 88)) complain(packet, "more text than the peer's MSS");
  if (!peer.has_ack || peer.reverse_iss != from.incarnations.back().iss) return;
  const std::uint32_t end = packet.seq + static_cast<std::uint32_t>(packet.text.size());
  // A probe of a closed window is one byte beyond it (RFC 9293 §3.8.6.1).
  const std::int32_t allowed = packet.text.size() <= 1 ? 1 : 0;
  if (ahead(end, peer.edge) > allowed) {
    complain(packet, "text beyond the announced edge " + std::to_string(peer.edge) + " (I-S1)");
  }
}

void WireOracle::judge_ack(const Packet& packet, Direction& from) {
  const Direction& peer = *from.reverse;
  const bool known = std::ranges::any_of(peer.incarnations, [&](const Incarnation& incarnation) {
    return packet.ack - incarnation.iss - 1 < incarnation.end;
  });
  if (!known) return complain(packet, "an acknowledgment of what was never sent (I-S3)");
  std::vector<std::uint32_t>& acknowledged = from.incarnations.back().acknowledged;
  const bool handshake = packet.has(Packet::kSyn) || acknowledged.empty();
  if (handshake && std::ranges::find(acknowledged, packet.ack) == acknowledged.end()) {
    acknowledged.push_back(packet.ack);
    from.has_ack = false;
  }
  const Incarnation& current = peer.incarnations.back();
  // An end that still stands in an old incarnation speaks of that one.
  if (packet.ack - current.iss - 1 >= current.end) return;
  if (from.has_ack && from.reverse_iss == current.iss && ahead(packet.ack, from.last_ack) < 0) {
    complain(packet, "an acknowledgment that goes back from " + std::to_string(from.last_ack) + " (I-S2)");
  }
  judge_edge(packet, from);
}

void WireOracle::judge_edge(const Packet& packet, Direction& from) {
  const Direction& peer = *from.reverse;
  const std::uint8_t scale = from.has_scale && peer.has_scale && !packet.has(Packet::kSyn) ? from.scale : 0;
  const std::uint32_t edge = packet.ack + (std::uint32_t{packet.window} << scale);
  const bool same = from.has_ack && from.reverse_iss == peer.incarnations.back().iss;
  const bool over = peer.finished && ahead(packet.ack, peer.finish) > 0;
  // The field cannot say what is smaller than its unit, so the edge on the wire may give way by less than one unit.
  if (same && !over && ahead(edge, from.edge) <= -(std::int32_t{1} << scale)) {
    complain(packet, "the right edge goes back from " + std::to_string(from.edge) + " to " + std::to_string(edge) +
                         " (SHLD-14, I-S2)");
  }
  from.edge = same && ahead(from.edge, edge) > 0 ? from.edge : edge;
  from.last_ack = packet.ack;
  from.reverse_iss = peer.incarnations.back().iss;
  from.has_ack = true;
}

void WireOracle::on_delivered(std::span<const std::byte> frame, LinkKind link) {
  const Packet packet = read_packet(frame, link);
  if (packet.kind != Packet::Kind::kTcp || packet.has(Packet::kRst)) return;
  ++direction(packet.destination, packet.source).heard;
}

bool WireOracle::agreed(const FourTuple& tuple, std::uint32_t iss, std::uint32_t irs) const {
  const auto place = directions_.find(reversed(tuple));
  if (place == directions_.end()) return false;
  return std::ranges::any_of(place->second.incarnations, [&](const Incarnation& incarnation) {
    return incarnation.iss == irs &&
           std::ranges::find(incarnation.acknowledged, iss + 1) != incarnation.acknowledged.end();
  });
}

}  // namespace handfast::sim
