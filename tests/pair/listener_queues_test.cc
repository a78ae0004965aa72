#include "pair/flooded.h"

// RFC 4987 §3: the two queues of a listener, what they turn away, and what Host::listener_info tells of it.

namespace handfast::pair {
namespace {

using namespace std::chrono_literals;

TEST(ListenerInfo, TellsWhatIsHeldAndWhatMayBe) {
  Flooded net({.backlog = 5, .syn_backlog = 10, .fill = false});
  ListenerInfo info = net.info();
  EXPECT_EQ(info.local, (Endpoint{{}, Flooded::kPort}));
  EXPECT_EQ(info.half_open, 0u);
  EXPECT_EQ(info.syn_backlog, 10u);
  EXPECT_EQ(info.waiting, 0u);
  EXPECT_EQ(info.backlog, 5u);
  net.flood(3);
  (void)net.connect();
  (void)net.connect();
  net.settle();
  info = net.info();
  EXPECT_EQ(info.half_open, 3u);
  EXPECT_EQ(info.waiting, 2u);
  ASSERT_TRUE(net.host(0).accept(net.listener, net.now()));
  EXPECT_EQ(net.info().waiting, 1u);
  EXPECT_EQ(net.info().syn_overflows, 0u);
  ASSERT_TRUE(net.host(0).close_listener(net.listener, net.now()));
  EXPECT_EQ(net.host(0).listener_info(net.listener).error(), make_error_code(Error::kStaleHandle));
}

TEST(ListenerInfo, CountsSynOverflowsAndCookies) {
  Flooded net({});
  net.flood(7);
  (void)net.connect();
  net.settle();
  const ListenerInfo info = net.info();
  EXPECT_EQ(info.half_open, 16u);
  EXPECT_EQ(info.syn_overflows, 8u);
  EXPECT_EQ(info.cookies_sent, 8u);
  EXPECT_EQ(info.cookies_accepted, 1u);
}

TEST(ListenerInfo, CountsSynOverflowsWithoutCookies) {
  Config server;
  server.syn_cookies = SynCookies::kOff;
  Flooded net({.server = server});
  net.flood(7);
  EXPECT_EQ(net.info().syn_overflows, 7u);
  EXPECT_EQ(net.info().cookies_sent, 0u);
  EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpSynQueueFull), 7u);
}

TEST(ListenerInfo, CountsAcceptOverflowsOfBothWays) {
  for (const SynCookies policy : {SynCookies::kOff, SynCookies::kAlways}) {
    Config server;
    server.syn_cookies = policy;
    Flooded net({.server = server, .backlog = 1, .fill = false});
    (void)net.connect();
    (void)net.connect();
    net.settle();
    EXPECT_EQ(net.info().waiting, 1u);
    EXPECT_EQ(net.info().accept_overflows, 1u);
    EXPECT_EQ(net.info().half_open, policy == SynCookies::kOff ? 1u : 0u);
  }
}

TEST(SynQueue, EachHalfOpenConnectionIsGivenUpAfterItsRetries) {  // 4987-6
  Flooded net({.syn_backlog = 16, .fill = false});
  net.flood(8);  // half of it: no pressure yet
  EXPECT_FALSE(net.info().under_pressure);
  net.pass(62s);
  EXPECT_EQ(net.info().half_open, 8u);
  EXPECT_EQ(net.stranger_frames(), 8u * (1 + 5));
  net.pass(2s);
  EXPECT_EQ(net.info().half_open, 0u);
  EXPECT_EQ(net.info().handshakes_given_up, 8u);
  EXPECT_EQ(net.stranger_frames(), 8u * (1 + 5));
}

TEST(SynQueue, UnderPressureThereAreFewerRetries) {  // 4987-4
  for (const bool global : {false, true}) {
    Config server;
    if (global) server.limits.syn_queue = 16;
    Flooded net({.server = server, .syn_backlog = global ? 1000u : 16u, .fill = false});
    net.flood(9);
    EXPECT_TRUE(net.info().under_pressure);
    net.pass(6900ms);
    EXPECT_EQ(net.stranger_frames(), 9u * (1 + 2));
    EXPECT_EQ(net.info().half_open, 9u);
    net.pass(200ms);
    // The first that goes takes the pressure from the others: these have their usual retries.
    EXPECT_EQ(net.info().half_open, 8u);
    EXPECT_EQ(net.info().handshakes_given_up, 1u);
    EXPECT_FALSE(net.info().under_pressure);
  }
}

TEST(SynQueue, AFloodUnderPressureNeverGetsMoreThanThreeAnswersForASyn) {  // 4987-6
  Flooded net({});                                                         // J10: no amplifier
  for (int second = 0; second < 120; ++second) {
    net.flood(16);
    net.pass(1s);
    (void)net.take_strangers();
  }
  const std::uint64_t syns = net.host(0).counters().segments_received;
  EXPECT_EQ(syns, 16u * 121);
  EXPECT_LE(net.stranger_frames(), syns + 2 * net.info().handshakes_given_up + 2u * 16);
  EXPECT_GT(net.info().handshakes_given_up, 16u * 10);
}

TEST(SynQueue, NobodyIsRecycledForANewerSyn) {
  Flooded net({.fill = false});
  const SentSegment first = net.answer_to_syn(1000);
  net.flood(100);
  (void)net.take_strangers();
  net.deliver(0, Flooded::ack_of(first));
  EXPECT_EQ(net.info().waiting, 1u);
  EXPECT_EQ(net.info().cookies_accepted, 0u);  // it had its place all along
}

}  // namespace
}  // namespace handfast::pair
