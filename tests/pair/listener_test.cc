#include <gtest/gtest.h>

#include "pair/pair.h"

// A listener that cannot keep up, and how the ends that connect see it.

namespace handfast::pair {
namespace {

// The policy: the last segment of the handshake is dropped while the accept queue is full. The opener believes to be
// connected; its text stays unacknowledged until there is room.
TEST(PairListener, AFullAcceptQueueHoldsTheOpenerUp) {
  Pair p;
  TcpListener listener = p.b.listens(80, {.local = {}, .backlog = 1});
  TcpSocket first = p.a.connects(p.b, 80);
  p.settle();
  TcpSocket second = p.a.connects(p.b, 80);
  p.settle();
  EXPECT_EQ(state_of(second), "ESTABLISHED") << "as far as that end can know";
  EXPECT_GE(p.b.host->counters().dropped(DropReason::kTcpAcceptQueueFull), 1u);
  EXPECT_EQ(p.b.host->connection_count(), 1u);
  EXPECT_EQ(p.sends(second, "early"), 5u);
  p.pass(2s);
  EXPECT_EQ(second.info()->send_queued, 5u) << "nobody acknowledged it";
  EXPECT_GE(second.info()->retransmissions, 1u);

  TcpSocket accepted = p.b.accepts(listener);
  EXPECT_EQ(accepted.info()->tuple.peer.port, first.info()->tuple.host.port);
  p.pass(10s);
  TcpSocket next = p.b.accepts(listener);
  EXPECT_EQ(next.info()->tuple.peer.port, second.info()->tuple.host.port);
  EXPECT_EQ(p.takes(next), "early") << "once";
  EXPECT_EQ(second.info()->send_queued, 0u);
}

// The half-open connection does not wait for ever. Its opener, which had nothing to send, learns with its first text
// that nobody is there.
TEST(PairListener, AnAcceptQueueThatStaysFullEndsInAReset) {
  Pair p;
  TcpListener listener = p.b.listens(80, {.local = {}, .backlog = 1});
  TcpSocket first = p.a.connects(p.b, 80);
  p.settle();
  TcpSocket second = p.a.connects(p.b, 80);
  p.settle();
  p.pass(2min);
  EXPECT_EQ(state_of(second), "ESTABLISHED");
  EXPECT_EQ(p.sends(second, "late"), 4u);
  p.settle();
  EXPECT_EQ(state_of(second), "CLOSED");
  EXPECT_EQ(error_of(second), make_error_code(Error::kReset));
  EXPECT_EQ(state_of(first), "ESTABLISHED");
}

TEST(PairListener, AFullSynQueueLetsTheOpenerTryAgain) {
  Config config;
  config.syn_cookies = SynCookies::kOff;
  Pair p(config);
  TcpListener listener = p.b.listens(80, {.local = {}, .syn_backlog = 1});
  TcpSocket first = p.a.connects(p.b, 80);
  TcpSocket second = p.a.connects(p.b, 80);
  EXPECT_EQ(p.a.says(), "SYN, SYN");
  p.deliver(p.a);
  EXPECT_EQ(p.b.says(), "SYN+ACK") << "the other SYN was dropped, not refused";
  EXPECT_EQ(p.b.host->counters().dropped(DropReason::kTcpSynQueueFull), 1u);
  p.deliver(p.b);
  p.settle();
  EXPECT_EQ(state_of(first), "ESTABLISHED");
  EXPECT_EQ(state_of(second), "SYN-SENT");
  p.pass(3s);
  EXPECT_EQ(state_of(second), "ESTABLISHED");
}

TEST(PairListener, AConnectionThatEndsWhileItWaitsIsStillAccepted) {
  Pair p;
  TcpListener listener = p.b.listens(80);
  TcpSocket opener = p.a.connects(p.b, 80);
  p.settle();
  EXPECT_EQ(p.sends(opener, "last words"), 10u);
  EXPECT_TRUE(opener.close(p.now()));
  p.settle();
  TcpSocket accepted = p.b.accepts(listener);
  EXPECT_EQ(p.takes(accepted), "last words");
  EXPECT_TRUE(p.is_at_end(accepted));
}

TEST(PairListener, AConnectionThatIsAbortedWhileItWaitsTellsSo) {
  Pair p;
  TcpListener listener = p.b.listens(80);
  TcpSocket opener = p.a.connects(p.b, 80);
  p.settle();
  EXPECT_TRUE(opener.abort(p.now()));
  p.settle();
  TcpSocket accepted = p.b.accepts(listener);
  EXPECT_EQ(error_of(accepted), make_error_code(Error::kReset));
  EXPECT_NE(p.b.hears(accepted) & Readiness::kFailed, 0);
}

// Whoever waits to be accepted is reset; whoever is half-open finds out with its next segment.
TEST(PairListener, TheEndOfAListenerIsTheEndOfWhatWaits) {
  Pair p;
  TcpListener listener = p.b.listens(80);
  TcpSocket waiting = p.a.connects(p.b, 80);
  p.settle();
  TcpSocket half_open = p.a.connects(p.b, 80);
  p.a.says();
  p.deliver(p.a);
  EXPECT_EQ(p.b.says(), "SYN+ACK");
  EXPECT_TRUE(listener.close(p.now()));
  EXPECT_EQ(p.b.says(), "RST+ACK");
  p.deliver(p.b);
  EXPECT_EQ(error_of(waiting), make_error_code(Error::kReset));
  EXPECT_EQ(state_of(half_open), "ESTABLISHED");
  p.settle();
  EXPECT_EQ(error_of(half_open), make_error_code(Error::kReset));
  EXPECT_EQ(p.b.host->connection_count(), 0u);
}

// The same where a cookie kept its place in the SYN queue.
void check_settings(SynCookies cookies) {
  Config config;
  config.syn_cookies = cookies;
  Pair p(config);
  TcpConfig own = config.tcp;
  own.congestion_control = CongestionControl::kNewReno;
  own.receive_buffer = 20'000;
  ListenOptions options;
  options.tcp = &own;
  TcpListener special = p.b.listens(80, options);
  TcpListener plain = p.b.listens(81);
  TcpSocket to_special = p.a.connects(p.b, 80);
  TcpSocket to_plain = p.a.connects(p.b, 81);
  p.settle();
  const TcpSocket by_special = p.b.accepts(special);
  const TcpSocket by_plain = p.b.accepts(plain);
  EXPECT_EQ(by_special.info()->congestion, "newreno");
  EXPECT_EQ(by_special.info()->rcv_wnd, 20'000u);
  EXPECT_EQ(by_plain.info()->congestion, "cubic");
}

TEST(PairListener, ItsConnectionsHaveItsSettings) { check_settings(SynCookies::kOnOverflow); }
TEST(PairListener, SoHaveThoseThatACookieBrought) { check_settings(SynCookies::kAlways); }

TEST(PairListener, SettingsThatMakeNoSenseAreRefused) {
  Pair p;
  TcpConfig bad;
  bad.r1 = 0;
  ListenOptions options{.local = {{}, 80}};
  options.tcp = &bad;
  EXPECT_EQ(error_of(p.b.host->listen(options, p.now())), make_error_code(Error::kInvalidArgument));
}

}  // namespace
}  // namespace handfast::pair
