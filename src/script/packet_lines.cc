#include <algorithm>

#include "script/interpreter.h"
#include "script/line_text.h"
#include "wire/tcp.h"

// Packets. As in packetdrill a script is about one socket at a time: the one that socket() made last, or the connection
// that came to it. What the others send, older connections that the script is done with, is not looked at.

namespace handfast::script {

namespace {

std::uint32_t text_length(const LivePacket& packet) {
  const TcpWords* words = packet.tcp();
  return words == nullptr ? 0 : words->length;
}

}  // namespace

// --- To the host ---

Interpreter::Failure Interpreter::run_inbound(const ScriptLine& line, const PacketLine& packet) {
  if (const Failure failure = wait_for(line)) return failure;
  if (const auto* words = std::get_if<TcpWords>(&packet.what)) return inject_tcp(line, packet, *words);
  if (const auto* words = std::get_if<IcmpWords>(&packet.what)) return inject_icmp(line, packet, *words);
  return Verdict{.kind = Verdict::Kind::kUnsupported, .at = line.at, .what = "this stack does not speak UDP"};
}

Interpreter::Failure Interpreter::inject_tcp(const ScriptLine& line, const PacketLine& packet, const TcpWords& words) {
  // The first packet for a listening socket makes a connection of its own; without any socket, one that nobody has.
  if (under_test_ == nullptr || under_test_->phase == Track::Phase::kListening) {
    under_test_ = std::make_shared<Track>();
    under_test_->phase = Track::Phase::kOpened;
    under_test_->passive = true;
    under_test_->tuple = {.host = {.address = plan_.addresses.host.address, .port = plan_.host_port},
                          .peer = {.address = plan_.addresses.peer, .port = next_peer_port_++}};
    under_test_->numbers.set_peer_start(words.sequence);
    under_test_->numbers.scale_echoes(plan_.scale_echoes);
  }
  Track& track = *under_test_;
  if (track.phase != Track::Phase::kOpened) {
    return Verdict{.kind = Verdict::Kind::kBroken, .at = line.at, .what = "no connection that this packet belongs to"};
  }
  if (!track.passive && has(words, wire::kSyn)) track.numbers.set_peer_start(words.sequence);
  const std::optional<TcpWords> live = track.numbers.to_live(words);
  if (!live) {
    return Verdict{.kind = Verdict::Kind::kBroken,
                   .at = line.at,
                   .what = "it echoes a timestamp that no segment of the host had (see --tcp_ts_ecr_scaled)"};
  }
  Endpoint from = track.tuple.peer;
  Endpoint to = track.tuple.host;
  if (packet.ports && packet.ports->source != 0) from.port = packet.ports->source;
  if (packet.ports && packet.ports->destination != 0) to.port = packet.ports->destination;
  testbed_->inject(tcp_packet(from, to, packet.ip, *live));
  return std::nullopt;
}

Interpreter::Failure Interpreter::inject_icmp(const ScriptLine& line, const PacketLine& packet,
                                              const IcmpWords& words) {
  if (under_test_ == nullptr || under_test_->phase != Track::Phase::kOpened) {
    return Verdict{.kind = Verdict::Kind::kBroken, .at = line.at, .what = "no connection that this packet belongs to"};
  }
  if (!icmp_codes(words, plan_.addresses.peer.version())) {
    return Verdict{.kind = Verdict::Kind::kBroken,
                   .at = line.at,
                   .what = "no ICMP message of this version is called " + words.type + ' ' + words.code};
  }
  if (words.quoted && words.quoted->protocol != QuotedWords::Protocol::kTcp) {
    return Verdict{.kind = Verdict::Kind::kUnsupported, .at = line.at, .what = "only TCP segments can be quoted"};
  }
  const std::uint32_t sequence = words.quoted ? words.quoted->sequence : 0;
  testbed_->inject(
      icmp_packet(under_test_->tuple, packet.ip, words, under_test_->numbers.host_to_live(sequence, false)));
  return std::nullopt;
}

// --- From the host ---

bool Interpreter::is_under_test(const LivePacket& packet) {
  if (under_test_ == nullptr) return false;
  Track& track = *under_test_;
  const TcpWords* words = packet.tcp();
  if (words == nullptr) return packet.tuple.peer.address == plan_.addresses.peer;
  if (track.owns(packet.tuple)) return true;
  const bool is_syn = has(*words, wire::kSyn) && !has(*words, wire::kAck);
  const bool to_peer = packet.tuple.peer == Endpoint{.address = plan_.addresses.peer, .port = plan_.peer_port};
  if (track.phase != Track::Phase::kConnecting || !is_syn || !to_peer) return false;
  track.phase = Track::Phase::kOpened;
  track.tuple = packet.tuple;
  return true;
}

void Interpreter::drop_foreign() {
  auto& sent = testbed_->sent();
  while (!sent.empty() && !is_under_test(sent.front())) sent.pop_front();
}

// The next packet of the connection under test, waited for until `limit`.
std::optional<LivePacket> Interpreter::take_sent(Instant limit) {
  auto& sent = testbed_->sent();
  for (;;) {
    drop_foreign();
    if (!sent.empty()) break;
    if (is_out_of_time()) return std::nullopt;
    if (!call_is_due(std::min(limit, testbed_->host().next_deadline())) && !testbed_->step(limit)) return std::nullopt;
  }
  LivePacket packet = std::move(sent.front());
  sent.pop_front();
  return packet;
}

// A SYN or SYN-ACK of the host shows what the script's numbers stand for.
void Interpreter::learn_start(const TcpWords& words, const LivePacket& live) {
  const TcpWords* seen = live.tcp();
  if (seen == nullptr || !has(*seen, wire::kSyn) || under_test_->knows_host_start) return;
  under_test_->numbers.set_host_start(seen->sequence, words.sequence);
  under_test_->knows_host_start = true;
}

LivePacket Interpreter::in_script_numbers(const LivePacket& live) const {
  LivePacket packet = live;
  if (TcpWords* words = packet.tcp()) *words = under_test_->numbers.to_script(*words);
  return packet;
}

Interpreter::Failure Interpreter::run_outbound(const ScriptLine& line, const PacketLine& packet) {
  const Instant latest = due_.until + tolerance_at(due_.until);
  std::optional<LivePacket> first = take_sent(latest);
  if (!first) return nothing_came(line);
  const auto* words = std::get_if<TcpWords>(&packet.what);
  if (words != nullptr) learn_start(*words, *first);
  LivePacket whole = *std::move(first);
  gather(packet, whole, latest);
  if (const TcpWords* live = whole.tcp(); live != nullptr && words != nullptr) {
    under_test_->numbers.learn_timestamp(*words, *live);
  }
  const LivePacket seen = in_script_numbers(whole);
  const MatchRules rules{
      .timestamp_tick_us = plan_.timestamp_tick_us,
      .tolerance = std::max<Duration>(plan_.tolerance, script_time(due_.at) * plan_.tolerance_per_mille / 1000),
      .compares_echoes = options_.unclaimed != Unclaimed::kIsNotHeeded};
  if (auto what = mismatch(packet, seen, rules)) return differ(line, packet, *std::move(what), seen);
  if (const Failure failure = check_packet_time(line, seen)) return failure;
  last_at_ = line.time.kind == TimeWords::Kind::kAny ? seen.at : due_.at;
  return std::nullopt;
}

// A script may say in one line what leaves in several segments, or in several lines what leaves as one that a device is
// to cut, unless it asks for --strict_segments.
void Interpreter::gather(const PacketLine& packet, LivePacket& whole, Instant limit) {
  const auto* words = std::get_if<TcpWords>(&packet.what);
  if (words == nullptr || plan_.strict_segments) return;
  if (text_length(whole) > words->length) {
    if (auto rest = cut(whole, words->length)) testbed_->sent().push_front(*std::move(rest));
  }
  while (text_length(whole) > 0 && text_length(whole) < words->length) {
    std::optional<LivePacket> next = take_sent(limit);
    if (!next) return;
    if (!continues(whole, *next)) return testbed_->sent().push_front(*std::move(next));
    const std::uint32_t missing = words->length - text_length(whole);
    if (text_length(*next) > missing) {
      if (auto rest = cut(*next, missing)) testbed_->sent().push_front(*std::move(rest));
    }
    whole = joined(std::move(whole), *next);
  }
}

Interpreter::Failure Interpreter::check_packet_time(const ScriptLine& line, const LivePacket& seen) const {
  if (line.time.kind == TimeWords::Kind::kAny) return std::nullopt;
  const Duration tolerance = tolerance_at(due_.until);
  if (seen.at + tolerance >= due_.at && seen.at <= due_.until + tolerance) return std::nullopt;
  Verdict verdict = fail(line, "time: expected at " + seconds_text(script_time(due_.at)) + ", seen at " +
                                   seconds_text(script_time(seen.at)) + ", tolerance " + seconds_text(tolerance));
  verdict.seen = seconds_text(script_time(seen.at)) + ' ' + to_string(seen, std::get_if<PacketLine>(&line.what));
  return verdict;
}

Verdict Interpreter::differ(const ScriptLine& line, const PacketLine& packet, std::string what,
                            const LivePacket& seen) const {
  Verdict verdict = fail(line, std::move(what));
  LivePacket shown = seen;
  const auto* words = std::get_if<TcpWords>(&packet.what);
  // A window is shown where the line checks it.
  if (TcpWords* sent = shown.tcp(); sent != nullptr && words != nullptr && !words->window) {
    sent->window.reset();
  }
  verdict.seen = seconds_text(script_time(seen.at)) + ' ' + to_string(shown, &packet);
  return verdict;
}

Interpreter::Failure Interpreter::nothing_came(const ScriptLine& line) const {
  Verdict verdict = fail(line, "nothing was sent");
  verdict.seen = "nothing until " + seconds_text(script_time(due_.until + tolerance_at(due_.until)));
  return verdict;
}

}  // namespace handfast::script
