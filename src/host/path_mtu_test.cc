#include <gtest/gtest.h>

#include "host/lone_host.h"
#include "wire/icmpv4.h"

// What a whole Host does about path MTUs: which ICMP message reaches whom, what the connections to one peer learn from
// each other, and how much of it is heeded.

namespace handfast::host {
namespace {

using namespace std::chrono_literals;

struct Talk : LoneHost {
  explicit Talk(const Config& config = {}) : LoneHost(config) { add("192.0.2.1/24"); }

  /// A connection to `peer` from `port` whose peer takes segments of 1,460 bytes.
  TcpHandle opens(std::string_view peer, std::uint16_t port) {
    const TcpHandle handle = *connect(peer, port);
    const Said syn = says().at(0);
    wire::TcpHeader answer;
    answer.source_port = syn.tcp.destination_port;
    answer.destination_port = port;
    answer.seq = 99;
    answer.ack = syn.tcp.seq + 1;
    answer.flags = wire::kSyn | wire::kAck;
    answer.window = 65535;
    answer.options.mss = 1460;
    std::vector<std::byte> bytes(wire::kIpv4HeaderLength + wire::tcp_header_length(answer));
    wire::emit_ipv4({.source = Endpoint::parse(peer)->address,
                     .destination = IpAddress::v4(192, 0, 2, 1),
                     .protocol = wire::kProtocolTcp,
                     .payload_length = static_cast<std::uint16_t>(wire::tcp_header_length(answer))},
                    bytes);
    const std::span<std::byte> segment = std::span(bytes).subspan(wire::kIpv4HeaderLength);
    wire::emit_tcp(answer, segment);
    const auto pseudo = wire::pseudo_header_sum(Endpoint::parse(peer)->address, IpAddress::v4(192, 0, 2, 1),
                                                wire::kProtocolTcp, static_cast<std::uint32_t>(segment.size()));
    wire::finish_checksum(pseudo, segment, std::span<const Slice>());
    hears(InterfaceId{0}, bytes);
    (void)says();
    return handle;
  }

  std::vector<Said> sends(TcpHandle handle, std::size_t count) {
    const std::vector<std::byte> text(count);
    EXPECT_TRUE(host().send(handle, text, now()));
    return says();
  }

  /// "Fragmentation needed" about what `said` says.
  void hears_too_big(const Said& said, std::uint16_t mtu, std::uint16_t length = 1500) {
    std::array<std::byte, wire::kIpv4HeaderLength + 20> quote{};
    wire::emit_ipv4({.source = said.ip.source,
                     .destination = said.ip.destination,
                     .protocol = wire::kProtocolTcp,
                     .payload_length = static_cast<std::uint16_t>(length - wire::kIpv4HeaderLength)},
                    quote);
    wire::TcpHeader tcp;
    tcp.source_port = said.tcp.source_port;
    tcp.destination_port = said.tcp.destination_port;
    tcp.seq = said.tcp.seq;
    wire::emit_tcp(tcp, std::span(quote).subspan(wire::kIpv4HeaderLength));
    std::vector<std::byte> bytes(wire::kIpv4HeaderLength + wire::kIcmpHeaderLength + quote.size());
    wire::emit_ipv4({.source = IpAddress::v4(192, 0, 2, 254),
                     .destination = said.ip.source,
                     .protocol = wire::kProtocolIcmpv4,
                     .payload_length = static_cast<std::uint16_t>(wire::kIcmpHeaderLength + quote.size())},
                    bytes);
    wire::emit_icmpv4(wire::Icmpv4Message::fragmentation_needed(mtu, quote),
                      std::span(bytes).subspan(wire::kIpv4HeaderLength));
    hears(InterfaceId{0}, bytes);
  }

  std::uint32_t path_mtu(TcpHandle handle) { return host().info(handle)->path_mtu; }
};

TEST(PathMtu, EveryTcpPacketForbidsFragments) {
  Talk talk;
  const TcpHandle handle = talk.opens("192.0.2.9:80", 1001);
  std::vector<Said> all = talk.sends(handle, 5000);
  talk.pass(300ms);
  for (const Said& said : talk.says()) all.push_back(said);
  ASSERT_TRUE(talk.host().abort(handle, talk.now()));
  for (const Said& said : talk.says()) all.push_back(said);
  talk.hears_segment("192.0.2.9:80", "192.0.2.1:81", {.seq = 1, .ack = 1, .flags = wire::kAck});
  for (const Said& said : talk.says()) all.push_back(said);
  ASSERT_GE(all.size(), 6u);
  for (const Said& said : all) {
    EXPECT_TRUE(said.ip.dont_fragment);
    EXPECT_EQ(said.ip.identification, 0);  // RFC 6864 §4.1: it means nothing, so it tells nothing
  }
}

TEST(PathMtu, AReportReachesTheConnectionThatItQuotes) {
  Talk talk;
  const TcpHandle handle = talk.opens("192.0.2.9:80", 1001);
  const auto said = talk.sends(handle, 5840);
  ASSERT_EQ(said.size(), 4u);
  talk.hears_too_big(said[0], 1280);
  const auto again = talk.says();
  ASSERT_EQ(again.size(), 5u);
  for (const Said& one : again) EXPECT_LE(one.text_length, 1240u);
  EXPECT_EQ(talk.path_mtu(handle), 1280u);
  EXPECT_FALSE(talk.host().info(handle)->error) << "it is no trouble that the caller has to hear of";
  // The reports about the rest of the flight come as well.
  for (std::size_t i = 1; i < said.size(); ++i) talk.hears_too_big(said[i], 1280);
  EXPECT_TRUE(talk.says().empty());
  const Counters& counters = talk.host().counters();
  EXPECT_EQ(counters.path_reports, 4u);
  EXPECT_EQ(counters.path_reports_believed, 1u);
  EXPECT_EQ(talk.dropped(DropReason::kIcmpMtuNotSmaller), 3u);
}

TEST(PathMtu, ConnectionsToOnePeerLearnFromEachOther) {
  Talk talk;
  const TcpHandle first = talk.opens("192.0.2.9:80", 1001);
  const TcpHandle second = talk.opens("192.0.2.9:81", 1002);
  const TcpHandle other = talk.opens("192.0.2.8:80", 1003);
  talk.hears_too_big(talk.sends(first, 2920).at(0), 1280);
  (void)talk.says();
  for (const Said& said : talk.sends(second, 4960)) EXPECT_EQ(said.text_length, 1240u);
  EXPECT_EQ(talk.path_mtu(second), 1280u);
  for (const Said& said : talk.sends(other, 2920)) EXPECT_EQ(said.text_length, 1460u);
  const TcpHandle later = talk.opens("192.0.2.9:82", 1004);
  for (const Said& said : talk.sends(later, 4960)) EXPECT_EQ(said.text_length, 1240u);
  talk.pass(11min);  // RFC 1191 §6.3
  const TcpHandle much_later = talk.opens("192.0.2.9:83", 1005);
  for (const Said& said : talk.sends(much_later, 2920)) EXPECT_EQ(said.text_length, 1460u);
}

TEST(PathMtu, ARouterWithoutASizeIsReadByWhatItQuotes) {  // RFC 1191 §7
  Talk talk;
  const TcpHandle handle = talk.opens("192.0.2.9:80", 1001);
  const auto said = talk.sends(handle, 2920);
  talk.hears_too_big(said[0], 0, 1400);
  EXPECT_EQ(talk.path_mtu(handle), 1006u);
}

TEST(PathMtu, AReportAboutNobodyMakesNoEntry) {
  Talk talk;
  const TcpHandle handle = talk.opens("192.0.2.9:80", 1001);
  auto said = talk.sends(handle, 2920);
  said[0].tcp.source_port = 999;
  talk.hears_too_big(said[0], 1280);
  said[1].tcp.seq += 0x1000000;
  talk.hears_too_big(said[1], 1280);
  EXPECT_EQ(talk.dropped(DropReason::kIcmpNoConnection), 1u);
  EXPECT_EQ(talk.dropped(DropReason::kIcmpOutsideWindow), 1u);
  const TcpHandle later = talk.opens("192.0.2.9:82", 1004);
  EXPECT_EQ(talk.path_mtu(later), 1500u);
}

TEST(PathMtu, ErrorsAboutOnePeerAreHeededAtALimitedRate) {
  Config config;
  config.limits.icmp_error_burst = 5;
  config.limits.icmp_errors_per_second = 1;
  Talk talk(config);
  const TcpHandle handle = talk.opens("192.0.2.9:80", 1001);
  const auto said = talk.sends(handle, 2920);
  for (int i = 0; i < 1000; ++i) talk.hears_too_big(said[0], 68);
  EXPECT_EQ(talk.dropped(DropReason::kIcmpRateLimited), 995u);
  EXPECT_EQ(talk.dropped(DropReason::kIcmpMtuTooSmall), 5u);
}

TEST(PathMtu, TheCallerSwitchesErrorReportsOff) {  // SHLD-20
  for (const bool on : {true, false}) {
    Talk talk;
    const TcpHandle handle = talk.opens("192.0.2.9:80", 1001);
    ASSERT_TRUE(talk.host().set_error_reports(handle, on, talk.now()));
    (void)talk.sends(handle, 1);
    Event event;
    while (talk.host().poll_event(event)) continue;
    talk.pass(10s);
    bool heard = false;
    while (talk.host().poll_event(event)) heard = heard || (event.readiness & Readiness::kSoftError) != 0;
    EXPECT_EQ(heard, on);
  }
  Talk talk;
  EXPECT_EQ(error_of(talk.host().set_error_reports({}, true, talk.now())), make_error_code(Error::kStaleHandle));
}

}  // namespace
}  // namespace handfast::host
