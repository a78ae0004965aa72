#include "tcp/congestion/cubic.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace handfast::tcp::congestion {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kMss = 1000;

struct CubicTest : testing::Test {
  CubicTest() { controller.on_start(state, 10 * kMss); }

  void ack(std::uint32_t bytes, bool limited = true) {
    delivered += bytes;
    controller.on_ack(state, scratch,
                      {.now = now,
                       .acked = bytes,
                       .delivered = bytes,
                       .in_flight_before = state.cwnd,
                       .in_flight = state.cwnd - std::min(bytes, state.cwnd),
                       .mss = kMss,
                       .rtt = rtt,
                       .srtt = rtt,
                       .total_delivered = delivered,
                       .was_cwnd_limited = limited});
  }
  /// A round trip of acknowledgments, spread over its time, each for `bytes`.
  void round(std::uint32_t bytes = kMss, bool limited = true) {
    const std::uint32_t acks = std::max(state.cwnd / bytes, 1u);
    for (std::uint32_t i = 0; i < acks; ++i) {
      now += rtt / acks;
      ack(bytes, limited);
    }
  }
  void lose() { controller.on_loss(state, scratch, {.now = now, .in_flight = state.cwnd, .mss = kMss}); }
  void recover() { controller.on_recovered(state, scratch, now); }
  void time_out(bool first = true) {
    controller.on_timeout(state, scratch, {.now = now, .in_flight = state.cwnd, .mss = kMss}, first);
  }
  /// A loss at `segments`, repaired.
  void lose_at(std::uint32_t segments) {
    state.cwnd = segments * kMss;
    state.ssthresh = std::min(state.ssthresh, state.cwnd);
    lose();
    recover();
  }
  void leave_slow_start() {
    for (int i = 0; i < 10'000 && state.in_slow_start(); ++i) {
      now += rtt * kMss / state.cwnd;
      ack(kMss);
    }
  }
  double segments() const { return static_cast<double>(state.cwnd) / kMss; }

  const Controller& controller = cubic();
  State state;
  Scratch scratch;
  Instant now{1s};
  Duration rtt = 100ms;
  std::uint64_t delivered = 0;
};

/// CUBIC as RFC 9438 writes it: segments, seconds, real numbers.
struct Reference {
  long double w_max, cwnd, cwnd_prior, w_est = cwnd;
  long double k = std::cbrt((w_max - cwnd) / 0.4L);

  long double curve(long double t) const { return 0.4L * (t - k) * (t - k) * (t - k) + w_max; }
  void ack(long double t, long double rtt, long double acked) {
    const long double alpha = w_est >= cwnd_prior ? 1.0L : 3 * 0.3L / 1.7L;
    w_est += alpha * acked / cwnd;
    if (curve(t) < w_est) {
      cwnd = std::max(cwnd, w_est);
    } else {
      cwnd += (std::clamp(curve(t + rtt), cwnd, 1.5L * cwnd) - cwnd) / cwnd * acked;
    }
  }
};

TEST_F(CubicTest, SlowStartDoublesInARoundTrip) {
  round();
  EXPECT_EQ(state.cwnd, 20 * kMss);
}

TEST_F(CubicTest, OneAcknowledgmentOfSlowStartCountsForItsLimit) {
  controller.on_ack(
      state, scratch,
      {.now = now, .acked = 45 * kMss, .mss = kMss, .slow_start_limit = 8 * kMss, .was_cwnd_limited = true});
  EXPECT_EQ(state.cwnd, 18 * kMss);
}

// LinuxHabits::cubic_looks_seldom: what is acknowledged between two looks counts at the second.
TEST_F(CubicTest, WhoLooksSeldomGrowsAsMuchInFewerSteps) {
  lose_at(20);
  State seldom = state;
  Scratch its_scratch = scratch;
  const Instant start = now;
  std::uint32_t steps = 0;
  for (int i = 0; i < 1600; ++i) {
    now = start + i * 1ms;
    Ack each{.now = now, .acked = kMss / 10, .mss = kMss, .srtt = rtt, .was_cwnd_limited = true};
    controller.on_ack(state, scratch, each);
    each.looks_seldom = true;
    const std::uint32_t before = seldom.cwnd;
    controller.on_ack(seldom, its_scratch, each);
    if (seldom.cwnd != before) ++steps;
  }
  EXPECT_LE(steps, 1600u * 32 / 1000 + 1);
  EXPECT_GT(state.cwnd, 15 * kMss);
  EXPECT_NEAR(seldom.cwnd, state.cwnd, kMss / 2.);
}

TEST_F(CubicTest, SlowStartStopsAtItsThreshold) {
  state.ssthresh = 12 * kMss + 1;
  ack(8 * kMss);
  EXPECT_EQ(state.cwnd, 12 * kMss + 1);
}

TEST_F(CubicTest, WithoutUseNoGrowth) {
  round(kMss, false);
  EXPECT_EQ(state.cwnd, 10 * kMss);
  lose_at(100);
  for (int i = 0; i < 100; ++i) round(kMss, false);
  EXPECT_EQ(state.cwnd, 70 * kMss);
}

TEST_F(CubicTest, ADelayEndsTheFirstSlowStartWithoutALoss) {
  rtt = 40ms;
  round();
  rtt = 60ms;
  leave_slow_start();
  EXPECT_EQ(state.ssthresh, state.cwnd);
  // 10, 20, 40 and then five rounds at no more than a quarter.
  EXPECT_LT(state.cwnd, 40 * kMss * 4);
  // §4.10: K = 0 and W_max = cwnd, so the convex part begins at once: 0.4 t^3 above it, or what Reno adds.
  const double at = segments();
  const Instant start = now;
  while (now < start + 6s) round();
  const double t = std::chrono::duration<double>(now - start).count();
  EXPECT_NEAR(segments(), std::max(at + 0.4 * std::pow(t + 0.06, 3), at + t / 0.06), 3);
}

TEST_F(CubicTest, ALaterSlowStartIgnoresDelay) {  // 9406-6
  time_out();
  state.ssthresh = 200 * kMss;
  while (state.cwnd < 128 * kMss) {
    round();
    rtt += 50ms;
  }
  EXPECT_EQ(state.ssthresh, 200 * kMss);
  EXPECT_EQ(state.cwnd, 128 * kMss);
}

TEST_F(CubicTest, ALossTakesThreeTenthsOfTheWindow) {  // 9438-1, 9438-9
  state.cwnd = 100 * kMss;
  lose();
  EXPECT_EQ(state.cwnd, 70 * kMss);
  EXPECT_EQ(state.ssthresh, 70 * kMss);
  // A window that is not used does not grow, so that it may count for what happens to be in flight (§4.6).
  state.cwnd = 100 * kMss;
  controller.on_loss(state, scratch, {.now = now, .in_flight = 50 * kMss, .mss = kMss});
  EXPECT_EQ(state.ssthresh, 70 * kMss);
}

TEST_F(CubicTest, ALossLeavesTwoSegmentsAndAMarkOne) {
  state.cwnd = 2 * kMss;
  lose();
  EXPECT_EQ(state.cwnd, 2 * kMss);
  EXPECT_EQ(state.ssthresh, 2 * kMss);
  state.cwnd = kMss;
  controller.on_loss(state, scratch, {.now = now, .in_flight = kMss, .mss = kMss, .by_ecn = true});
  EXPECT_EQ(state.cwnd, kMss);
  EXPECT_EQ(state.ssthresh, 2 * kMss);
  recover();
  EXPECT_EQ(state.cwnd, kMss);
  state.cwnd = 100 * kMss;
  controller.on_loss(state, scratch, {.now = now, .in_flight = 100 * kMss, .mss = kMss, .by_ecn = true});
  EXPECT_EQ(state.cwnd, 70 * kMss);
}

TEST_F(CubicTest, RecoveryEndsAtTheThreshold) {
  state.cwnd = 100 * kMss;
  lose();
  state.cwnd = 7 * kMss;  // PRR had it
  recover();
  EXPECT_EQ(state.cwnd, 70 * kMss);
}

TEST_F(CubicTest, InRecoveryTheWindowIsNotItsBusiness) {
  state.cwnd = 100 * kMss;
  lose();
  controller.on_ack(state, scratch,
                    {.now = now, .acked = 10 * kMss, .mss = kMss, .in_recovery = true, .was_cwnd_limited = true});
  EXPECT_EQ(state.cwnd, 70 * kMss);
}

TEST_F(CubicTest, FollowsTheCurveOfTheRfc) {  // MAY-18, 9438-1
  for (const std::uint32_t start : {100u, 1000u, 10000u}) {
    for (const Duration path : {Duration(20ms), Duration(100ms), Duration(400ms)}) {
      scratch = {};
      rtt = path;
      lose_at(start);
      Reference reference{.w_max = static_cast<long double>(start),
                          .cwnd = 0.7L * start,
                          .cwnd_prior = static_cast<long double>(start)};
      const long double k = reference.k;
      const Instant epoch = now;
      ack(1);
      const std::uint32_t batch = start >= 1000 ? 10 : 1;
      while (std::chrono::duration<long double>(now - epoch).count() < 1.5L * k) {
        const std::uint32_t acks = std::max(state.cwnd / (batch * kMss), 1u);
        for (std::uint32_t i = 0; i < acks; ++i) {
          now += rtt / acks;
          ack(batch * kMss);
          reference.ack(std::chrono::duration<long double>(now - epoch).count(),
                        std::chrono::duration<long double>(rtt).count(), batch);
        }
        ASSERT_NEAR(segments(), static_cast<double>(reference.cwnd), 0.5 + 0.002 * segments())
            << start << ' ' << path.count() << ' ' << (now - epoch).count();
      }
    }
  }
}

TEST_F(CubicTest, IsConcaveBelowThePlateauReachesItAtKAndIsConvexBeyond) {
  rtt = 200ms;
  lose_at(1000);
  const double k = std::cbrt(300 / 0.4);  // 9.1 s
  const Instant epoch = now;
  std::vector<double> gains;
  double before = segments();
  while (now < epoch + std::chrono::seconds(18)) {
    round(10 * kMss);
    gains.push_back(segments() - before);
    before = segments();
    if (std::abs(std::chrono::duration<double>(now - epoch).count() - k) < 0.1) {
      EXPECT_NEAR(segments(), 1000, 5);
    }
  }
  EXPECT_GT(gains[5], gains[25]);
  EXPECT_GT(gains[25], gains[42]);
  EXPECT_LT(gains[48], gains[65]);
  EXPECT_LT(gains[65], gains[85]);
}

TEST_F(CubicTest, OneAcknowledgmentForManySegmentsCountsForAll) {
  rtt = 100ms;
  lose_at(1000);
  for (int i = 0; i < 30; ++i) round(kMss);
  const double one_by_one = segments();
  scratch = {};
  lose_at(1000);
  for (int i = 0; i < 30; ++i) round(40 * kMss);
  EXPECT_NEAR(segments(), one_by_one, one_by_one * 0.02);
}

// §4.2: the target is at most half above the window, so that growth is below that of slow start.
TEST_F(CubicTest, GrowsByHalfInARoundTripAtMost) {  // 9438-2
  rtt = 60s;
  lose_at(100);
  ack(1);
  for (int i = 0; i < 5; ++i) {
    const double before = segments();
    now += rtt;
    ack(state.cwnd);
    EXPECT_LE(segments(), before * 1.5 + 1);
    EXPECT_GT(segments(), before * 1.4);
  }
}

// §4.3: on a short thin path CUBIC is Reno with alpha = 9/17, and with 1 once it is back where it was.
TEST_F(CubicTest, FollowsRenoWhereTheCurveIsSlower) {  // 9438-3
  rtt = 10ms;
  lose_at(20);
  ack(1);
  const double before = segments();
  for (int i = 0; i < 10; ++i) round();
  EXPECT_NEAR(segments() - before, 10 * 9.0 / 17, 0.5);
  while (segments() < 20.5) round();
  const double back = segments();
  for (int i = 0; i < 10; ++i) round();
  EXPECT_NEAR(segments() - back, 10, 1.0);
}

// §4.7.
TEST_F(CubicTest, ASecondLossBelowTheLastOneLowersThePlateau) {  // 9438-4
  rtt = 100ms;
  lose_at(1000);
  state.cwnd = 800 * kMss;
  lose();
  recover();
  // W_max = 800 * 0.85 = 680 above cwnd = 560: K = cbrt(120 / 0.4) = 6.7 s.
  const Instant epoch = now;
  while (now < epoch + std::chrono::milliseconds(6700)) round(10 * kMss);
  EXPECT_NEAR(segments(), 680, 5);
}

TEST_F(CubicTest, ASecondLossAboveTheLastOneRaisesThePlateau) {
  rtt = 100ms;
  lose_at(1000);
  state.cwnd = 1200 * kMss;
  lose();
  recover();
  const Instant epoch = now;
  while (now < epoch + std::chrono::milliseconds(9650)) round(10 * kMss);  // cbrt(360 / 0.4)
  EXPECT_NEAR(segments(), 1200, 5);
}

// §4.8.
TEST_F(CubicTest, ATimeoutStartsOverAndTheNextEpochOnItsOwnPlateau) {  // 9438-5
  lose_at(1000);
  state.cwnd = 100 * kMss;
  time_out();
  EXPECT_EQ(state.cwnd, kMss);
  EXPECT_EQ(state.ssthresh, 70 * kMss);
  time_out(false);
  EXPECT_EQ(state.ssthresh, 70 * kMss);
  leave_slow_start();
  EXPECT_EQ(state.cwnd, 70 * kMss);
  rtt = 500ms;
  Reference reference{.w_max = 70, .cwnd = 70, .cwnd_prior = 100};
  const Instant epoch = now;
  ack(1);
  while (now < epoch + std::chrono::seconds(8)) {
    const std::uint32_t acks = state.cwnd / kMss;
    for (std::uint32_t i = 0; i < acks; ++i) {
      now += rtt / acks;
      ack(kMss);
      reference.ack(std::chrono::duration<long double>(now - epoch).count(), 0.5L, 1);
    }
  }
  EXPECT_NEAR(segments(), static_cast<double>(reference.cwnd), 2);
  EXPECT_GT(segments(), 70 + 0.4 * 8 * 8 * 8);
}

TEST_F(CubicTest, RecoveryAfterATimeoutLeavesSlowStartAlone) {
  state.cwnd = 100 * kMss;
  lose();
  time_out();
  round();
  recover();
  EXPECT_EQ(state.cwnd, 2 * kMss);
}

// §4.2, §5.8: t does not run while the caller holds the sender back.
TEST_F(CubicTest, TimeWithoutUseIsNotCounted) {  // 9438-8
  rtt = 100ms;
  lose_at(1000);
  Scratch busy = scratch;
  const State start = state;
  for (int i = 0; i < 40; ++i) round(10 * kMss);
  const double expected = segments();

  scratch = busy;
  state = start;
  for (int i = 0; i < 20; ++i) round(10 * kMss);
  for (int i = 0; i < 600; ++i) round(10 * kMss, false);
  for (int i = 0; i < 20; ++i) round(10 * kMss);
  EXPECT_NEAR(segments(), expected, 1);

  scratch = busy;
  state = start;
  for (int i = 0; i < 20; ++i) round(10 * kMss);
  now += std::chrono::hours(24 * 5);
  controller.on_idle(state, scratch, now, 10 * kMss, false);
  for (int i = 0; i < 20; ++i) round(10 * kMss);
  EXPECT_NEAR(segments(), expected, 1);
}

TEST_F(CubicTest, AfterALongPauseTheWindowIsTheRestartWindow) {
  lose_at(1000);
  controller.on_idle(state, scratch, now, 10 * kMss, true);
  EXPECT_EQ(state.cwnd, 10 * kMss);
  EXPECT_EQ(state.ssthresh, 700 * kMss);
  state.cwnd = 3 * kMss;
  controller.on_idle(state, scratch, now, 10 * kMss, true);
  EXPECT_EQ(state.cwnd, 3 * kMss);
}

// §4.9.
TEST_F(CubicTest, ALossThatWasNoneIsUndone) {  // 9438-6
  rtt = 100ms;
  lose_at(1000);
  for (int i = 0; i < 40; ++i) round(10 * kMss);
  const State before = state;
  Scratch without = scratch;
  lose();
  EXPECT_LT(state.cwnd, before.cwnd);
  controller.on_undo(state, scratch, before);
  EXPECT_EQ(state.cwnd, before.cwnd);
  EXPECT_EQ(state.ssthresh, before.ssthresh);
  // It goes on as if nothing had been: with the old plateau, K, time and estimate.
  State other = before;
  for (int i = 0; i < 40; ++i) round(10 * kMss);
  const State with_undo = state;
  state = other;
  scratch = without;
  now -= 40 * 100ms;
  for (int i = 0; i < 40; ++i) round(10 * kMss);
  EXPECT_EQ(state.cwnd, with_undo.cwnd);
}

TEST_F(CubicTest, ATimeoutThatWasNoneIsUndone) {
  state.cwnd = 100 * kMss;
  const State before = state;
  time_out();
  time_out(false);
  controller.on_undo(state, scratch, before);
  EXPECT_EQ(state.cwnd, 100 * kMss);
  EXPECT_EQ(state.ssthresh, kLargestWindow);
}

TEST_F(CubicTest, AnEpisodeOfSeveralReductionsIsUndoneToItsBeginning) {
  rtt = 100ms;
  lose_at(1000);
  state.cwnd = 2000 * kMss;
  const State before = state;
  lose();
  time_out();
  controller.on_undo(state, scratch, before);
  EXPECT_EQ(state.cwnd, 2000 * kMss);
  // W_max is the 1000 of before the episode, so a loss at 1500 is above it: no fast convergence.
  state.cwnd = 1500 * kMss;
  lose();
  recover();
  const Instant epoch = now;
  while (now < epoch + std::chrono::milliseconds(10400)) round(10 * kMss);  // cbrt(450 / 0.4)
  EXPECT_NEAR(segments(), 1500, 8);
}

TEST_F(CubicTest, UndoComesTooLateForAWindowThatHasGrownPastIt) {
  const State before{.cwnd = 20 * kMss, .ssthresh = 40 * kMss};
  state = before;
  lose();
  recover();
  while (state.cwnd <= 30 * kMss) round();
  const State now_larger = state;
  controller.on_undo(state, scratch, before);
  EXPECT_EQ(state.cwnd, now_larger.cwnd);
  EXPECT_EQ(state.ssthresh, now_larger.ssthresh);
}

TEST_F(CubicTest, AFreshScratchGoesOnFromTheWindow) {
  lose_at(100);
  EXPECT_TRUE(controller.is_worth_keeping(state, scratch));
  scratch = {};
  EXPECT_FALSE(controller.is_worth_keeping(state, scratch));
  round();
  EXPECT_GE(state.cwnd, 70 * kMss);
  EXPECT_LE(state.cwnd, 72 * kMss);
}

TEST_F(CubicTest, ExtremesStayWithinTheirTypes) {
  for (const Duration path : {Duration(1us), Duration(100ms), Duration(60s)}) {
    for (const std::uint32_t start : {kMss, 2 * kMss, kLargestWindow / 2, kLargestWindow - 1, kLargestWindow}) {
      for (const std::uint32_t acked : {1u, kMss, kLargestWindow, ~0u}) {
        scratch = {};
        rtt = path;
        state = {.cwnd = start, .ssthresh = kMss};
        lose();
        recover();
        std::uint32_t before = state.cwnd;
        for (int i = 0; i < 200; ++i) {
          now += i % 50 == 49 ? Duration(std::chrono::hours(24 * 3)) : path;
          ack(acked);
          ASSERT_GE(state.cwnd, before);
          ASSERT_LE(state.cwnd, kLargestWindow);
          ASSERT_LE(state.cwnd, std::uint64_t{before} + before / 2 + kMss);
          before = state.cwnd;
        }
        state.cwnd = kLargestWindow;
        lose();
        EXPECT_EQ(state.cwnd, 751619276u);
        time_out();
        EXPECT_EQ(state.cwnd, kMss);
      }
    }
  }
}

}  // namespace
}  // namespace handfast::tcp::congestion
