#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "sim/runner.h"
#include "sim/too_big_report.h"

// Transfers over links that carry less than their ends: with a router that says so, without one, with one that lies,
// and over a path that changes on the way.

namespace handfast::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = 7;
constexpr std::uint64_t kBytes = 1'000'000;

/// The smallest window of a sender once it sends.
struct WindowWatch final : trace::Sink {
  void on_event(const trace::Event& event) override {
    if (event.kind == trace::Kind::kSegmentSent && event.segment.text_length > 0) {
      smallest = std::min(smallest, event.after.cwnd);
    }
  }
  std::uint32_t smallest = 1u << 30;
};

/// One transfer from host 0 to host 1, 20 ms apart.
struct Transfer {
  explicit Transfer(const LinkParameters& there, const TcpConfig& tcp = {}) : world(1) {
    NodeOptions node;
    node.config.tcp = tcp;
    node.config.limits.memory = 64u * 1024 * 1024;
    node.extra_sink = &window;
    world.add_node(node);
    node.extra_sink = nullptr;
    world.add_node(node);
    world.set_links(way());
    world.link(0, 1).set_parameters(there);
    world.listen(1, kPort);
    ConversationPlan plan;
    plan.opener_port = 10000;
    plan.responder_port = kPort;
    plan.start = Instant{} + 10ms;
    plan.opener_plan.bytes = kBytes;
    world.converse(plan);
  }
  static LinkParameters way(std::uint32_t mtu = 65535, bool reports = false) {
    LinkParameters link{.delay = 10ms, .rate = 50'000'000};
    link.mtu = mtu;
    link.mtu_reports = reports;
    return link;
  }
  Duration run() {
    run_to_end(world, 3600s, 3600s);
    EXPECT_TRUE(world.complaints().none()) << world.complaints().first();
    EXPECT_EQ(world.bytes_delivered(), kBytes);
    return world.responder(0).done_at().time_since_epoch();
  }
  const Counters& sender() { return world.host(0).counters(); }
  std::uint64_t too_big() const { return world.statistics().links.dropped_mtu; }

  WindowWatch window;
  World world;
};

TEST(PathMtu, ARouterThatSaysSoCostsOneFlightAndNoWindow) {  // 7323-20
  for (const std::uint32_t mtu : {1280u, 600u}) {
    Transfer transfer(Transfer::way(mtu, true));
    EXPECT_LT(transfer.run(), 1s);
    EXPECT_LE(transfer.too_big(), 10u) << "no more than the first flight";
    EXPECT_EQ(transfer.sender().path_reports_believed, 1u);
    EXPECT_GE(transfer.window.smallest, 10u * 1448) << "the window was never cut";
    EXPECT_LE(transfer.sender().segments_retransmitted, 10u * 1460 / (mtu - 52) + 1);
    EXPECT_EQ(transfer.sender().path_probes_sent, 0u);
  }
}

TEST(PathMtu, ABlackHoleCostsAPause) {  // 4821-3, 4821-1
  for (const std::uint32_t mtu : {1280u, 600u}) {
    for (const bool sack : {true, false}) {
      TcpConfig tcp;
      tcp.sack = sack;
      Transfer transfer(Transfer::way(mtu), tcp);
      const Duration took = transfer.run();
      EXPECT_GT(took, 1s);
      EXPECT_LT(took, 8s);
      EXPECT_GT(transfer.sender().path_black_holes, 0u);
      EXPECT_EQ(transfer.sender().path_probes_delivered > 0, sack) << "and larger segments are found again";
      EXPECT_LE(transfer.sender().path_probes_lost, 9u);
    }
  }
}

TEST(PathMtu, WithoutProbingABlackHoleIsTheEnd) {
  TcpConfig tcp;
  tcp.path_mtu_probing = PathMtuProbing::kOff;
  Transfer transfer(Transfer::way(1280), tcp);
  (void)transfer.world.run(Instant{} + 60s, [] { return false; });
  EXPECT_EQ(transfer.world.bytes_delivered(), 0u);
}

TEST(PathMtu, APathThatShrinksUnderWay) {  // 5927-5
  for (const bool reports : {true, false}) {
    Transfer transfer(Transfer::way());
    transfer.world.at(Instant{} + 100ms,
                      [&] { transfer.world.link(0, 1).set_parameters(Transfer::way(1280, reports)); });
    EXPECT_LT(transfer.run(), reports ? 2s : 8s);
    EXPECT_EQ(transfer.sender().path_reports_believed, reports ? 1u : 0u);
    EXPECT_EQ(transfer.sender().path_black_holes > 0, !reports);
  }
}

TEST(PathMtu, AHealthyPathIsLeftAlone) {
  Transfer transfer(Transfer::way());
  transfer.run();
  EXPECT_EQ(transfer.sender().path_probes_sent, 0u);
  EXPECT_EQ(transfer.sender().segments_retransmitted, 0u);
}

TEST(PathMtu, ProbingFromTheStartEndsAtTheFullSize) {  // 4821-1
  TcpConfig tcp;
  tcp.path_mtu_probing = PathMtuProbing::kAlways;
  Transfer transfer(Transfer::way(), tcp);
  EXPECT_LT(transfer.run(), 1s);
  EXPECT_EQ(transfer.sender().path_probes_delivered, 1u);
  EXPECT_EQ(transfer.sender().path_probes_lost, 0u);
}

TEST(PathMtu, ProbingFromTheStartLosesNothingButProbes) {  // 4821-2
  TcpConfig tcp;
  tcp.path_mtu_probing = PathMtuProbing::kAlways;
  Transfer transfer(Transfer::way(1400), tcp);
  EXPECT_LT(transfer.run(), 1s);
  EXPECT_EQ(transfer.too_big(), transfer.sender().path_probes_lost);
  EXPECT_GT(transfer.sender().path_probes_delivered, 0u);
  EXPECT_GE(transfer.window.smallest, 10u * 1148);
}

/// Every segment of host 0 is followed by a lie about it. `shift`: how far beside its number.
Duration lied_to(Transfer& transfer, std::uint32_t shift, std::uint16_t claim) {
  transfer.world.set_observer([&transfer, shift, claim](std::size_t node, std::span<const std::byte> frame) {
    if (node != 0 || frame.size() < 1000 || transfer.world.now() < Instant{} + 100ms) return;
    std::vector<std::byte> about(frame.begin(), frame.end());
    base::store_be32(&about[24], base::load_be32(&about[24]) + shift);
    transfer.world.link(1, 0).inject(too_big_report(about, LinkKind::kIp, claim), transfer.world.now() + 1ms);
  });
  return transfer.run();
}

TEST(PathMtu, LiesOfAStrangerDoNothing) {  // 5927-1, 5927-5
  Transfer honest(Transfer::way());
  const Duration undisturbed = honest.run();
  for (const std::uint32_t shift : {0u, 1u << 24}) {
    for (const std::uint16_t claim : {std::uint16_t{600}, std::uint16_t{68}, std::uint16_t{0}}) {
      Transfer transfer(Transfer::way());
      EXPECT_EQ(lied_to(transfer, shift, claim), undisturbed) << shift << ' ' << claim;
      EXPECT_EQ(transfer.sender().path_reports_believed, 0u);
      if (shift == 0 && claim == 600) {
        EXPECT_GT(transfer.sender().path_reports_refuted, 0u) << "a number in flight, and text that arrives";
      } else if (shift != 0) {
        EXPECT_GT(transfer.sender().dropped(DropReason::kIcmpOutsideWindow), 100u);
      }
    }
  }
}

}  // namespace
}  // namespace handfast::sim
