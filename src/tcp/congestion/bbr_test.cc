#include "tcp/congestion/bbr.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/test_random.h"
#include "tcp/congestion/bbr_flow.h"
#include "tcp/congestion/test_link.h"

namespace handfast::tcp::congestion {
namespace {

using namespace std::chrono_literals;

using bbr::Flow;
using bbr::Phase;

constexpr std::uint64_t kMegabit = 125'000;
constexpr std::uint32_t kMss = TestLink::kMss;

struct BbrTest : testing::Test {
  BbrTest() { set_path(100 * kMegabit, 40ms, 4.0); }

  /// A path with a queue of so many BDPs.
  void set_path(std::uint64_t rate, Duration delay, double queue) {
    link.rate = rate;
    link.delay = delay;
    link.buffer = static_cast<std::uint64_t>(static_cast<double>(bdp()) * queue);
  }
  const Flow& flow() const { return link.scratch.as<Flow>(); }
  std::uint64_t bdp() const { return bbr::bytes_in(link.rate, link.delay); }
  double rate() const { return static_cast<double>(link.rate); }
  double max_bw() const { return static_cast<double>(flow().max_bw()); }
  double throughput(Duration span) { return static_cast<double>(link.throughput(span)); }
  void run_until(Phase phase, Duration limit = 30s) {
    const Instant end = link.now + limit;
    while (flow().phase != phase && link.now < end) link.run(1ms);
    ASSERT_EQ(flow().phase, phase);
  }
  /// An acknowledgment beside those of the link, of nothing but what `change` puts into it.
  template <typename Change>
  void ack(Change change) {
    Ack ack{.now = link.now,
            .in_flight = link.in_flight,
            .mss = kMss,
            .total_delivered = link.delivered,
            .rate = {.prior_delivered = 0, .tx_in_flight = link.in_flight}};
    change(ack);
    controller.on_ack(link.state, link.scratch, ack);
  }

  const Controller& controller = bbr_controller();
  TestLink link{bbr_controller(), 0, 0ms};
};

// --- Startup and Drain (§5.3.1, §5.3.2) ---

TEST_F(BbrTest, BeforeTheFirstAcknowledgmentItPacesTheInitialWindowOverAMillisecond) {
  EXPECT_EQ(controller.pacing_rate(link.state, link.scratch), 10u * kMss * 1000 * 277 / 100);
}

TEST_F(BbrTest, TheFirstRoundTripSaysHowFastTheInitialWindowIs) {
  link.rate = 10'000 * kMegabit;
  link.run(40ms + 10us);
  ASSERT_GT(link.delivered, 0u);
  EXPECT_NEAR(static_cast<double>(flow().pacing_rate), 10 * kMss / 0.04 * 2.77, 50'000);
}

TEST_F(BbrTest, StartupFindsTheBandwidthAndStopsAtAPlateau) {
  run_until(Phase::kDrain);
  EXPECT_NEAR(max_bw(), rate(), rate() * 0.02);
  EXPECT_TRUE(flow().full_bw_reached);
  EXPECT_EQ(link.lost, 0u);
  // Doubling from 10 segments to 333 takes five rounds, the plateau three; the queue makes the last ones longer.
  EXPECT_LT(link.now, Instant(1s) + 700ms);
}

TEST_F(BbrTest, APlateauIsThreeRoundsWithoutAQuarterMore) {
  const auto round = [this](std::uint32_t bytes) {
    ack([bytes](Ack& a) {
      a.delivered = kMss;
      a.rate.prior_delivered = a.total_delivered;
      a.rate.delivered = bytes;
      a.rate.interval = 40ms;
    });
    return flow().full_bw_reached;
  };
  for (const std::uint32_t growing : {100'000u, 125'000u, 130'000u, 135'000u, 157'000u, 158'000u, 190'000u}) {
    EXPECT_FALSE(round(growing)) << growing;
  }
  EXPECT_TRUE(round(195'000));
}

TEST_F(BbrTest, DrainEmptiesTheQueueThatStartupLeft) {
  run_until(Phase::kDrain);
  EXPECT_GT(link.queued(), bdp() / 2);
  EXPECT_NEAR(static_cast<double>(flow().pacing_rate), 0.5 * 0.99 * max_bw(), max_bw() * 0.01);
  const Instant start = link.now;
  while (flow().phase == Phase::kDrain) link.run(1ms);
  EXPECT_LT(link.queued(), bdp() / 50);
  EXPECT_LT(link.now - start, 120ms);
}

TEST_F(BbrTest, DrainGivesUpAfterThreeRounds) {
  run_until(Phase::kDrain);
  const auto round = [](Ack& a) {
    a.delivered = kMss;
    a.rate.prior_delivered = a.total_delivered;
    a.in_flight = 10'000'000;
  };
  for (int i = 0; i < 3; ++i) {
    ack(round);
    ASSERT_EQ(flow().phase, Phase::kDrain) << i;
  }
  ack(round);
  EXPECT_EQ(flow().phase, Phase::kDown);
}

TEST_F(BbrTest, StartupStopsWhereTooMuchIsLost) {
  set_path(100 * kMegabit, 40ms, 0.05);
  run_until(Phase::kDrain);
  EXPECT_TRUE(flow().full_bw_reached);
  EXPECT_LT(flow().full_bw_count, 3);
  EXPECT_NE(flow().inflight_longterm, bbr::kUnlimited);
  EXPECT_GE(flow().inflight_longterm, bdp() * 7 / 10);
}

TEST_F(BbrTest, WhileTheCallerHoldsItBackStartupNeverEnds) {
  link.supply = 10 * kMegabit;
  link.run(4s);
  EXPECT_EQ(flow().phase, Phase::kStartup);
  EXPECT_FALSE(flow().full_bw_reached);
  EXPECT_LT(max_bw(), 30.0 * kMegabit) << "more than 10 while it caught up with what waited";
}

TEST_F(BbrTest, ProbeRttInStartupLeadsBackToStartup) {
  link.supply = 10 * kMegabit;
  run_until(Phase::kProbeRtt);
  EXPECT_FALSE(flow().full_bw_reached);
  run_until(Phase::kStartup, 1s);
  link.supply = 0;
  run_until(Phase::kDrain);
  EXPECT_NEAR(max_bw(), rate(), rate() * 0.05);
}

TEST_F(BbrTest, TheLowRateOfProbeRttIsNoPlateau) {
  link.run(100ms);
  ASSERT_EQ(flow().phase, Phase::kStartup);
  link.scratch.as<Flow>().probe_rtt_min_stamp -= 6s;
  run_until(Phase::kProbeRtt, 100ms);
  while (flow().phase == Phase::kProbeRtt) link.run(1ms);
  EXPECT_EQ(flow().phase, Phase::kStartup);
  run_until(Phase::kDrain);
  EXPECT_NEAR(max_bw(), rate(), rate() * 0.05);
}

// --- Steady state ---

struct Path {
  std::uint64_t rate;
  Duration delay;
  double share;  ///< of the bandwidth
};

TEST_F(BbrTest, UsesPathsOfManyKinds) {
  for (const Path& path : {Path{kMegabit / 2, 20ms, 0.9}, Path{kMegabit, 100ms, 0.9}, Path{10 * kMegabit, 1ms, 0.9},
                           Path{10 * kMegabit, 600ms, 0.85}, Path{100 * kMegabit, 10ms, 0.9},
                           Path{1000 * kMegabit, 1ms, 0.9}, Path{1000 * kMegabit, 50ms, 0.9}}) {
    link = TestLink(controller, 0, 0ms);
    set_path(path.rate, path.delay, 4.0);
    link.buffer += 20 * kMss;
    link.run(path.delay * 20 + 1s);
    EXPECT_GT(throughput(10s), rate() * path.share) << path.rate << ' ' << path.delay.count();
    EXPECT_NEAR(max_bw(), rate(), rate() * 0.05) << path.rate << ' ' << path.delay.count();
    EXPECT_LE(link.lost, link.delivered / 100) << path.rate << ' ' << path.delay.count();
  }
}

TEST_F(BbrTest, CruisesWithoutAQueue) {
  run_until(Phase::kCruise);
  link.run(500ms);
  ASSERT_EQ(flow().phase, Phase::kCruise);
  EXPECT_LT(link.queued(), 10u * kMss);
  EXPECT_NEAR(static_cast<double>(controller.pacing_rate(link.state, link.scratch)), rate() * 0.99, rate() * 0.01);
  EXPECT_NEAR(link.state.cwnd, static_cast<double>(2 * bdp()), static_cast<double>(bdp()) * 0.1);
}

TEST_F(BbrTest, GoesThroughTheCycleInItsOrder) {
  set_path(1000 * kMegabit, 40ms, 4.0);
  run_until(Phase::kCruise);
  std::vector<Phase> phases;
  std::vector<Duration> between;
  Instant clock{};
  for (int i = 0; i < 40'000; ++i) {
    const Phase before = flow().phase;
    link.run(250us);
    if (flow().phase == before) continue;
    phases.push_back(flow().phase);
    // ProbeRTT starts the clock anew (§5.3.4.4).
    if (flow().phase == Phase::kDown || before == Phase::kProbeRtt) clock = link.now;
    if (flow().phase == Phase::kRefill && clock != Instant()) between.push_back(link.now - clock);
  }
  for (std::size_t i = 1; i < phases.size(); ++i) {
    const Phase before = phases[i - 1];
    switch (phases[i]) {
      case Phase::kUp:
        EXPECT_EQ(before, Phase::kRefill);
        break;
      case Phase::kRefill:
        EXPECT_EQ(before, Phase::kCruise);
        break;
      case Phase::kDown:
        EXPECT_EQ(before, Phase::kUp);
        break;
      case Phase::kCruise:
        EXPECT_TRUE(before == Phase::kDown || before == Phase::kProbeRtt);
        break;
      default:
        EXPECT_EQ(phases[i], Phase::kProbeRtt);
    }
  }
  EXPECT_GE(std::ranges::count(phases, Phase::kUp), 3);
  // Two to three seconds, or 62 to 63 rounds: here 2.5 s.
  ASSERT_GE(between.size(), 2u);
  for (const Duration wait : between) {
    EXPECT_GE(wait, 2s);
    EXPECT_LE(wait, 3s + 1ms);
  }
}

TEST_F(BbrTest, OnASmallPathItProbesAsOftenAsRenoWould) {
  // A BDP of ten segments: ten rounds between probes, not two seconds.
  set_path(10 * kMss * 100, 10ms, 4.0);
  run_until(Phase::kCruise);
  int probes = 0;
  const Instant start = link.now;
  while (link.now < start + 2s) {
    const Phase before = flow().phase;
    link.run(1ms);
    probes += before != Phase::kUp && flow().phase == Phase::kUp ? 1 : 0;
  }
  EXPECT_GE(probes, 5);
}

TEST_F(BbrTest, OnAFastPathItProbesAfter63RoundsAtTheLatest) {
  set_path(1000 * kMegabit, 10ms, 4.0);
  for (int i = 0; i < 3; ++i) {
    run_until(Phase::kDown);
    const Instant start = link.now;
    run_until(Phase::kRefill);
    EXPECT_GE(link.now - start, 600ms);
    EXPECT_LE(link.now - start, 800ms);
  }
}

TEST_F(BbrTest, ChanceIsSpreadByTheSeedAndNothingElse) {
  const auto first_probe = [this](std::uint32_t seed) {
    link = TestLink(controller, 0, 0ms);
    set_path(100 * kMegabit, 100ms, 4.0);
    link.seed = seed;
    run_until(Phase::kRefill);
    return link.now;
  };
  const Instant one = first_probe(1);
  EXPECT_EQ(first_probe(1), one);
  std::vector<Instant> others;
  others.reserve(20);
  for (std::uint32_t seed = 0; seed < 20; ++seed) others.push_back(first_probe(seed * 2654435761u));
  const auto [least, most] = std::ranges::minmax(others);
  EXPECT_GT(most - least, 300ms);
  EXPECT_LT(most - least, 1100ms);
}

TEST_F(BbrTest, APathOfLessThanASegmentKeepsFourInFlight) {
  set_path(kMegabit / 4, 10ms, 4.0);
  link.buffer = 20 * kMss;
  link.run(4s);
  EXPECT_GE(link.state.cwnd, 4 * kMss);
  EXPECT_NEAR(max_bw(), rate(), rate() * 0.05);
  EXPECT_GT(throughput(10s), rate() * 0.9);
}

// --- ProbeRTT (§5.3.4) ---

TEST_F(BbrTest, EveryFiveSecondsItEmptiesThePath) {
  run_until(Phase::kCruise);
  Instant last = link.now;
  for (int visit = 0; visit < 3; ++visit) {
    run_until(Phase::kProbeRtt);
    EXPECT_LE(link.now - last, 5s + 100ms);
    while (flow().probe_rtt_done_stamp == Instant()) link.run(1ms);
    EXPECT_LE(link.in_flight, bdp() * 51 / 100);
    const Instant emptied = link.now;
    while (flow().phase == Phase::kProbeRtt) link.run(1ms);
    EXPECT_GE(link.now - emptied, 199ms);
    EXPECT_LE(link.now - emptied, 300ms);
    EXPECT_EQ(flow().phase, Phase::kCruise);
    EXPECT_GT(link.state.cwnd, bdp() * 19 / 10);
    last = link.now;
  }
}

TEST_F(BbrTest, ALongerPathIsSeenAfterTheFilterForgot) {
  link.run(3s);
  link.delay = 80ms;
  link.run(5s);
  EXPECT_LT(flow().min_rtt, 41ms);
  link.run(12s);
  EXPECT_NEAR(static_cast<double>(flow().min_rtt.count()), 80e6, 1e6);
  EXPECT_GT(throughput(10s), rate() * 0.9);
}

TEST_F(BbrTest, AShorterPathIsSeenAtOnce) {
  link.run(3s);
  link.delay = 20ms;
  link.run(200ms);
  EXPECT_LT(flow().min_rtt, 21ms);
}

TEST_F(BbrTest, AfterAPauseThereIsNothingToEmpty) {
  run_until(Phase::kCruise);
  link.pause(6s);
  const std::uint32_t cwnd = link.state.cwnd;
  EXPECT_GT(cwnd, bdp() * 19 / 10) << "§5.4: the window stays";
  EXPECT_NEAR(static_cast<double>(controller.pacing_rate(link.state, link.scratch)), rate() * 0.99, rate() * 0.01);
  for (int i = 0; i < 1000; ++i) {
    link.run(1ms);
    ASSERT_NE(flow().phase, Phase::kProbeRtt);
  }
  EXPECT_LT(link.longest_queue, 60ms) << "no burst";
}

TEST_F(BbrTest, APauseInProbeRttEndsIt) {
  run_until(Phase::kProbeRtt);
  while (flow().probe_rtt_done_stamp == Instant()) link.run(1ms);
  link.pause(1s);
  EXPECT_TRUE(flow().in_probe_bw());
  EXPECT_GT(link.state.cwnd, bdp() * 19 / 10);
}

// --- Change ---

TEST_F(BbrTest, ABandwidthTwiceAsLargeIsFound) {
  link.run(5s);
  link.rate *= 2;
  link.run(8s);
  EXPECT_NEAR(max_bw(), rate(), rate() * 0.05);
  EXPECT_GT(throughput(10s), rate() * 0.9);
}

TEST_F(BbrTest, ABandwidthTenTimesAsLargeIsFound) {
  set_path(10 * kMegabit, 40ms, 4.0);
  link.run(5s);
  link.rate *= 10;
  link.buffer *= 10;
  link.run(15s);
  EXPECT_NEAR(max_bw(), rate(), rate() * 0.05);
}

TEST_F(BbrTest, ABandwidthHalfAsLargeIsFound) {
  link.run(5s);
  link.rate /= 2;
  // Two cycles, until which the maximum is remembered.
  link.run(10s);
  EXPECT_NEAR(max_bw(), rate(), rate() * 0.05);
  EXPECT_GT(throughput(10s), rate() * 0.9);
  run_until(Phase::kCruise);
  link.run(300ms);
  EXPECT_LT(link.queued(), bdp());
}

// --- Loss ---

TEST_F(BbrTest, AShallowQueueLosesLittleAndIsUsed) {
  set_path(100 * kMegabit, 40ms, 0.2);
  link.run(3s);
  const std::uint64_t lost = link.lost;
  const std::uint64_t delivered = link.delivered;
  EXPECT_GT(throughput(20s), rate() * 0.8);
  EXPECT_LT(static_cast<double>(link.lost - lost), static_cast<double>(link.delivered - delivered) * 0.01);
  EXPECT_LE(flow().inflight_longterm, (bdp() + link.buffer) * 11 / 10);
}

TEST_F(BbrTest, OnePercentOfRandomLossHardlyHolds) {
  link.drop_every = 100;
  link.run(3s);
  // Each round of cruising gives way by the 1 % lost and the 1 % of the pacing margin, until the next probe.
  EXPECT_GT(throughput(20s), rate() * 0.65);
  EXPECT_NEAR(max_bw(), rate(), rate() * 0.05);
}

TEST_F(BbrTest, LossInCruiseBoundsTheShortTermAndTheNextProbeForgetsIt) {
  run_until(Phase::kCruise);
  link.run(100ms);
  const std::uint64_t bw = flow().max_bw();
  link.drop_every = 10;
  link.run(100ms);
  link.drop_every = 0;
  EXPECT_LT(flow().bw_shortterm, bw);
  EXPECT_GE(flow().bw_shortterm, bw * 7 / 10 * 7 / 10);
  EXPECT_LT(flow().inflight_shortterm, bbr::kUnlimited);
  EXPECT_GE(static_cast<double>(flow().max_bw()), static_cast<double>(bw) * 0.99) << "the long-term model stays";
  run_until(Phase::kRefill);
  EXPECT_EQ(flow().bw_shortterm, bbr::kUnlimitedRate);
  EXPECT_EQ(flow().inflight_shortterm, bbr::kUnlimited);
}

TEST_F(BbrTest, ALossBelowTheThresholdDoesNotEndAProbe) {
  run_until(Phase::kUp);
  link.run(60ms);
  ASSERT_EQ(flow().phase, Phase::kUp);
  ack([](Ack& a) { a.lost = a.rate.lost = a.rate.tx_in_flight * 2 / 100; });
  EXPECT_EQ(flow().phase, Phase::kUp);
  EXPECT_EQ(flow().inflight_longterm, bbr::kUnlimited);
}

TEST_F(BbrTest, ALossAboveTheThresholdEndsAProbeAndIsRemembered) {
  run_until(Phase::kUp);
  link.run(60ms);
  const std::uint32_t in_flight = link.in_flight;
  ack([](Ack& a) { a.lost = a.rate.lost = a.rate.tx_in_flight * 3 / 100; });
  EXPECT_EQ(flow().phase, Phase::kDown);
  EXPECT_TRUE(flow().prev_probe_too_high);
  // 97 % before the lost ones, and of those as many as 2 % allow: 0.97 * 1.0204.
  EXPECT_NEAR(flow().inflight_longterm, in_flight * 0.97 * (1 + 0.02 / 0.98), kMss);
  // The same loss again belongs to the same probe.
  const std::uint32_t longterm = flow().inflight_longterm;
  ack([](Ack& a) { a.lost = a.rate.lost = a.rate.tx_in_flight / 2; });
  EXPECT_EQ(flow().inflight_longterm, longterm);
}

TEST_F(BbrTest, ALossCutsTheLongTermByThreeTenthsAtMost) {
  run_until(Phase::kUp);
  link.run(60ms);
  ack([](Ack& a) {
    a.rate.tx_in_flight = 10 * kMss;
    a.lost = a.rate.lost = 5 * kMss;
  });
  EXPECT_NEAR(flow().inflight_longterm, static_cast<double>(bdp()) * 0.7, static_cast<double>(bdp()) * 0.02);
}

TEST_F(BbrTest, WithoutALimitOfItsOwnACallerWhoSendsLittleKeepsTheLongTerm) {
  run_until(Phase::kUp);
  link.run(60ms);
  ack([](Ack& a) {
    a.lost = a.rate.lost = a.rate.tx_in_flight * 3 / 100;
    a.rate.is_app_limited = true;
  });
  EXPECT_EQ(flow().phase, Phase::kDown);
  EXPECT_EQ(flow().inflight_longterm, bbr::kUnlimited);
}

TEST_F(BbrTest, AfterAProbeThatLostTheNextIsCautious) {
  set_path(100 * kMegabit, 40ms, 0.2);
  bool seen = false;
  for (int i = 0; i < 60'000 && !seen; ++i) {
    const bool too_high = flow().prev_probe_too_high;
    const Phase before = flow().phase;
    link.run(500us);
    // §5.3.3.6: it stops where the last one failed, and goes on at once if that was safe.
    seen = before == Phase::kDown && flow().phase == Phase::kRefill && !too_high;
  }
  EXPECT_TRUE(seen);
}

TEST_F(BbrTest, AProbeRaisesTheLongTermByTwiceAsMuchEachRound) {
  run_until(Phase::kUp);
  link.run(60ms);
  ack([](Ack& a) { a.lost = a.rate.lost = a.rate.tx_in_flight * 3 / 100; });
  // The path now takes ten times as much.
  const std::uint32_t held = flow().inflight_longterm;
  link.rate *= 10;
  link.buffer *= 10;
  link.run(20s);
  EXPECT_GT(flow().inflight_longterm, held * 4);
  EXPECT_NEAR(max_bw(), rate(), rate() * 0.05);
}

TEST_F(BbrTest, MarksCountAsLosses) {
  set_path(100 * kMegabit, 40ms, 4.0);
  link.mark_above = static_cast<std::uint32_t>(bdp() / 10);
  run_until(Phase::kDrain);
  EXPECT_LT(flow().full_bw_count, 3) << "they end Startup";
  run_until(Phase::kUp);
  run_until(Phase::kDown, 1s);
  EXPECT_TRUE(flow().prev_probe_too_high) << "and a probe";
  EXPECT_LE(flow().inflight_longterm, bdp() * 15 / 10);
  EXPECT_GT(throughput(20s), rate() * 0.8);
}

TEST_F(BbrTest, AClassicMarkBoundsTheShortTerm) {
  run_until(Phase::kCruise);
  controller.on_loss(link.state, link.scratch, {.now = link.now, .in_flight = 10 * kMss, .mss = kMss, .by_ecn = true});
  link.run(100ms);
  EXPECT_LT(flow().inflight_shortterm, bbr::kUnlimited);
}

TEST_F(BbrTest, ATimeoutLeavesOneSegmentAndTheModel) {
  run_until(Phase::kCruise);
  const double before = max_bw();
  const std::uint32_t cwnd = link.state.cwnd;
  link.black_out(1s);
  EXPECT_EQ(link.state.cwnd, kMss);
  EXPECT_EQ(max_bw(), before);
  controller.on_recovered(link.state, link.scratch, link.now);
  EXPECT_EQ(link.state.cwnd, cwnd);
  link.run(3s);
  EXPECT_GT(throughput(10s), rate() * 0.9);
}

TEST_F(BbrTest, GrowsBackFromATimeoutByWhatIsDelivered) {
  run_until(Phase::kCruise);
  link.black_out(1s);
  link.run(42ms);
  EXPECT_LE(link.state.cwnd, 6 * kMss);
  link.run(2s);
  EXPECT_GT(link.state.cwnd, bdp());
}

// --- Undo (§5.5.11) ---

TEST_F(BbrTest, AProbeThatALossEndedForNothingIsTakenUpAgain) {
  run_until(Phase::kUp);
  link.run(60ms);
  const State before = link.state;
  for (int i = 0; i < 2; ++i) ack([](Ack& a) { a.lost = a.rate.lost = a.rate.tx_in_flight / 2; });
  ASSERT_EQ(flow().phase, Phase::kDown);
  ASSERT_NE(flow().inflight_longterm, bbr::kUnlimited);
  controller.on_undo(link.state, link.scratch, before);
  EXPECT_EQ(flow().phase, Phase::kRefill);
  EXPECT_EQ(flow().inflight_longterm, bbr::kUnlimited);
  EXPECT_EQ(link.state.cwnd, before.cwnd);
}

TEST_F(BbrTest, AStartupThatALossEndedForNothingGoesOn) {
  set_path(100 * kMegabit, 40ms, 0.05);
  while (flow().phase == Phase::kStartup) link.run(20us);
  ASSERT_EQ(flow().phase, Phase::kDrain);
  controller.on_undo(link.state, link.scratch, link.state);
  EXPECT_EQ(flow().phase, Phase::kStartup);
  EXPECT_FALSE(flow().full_bw_reached);
  EXPECT_EQ(flow().inflight_longterm, bbr::kUnlimited);
}

TEST_F(BbrTest, ATimeoutThatWasNoneIsUndone) {
  run_until(Phase::kCruise);
  const State before = link.state;
  const Loss loss{.now = link.now, .in_flight = link.in_flight, .mss = kMss};
  controller.on_timeout(link.state, link.scratch, loss, true);
  controller.on_timeout(link.state, link.scratch, loss, false);
  controller.on_undo(link.state, link.scratch, before);
  EXPECT_EQ(link.state.cwnd, before.cwnd);
  EXPECT_EQ(flow().bw_shortterm, bbr::kUnlimitedRate);
}

// --- Aggregation (§5.5.9) ---

TEST_F(BbrTest, LumpsOfAcknowledgmentsWidenTheWindow) {
  link.lump = 20ms;
  link.run(3s);
  EXPECT_GT(flow().extra_acked(), bdp() / 4);
  run_until(Phase::kCruise);
  link.run(300ms);
  EXPECT_GE(link.state.cwnd, bbr::bytes_in(flow().bw, flow().min_rtt) * 2 + bdp() / 4);
  EXPECT_GT(throughput(10s), rate() * 0.9);
  EXPECT_NEAR(max_bw(), rate(), rate() * 0.05);
}

// --- Limits ---

TEST_F(BbrTest, ASampleShorterThanARoundTripIsNone) {
  run_until(Phase::kCruise);
  const std::uint64_t before = flow().max_bw();
  const auto sample = [](Duration interval) {
    return [interval](Ack& a) {
      a.delivered = kMss;
      a.rate.delivered = 100'000'000;
      a.rate.interval = interval;
    };
  };
  ack(sample(39ms));
  EXPECT_EQ(flow().max_bw(), before);
  ack(sample(41ms));
  EXPECT_GT(flow().max_bw(), before);
}

TEST_F(BbrTest, IsKeptWhileItKnowsThePath) {
  EXPECT_FALSE(controller.is_worth_keeping(link.state, link.scratch));
  link.run(1s);
  EXPECT_TRUE(controller.is_worth_keeping(link.state, link.scratch));
}

TEST_F(BbrTest, EventsBeforeTheFirstAcknowledgmentAreHarmless) {
  controller.on_idle(link.state, link.scratch, link.now, 10 * kMss, true);
  controller.on_recovered(link.state, link.scratch, link.now);
  controller.on_undo(link.state, link.scratch, link.state);
  EXPECT_EQ(link.state.cwnd, 10 * kMss);
  controller.on_timeout(link.state, link.scratch, {.now = link.now, .in_flight = 10 * kMss, .mss = kMss}, true);
  EXPECT_EQ(link.state.cwnd, kMss);
  link.run(5s);
  EXPECT_NEAR(max_bw(), rate(), rate() * 0.05);
}

TEST_F(BbrTest, WhateverAcknowledgmentsSayTheWindowStaysWithinItsBounds) {
  base::TestRandom random(20260);
  const auto any = [&random]() -> std::uint32_t {
    const std::uint32_t value = static_cast<std::uint32_t>(random.next());
    return value >> (random.next() % 32);
  };
  for (int run = 0; run < 200; ++run) {
    State state;
    Scratch scratch;
    controller.on_start(state, 10 * kMss);
    Instant now(1s);
    std::uint64_t delivered = 0;
    for (int i = 0; i < 300; ++i) {
      now += Duration(std::int64_t{any()} * (any() % 2 == 0 ? 1 : 100'000));
      Ack a{.now = now,
            .acked = any(),
            .delivered = any(),
            .lost = any(),
            .in_flight_before = any(),
            .in_flight = any(),
            .mss = kMss,
            .rtt = Duration(std::int64_t{any()} * 20 - 10),
            .srtt = Duration(any())};
      delivered += a.delivered;
      a.total_delivered = delivered;
      a.rate = {.prior_delivered = delivered - std::min<std::uint64_t>(delivered, any()),
                .delivered = any(),
                .lost = any(),
                .tx_in_flight = any(),
                .interval = Duration(std::int64_t{any()} - 10),
                .is_app_limited = any() % 2 == 0};
      a.ce = any() % 4 == 0 ? any() : 0;
      a.in_recovery = any() % 2 == 0;
      a.was_cwnd_limited = any() % 2 == 0;
      controller.on_ack(state, scratch, a);
      ASSERT_GE(state.cwnd, 4 * kMss);
      ASSERT_LE(state.cwnd, kLargestWindow);
      ASSERT_GT(controller.pacing_rate(state, scratch), 0u);
      const Loss loss{.now = now, .in_flight = any(), .mss = kMss, .by_ecn = any() % 2 == 0};
      const State before = state;
      if (any() % 8 == 0) controller.on_loss(state, scratch, loss);
      if (any() % 16 == 0) controller.on_timeout(state, scratch, loss, any() % 2 == 0);
      if (any() % 8 == 0) controller.on_recovered(state, scratch, now);
      if (any() % 8 == 0) controller.on_undo(state, scratch, before);
      if (any() % 8 == 0) controller.on_idle(state, scratch, now, 10 * kMss, true);
      ASSERT_LE(state.cwnd, kLargestWindow);
    }
  }
}

}  // namespace
}  // namespace handfast::tcp::congestion
