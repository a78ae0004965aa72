#include <gtest/gtest.h>

#include <array>
#include <set>
#include <vector>

#include "host/lone_host.h"

// What RFC 9293 asks of TCP and IP together, requirement by requirement: addresses, options of IP, ICMP, the MTU, and
// what is set for a whole Host or for one of its connections.

namespace handfast::host {
namespace {

using namespace std::chrono_literals;

const IpAddress kOurs = IpAddress::v4(192, 0, 2, 1);
const IpAddress kTheirs = IpAddress::v4(192, 0, 2, 9);

struct Packet {
  IpAddress source = kTheirs;
  IpAddress destination = kOurs;
  std::span<const std::byte> options{};
  wire::TcpHeader tcp{};
  bool good_checksum = true;
  std::uint8_t interface = 0;
};

/// What an active open asks for.
struct Opened {
  const char* peer = "192.0.2.9:80";
  IpAddress source{};
  const TcpConfig* config = nullptr;
};

/// A Host on a TUN interface, and a peer that sends it whole packets.
struct Talk : LoneHost {
  explicit Talk(const Config& config = {}) : LoneHost(config) {
    also("2001:db8::1/64");
    add("192.0.2.1/24");
  }

  ListenerHandle listens() { return *host().listen({.local = {{}, 80}}, now()); }

  void hears_packet(const Packet& packet) {
    const std::size_t length = wire::tcp_header_length(packet.tcp);
    const wire::Ipv4Header ip{.source = packet.source,
                              .destination = packet.destination,
                              .protocol = wire::kProtocolTcp,
                              .payload_length = static_cast<std::uint16_t>(length),
                              .options = packet.options};
    const std::size_t start = wire::ipv4_header_length(ip);
    std::vector<std::byte> bytes(start + length);
    wire::emit_ipv4(ip, bytes);
    const std::span<std::byte> segment = std::span(bytes).subspan(start);
    wire::emit_tcp(packet.tcp, segment);
    const auto pseudo = wire::pseudo_header_sum(packet.source, packet.destination, wire::kProtocolTcp,
                                                static_cast<std::uint32_t>(length));
    wire::finish_checksum(pseudo, segment, std::span<const Slice>());
    if (!packet.good_checksum) segment[wire::kTcpChecksumOffset] ^= std::byte{1};
    hears(InterfaceId{packet.interface}, bytes);
  }

  void hears_syn(const IpAddress& source, const IpAddress& destination) {
    hears_packet({.source = source, .destination = destination, .tcp = syn()});
  }

  /// An ICMP error about a segment of ours, which a router quotes: its header and more than eight bytes.
  void hears_error(std::uint8_t type, std::uint8_t code, const FourTuple& tuple, std::uint32_t seq) {
    const IpAddress router =
        tuple.host.address.is_v6() ? *IpAddress::parse("2001:db8::fe") : IpAddress::v4(192, 0, 2, 254);
    hears_icmp(router, tuple.host.address, {.type = type, .code = code, .body = quote_of(tuple, seq)});
  }

  /// An active open from port 1234, completed.
  TcpHandle establishes(const Opened& opened = {}) {
    const TcpHandle handle = *host().connect(
        {.peer = *Endpoint::parse(opened.peer), .source = opened.source, .source_port = 1234, .tcp = opened.config},
        now());
    const Said sent = says().at(0);
    wire::TcpHeader answer;
    answer.source_port = 80;
    answer.destination_port = 1234;
    answer.seq = 99;
    answer.ack = sent.tcp.seq + 1;
    answer.flags = wire::kSyn | wire::kAck;
    answer.window = 65535;
    const FourTuple way{.host = {sent.source, 1234}, .peer = *Endpoint::parse(opened.peer)};
    hears(InterfaceId{sent.interface}, packet_of(way, segment_of(way, answer)));
    (void)says();
    EXPECT_EQ(state(handle), TcpState::kEstablished);
    return handle;
  }

  TcpState state(TcpHandle handle) { return host().info(handle)->state; }
  std::error_code error(TcpHandle handle) { return host().info(handle)->error; }
  void sends(TcpHandle handle) {
    const std::byte text{};
    ASSERT_TRUE(host().send(handle, std::span(&text, 1), now()));
  }
};

// --- checksum, addresses, IP ---

TEST(Requirements, ASegmentWithAWrongChecksumIsDropped) {  // MUST-3
  Talk talk;
  talk.listens();
  talk.hears_packet({.tcp = Talk::syn(), .good_checksum = false});
  EXPECT_TRUE(talk.says().empty());
  EXPECT_EQ(talk.dropped(DropReason::kTcpBadChecksum), 1u);
  talk.hears_packet({.tcp = Talk::syn()});
  EXPECT_EQ(talk.says().size(), 1u);
}

TEST(Requirements, APortCanBeListenedOnWhileAConnectionOfItOpens) {  // MUST-41, MUST-42
  Talk talk;
  const TcpHandle opening = *talk.connect("192.0.2.9:80", 80);
  ASSERT_EQ(talk.says().size(), 1u);
  const ListenerHandle listener = talk.listens();
  EXPECT_EQ(talk.state(opening), TcpState::kSynSent) << "and is not touched by it";
  EXPECT_TRUE(talk.hears_handshake("192.0.2.8:1000", "192.0.2.1:80"));
  EXPECT_TRUE(talk.host().accept(listener, talk.now()));
  talk.hears_segment("192.0.2.9:80", "192.0.2.1:80", {.seq = 99, .flags = wire::kSyn});
  EXPECT_EQ(talk.state(opening), TcpState::kSynReceived) << "the SYN of its own peer is for it";
}

TEST(Requirements, AConnectionKeepsTheAddressThatItOpenedWith) {  // MUST-44, MUST-45
  Talk talk;
  talk.add("192.0.2.2/24");
  for (const IpAddress& source : {IpAddress(), IpAddress::v4(192, 0, 2, 2)}) {
    const TcpHandle handle = talk.establishes({.source = source});
    const IpAddress chosen = talk.host().info(handle)->tuple.host.address;
    EXPECT_EQ(chosen, source.is_none() ? kOurs : source);
    talk.sends(handle);
    for (int i = 0; i < 3; ++i) {
      const auto sent = talk.says();
      ASSERT_EQ(sent.size(), 1u) << "the text, and each time it goes again";
      EXPECT_EQ(sent[0].ip.source, chosen);
      talk.pass(2s);
    }
    ASSERT_TRUE(talk.host().abort(handle, talk.now()));
    const auto reset = talk.says();
    ASSERT_FALSE(reset.empty());
    EXPECT_EQ(reset.back().ip.source, chosen);
  }
}

TEST(Requirements, TheTtlIsTheConfiguredOne) {  // MUST-49
  Config config;
  config.ttl = 7;
  Talk talk(config);
  talk.establishes();
  EXPECT_TRUE(talk.connect("192.0.2.9:81"));
  for (const Said& sent : talk.says()) EXPECT_EQ(sent.ip.ttl, 7);
}

TEST(Requirements, UnknownIpOptionsAreIgnored) {  // MUST-50
  Talk talk;
  talk.listens();
  // Router alert, and a kind that nobody has defined.
  const auto options = std::to_array<std::byte>({std::byte{148}, std::byte{4}, std::byte{0}, std::byte{0},
                                                 std::byte{222}, std::byte{3}, std::byte{7}, std::byte{0}});
  talk.hears_packet({.options = options, .tcp = Talk::syn()});
  const auto answer = talk.says();
  ASSERT_EQ(answer.size(), 1u);
  EXPECT_TRUE(answer[0].tcp.flags.has(wire::kSyn | wire::kAck));
}

TEST(Requirements, ASynToAGroupIsDroppedInSilence) {  // MUST-57
  Talk talk;
  talk.listens();
  for (const IpAddress& group :
       {IpAddress::v4(192, 0, 2, 255), IpAddress::v4(255, 255, 255, 255), IpAddress::v4(224, 0, 0, 1)}) {
    talk.hears_syn(kTheirs, group);
  }
  EXPECT_TRUE(talk.says().empty());
  EXPECT_EQ(talk.dropped(DropReason::kTcpToBroadcast), 3u);
}

TEST(Requirements, ASynFromAnAddressThatNoHostHasIsIgnored) {  // MUST-63
  Talk talk;
  talk.listens();
  const auto sources = std::to_array<IpAddress>({IpAddress::v4(192, 0, 2, 255), IpAddress::v4(255, 255, 255, 255),
                                                 IpAddress::v4(224, 0, 0, 1), IpAddress::v4(127, 0, 0, 1),
                                                 IpAddress::v4(0, 0, 0, 0), IpAddress::v4(240, 0, 0, 1), kOurs});
  for (const IpAddress& source : sources) talk.hears_syn(source, kOurs);
  EXPECT_TRUE(talk.says().empty());
  EXPECT_EQ(talk.dropped(DropReason::kIpv4BadSource), sources.size());
}

TEST(Requirements, TheMssOfferedIsWhatIpCanReceive) {  // MUST-67, SHLD-5
  for (const auto mtu : std::to_array<std::uint16_t>({576, 1280, 1400, 9000, 65535})) {
    for (const bool is_ipv6 : {false, true}) {
      if (is_ipv6 && mtu < 1280) continue;
      CountingRandom random;
      const auto host = *Host::create(Config(), random);
      InterfaceConfig interface;
      interface.addresses = {*Prefix::parse(is_ipv6 ? "2001:db8::1/64" : "192.0.2.1/24")};
      interface.mtu = mtu;
      ASSERT_TRUE(host->add_interface(interface));
      const Endpoint peer = *Endpoint::parse(is_ipv6 ? "[2001:db8::9]:80" : "192.0.2.9:80");
      const TcpHandle handle = *host->connect({.peer = peer}, Instant(1s));
      Frame frame;
      ASSERT_EQ(host->poll_transmit(std::span(&frame, 1), Instant(1s)), 1u);
      const auto segment = frame.slices[0].bytes().subspan(is_ipv6 ? 40 : 20);
      EXPECT_EQ(wire::parse_tcp(segment)->header.options.mss, mtu - (is_ipv6 ? 60 : 40));
      EXPECT_EQ(host->info(handle)->state, TcpState::kSynSent);
    }
  }
}

// --- ICMP ---

struct Code {
  std::uint8_t type;
  std::uint8_t code;
};
/// The errors of a version: the codes that are soft, those that are hard, and a peer to hear them of.
struct Errors {
  const char* peer;
  std::vector<Code> soft;
  std::vector<Code> hard;
};
const auto kErrors = std::to_array<Errors>({
    {"192.0.2.9:80", {{3, 0}, {3, 1}, {3, 5}, {11, 0}, {11, 1}, {12, 0}, {12, 1}}, {{3, 2}, {3, 3}}},
    {"[2001:db8::9]:80",
     {{1, 0}, {1, 2}, {1, 3}, {1, 7}, {3, 0}, {3, 1}, {4, 0}, {4, 1}, {4, 2}, {100, 0}},
     {{1, 1}, {1, 4}, {1, 5}, {1, 6}}},
});

TEST(Requirements, SoftIcmpErrorsAreToldAndEndNothing) {  // MUST-47, MUST-54, MUST-56, SHLD-25, 4443-4
  for (const Errors& errors : kErrors) {
    for (const auto& [type, code] : errors.soft) {
      Talk opening;
      const TcpHandle attempt = *opening.connect(errors.peer);
      const Said syn = opening.says().at(0);
      opening.hears_error(type, code, opening.host().info(attempt)->tuple, syn.tcp.seq);
      EXPECT_EQ(opening.state(attempt), TcpState::kSynSent) << int{type} << '/' << int{code};
      EXPECT_EQ(opening.error(attempt), make_error_code(Error::kUnreachable)) << int{type} << '/' << int{code};

      Talk open;
      const TcpHandle handle = open.establishes({.peer = errors.peer});
      open.sends(handle);
      const Said text = open.says().at(0);
      open.hears_error(type, code, open.host().info(handle)->tuple, text.tcp.seq);
      EXPECT_EQ(open.state(handle), TcpState::kEstablished) << int{type} << '/' << int{code};
      EXPECT_EQ(open.error(handle), make_error_code(Error::kUnreachable));
    }
  }
}

TEST(Requirements, HardIcmpErrorsEndAnAttemptAndNoConnection) {  // 5927-3
  for (const Errors& errors : kErrors) {
    for (const auto& [type, code] : errors.hard) {
      Talk opening;
      const TcpHandle attempt = *opening.connect(errors.peer);
      const Said syn = opening.says().at(0);
      opening.hears_error(type, code, opening.host().info(attempt)->tuple, syn.tcp.seq);
      EXPECT_EQ(opening.state(attempt), TcpState::kClosed) << int{type} << '/' << int{code};

      Talk open;
      const TcpHandle handle = open.establishes({.peer = errors.peer});
      open.sends(handle);
      const Said text = open.says().at(0);
      open.hears_error(type, code, open.host().info(handle)->tuple, text.tcp.seq);
      EXPECT_EQ(open.state(handle), TcpState::kEstablished) << int{type} << '/' << int{code};
    }
  }
}

TEST(Requirements, AHalfOpenConnectionHearsOfIcmpErrorsToo) {  // SHLD-26, MUST-54, 5927-1
  for (const Errors& errors : kErrors) {
    for (const auto& [type, code] : errors.hard) {
      Talk talk;
      const ListenerHandle listener = *talk.host().listen({.local = {{}, 80}}, talk.now());
      const std::string_view here =
          std::string_view(errors.peer).starts_with('[') ? "[2001:db8::1]:80" : "192.0.2.1:80";
      const FourTuple tuple{.host = *Endpoint::parse(here), .peer = *Endpoint::parse(errors.peer)};
      talk.hears_segment(errors.peer, here, {.seq = 99, .flags = wire::kSyn});
      const Said answer = talk.says().at(0);
      talk.hears_error(errors.soft[0].type, errors.soft[0].code, tuple, answer.tcp.seq);
      talk.hears_error(type, code, tuple, answer.tcp.seq + 1);
      EXPECT_EQ(talk.dropped(DropReason::kIcmpOutsideWindow), 1u);
      EXPECT_EQ(talk.host().listener_info(listener)->half_open, 1u);
      talk.hears_error(type, code, tuple, answer.tcp.seq);
      EXPECT_EQ(talk.host().listener_info(listener)->half_open, 0u) << int{type} << '/' << int{code};
      EXPECT_EQ(talk.host().listener_info(listener)->handshakes_given_up, 1u);
      talk.hears_segment(errors.peer, here, {.seq = 100, .ack = answer.tcp.seq + 1, .flags = wire::kAck});
      EXPECT_EQ(talk.says().at(0).tcp.flags, wire::kRst);
    }
  }
}

TEST(Requirements, AnIcmpErrorReachesTheConnectionThatCausedItAndNoOther) {  // MUST-54, 5927-1
  for (const Errors& errors : kErrors) {
    const Code soft = errors.soft[1];
    const Code port = errors.hard[1];
    Talk talk;
    const TcpHandle first = *talk.connect(errors.peer, 1001);
    const TcpHandle second = *talk.connect(errors.peer, 1002);
    const auto syns = talk.says();
    ASSERT_EQ(syns.size(), 2u);
    talk.hears_error(soft.type, soft.code, talk.host().info(second)->tuple, syns[1].tcp.seq);
    EXPECT_FALSE(talk.error(first));
    EXPECT_TRUE(talk.error(second));
    talk.hears_error(port.type, port.code, talk.host().info(first)->tuple, syns[0].tcp.seq + 1);
    EXPECT_EQ(talk.state(first), TcpState::kSynSent) << "quotes what was never sent";
    talk.hears_error(port.type, port.code, talk.host().info(first)->tuple, syns[0].tcp.seq);
    EXPECT_EQ(talk.state(first), TcpState::kClosed) << "the port is unreachable: nobody listens";
    EXPECT_EQ(talk.state(second), TcpState::kSynSent);
  }
}

TEST(Requirements, SourceQuenchIsDroppedInSilence) {  // MUST-55, 5927-4, 6633-1
  Talk talk;
  const TcpHandle handle = talk.establishes();
  talk.sends(handle);
  const Said text = talk.says().at(0);
  const TcpInfo before = *talk.host().info(handle);
  talk.hears_error(4, 0, before.tuple, text.tcp.seq);
  EXPECT_TRUE(talk.says().empty());
  EXPECT_FALSE(talk.error(handle));
  EXPECT_EQ(talk.host().info(handle)->cwnd, before.cwnd);
  EXPECT_EQ(talk.dropped(DropReason::kIcmpSourceQuench), 1u);
}

// --- what can be set ---

TEST(Requirements, TheCallerSetsR2OfAConnection) {  // MUST-21
  TcpConfig patient;
  patient.r2 = 300s;
  for (const bool own : {false, true}) {
    Talk talk;
    const TcpHandle handle = talk.establishes({.config = own ? &patient : nullptr});
    talk.sends(handle);
    talk.pass(200s);
    EXPECT_EQ(talk.state(handle), own ? TcpState::kEstablished : TcpState::kClosed);
    talk.pass(200s);
    EXPECT_EQ(talk.state(handle), TcpState::kClosed);
  }
}

TEST(Requirements, TheCallerSwitchesKeepAliveForAConnection) {  // MUST-24
  for (const bool on : {false, true}) {
    Config config;
    config.tcp.keep_alive = !on;
    Talk talk(config);
    const TcpHandle handle = talk.establishes();
    ASSERT_TRUE(talk.host().set_keep_alive(handle, on, talk.now()));
    talk.pass(2h);
    EXPECT_EQ(talk.says().size(), on ? 1u : 0u);
  }
}

// What the outside can see of the keys: sequence number, timestamp and port of a SYN.
struct Seen {
  std::uint32_t seq = 0;
  std::uint32_t timestamp = 0;
  std::uint16_t port = 0;
};

Seen seen_with(const Secrets* secrets, const IpAddress& peer = kTheirs) {
  CountingRandom random;
  const auto host = *Host::create(Config(), random, nullptr, secrets);
  InterfaceConfig interface;
  interface.addresses = {{kOurs, 24}};
  EXPECT_TRUE(host->add_interface(interface));
  EXPECT_TRUE(host->connect({.peer = {peer, 80}}, Instant(1s)));
  Frame frame;
  EXPECT_EQ(host->poll_transmit(std::span(&frame, 1), Instant(1s)), 1u);
  const auto ip = wire::parse_ipv4(frame.slices[0].bytes());
  const wire::TcpHeader tcp = wire::parse_tcp(ip->payload)->header;
  return {.seq = tcp.seq, .timestamp = tcp.options.timestamps->value, .port = tcp.source_port};
}

TEST(Requirements, EachPurposeHasItsOwnKey) {  // 6528-2, 6528-3, 6528-4
  const Secrets none;
  const Seen plain = seen_with(&none);
  EXPECT_EQ(seen_with(&none).seq, plain.seq) << "the same keys, the same numbers: over a restart too";
  Secrets secrets;
  secrets.initial_sequence[15] = 1;
  EXPECT_NE(seen_with(&secrets).seq, plain.seq) << "all sixteen bytes count";
  EXPECT_EQ(seen_with(&secrets).timestamp, plain.timestamp);
  EXPECT_EQ(seen_with(&secrets).port, plain.port);
  secrets = {};
  secrets.timestamp_offset[15] = 1;
  EXPECT_EQ(seen_with(&secrets).seq, plain.seq);
  EXPECT_NE(seen_with(&secrets).timestamp, plain.timestamp);
  EXPECT_EQ(seen_with(&secrets).port, plain.port);
  secrets = {};
  secrets.hash_table[0] = secrets.flow_label[0] = secrets.syn_cookie[0] = 1;
  EXPECT_EQ(seen_with(&secrets).seq, plain.seq);
  EXPECT_EQ(seen_with(&secrets).timestamp, plain.timestamp);
  EXPECT_NE(seen_with(nullptr).seq, plain.seq) << "drawn where none are handed in";
}

TEST(Requirements, TheTimestampClockStartsElsewhereForEachPeer) {  // 7323-19
  const Secrets secrets;
  std::set<std::uint32_t> values;
  for (std::uint8_t number = 2; number < 34; ++number) {
    values.insert(seen_with(&secrets, IpAddress::v4(192, 0, 2, number)).timestamp);
  }
  EXPECT_EQ(values.size(), 32u);
}

}  // namespace
}  // namespace handfast::host
