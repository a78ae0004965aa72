#include <gtest/gtest.h>

#include "base/object_pool.h"
#include "base/test_random.h"
#include "tcp/active_block.h"
#include "tcp/connection.h"
#include "tcp/listener.h"
#include "tcp/time_wait.h"

// Compacting and expanding changes nothing that a peer could see. (That the two forms also behave alike, segment by
// segment, is proved in tests/scene/wire_test.cc.)

namespace handfast::tcp {
namespace {

struct Ground {
  TcpConfig config;
  base::MemoryBudget memory;
  base::BufferPool buffers{&memory};
  base::ObjectPool<ActiveBlock> blocks{&memory};
  base::ObjectPool<EcnBytes> ecn_bytes{&memory};
  Resources resources{memory, buffers, blocks, ecn_bytes};
  Counters counters;
  Context at(Instant now) { return {.now = now, .config = config, .resources = resources, .counters = counters}; }
};

Segment random_syn(base::TestRandom& random) {
  Segment syn;
  syn.seq = SeqNum(static_cast<std::uint32_t>(random.next()));
  syn.flags = wire::kSyn;
  syn.window = static_cast<std::uint16_t>(random.next());
  if (random.chance(1, 2)) syn.options.mss = static_cast<std::uint16_t>(random.next());
  if (random.chance(1, 2)) syn.options.window_scale = static_cast<std::uint8_t>(random.below(15));
  if (random.chance(1, 2)) syn.options.timestamps = {static_cast<std::uint32_t>(random.next()), 0};
  syn.options.sack_permitted = random.chance(1, 2);
  if (random.chance(1, 2)) syn.flags |= wire::kEce | wire::kCwr;
  return syn;
}

void expect_same_entry(const SynEntry& a, const SynEntry& b) {
  EXPECT_EQ(a.deadline, b.deadline);
  EXPECT_EQ(a.tuple, b.tuple);
  EXPECT_EQ(a.iss, b.iss);
  EXPECT_EQ(a.irs, b.irs);
  EXPECT_EQ(a.timestamp_offset, b.timestamp_offset);
  EXPECT_EQ(a.syn_timestamp, b.syn_timestamp);
  EXPECT_EQ(a.ts_recent, b.ts_recent);
  EXPECT_EQ(a.window, b.window);
  EXPECT_EQ(a.mss, b.mss);
  EXPECT_EQ(a.send_mss, b.send_mss);
  EXPECT_EQ(a.send_scale, b.send_scale);
  EXPECT_EQ(a.receive_scale, b.receive_scale);
  EXPECT_EQ(a.backoff, b.backoff);
  EXPECT_EQ(a.profile, b.profile);
  EXPECT_EQ(a.window_scale, b.window_scale);
  EXPECT_EQ(a.timestamps, b.timestamps);
  EXPECT_EQ(a.sack, b.sack);
  EXPECT_EQ(a.ecn, b.ecn);
  EXPECT_EQ(a.ecn_arrived, b.ecn_arrived);
  EXPECT_EQ(a.no_ect, b.no_ect);
  EXPECT_EQ(a.sent, b.sent);
  EXPECT_EQ(a.owes_syn, b.owes_syn);
  EXPECT_EQ(a.owes_ack, b.owes_ack);
}

TEST(CompactForms, AHalfOpenConnectionSurvivesTheRoundTrip) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(seed);
    base::TestRandom random(seed);
    Ground ground;
    Instant now(std::chrono::milliseconds(1 + random.below(1'000'000)));
    Context context = ground.at(now);
    Connection connection;
    const Opening opening{
        .tuple = {.host = {IpAddress::v4(192, 0, 2, 1), 80}, .peer = {IpAddress::v4(192, 0, 2, 9), 9}},
        .iss = SeqNum(static_cast<std::uint32_t>(random.next())),
        .timestamp_offset = static_cast<std::uint32_t>(random.next()),
        .mss = static_cast<std::uint16_t>(100 + random.below(1400)),
        .profile = 3};
    connection.open_passive(opening, context);
    connection.segment_arrives(random_syn(random), {}, context);
    ASSERT_EQ(connection.state(), State::kSynReceived);
    const auto steps = random.below(4);
    for (std::uint64_t i = 0; i < steps; ++i) {
      Outgoing out;
      while (connection.poll_transmit({}, out, context)) {
      }
      context.now = connection.next_deadline();
      connection.on_deadline(context);
    }
    const SynEntry entry = connection.compact_syn();
    const Connection again = Connection::from(entry, ground.config);
    expect_same_entry(entry, again.compact_syn());
    EXPECT_EQ(again.next_deadline(), connection.next_deadline());
    EXPECT_EQ(again.view().snd_nxt, connection.view().snd_nxt);
    EXPECT_EQ(again.view().rcv_nxt, connection.view().rcv_nxt);
    EXPECT_EQ(again.view().rcv_wnd, connection.view().rcv_wnd);
    EXPECT_EQ(again.view().snd_wnd, connection.view().snd_wnd);
    EXPECT_EQ(again.broken_invariant(ground.config), nullptr);
  }
}

TEST(CompactForms, ATimeWaitEntrySurvivesTheRoundTrip) {
  TimeWaitEntry entry;
  entry.deadline = Instant(77s);
  entry.tuple = {.host = {IpAddress::v4(192, 0, 2, 1), 80}, .peer = {IpAddress::v4(192, 0, 2, 9), 9}};
  entry.snd_nxt = SeqNum(5);
  entry.rcv_nxt = SeqNum(0xFFFFFFFF);
  entry.rcv_edge = SeqNum(1000);
  entry.max_wnd = 70000;
  entry.timestamp_offset = 11;
  entry.ts_recent = 12;
  entry.ts_recent_at = 13;
  entry.mss = 1460;
  entry.receive_scale = 4;
  entry.profile = 2;
  entry.timestamps = true;
  entry.owes_ack = true;
  const Connection connection = Connection::from(entry);
  EXPECT_EQ(connection.broken_invariant(TcpConfig{}), nullptr);
  const TimeWaitEntry again = connection.compact_time_wait();
  EXPECT_EQ(again.deadline, entry.deadline);
  EXPECT_EQ(again.tuple, entry.tuple);
  EXPECT_EQ(again.snd_nxt, entry.snd_nxt);
  EXPECT_EQ(again.rcv_nxt, entry.rcv_nxt);
  EXPECT_EQ(again.rcv_edge, entry.rcv_edge);
  EXPECT_EQ(again.max_wnd, entry.max_wnd);
  EXPECT_EQ(again.timestamp_offset, entry.timestamp_offset);
  EXPECT_EQ(again.ts_recent, entry.ts_recent);
  EXPECT_EQ(again.ts_recent_at, entry.ts_recent_at);
  EXPECT_EQ(again.mss, entry.mss);
  EXPECT_EQ(again.receive_scale, entry.receive_scale);
  EXPECT_EQ(again.profile, entry.profile);
  EXPECT_EQ(again.timestamps, entry.timestamps);
  EXPECT_EQ(again.owes_ack, entry.owes_ack);
}

}  // namespace
}  // namespace handfast::tcp
