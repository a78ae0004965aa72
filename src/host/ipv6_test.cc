#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "host/lone_host.h"
#include "wire/ecn.h"
#include "wire/icmpv6.h"
#include "wire/ipv6_extensions.h"

// What is different where a Host speaks IPv6: its headers, its addresses, and the numbers of ICMPv6. What is the same
// is tested over both versions beside the rest.

namespace handfast::host {
namespace {

using namespace std::chrono_literals;

const IpAddress kOurs = *IpAddress::parse("2001:db8::1");
const IpAddress kTheirs = *IpAddress::parse("2001:db8::9");
constexpr const char* kOurPort = "[2001:db8::1]:80";
constexpr const char* kTheirPort = "[2001:db8::9]:1000";

struct Talk : LoneHost {
  explicit Talk(const Config& config = {}) : LoneHost(config) { add("2001:db8::1/64", {}, "2001:db8::fe"); }

  ListenerHandle listens(const ListenOptions& options = {.local = {{}, 80}}) { return *host().listen(options, now()); }

  /// A SYN behind `headers`, of which `first` names the first.
  void hears_syn(std::uint8_t first = wire::kProtocolTcp, std::span<const std::byte> headers = {},
                 const IpAddress& source = kTheirs, const IpAddress& destination = kOurs) {
    const FourTuple way{.host = {destination, 80}, .peer = {source, 1000}};
    std::vector<std::byte> payload(headers.begin(), headers.end());
    const auto segment = segment_of(way, syn());
    payload.insert(payload.end(), segment.begin(), segment.end());
    hears(InterfaceId{0}, packet_of(way, payload, 0, first));
  }

  bool answers_syn() {
    const auto said = says();
    return said.size() == 1 && said[0].tcp.flags.has(wire::kSyn | wire::kAck);
  }

  /// The ICMPv6 messages that it sends now.
  std::vector<std::vector<std::byte>> says_icmp() {
    std::vector<std::vector<std::byte>> all;
    Frame frame;
    while (host().poll_transmit(std::span(&frame, 1), now()) == 1) {
      const auto bytes = frame.slices[0].bytes();
      all.emplace_back(bytes.begin(), bytes.end());
      frame.clear();
    }
    return all;
  }
};

TEST(Ipv6Host, OpensAnswersAndEndsConnections) {
  Talk talk;
  const ListenerHandle listener = talk.listens();
  ASSERT_TRUE(talk.hears_handshake(kTheirPort, kOurPort));
  const TcpHandle accepted = *talk.host().accept(listener, talk.now());
  EXPECT_EQ(talk.host().info(accepted)->tuple.peer, *Endpoint::parse(kTheirPort));
  EXPECT_EQ(talk.host().info(accepted)->mss, 1220u) << "its SYN had no MSS option";
  ASSERT_TRUE(talk.host().abort(accepted, talk.now()));
  const auto reset = talk.says();
  ASSERT_EQ(reset.size(), 1u);
  EXPECT_TRUE(reset[0].tcp.flags.has(wire::kRst));
  EXPECT_EQ(reset[0].destination, kTheirs);
  // Nobody listens there, and no connection is there.
  talk.hears_segment(kTheirPort, "[2001:db8::1]:81", {.seq = 5, .ack = 7, .flags = wire::kAck});
  const auto refusal = talk.says();
  ASSERT_EQ(refusal.size(), 1u);
  EXPECT_EQ(refusal[0].tcp.seq, 7u);
  EXPECT_EQ(talk.dropped(DropReason::kTcpClosed), 1u);
}

TEST(Ipv6Host, BothVersionsAreServedByOneListenerAndToldApart) {
  LoneHost host;
  host.also("2001:db8::1/64");
  host.add("192.0.2.1/24");
  const ListenerHandle all = *host.host().listen({.local = {{}, 80}}, host.now());
  const ListenerHandle one = *host.host().listen({.local = {kOurs, 80}}, host.now());
  ASSERT_TRUE(host.hears_handshake("192.0.2.9:1000", "192.0.2.1:80"));
  ASSERT_TRUE(host.hears_handshake(kTheirPort, kOurPort));
  EXPECT_TRUE(host.host().info(*host.host().accept(all, host.now()))->tuple.peer.address.is_v4());
  EXPECT_TRUE(host.host().info(*host.host().accept(one, host.now()))->tuple.peer.address.is_v6());
  EXPECT_EQ(error_of(host.connect("192.0.2.9:80", 0, kOurs)), make_error_code(Error::kAddressNotAvailable));
  EXPECT_EQ(error_of(host.connect("[2001:db8::9]:80", 0, IpAddress::v4(192, 0, 2, 1))),
            make_error_code(Error::kAddressNotAvailable));
}

TEST(Ipv6Host, ConnectsToHostsAlone) {  // MUST-46
  Talk talk;
  for (const char* peer : {"[ff02::1]:80", "[::]:80", "[::1]:80", "[::ffff:192.0.2.9]:80", "[2001:db8::1]:80"}) {
    EXPECT_EQ(error_of(talk.connect(peer)), make_error_code(Error::kInvalidPeer)) << peer;
  }
  EXPECT_EQ(error_of(talk.connect("192.0.2.9:80")), make_error_code(Error::kNoRoute));
  EXPECT_TRUE(talk.connect("[2001:db8:1::1]:80")) << "by the gateway";
}

TEST(Ipv6Host, WhoCannotBeASenderIsDropped) {  // MUST-63
  Talk talk;
  talk.listens();
  for (const char* source : {"::", "::1", "ff02::1", "::ffff:192.0.2.9", "2001:db8::1"}) {
    talk.hears_syn(wire::kProtocolTcp, {}, *IpAddress::parse(source));
  }
  EXPECT_EQ(talk.dropped(DropReason::kIpv6BadSource), 5u);
  talk.hears_syn(wire::kProtocolTcp, {}, kTheirs, *IpAddress::parse("2001:db8::2"));
  EXPECT_EQ(talk.dropped(DropReason::kIpv6NotForUs), 1u);
  talk.hears_syn(wire::kProtocolTcp, {}, kTheirs, *IpAddress::parse("ff02::1"));  // MUST-57
  EXPECT_EQ(talk.dropped(DropReason::kTcpToBroadcast), 1u);
  EXPECT_TRUE(talk.says().empty());
}

TEST(Ipv6Host, ExtensionHeadersAreReadOnTheWayToTcp) {
  const auto eight_bytes = [](unsigned next, unsigned third, unsigned fourth) {
    std::vector<std::byte> bytes(8);
    bytes[0] = static_cast<std::byte>(next);
    bytes[2] = static_cast<std::byte>(third);
    bytes[3] = static_cast<std::byte>(fourth);
    return bytes;
  };
  const auto options = eight_bytes(6, 1, 4);
  const struct {
    std::uint8_t first;
    std::vector<std::byte> headers;
    DropReason why;
  } rows[] = {{0, options, DropReason::kNone},
              {60, options, DropReason::kNone},
              {43, eight_bytes(6, 0, 0), DropReason::kNone},
              {44, eight_bytes(6, 0, 0), DropReason::kNone},
              {43, eight_bytes(6, 0, 1), DropReason::kIpv6RoutingHeader},
              {44, eight_bytes(6, 0, 1), DropReason::kIpv6Fragment},
              {44, eight_bytes(6, 1, 0), DropReason::kIpv6Fragment},
              {60, eight_bytes(59, 1, 4), DropReason::kIpv6NoNextHeader},
              {60, eight_bytes(50, 1, 4), DropReason::kIpv6UnknownProtocol},
              {60, eight_bytes(17, 1, 4), DropReason::kUdpNotSupported},
              {60, eight_bytes(0, 1, 4), DropReason::kIpv6BadExtension},
              {60, eight_bytes(6, 0x41, 4), DropReason::kIpv6BadOption}};
  for (const auto& row : rows) {
    Talk talk;
    talk.listens();
    talk.hears_syn(row.first, row.headers);
    EXPECT_EQ(talk.answers_syn(), row.why == DropReason::kNone) << int{row.first};
    if (row.why != DropReason::kNone) {
      EXPECT_EQ(talk.dropped(row.why), 1u) << describe(row.why).name;
    }
  }
}

TEST(Ipv6Host, WhatHasArrivedNeedsNoHopLimit) {  // 8200-10
  Talk talk;
  talk.listens();
  const FourTuple way{.host = {kOurs, 80}, .peer = {kTheirs, 1000}};
  auto packet = packet_of(way, segment_of(way, Talk::syn()));
  packet[7] = std::byte{0};
  talk.hears(InterfaceId{0}, packet);
  EXPECT_TRUE(talk.answers_syn());
}

TEST(Ipv6Host, AnyBitOfTheAddressesThatIsWrongIsSeenByTheChecksum) {  // MUST-3
  Talk talk;
  talk.listens();
  const FourTuple way{.host = {kOurs, 80}, .peer = {kTheirs, 1000}};
  auto packet = packet_of(way, segment_of(way, Talk::syn()));
  packet[8 + 15] ^= std::byte{2};
  talk.hears(InterfaceId{0}, packet);
  EXPECT_TRUE(talk.says().empty());
  EXPECT_EQ(talk.dropped(DropReason::kTcpBadChecksum), 1u);
}

TEST(Ipv6Host, HopLimitAndTrafficClassAreTheCallers) {  // MUST-48, MUST-49
  Talk talk;
  ListenOptions options{.local = {{}, 80}};
  options.diff_serv = 46;
  options.ttl = 9;
  const ListenerHandle listener = talk.listens(options);
  talk.hears_segment(kTheirPort, kOurPort, {.seq = 99, .flags = wire::kSyn, .traffic_class = 0xA8});
  const Said answer = talk.says().at(0);
  EXPECT_EQ(answer.hop_limit, 9);
  EXPECT_EQ(answer.traffic_class, 46 << 2);
  talk.hears_segment(kTheirPort, kOurPort,
                     {.seq = 100, .ack = answer.tcp.seq + 1, .flags = wire::kAck, .traffic_class = 0xA8});
  const TcpHandle handle = *talk.host().accept(listener, talk.now());
  EXPECT_EQ(talk.host().info(handle)->received_diff_serv, 0xA8 >> 2);
}

TEST(Ipv6Host, CongestionMarksAreHeardAndSent) {  // 3168-1
  Config config;
  config.tcp.ecn = Ecn::kAccept;
  Talk talk(config);
  const ListenerHandle listener = talk.listens();
  talk.hears_segment(kTheirPort, kOurPort, {.seq = 99, .flags = wire::kSyn | wire::kEce | wire::kCwr});
  const Said answer = talk.says().at(0);
  EXPECT_TRUE(answer.tcp.flags.has(wire::kEce));
  talk.hears_segment(kTheirPort, kOurPort, {.seq = 100, .ack = answer.tcp.seq + 1, .flags = wire::kAck});
  const TcpHandle handle = *talk.host().accept(listener, talk.now());
  const std::vector<std::byte> text(100);
  ASSERT_TRUE(talk.host().send(handle, text, talk.now()));
  EXPECT_EQ(talk.says().at(0).traffic_class, wire::traffic_class_of(wire::EcnCodepoint::kEct0));
}

TEST(Ipv6Host, AFlowLabelStaysWithItsConnection) {  // 8504-3
  Talk talk;
  const auto label_of = [](const std::vector<Said>& said) { return said.at(0).ip6.flow_label; };
  const TcpHandle first = *talk.connect("[2001:db8::9]:80", 1001);
  const std::uint32_t label = label_of(talk.says());
  EXPECT_NE(label, 0u);
  talk.pass(2s);
  EXPECT_EQ(label_of(talk.says()), label) << "the SYN again";
  ASSERT_TRUE(talk.connect("[2001:db8::9]:80", 1002));
  EXPECT_NE(label_of(talk.says()), label);
  ASSERT_TRUE(talk.host().abort(first, talk.now()));
  talk.hears_segment("[2001:db8::9]:80", "[2001:db8::1]:1001", {.seq = 1, .ack = 1, .flags = wire::kAck});
  EXPECT_EQ(label_of(talk.says()), label) << "its 4-tuple, though the connection has gone";
  const FourTuple tuple{.host = {kOurs, 1}, .peer = {kTheirs, 2}};
  EXPECT_NE(ip::flow_label({1, 2}, tuple), ip::flow_label({1, 3}, tuple)) << "nobody without the key can foretell it";
}

// --- ICMPv6 ---

TEST(Ipv6Host, EchoIsAnsweredByTheAddressThatWasAsked) {  // 4443-5
  Talk talk;
  const std::vector<std::byte> text(1000, std::byte{7});
  talk.hears_icmp(kTheirs, kOurs, {.type = 128, .rest = 0x00010002, .body = text});
  const auto said = talk.says_icmp();
  ASSERT_EQ(said.size(), 1u);
  const auto packet = wire::parse_ipv6(said[0]);
  ASSERT_TRUE(packet);
  EXPECT_EQ(packet->header.source, kOurs);
  EXPECT_EQ(packet->header.destination, kTheirs);
  EXPECT_EQ(packet->header.next_header, wire::kProtocolIcmpv6);
  const auto reply = wire::parse_icmpv6(kOurs, kTheirs, packet->payload);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->type, wire::Icmpv6Type::kEchoReply);
  EXPECT_EQ(reply->rest, 0x00010002u);
  EXPECT_TRUE(std::ranges::equal(reply->body, text));
  EXPECT_EQ(talk.host().counters().icmp_processed, 1u);
}

TEST(Ipv6Host, NothingIsAnsweredThatCameToAGroupOrMeansNothing) {
  Talk talk;
  talk.hears_icmp(kTheirs, *IpAddress::parse("ff02::1"), {.type = 128});
  EXPECT_EQ(talk.dropped(DropReason::kIcmpToBroadcast), 1u);
  for (const std::uint8_t type : std::to_array<std::uint8_t>({129, 130, 133, 134, 135, 136, 137, 255}))
    talk.hears_icmp(kTheirs, kOurs, {.type = type});
  EXPECT_EQ(talk.dropped(DropReason::kIcmpUnknownType), 8u);
  talk.hears_icmp(kTheirs, kOurs, {.type = 1, .code = 4});
  EXPECT_EQ(talk.dropped(DropReason::kIcmpBadQuote), 1u);
  // The checksum covers the addresses, and ICMP of the other version is nobody's here.
  std::vector<std::byte> bytes(wire::kIcmpHeaderLength);
  wire::emit_icmpv6({.type = wire::Icmpv6Type::kEchoRequest}, kTheirs, *IpAddress::parse("2001:db8::2"), bytes);
  const FourTuple way{.host = {kOurs, 0}, .peer = {kTheirs, 0}};
  talk.hears(InterfaceId{0}, packet_of(way, bytes, 0, wire::kProtocolIcmpv6));
  EXPECT_EQ(talk.dropped(DropReason::kIcmpBadChecksum), 1u);
  talk.hears(InterfaceId{0}, packet_of(way, bytes, 0, wire::kProtocolIcmpv4));
  EXPECT_EQ(talk.dropped(DropReason::kIpv6UnknownProtocol), 1u);
  EXPECT_TRUE(talk.says_icmp().empty());
}

// --- interfaces ---

TEST(Ipv6Host, AnInterfaceHasAddressesThatItCanHave) {
  const auto is_taken = [](const InterfaceConfig& config) {
    CountingRandom random;
    return (*Host::create(Config(), random))->add_interface(config).has_value();
  };
  const auto with = [](const char* address) {
    InterfaceConfig config;
    config.addresses = {*Prefix::parse(address)};
    return config;
  };
  EXPECT_TRUE(is_taken(with("2001:db8::1/64")));
  EXPECT_TRUE(is_taken(with("fe80::1/64")));
  for (const char* address : {"::/64", "::1/128", "ff02::1/64", "::ffff:192.0.2.1/96"}) {
    EXPECT_FALSE(is_taken(with(address))) << address;
  }
  InterfaceConfig small = with("2001:db8::1/64");
  small.mtu = 1280;
  EXPECT_TRUE(is_taken(small));
  small.mtu = 1279;
  EXPECT_FALSE(is_taken(small)) << "RFC 8200 §5";
  InterfaceConfig ethernet = with("2001:db8::1/64");
  ethernet.link = LinkKind::kEthernet;
  ethernet.mac = {{2, 0, 0, 0, 0, 1}};
  EXPECT_TRUE(is_taken(ethernet));
  InterfaceConfig gateway = with("2001:db8::1/64");
  gateway.gateway = kTheirs;
  EXPECT_FALSE(is_taken(gateway)) << "that of IPv4";
  gateway.gateway.reset();
  gateway.ipv6_gateway = kTheirs;
  EXPECT_TRUE(is_taken(gateway));
}

TEST(Ipv6Host, SuperSegmentsSayWhoseTheyAre) {
  CountingRandom random;
  const auto host = *Host::create(Config(), random);
  InterfaceConfig interface;
  interface.addresses = {*Prefix::parse("2001:db8::1/64")};
  interface.super_segment = 65535;
  interface.checksum_offload = true;
  ASSERT_TRUE(host->add_interface(interface));
  const Instant now{1s};
  const TcpHandle handle = *host->connect({.peer = {kTheirs, 80}, .source_port = 1000}, now);
  Frame frame;
  ASSERT_EQ(host->poll_transmit(std::span(&frame, 1), now), 1u);
  const auto syn = wire::parse_tcp(frame.slices[0].bytes().subspan(40));
  frame.clear();
  wire::TcpHeader answer;
  answer.source_port = 80;
  answer.destination_port = 1000;
  answer.seq = 99;
  answer.ack = syn->header.seq + 1;
  answer.flags = wire::kSyn | wire::kAck;
  answer.window = 65535;
  answer.options.mss = 1440;
  const FourTuple way{.host = {kOurs, 1000}, .peer = {kTheirs, 80}};
  const auto bytes = packet_of(way, segment_of(way, answer));
  Slice whole = *host->allocate(static_cast<std::uint32_t>(bytes.size()));
  std::ranges::copy(bytes, whole.mutable_bytes().begin());
  frame.add(std::move(whole));
  host->receive(std::span(&frame, 1), now);
  const std::vector<std::byte> text(10000);
  ASSERT_TRUE(host->send(handle, text, now));
  ASSERT_EQ(host->poll_transmit(std::span(&frame, 1), now), 1u);
  EXPECT_EQ(frame.gso, GsoType::kTcp6);
  EXPECT_EQ(frame.gso_size, 1440);
  EXPECT_EQ(frame.checksum, ChecksumState::kPartial);
  EXPECT_EQ(frame.checksum_start, 40);
  const auto header = wire::parse_ipv6_header(frame.slices[0].bytes());
  ASSERT_TRUE(header);
  EXPECT_EQ(header->payload_length + 40u, frame.size());
}

}  // namespace
}  // namespace handfast::host
