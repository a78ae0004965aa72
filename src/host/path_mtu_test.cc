#include <gtest/gtest.h>

#include "host/lone_host.h"

// What a whole Host does about path MTUs: which ICMP message reaches whom, what the connections to one peer learn from
// each other, and how much of it is heeded.

namespace handfast::host {
namespace {

using namespace std::chrono_literals;

/// A peer of each version, by its address with a port, and what the headers to it take.
struct Way {
  const char* peer;
  const char* other;
  std::uint32_t headers;
  std::string at(std::string_view port) const { return std::string(peer) + ":" + std::string(port); }
};
constexpr Way kWays[] = {{"192.0.2.9", "192.0.2.8:80", 40}, {"[2001:db8::9]", "[2001:db8::8]:80", 60}};

struct Talk : LoneHost {
  explicit Talk(const Config& config = {}) : LoneHost(config) {
    also("2001:db8::1/64");
    add("192.0.2.1/24");
  }

  /// A connection to `peer` from `port` whose peer takes whatever the interface carries.
  TcpHandle opens(std::string_view peer, std::uint16_t port) {
    const TcpHandle handle = *connect(peer, port);
    const Said syn = says().at(0);
    const Endpoint own{syn.source, port};
    hears_segment(peer, own.to_string(),
                  {.seq = 99, .ack = syn.tcp.seq + 1, .flags = wire::kSyn | wire::kAck, .mss = 1460});
    (void)says();
    return handle;
  }

  std::vector<Said> sends(TcpHandle handle, std::size_t count) {
    const std::vector<std::byte> text(count);
    EXPECT_TRUE(host().send(handle, text, now()));
    return says();
  }

  /// "Fragmentation needed", or "packet too big", about what `said` says.
  void hears_too_big(const Said& said, std::uint32_t mtu, std::size_t length = 1500) {
    const FourTuple tuple{.host = {said.source, said.tcp.source_port},
                          .peer = {said.destination, said.tcp.destination_port}};
    const auto quote = quote_of(tuple, said.tcp.seq, length);
    if (said.source.is_v6()) {
      hears_icmp(*IpAddress::parse("2001:db8::fe"), said.source, {.type = 2, .rest = mtu, .body = quote});
    } else {
      hears_icmp(IpAddress::v4(192, 0, 2, 254), said.source, {.type = 3, .code = 4, .rest = mtu, .body = quote});
    }
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
  for (const Way& way : kWays) {
    Talk talk;
    const TcpHandle handle = talk.opens(way.at("80"), 1001);
    const auto said = talk.sends(handle, std::size_t{4} * (1500 - way.headers));
    ASSERT_EQ(said.size(), 4u);
    talk.hears_too_big(said[0], 1280);
    const auto again = talk.says();
    ASSERT_EQ(again.size(), 5u);
    for (const Said& one : again) EXPECT_LE(one.text_length, 1280 - way.headers);
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
}

TEST(PathMtu, ConnectionsToOnePeerLearnFromEachOther) {
  for (const Way& way : kWays) {
    const std::size_t full = 1500 - way.headers;
    const std::size_t small = 1280 - way.headers;
    Talk talk;
    const TcpHandle first = talk.opens(way.at("80"), 1001);
    const TcpHandle second = talk.opens(way.at("81"), 1002);
    const TcpHandle other = talk.opens(way.other, 1003);
    talk.hears_too_big(talk.sends(first, 2 * full).at(0), 1280);
    (void)talk.says();
    for (const Said& said : talk.sends(second, 4 * small)) EXPECT_EQ(said.text_length, small);
    EXPECT_EQ(talk.path_mtu(second), 1280u);
    for (const Said& said : talk.sends(other, 2 * full)) EXPECT_EQ(said.text_length, full);
    const TcpHandle later = talk.opens(way.at("82"), 1004);
    for (const Said& said : talk.sends(later, 4 * small)) EXPECT_EQ(said.text_length, small);
    talk.pass(11min);  // RFC 1191 §6.3
    const TcpHandle much_later = talk.opens(way.at("83"), 1005);
    for (const Said& said : talk.sends(much_later, 2 * full)) EXPECT_EQ(said.text_length, full);
  }
}

TEST(PathMtu, NothingLeadsBelowWhatEveryIpv6LinkCarries) {  // 8201-1
  Talk talk;
  const TcpHandle handle = talk.opens("[2001:db8::9]:80", 1001);
  const auto said = talk.sends(handle, 2880);
  for (const std::uint32_t mtu : {0u, 68u, 552u, 1279u}) talk.hears_too_big(said.at(0), mtu);
  EXPECT_EQ(talk.dropped(DropReason::kIcmpMtuTooSmall), 4u);
  EXPECT_EQ(talk.path_mtu(handle), 1500u);
  EXPECT_TRUE(talk.says().empty());
  talk.hears_too_big(said[0], 1 << 20);
  EXPECT_EQ(talk.dropped(DropReason::kIcmpMtuNotSmaller), 1u) << "nor does one lead up";
  // Nor do the timeouts of a black hole: two steps lead down where IPv4 has them, and here one.
  talk.pass(100s);
  (void)talk.says();
  EXPECT_EQ(talk.path_mtu(handle), 1280u);
}

TEST(PathMtu, ARouterWithoutASizeIsReadByWhatItQuotes) {  // RFC 1191 §7
  Talk talk;
  const TcpHandle handle = talk.opens("192.0.2.9:80", 1001);
  const auto said = talk.sends(handle, 2920);
  talk.hears_too_big(said[0], 0, 1400);
  EXPECT_EQ(talk.path_mtu(handle), 1006u);
}

TEST(PathMtu, AReportAboutNobodyMakesNoEntry) {
  for (const Way& way : kWays) {
    Talk talk;
    const TcpHandle handle = talk.opens(way.at("80"), 1001);
    auto said = talk.sends(handle, 2920);
    said[0].tcp.source_port = 999;
    talk.hears_too_big(said[0], 1280);
    said[1].tcp.seq += 0x1000000;
    talk.hears_too_big(said[1], 1280);
    EXPECT_EQ(talk.dropped(DropReason::kIcmpNoConnection), 1u);
    EXPECT_EQ(talk.dropped(DropReason::kIcmpOutsideWindow), 1u);
    const TcpHandle later = talk.opens(way.at("82"), 1004);
    EXPECT_EQ(talk.path_mtu(later), 1500u);
  }
}

TEST(PathMtu, ErrorsAboutOnePeerAreHeededAtALimitedRate) {
  for (const Way& way : kWays) {
    Config config;
    config.limits.icmp_error_burst = 5;
    config.limits.icmp_errors_per_second = 1;
    Talk talk(config);
    const TcpHandle handle = talk.opens(way.at("80"), 1001);
    const auto said = talk.sends(handle, 2920);
    for (int i = 0; i < 1000; ++i) talk.hears_too_big(said[0], 9000);
    EXPECT_EQ(talk.dropped(DropReason::kIcmpRateLimited), 995u);
    EXPECT_EQ(talk.dropped(DropReason::kIcmpMtuNotSmaller), 5u);
  }
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
