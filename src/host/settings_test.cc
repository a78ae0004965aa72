#include <gtest/gtest.h>

#include "host/lone_host.h"

// What a caller asks of IP for one connection: the DiffServ field (RFC 9293 §3.9.1.9) and the TTL (§3.9.2).

namespace handfast::host {
namespace {

using namespace std::chrono_literals;

constexpr std::uint8_t kExpedited = 46;

std::error_code code(Error error) { return make_error_code(error); }

ConnectOptions asking(std::uint8_t diff_serv, std::uint8_t ttl = 0) {
  return {.peer = *Endpoint::parse("192.0.2.9:80"), .source_port = 1000, .diff_serv = diff_serv, .ttl = ttl};
}

// A connection opened by the Host, through its handshake.
struct Opened {
  explicit Opened(const ConnectOptions& options = asking(0)) {
    host.add("192.0.2.1/24");
    handle = *host.host().connect(options, host.now());
    syn = host.says().at(0);
    host.hears_segment("192.0.2.9:80", "192.0.2.1:1000",
                       {.seq = 99, .ack = syn.tcp.seq + 1, .flags = wire::kSyn | wire::kAck});
    ack = host.says().at(0);
  }
  Said sends(std::string_view text) {
    (void)host.host().send(handle, std::as_bytes(std::span(text)), host.now());
    return host.says().at(0);
  }
  LoneHost host;
  TcpHandle handle;
  Said syn;
  Said ack;
};

std::uint8_t dscp_of(const Said& said) { return said.ip.traffic_class >> 2; }

TEST(DiffServ, EveryPacketOfAConnectionCarriesWhatItsCallerAsked) {  // MUST-48, SHLD-22
  Opened c(asking(kExpedited));
  EXPECT_EQ(c.syn.ip.traffic_class, kExpedited << 2);
  EXPECT_EQ(dscp_of(c.ack), kExpedited);
  EXPECT_EQ(dscp_of(c.sends("x")), kExpedited);
  c.host.pass(1s);
  EXPECT_EQ(dscp_of(c.host.says().at(0)), kExpedited) << "a retransmission";
  ASSERT_TRUE(c.host.host().abort(c.handle, c.host.now()));
  EXPECT_EQ(dscp_of(c.host.says().at(0)), kExpedited) << "its reset";
  EXPECT_EQ(Opened().syn.ip.traffic_class, 0);
}

TEST(DiffServ, ChangesWhileTheConnectionLives) {  // SHLD-21
  Opened c;
  ASSERT_TRUE(c.host.host().set_diff_serv(c.handle, 10, c.host.now()));
  EXPECT_EQ(c.host.host().info(c.handle)->diff_serv, 10);
  EXPECT_EQ(dscp_of(c.sends("x")), 10);
  ASSERT_TRUE(c.host.host().set_diff_serv(c.handle, 63, c.host.now()));
  c.host.pass(1s);
  EXPECT_EQ(dscp_of(c.host.says().at(0)), 63) << "what goes again goes by what is asked now";
}

TEST(DiffServ, HasSixBits) {
  Opened c;
  EXPECT_EQ(error_of(c.host.host().set_diff_serv(c.handle, 64, c.host.now())), code(Error::kInvalidArgument));
  EXPECT_EQ(error_of(c.host.host().set_diff_serv({}, 1, c.host.now())), code(Error::kStaleHandle));
  EXPECT_EQ(error_of(c.host.host().connect(asking(64), c.host.now())), code(Error::kInvalidArgument));
  ListenOptions listening{.local = *Endpoint::parse("192.0.2.1:80"), .diff_serv = 64};
  EXPECT_EQ(error_of(c.host.host().listen(listening, c.host.now())), code(Error::kInvalidArgument));
}

TEST(DiffServ, AListenerGivesItsOwnToItsConnections) {  // MUST-48
  for (const SynCookies cookies : {SynCookies::kOff, SynCookies::kAlways}) {
    Config config;
    config.syn_cookies = cookies;
    LoneHost host(config);
    host.add("192.0.2.1/24");
    const ListenerHandle listener =
        *host.host().listen({.local = *Endpoint::parse("192.0.2.1:80"), .diff_serv = kExpedited, .ttl = 7}, host.now());
    host.hears_segment("192.0.2.9:1000", "192.0.2.1:80", {.seq = 99, .flags = wire::kSyn});
    const Said answer = host.says().at(0);
    EXPECT_EQ(dscp_of(answer), kExpedited) << "the SYN-ACK";
    EXPECT_EQ(answer.ip.ttl, 7);
    host.hears_segment("192.0.2.9:1000", "192.0.2.1:80",
                       {.seq = 100, .ack = answer.tcp.seq + 1, .flags = wire::kAck, .traffic_class = 40 << 2});
    const TcpHandle accepted = *host.host().accept(listener, host.now());
    EXPECT_EQ(host.host().info(accepted)->diff_serv, kExpedited);
    EXPECT_EQ(host.host().info(accepted)->received_diff_serv, 40);
    EXPECT_EQ(host.host().info(accepted)->ttl, 7);
    ASSERT_TRUE(host.host().close_send(accepted, host.now()));
    EXPECT_EQ(dscp_of(host.says().at(0)), kExpedited);
  }
}

TEST(DiffServ, StaysInTimeWait) {  // SHLD-22
  Opened c(asking(kExpedited, 9));
  const std::uint32_t fin = c.syn.tcp.seq + 1;
  ASSERT_TRUE(c.host.host().close(c.handle, c.host.now()));
  EXPECT_EQ(c.host.says().size(), 1u);
  c.host.hears_segment("192.0.2.9:80", "192.0.2.1:1000",
                       {.seq = 100, .ack = fin + 1, .flags = wire::kFin | wire::kAck});
  EXPECT_EQ(dscp_of(c.host.says().at(0)), kExpedited);
  EXPECT_EQ(c.host.host().connection_count(), 0u) << "a compact entry by now";
  c.host.hears_segment("192.0.2.9:80", "192.0.2.1:1000",
                       {.seq = 100, .ack = fin + 1, .flags = wire::kFin | wire::kAck});
  const Said again = c.host.says().at(0);
  EXPECT_EQ(dscp_of(again), kExpedited);
  EXPECT_EQ(again.ip.ttl, 9);
}

TEST(DiffServ, TheCallerLearnsWhatThePeerAsked) {  // MAY-9
  Opened c;
  EXPECT_EQ(c.host.host().info(c.handle)->received_diff_serv, 0);
  Heard heard{.seq = 100, .ack = c.syn.tcp.seq + 1, .flags = wire::kAck, .traffic_class = 34 << 2 | 3};
  c.host.hears_segment("192.0.2.9:80", "192.0.2.1:1000", heard);
  EXPECT_EQ(c.host.host().info(c.handle)->received_diff_serv, 34);
  heard = {.seq = 100'000'000, .ack = heard.ack, .flags = wire::kAck, .traffic_class = 1 << 2};
  c.host.hears_segment("192.0.2.9:80", "192.0.2.1:1000", heard);
  EXPECT_EQ(c.host.host().info(c.handle)->received_diff_serv, 34) << "what is dropped tells nothing";
  (void)c.host.says();
}

TEST(Ttl, IsTheHostsUnlessTheCallerSaysOtherwise) {  // MUST-49
  Config config;
  config.ttl = 33;
  LoneHost host(config);
  host.add("192.0.2.1/24");
  const TcpHandle handle = *host.connect("192.0.2.9:80");
  EXPECT_EQ(host.says().at(0).ip.ttl, 33);
  ASSERT_TRUE(host.host().set_ttl(handle, 255, host.now()));
  host.pass(1s);
  EXPECT_EQ(host.says().at(0).ip.ttl, 255);
  EXPECT_EQ(host.host().info(handle)->ttl, 255);
  EXPECT_EQ(error_of(host.host().set_ttl(handle, 0, host.now())), code(Error::kInvalidArgument));
  EXPECT_EQ(Opened(asking(0, 1)).syn.ip.ttl, 1);
}

}  // namespace
}  // namespace handfast::host
