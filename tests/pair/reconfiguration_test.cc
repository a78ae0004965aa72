#include <gtest/gtest.h>

#include "pair/pair.h"

// What a caller may change about a connection or a listener that is there already, and a look at text that leaves it
// where it is.

namespace handfast::pair {
namespace {

std::error_code code(Error error) { return make_error_code(error); }

std::string peeks(const Connected& c, std::size_t size) {
  std::string text(size, '?');
  const auto seen = c.p.b.host->peek(c.of_b.handle(), std::as_writable_bytes(std::span(text)));
  text.resize(seen ? *seen : 0);
  return text;
}

TEST(Peek, LeavesTextAndWindowAsTheyAre) {
  Connected c;
  (void)c.p.sends(c.of_a, "text");
  c.p.settle();
  const std::uint32_t window = c.of_b.info()->rcv_wnd;
  EXPECT_EQ(peeks(c, 3), "tex");
  EXPECT_EQ(peeks(c, 30), "text");
  EXPECT_EQ(c.of_b.info()->rcv_wnd, window);
  EXPECT_EQ(c.of_b.info()->receive_queued, 4u);
  EXPECT_EQ(c.p.takes(c.of_b), "text");
}

TEST(Peek, GoesOverAllRunsOfText) {
  Connected c;
  const std::string text = text_of(20'000);
  EXPECT_EQ(c.p.sends(c.of_a, text), text.size());
  c.p.pass(1s);
  EXPECT_TRUE(peeks(c, 30'000) == text);
}

TEST(Peek, AnswersAsReceiveWhereThereIsNoText) {
  Connected c;
  std::array<std::byte, 4> room{};
  const auto peek = [&] { return c.p.b.host->peek(c.of_b.handle(), room); };
  EXPECT_EQ(error_of(peek()), code(Error::kWouldBlock));
  (void)c.of_a.close_send(c.p.now());
  c.p.settle();
  EXPECT_EQ(peek().value_or(99), 0u);
  EXPECT_EQ(error_of(c.p.b.host->peek(TcpHandle{}, room)), code(Error::kStaleHandle));
}

TEST(TcpConfigOfAConnection, ChangesWhileItLives) {
  Connected c;
  TcpConfig tcp;
  tcp.send_buffer = 4096;
  EXPECT_EQ(c.p.sends(c.of_a, text_of(10'000)), 10'000u);
  c.p.pass(1s);
  ASSERT_TRUE(c.p.a.host->set_tcp_config(c.of_a.handle(), tcp, c.p.now()));
  EXPECT_EQ(c.p.sends(c.of_a, text_of(10'000)), 4096u);
}

TEST(TcpConfigOfAConnection, AShorterR2EndsWhatWaitsAlready) {
  Connected c;
  c.p.cut();
  (void)c.p.sends(c.of_a, "never to arrive");
  c.p.pass(5s);
  TcpConfig tcp;
  tcp.r2 = 2s;
  ASSERT_TRUE(c.p.a.host->set_tcp_config(c.of_a.handle(), tcp, c.p.now()));
  c.p.a.host->on_deadline(c.p.now());
  EXPECT_EQ(error_of(c.of_a), code(Error::kTimedOut));
}

TEST(TcpConfigOfAConnection, MoreRoomIsToldToWhoWaitsForIt) {
  Config config;
  config.tcp.send_buffer = 4096;
  Connected c(config);
  c.p.cut();
  EXPECT_EQ(c.p.sends(c.of_a, text_of(10'000)), 4096u);
  EXPECT_EQ(c.p.a.hears(c.of_a), 0);
  config.tcp.send_buffer = 8192;
  ASSERT_TRUE(c.p.a.host->set_tcp_config(c.of_a.handle(), config.tcp, c.p.now()));
  EXPECT_EQ(c.p.a.hears(c.of_a), Readiness::kWritable);
}

// --- The idle time of a keep-alive that runs (RFC 9293 §3.8.4) ---

struct KeptAlive : Connected {
  static TcpConfig after(Duration idle) {
    TcpConfig tcp;
    tcp.keep_alive_idle = idle;
    return tcp;
  }
  void set(const TcpConfig& tcp) { ASSERT_TRUE(p.a.host->set_tcp_config(of_a.handle(), tcp, p.now())); }
  void keep_alive() { ASSERT_TRUE(p.a.host->set_keep_alive(of_a.handle(), true, p.now())); }
  /// How many segments leave meanwhile.
  std::uint32_t sent_within(Duration time) {
    const std::uint32_t before = of_a.info()->segments_sent;
    p.pass(time);
    return of_a.info()->segments_sent - before;
  }
};

TEST(TcpConfigOfAConnection, AnotherIdleTimeCountsFromWhenThePeerWasHeard) {  // MUST-27
  KeptAlive c;
  c.keep_alive();
  c.p.pass(40s);
  c.set(KeptAlive::after(1min));
  EXPECT_EQ(c.sent_within(19s), 0u);
  EXPECT_EQ(c.sent_within(2s), 1u);
  c.p.pass(30s);
  c.set(KeptAlive::after(20s));
  c.p.a.host->on_deadline(c.p.now());
  EXPECT_EQ(c.sent_within(1ms), 1u) << "it was over already";
}

TEST(TcpConfigOfAConnection, WhatElseChangesDoesNotMoveTheKeepAlive) {
  KeptAlive c;
  TcpConfig tcp = KeptAlive::after(1min);
  c.set(tcp);
  c.p.pass(50s);
  c.keep_alive();
  tcp.send_buffer = 10'000;
  c.set(tcp);
  EXPECT_EQ(c.sent_within(59s), 0u);
  EXPECT_EQ(c.sent_within(2s), 1u);
}

TEST(TcpConfigOfAConnection, AnotherIdleTimeDoesNotMoveAProbeThatFollowsOne) {
  KeptAlive c;
  c.set(KeptAlive::after(1min));
  c.keep_alive();
  c.p.cut();
  EXPECT_EQ(c.sent_within(61s), 1u);
  c.set(KeptAlive::after(2s));
  EXPECT_EQ(c.sent_within(73s), 0u);
  EXPECT_EQ(c.sent_within(2s), 1u);
}

TEST(TcpConfigOfAConnection, AnIdleTimeSwitchesNothingOn) {  // MUST-25
  KeptAlive c;
  c.set(KeptAlive::after(1s));
  EXPECT_EQ(c.sent_within(1min), 0u);
}

TEST(TcpConfigOfAConnection, IsCheckedAndKeepsItsCongestionControl) {
  Connected c;
  const auto set = [&](const TcpConfig& tcp) {
    return error_of(c.p.a.host->set_tcp_config(c.of_a.handle(), tcp, c.p.now()));
  };
  TcpConfig tcp;
  tcp.r1 = 0;
  EXPECT_EQ(set(tcp), code(Error::kInvalidArgument));
  tcp = {};
  tcp.congestion_control = CongestionControl::kNewReno;
  EXPECT_EQ(set(tcp), code(Error::kInvalidArgument));
  EXPECT_EQ(error_of(c.p.a.host->set_tcp_config(TcpHandle{}, {}, c.p.now())), code(Error::kStaleHandle));
}

TEST(TcpConfigOfAConnection, ThereAreOnlySoManyOfThem) {
  Connected c;
  TcpConfig tcp;
  std::error_code last;
  for (std::uint32_t i = 0; i < 100 && !last; ++i) {
    tcp.send_buffer = 10'000 + i;
    last = error_of(c.p.a.host->set_tcp_config(c.of_a.handle(), tcp, c.p.now()));
  }
  EXPECT_EQ(last, code(Error::kLimit));
  EXPECT_EQ(error_of(c.p.a.host->set_tcp_config(c.of_a.handle(), {}, c.p.now())), std::error_code());
}

// RFC 9293 §3.7.1: what is offered is a limit on what we take; no more is sent either.
TEST(MaxMss, IsOfferedAndUsed) {
  Config config;
  config.tcp.max_mss = 1000;
  Pair p(config, Config());
  TcpListener listener = p.b.listens(80);
  TcpSocket of_a = p.a.connects(p.b, 80);
  p.settle();
  TcpSocket of_b = p.b.accepts(listener);
  EXPECT_EQ(of_a.info()->advertised_mss, 1000);
  EXPECT_LE(of_a.info()->mss, 1000u);
  EXPECT_LE(of_b.info()->mss, 1000u);
  EXPECT_TRUE(p.carries(of_b, text_of(5000), of_a) == text_of(5000));
}

TEST(MaxMss, OfAListenerIsThatOfItsConnections) {
  Pair p;
  TcpConfig tcp;
  tcp.max_mss = 1100;
  TcpListener listener = p.b.listens(80, {.local = {}, .tcp = &tcp});
  TcpSocket of_a = p.a.connects(p.b, 80);
  p.settle();
  TcpSocket of_b = p.b.accepts(listener);
  EXPECT_EQ(of_b.info()->advertised_mss, 1100);
  EXPECT_LE(of_a.info()->mss, 1100u);
}

struct ChangedListener : testing::Test {
  ChangedListener() : listener(p.b.listens(80)) {}
  std::error_code change(ListenOptions options, std::uint16_t port = 80) {
    options.local.port = port;
    return error_of(p.b.host->change_listener(listener.handle(), options, p.now()));
  }

  Pair p;
  TcpListener listener;
};

TEST_F(ChangedListener, HoldsWhatItIsNowTold) {
  EXPECT_EQ(change({.local = {}, .backlog = 1}), std::error_code());
  TcpSocket first = p.a.connects(p.b, 80);
  TcpSocket second = p.a.connects(p.b, 80);
  p.settle();
  EXPECT_EQ(listener.info()->waiting, 1u);
  EXPECT_EQ(listener.info()->backlog, 1u);
  EXPECT_EQ(change({.local = {}, .backlog = 2}), std::error_code());
  p.pass(3s);
  EXPECT_EQ(listener.info()->waiting, 2u) << "the peer, or our SYN-ACK, tries again";
}

TEST_F(ChangedListener, KeepsWhoWaits) {
  TcpSocket first = p.a.connects(p.b, 80);
  TcpSocket second = p.a.connects(p.b, 80);
  p.settle();
  EXPECT_EQ(change({.local = {}, .backlog = 1}), std::error_code());
  (void)p.b.accepts(listener);
  (void)p.b.accepts(listener);
}

TEST_F(ChangedListener, GivesItsConnectionsAnotherConfiguration) {
  TcpConfig tcp;
  tcp.max_mss = 1100;
  EXPECT_EQ(change({.local = {}, .tcp = &tcp}), std::error_code());
  TcpSocket opener = p.a.connects(p.b, 80);
  p.settle();
  EXPECT_EQ(p.b.accepts(listener).info()->advertised_mss, 1100);
}

TEST_F(ChangedListener, StaysWhereItIs) {
  EXPECT_EQ(change({.local = {}}, 81), code(Error::kInvalidArgument));
  EXPECT_EQ(change({.local = {}, .backlog = 0}), code(Error::kInvalidArgument));
  const ListenOptions options{.local = {{}, 80}};
  EXPECT_EQ(error_of(p.b.host->change_listener(ListenerHandle{}, options, p.now())), code(Error::kStaleHandle));
}

// RFC 7413 §4.1.3: what is remembered of a peer is its cookie and its MSS.
TEST_F(ChangedListener, GivesCookiesFromNowOn) {
  EXPECT_EQ(p.a.host->fast_open_mss(p.b.address, p.now()), 0);
  EXPECT_EQ(change({.local = {}, .fast_open = true}), std::error_code());
  const ConnectOptions options{.peer = {p.b.address, 80}, .fast_open = true};
  TcpSocket opener = *TcpSocket::connect(*p.a.host, options, p.now());
  p.settle();
  EXPECT_EQ(p.a.host->fast_open_mss(p.b.address, p.now()), p.b.address.is_v6() ? 1440 : 1460);
  EXPECT_EQ(p.a.host->fast_open_mss(p.a.address, p.now()), 0);
}

TEST_F(ChangedListener, WhoRefusesHasNoCookie) {
  const ConnectOptions options{.peer = {p.b.address, 80}, .fast_open = true};
  TcpSocket opener = *TcpSocket::connect(*p.a.host, options, p.now());
  p.settle();
  EXPECT_EQ(p.a.host->fast_open_mss(p.b.address, p.now()), 0);
}

}  // namespace
}  // namespace handfast::pair
