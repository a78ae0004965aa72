#include <gtest/gtest.h>

#include <string>
#include <tuple>
#include <vector>

#include "sim/runner.h"

// Named scenes between two Hosts: one fault each, at every place where it can strike.

namespace handfast::sim {
namespace {

using namespace std::chrono_literals;
using What = ScriptedFault::What;

constexpr std::uint16_t kPort = 7;

struct Scene {
  explicit Scene(const NodeOptions& options = {}, Duration delay = 5ms) : world(1) {
    NodeOptions node = options;
    node.clock_origin = 1000s;
    node.config.limits.memory = 64u * 1024 * 1024;
    world.add_node(node);
    node.clock_origin = 2000s;
    world.add_node(node);
    link.delay = delay;
    world.set_links(link);
    world.listen(1, kPort);
  }
  ConversationPlan plan(std::uint64_t there, std::uint64_t back) const {
    ConversationPlan p;
    p.opener_port = 10000;
    p.responder_port = kPort;
    p.start = world.now() + 10ms;
    p.opener_plan.bytes = there;
    p.responder_plan.bytes = back;
    return p;
  }
  void run(Duration limit = 3600s) { run_to_end(world, limit, limit); }
  /// All conversations so far, to the end of TIME-WAIT.
  void finish() {
    EXPECT_TRUE(world.run(Instant{} + 1000s, [&] { return world.all_closed(); }));
    world.rest(200s);
  }
  void expect_good(std::size_t conversation = 0) {
    EXPECT_TRUE(world.complaints().none()) << world.complaints().first();
    const Talker& a = world.opener(conversation);
    const Talker& b = world.responder(conversation);
    ASSERT_NE(a.record(), nullptr);
    ASSERT_NE(b.record(), nullptr);
    EXPECT_EQ(b.record()->delivered, a.plan().bytes);
    EXPECT_EQ(a.record()->delivered, b.plan().bytes);
    EXPECT_TRUE(a.record()->heard_end);
    EXPECT_TRUE(b.record()->heard_end);
  }
  /// Until both callers were through.
  Duration talked() {
    return std::max(world.opener(0).done_at() - 1000s, world.responder(0).done_at() - 2000s).time_since_epoch();
  }
  std::uint64_t visits(TcpState state) const { return world.states(0).visits(state) + world.states(1).visits(state); }

  World world;
  LinkParameters link;
};

class SingleFault : public testing::TestWithParam<std::tuple<What, int, bool>> {};

/// F3: the k-th packet of a small transfer, on either way, is lost, comes twice or comes late. Nothing else is wrong,
/// so all must be done soon: a lost SYN costs one initial RTO, any other loss less.
TEST_P(SingleFault, CostsLittle) {
  const auto [what, direction, sack] = GetParam();
  for (std::uint64_t k = 1; k <= 40; ++k) {
    NodeOptions options;
    options.config.tcp.sack = sack;
    Scene scene(options);
    LinkParameters faulty = scene.link;
    faulty.scripted = {{.packet = k, .what = what, .delay = 300ms}};
    const auto from = static_cast<std::size_t>(direction);
    scene.world.link(from, 1 - from).set_parameters(faulty);
    scene.world.converse(scene.plan(20000, 30000));
    scene.run();
    SCOPED_TRACE("packet " + std::to_string(k) + " from host " + std::to_string(direction));
    scene.expect_good();
    EXPECT_LT(scene.talked(), what == What::kDrop && k <= 2 ? 3s : 1500ms);
  }
}

std::string fault_name(const testing::TestParamInfo<SingleFault::ParamType>& chosen) {
  static constexpr const char* kNames[] = {"Loss", "Duplicate", "Delay"};
  const auto [what, direction, sack] = chosen.param;
  return std::string(kNames[static_cast<std::size_t>(what)]) + "From" + std::to_string(direction) +
         (sack ? "Sack" : "NoSack");
}

INSTANTIATE_TEST_SUITE_P(All, SingleFault,
                         testing::Combine(testing::Values(What::kDrop, What::kDuplicate, What::kDelay),
                                          testing::Values(0, 1), testing::Bool()),
                         fault_name);

TEST(Scenes, ACleanTransferNeedsNoRetransmission) {
  Scene scene;
  scene.world.converse(scene.plan(200000, 100000));
  scene.run();
  scene.expect_good();
  for (const std::size_t node : {0u, 1u}) EXPECT_EQ(scene.world.host(node).counters().segments_retransmitted, 0u);
}

TEST(Scenes, ABlackholeIsSurvived) {
  for (const Duration length : {100ms, 1000ms, 10000ms, 40000ms}) {
    for (const bool both : {false, true}) {
      Scene scene;
      LinkParameters hole = scene.link;
      hole.rate = 1'000'000;
      scene.world.set_links(hole);
      hole.blackholes = {{Instant{} + 200ms, Instant{} + 200ms + length}};
      scene.world.link(0, 1).set_parameters(hole);
      if (both) scene.world.link(1, 0).set_parameters(hole);
      scene.world.converse(scene.plan(100000, 100000));
      scene.run();
      scene.expect_good();
      // The backoff has at most doubled over the length of the hole.
      EXPECT_LT(scene.talked(), 5s + 3 * length);
      EXPECT_GT(scene.world.statistics().links.dropped_blackhole, 0u);
    }
  }
}

TEST(Scenes, AZeroWindowOpensAgain) {
  // The one packet that says so may be lost: the sender has to ask.
  for (const bool lost : {false, true}) {
    NodeOptions options;
    options.config.tcp.receive_buffer = 16 * 1024;
    Scene scene(options);
    ConversationPlan plan = scene.plan(200000, 0);
    plan.responder_plan.first_read = 20s;
    scene.world.converse(plan);
    LinkParameters hole = scene.link;
    if (lost) hole.blackholes = {{Instant{} + 20s, Instant{} + 20s + 100ms}};
    scene.world.link(1, 0).set_parameters(hole);
    scene.run();
    scene.expect_good();
    EXPECT_GT(scene.talked(), 20s);
    EXPECT_LT(scene.talked(), lost ? 90s : 25s);
  }
}

TEST(Scenes, ASlowReaderNeverGetsMoreThanItsWindow) {
  NodeOptions options;
  options.config.tcp.receive_buffer = 4096;
  Scene scene(options);
  ConversationPlan plan = scene.plan(60000, 0);
  plan.responder_plan.read_chunk = 700;
  plan.responder_plan.read_pause = 50ms;
  scene.world.converse(plan);
  scene.run();
  scene.expect_good();
}

TEST(Scenes, SimultaneousOpen) {
  for (const Duration skew : {0ms, 1ms, 4ms}) {
    Scene scene;
    ConversationPlan plan = scene.plan(5000, 5000);
    plan.simultaneous = true;
    plan.responder_port = 20000;
    plan.skew = skew;
    scene.world.converse(plan);
    scene.run();
    scene.expect_good();
    EXPECT_EQ(scene.visits(TcpState::kSynReceived), 2u);
    EXPECT_EQ(scene.visits(TcpState::kEstablished), 2u);
  }
}

TEST(Scenes, SimultaneousClose) {
  Scene scene;
  ConversationPlan plan = scene.plan(0, 0);
  plan.simultaneous = true;  // both are established, and close, at the same instant
  plan.responder_port = 20000;
  scene.world.converse(plan);
  scene.run();
  scene.expect_good();
  EXPECT_EQ(scene.visits(TcpState::kClosing), 2u);
  EXPECT_EQ(scene.visits(TcpState::kTimeWait), 2u);
}

TEST(Scenes, HalfCloseLetsTheOtherDirectionGoOn) {
  Scene scene;
  ConversationPlan plan = scene.plan(100, 300000);
  plan.responder_plan.close = CloseStyle::kWhenHeard;
  plan.responder_plan.write_pause = 10ms;
  scene.world.converse(plan);
  scene.run();
  scene.expect_good();
  EXPECT_EQ(scene.world.states(1).visits(TcpState::kCloseWait), 1u);
  EXPECT_EQ(scene.world.states(0).visits(TcpState::kTimeWait), 1u);
}

TEST(Scenes, AnAbortReachesThePeer) {
  Scene scene;
  ConversationPlan plan = scene.plan(1000, 100000);
  plan.opener_plan.close = CloseStyle::kAbort;
  plan.opener_plan.abort_after = 20000;
  scene.world.converse(plan);
  scene.run();
  EXPECT_TRUE(scene.world.complaints().none()) << scene.world.complaints().first();
  EXPECT_EQ(scene.world.responder(0).error(), Error::kReset);
  EXPECT_EQ(scene.visits(TcpState::kTimeWait), 0u);
}

TEST(Scenes, NobodyListensThere) {
  Scene scene;
  ConversationPlan plan = scene.plan(10, 10);
  plan.responder_port = 99;
  plan.opener_plan.close = CloseStyle::kLetGo;  // so that a failure is no complaint
  scene.world.converse(plan);
  scene.run();
  EXPECT_TRUE(scene.world.complaints().none()) << scene.world.complaints().first();
  EXPECT_EQ(scene.world.opener(0).error(), Error::kRefused);
}

/// Keeps what host 0 sends in its first connection.
struct OldFrames {
  explicit OldFrames(World& world) {
    world.set_observer([this](std::size_t node, std::span<const std::byte> frame) {
      if (recording && node == 0) frames.emplace_back(frame.begin(), frame.end());
    });
  }
  std::vector<std::vector<std::byte>> frames;
  bool recording = true;
};

TEST(Scenes, AStaleSynMakesNoConnection) {
  Scene scene;
  OldFrames old(scene.world);
  scene.world.converse(scene.plan(3000, 3000));
  scene.finish();
  old.recording = false;
  const std::uint64_t before = scene.visits(TcpState::kEstablished);
  // Alone: it is answered, the answer meets nobody, and a reset ends it.
  scene.world.link(0, 1).inject(old.frames.at(0), scene.world.now() + 1s);
  scene.world.rest(200s);
  EXPECT_EQ(scene.visits(TcpState::kEstablished), before);
  EXPECT_EQ(scene.world.host(1).connection_count(), 0u);
  scene.run();
  EXPECT_TRUE(scene.world.complaints().none()) << scene.world.complaints().first();
}

TEST(Scenes, AStaleSynAroundANewConnectionOfTheSameTuple) {
  // The old SYN arrives before, between and after the segments of the new handshake.
  for (int step = -30; step <= 60; ++step) {
    Scene scene;
    OldFrames old(scene.world);
    scene.world.converse(scene.plan(3000, 3000));
    scene.finish();
    old.recording = false;
    const ConversationPlan plan = scene.plan(8000, 8000);
    scene.world.converse(plan);
    scene.world.link(0, 1).inject(old.frames.at(0), plan.start + step * 500us);
    scene.run();
    SCOPED_TRACE("at " + std::to_string(step * 500) + " us from the new SYN");
    scene.expect_good(1);
  }
}

TEST(Scenes, AWholeOldConnectionReplayedIntoANewOne) {
  for (int step = -20; step <= 60; step += 4) {
    Scene scene;
    OldFrames old(scene.world);
    scene.world.converse(scene.plan(20000, 3000));
    scene.finish();
    old.recording = false;
    const ConversationPlan plan = scene.plan(30000, 30000);
    scene.world.converse(plan);
    Instant when = plan.start + step * 1ms;
    for (const auto& frame : old.frames) scene.world.link(0, 1).inject(frame, when += 300us);
    scene.run();
    SCOPED_TRACE("from " + std::to_string(step) + " ms on");
    scene.expect_good(1);
  }
}

TEST(Scenes, TheSameTupleAgainAndAgain) {
  for (const bool opener_first : {true, false}) {
    Scene scene;
    ConversationPlan plan = scene.plan(5000, 5000);
    plan.repeats = 5;
    plan.pause = 500ms;
    (opener_first ? plan.responder_plan : plan.opener_plan).close = CloseStyle::kWhenHeard;
    scene.world.converse(plan);
    scene.run();
    scene.expect_good();
    EXPECT_EQ(scene.visits(TcpState::kEstablished), 12u);
  }
}

TEST(Scenes, FourHostsOnOneEthernet) {
  World world(3);
  for (int i = 0; i < 4; ++i) {
    NodeOptions options;
    options.link = LinkKind::kEthernet;
    options.config.limits.memory = 64u * 1024 * 1024;
    world.add_node(options);
  }
  for (std::size_t i = 0; i < 4; ++i) world.listen(i, kPort);
  for (std::size_t i = 0; i < 12; ++i) {
    ConversationPlan plan;
    plan.opener = i % 4;
    plan.responder = (i % 4 + 1 + i / 4) % 4;
    plan.opener_port = static_cast<std::uint16_t>(10000 + i);
    plan.responder_port = kPort;
    plan.opener_plan.bytes = plan.responder_plan.bytes = 10000;
    world.converse(plan);
  }
  run_to_end(world, 600s, 600s);
  EXPECT_TRUE(world.complaints().none()) << world.complaints().first();
  EXPECT_EQ(world.bytes_delivered(), 24u * 10000);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_GT(world.host(i).counters().arp_processed, 0u);
}

TEST(Scenes, AThousandConnectionsAtOnce) {
  NodeOptions options;
  options.config.limits.connections = 2000;
  Scene scene(options);
  scene.world.listen(1, 8, {.local = {}, .backlog = 2000, .syn_backlog = 2000});
  for (std::size_t i = 0; i < 1000; ++i) {
    ConversationPlan plan = scene.plan(3000, 3000);
    plan.opener_port = static_cast<std::uint16_t>(10000 + i);
    plan.responder_port = 8;
    scene.world.converse(plan);
  }
  scene.run();
  EXPECT_TRUE(scene.world.complaints().none()) << scene.world.complaints().first();
  EXPECT_EQ(scene.world.bytes_delivered(), 1000u * 6000);
  EXPECT_EQ(scene.world.host(0).counters().connections_opened, 1000u);
}

}  // namespace
}  // namespace handfast::sim
