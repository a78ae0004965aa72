#include <gtest/gtest.h>

#include "host/lone_host.h"

// The limits of passive opens: how many may be half-open, wait to be accepted, or be connected at all.

namespace handfast::host {
namespace {

using namespace std::chrono_literals;

struct Listening : LoneHost {
  explicit Listening(const Config& config = {}) : LoneHost(config) { add("192.0.2.1/24"); }

  ListenerHandle listen(std::uint16_t port, std::uint32_t backlog = 128, std::uint32_t syn_backlog = 256) {
    return *host().listen({.local = {{}, port}, .backlog = backlog, .syn_backlog = syn_backlog}, now());
  }
  /// A SYN; tells whether it was answered.
  bool answers_syn(std::string_view from, std::string_view to) {
    hears_segment(from, to, {.seq = 99, .flags = wire::kSyn});
    return says().size() == 1;
  }
};

// The queue's own limit, without the cookies that follow on it.
Config without_cookies() {
  Config config;
  config.syn_cookies = SynCookies::kOff;
  return config;
}

TEST(ListenerLimits, TheSynQueueOfAListener) {  // 4987-1
  Listening host(without_cookies());
  host.listen(80, 128, 2);
  host.listen(81);
  EXPECT_TRUE(host.answers_syn("192.0.2.9:1", "192.0.2.1:80"));
  EXPECT_TRUE(host.answers_syn("192.0.2.9:2", "192.0.2.1:80"));
  EXPECT_FALSE(host.answers_syn("192.0.2.9:3", "192.0.2.1:80"));
  EXPECT_EQ(host.dropped(DropReason::kTcpSynQueueFull), 1u);
  EXPECT_TRUE(host.answers_syn("192.0.2.9:3", "192.0.2.1:81")) << "the other listener has room";
  EXPECT_TRUE(host.answers_syn("192.0.2.9:1", "192.0.2.1:80")) << "an entry that is there answers its SYN again";
  // The last of five SYN-ACKs goes out again after 31 s, and has another 32 s (RFC 4987 §3.3).
  for (int second = 0; second < 64; ++second) {
    host.pass(1s);
    (void)host.says();
  }
  EXPECT_TRUE(host.answers_syn("192.0.2.9:3", "192.0.2.1:80")) << "those that nobody completed made room";
}

TEST(ListenerLimits, TheSynQueueOfTheHost) {  // 4987-1
  Config config = without_cookies();
  config.limits.syn_queue = 2;
  Listening host(config);
  host.listen(80);
  host.listen(81);
  EXPECT_TRUE(host.answers_syn("192.0.2.9:1", "192.0.2.1:80"));
  EXPECT_TRUE(host.answers_syn("192.0.2.9:2", "192.0.2.1:81"));
  EXPECT_FALSE(host.answers_syn("192.0.2.9:3", "192.0.2.1:80"));
  EXPECT_EQ(host.dropped(DropReason::kTcpSynQueueFull), 1u);
  host.hears_segment("192.0.2.9:2", "192.0.2.1:81", {.seq = 100, .flags = wire::kRst});
  EXPECT_TRUE(host.answers_syn("192.0.2.9:3", "192.0.2.1:80")) << "a reset made room";
}

TEST(ListenerLimits, TheAcceptQueue) {
  Listening host;
  const ListenerHandle listener = host.listen(80, 2);
  for (const char* peer : {"192.0.2.9:1", "192.0.2.9:2", "192.0.2.9:3"}) {
    EXPECT_TRUE(host.hears_handshake(peer, "192.0.2.1:80"));
  }
  EXPECT_EQ(host.dropped(DropReason::kTcpAcceptQueueFull), 1u);
  EXPECT_EQ(host.host().connection_count(), 2u);
  const auto first = host.host().accept(listener, host.now());
  ASSERT_TRUE(first);
  EXPECT_EQ(host.host().info(*first)->tuple.peer.port, 1) << "the oldest";
  // The entry is still there: its SYN-ACK goes out again, and the answer to that is taken now.
  host.pass(1s);
  const auto again = host.says();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_TRUE(again[0].tcp.flags.has(wire::kSyn | wire::kAck));
  EXPECT_EQ(again[0].tcp.destination_port, 3);
  host.hears_segment("192.0.2.9:3", "192.0.2.1:80", {.seq = 100, .ack = again[0].tcp.seq + 1, .flags = wire::kAck});
  EXPECT_EQ(host.host().connection_count(), 3u);
}

TEST(ListenerLimits, TheConnectionsOfTheHost) {
  Config config;
  config.limits.connections = 1;
  Listening host(config);
  const ListenerHandle listener = host.listen(80);
  EXPECT_TRUE(host.hears_handshake("192.0.2.9:1", "192.0.2.1:80"));
  EXPECT_TRUE(host.hears_handshake("192.0.2.9:2", "192.0.2.1:80"));
  EXPECT_EQ(host.dropped(DropReason::kTcpConnectionLimit), 1u);
  EXPECT_EQ(host.host().connection_count(), 1u);
  EXPECT_TRUE(host.host().abort(*host.host().accept(listener, host.now()), host.now()));
  host.pass(1s);
  for (const Said& said : host.says()) {
    if (!said.tcp.flags.has(wire::kSyn)) continue;
    host.hears_segment("192.0.2.9:2", "192.0.2.1:80", {.seq = 100, .ack = said.tcp.seq + 1, .flags = wire::kAck});
  }
  EXPECT_EQ(host.host().connection_count(), 1u);
}

TEST(ListenerLimits, Listeners) {
  Config config;
  config.limits.listeners = 1;
  Listening host(config);
  const ListenerHandle listener = host.listen(80);
  EXPECT_EQ(error_of(host.host().listen({.local = {{}, 81}}, host.now())), make_error_code(Error::kLimit));
  EXPECT_TRUE(host.host().close_listener(listener, host.now()));
  EXPECT_TRUE(host.host().listen({.local = {{}, 81}}, host.now()));
}

TEST(Listeners, OneForAnAddressGoesBeforeOneForAll) {  // MUST-43
  Listening host;
  host.add("192.0.2.2/24");
  const ListenerHandle all = host.listen(80);
  const ListenerHandle one = *host.host().listen({.local = {IpAddress::v4(192, 0, 2, 1), 80}}, host.now());
  EXPECT_TRUE(host.hears_handshake("192.0.2.9:1", "192.0.2.1:80"));
  EXPECT_FALSE(host.host().accept(all, host.now()));
  EXPECT_TRUE(host.host().accept(one, host.now()));
}

TEST(Listeners, RefuseWhatCannotBe) {  // MUST-41, U-11
  Listening host;
  const auto listen = [&host](const ListenOptions& options) {
    return error_of(host.host().listen(options, host.now()));
  };
  EXPECT_EQ(listen({.local = {{}, 0}}), make_error_code(Error::kInvalidArgument));
  EXPECT_EQ(listen({.local = {{}, 80}, .backlog = 0}), make_error_code(Error::kInvalidArgument));
  EXPECT_EQ(listen({.local = {{}, 80}, .syn_backlog = 0}), make_error_code(Error::kInvalidArgument));
  EXPECT_EQ(listen({.local = {IpAddress::v4(192, 0, 2, 7), 80}}), make_error_code(Error::kAddressNotAvailable));
  host.listen(80);
  EXPECT_EQ(listen({.local = {{}, 80}}), make_error_code(Error::kAddressInUse));
}

}  // namespace
}  // namespace handfast::host
