#include "sim/link.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "sim/packet_builder.h"

namespace handfast::sim {
namespace {

using namespace std::chrono_literals;

struct OneLink {
  explicit OneLink(const LinkParameters& parameters, std::uint64_t seed = 1)
      : link(LinkKind::kIp, parameters, Generator(seed), order) {}
  std::vector<Flight> drain() {
    std::vector<Flight> all;
    Flight flight;
    while (link.next() != kNever && link.take(link.next(), flight)) all.push_back(flight);
    return all;
  }
  std::uint64_t order = 0;
  Link link;
};

std::vector<std::byte> packet(std::uint32_t seq, std::size_t text = 100) {
  return BuiltPacket{.seq = seq, .text = std::vector<std::byte>(text, std::byte{0x5A})}.bytes();
}

TEST(Link, APacketTakesDelayAndTransmissionTime) {
  LinkParameters parameters;
  parameters.delay = 3ms;
  parameters.rate = 8'000'000;  // one byte in a microsecond
  OneLink one(parameters);
  one.link.offer(packet(0, 60), Instant{});  // 100 bytes
  one.link.offer(packet(1, 60), Instant{});
  EXPECT_EQ(one.link.next(), Instant{} + 3ms + 100us);
  const auto flights = one.drain();
  ASSERT_EQ(flights.size(), 2u);
  EXPECT_EQ(flights[1].at, Instant{} + 3ms + 200us);
  EXPECT_EQ(flights[0].bytes, packet(0, 60));
}

TEST(Link, NothingComesBeforeItsInstant) {
  OneLink one({.delay = 1ms});
  one.link.offer(packet(0), Instant{});
  Flight flight;
  EXPECT_FALSE(one.link.take(Instant{} + 999us, flight));
  EXPECT_TRUE(one.link.take(Instant{} + 1ms, flight));
  EXPECT_EQ(one.link.next(), kNever);
}

TEST(Link, JitterKeepsTheOrderAndReorderingDoesNot) {
  for (const bool reorder : {false, true}) {
    LinkParameters parameters{.delay = 1ms, .jitter = 10ms};
    if (reorder) parameters.reorder = 300'000, parameters.reorder_delay = 50ms;
    OneLink one(parameters);
    for (std::uint32_t i = 0; i < 500; ++i) one.link.offer(packet(i, 4), Instant{} + i * 100us);
    const auto flights = one.drain();
    const auto seq = [](const Flight& flight) { return read_packet(flight.bytes, LinkKind::kIp).seq; };
    EXPECT_EQ(std::ranges::is_sorted(flights, {}, seq), !reorder);
    EXPECT_EQ(one.link.statistics().reordered > 0, reorder);
  }
}

TEST(Link, DropTail) {
  LinkParameters parameters{.delay = 1ms, .rate = 8'000'000, .queue_packets = 5};
  OneLink one(parameters);
  for (std::uint32_t i = 0; i < 20; ++i) one.link.offer(packet(i), Instant{});
  EXPECT_EQ(one.link.statistics().dropped_queue, 15u);
  EXPECT_EQ(one.drain().size(), 5u);
  // Once the queue has drained there is room again.
  one.link.offer(packet(99), Instant{} + 1s);
  EXPECT_EQ(one.drain().size(), 1u);
}

TEST(Link, QueueLimitInBytes) {
  OneLink one({.delay = 1ms, .rate = 8'000'000, .queue_bytes = 3 * 140});
  for (std::uint32_t i = 0; i < 5; ++i) one.link.offer(packet(i), Instant{});
  EXPECT_EQ(one.drain().size(), 3u);
}

TEST(Link, MarksWhatMayBeMarkedWhereTheQueueIsLong) {
  LinkParameters parameters;
  parameters.rate = 8'000'000;
  parameters.mark_above = 300;
  OneLink one(parameters);
  for (std::uint8_t ecn = 0; ecn < 4; ++ecn) {
    for (std::uint32_t i = 0; i < 4; ++i) {  // 140 bytes each: the third finds more than 300 with itself counted
      one.link.offer(BuiltPacket{.seq = i, .ecn = ecn, .text = std::vector<std::byte>(100)}.bytes(),
                     Instant{} + std::chrono::seconds(ecn));
    }
  }
  for (const Flight& flight : one.drain()) {
    const Packet packet = read_packet(flight.bytes, LinkKind::kIp);
    ASSERT_EQ(packet.kind, Packet::Kind::kTcp) << packet.fault;
    const bool marked = packet.seq >= 2;
    const auto sent = static_cast<std::uint8_t>((flight.at - Instant{}) / std::chrono::seconds(1));
    EXPECT_EQ(packet.ecn, sent != 0 && marked ? 3 : sent) << packet.seq;
  }
  EXPECT_EQ(one.link.statistics().marked, 6u);
  EXPECT_EQ(one.link.statistics().dropped(), 0u);
}

TEST(Link, MarksComeAsOftenAsStated) {
  OneLink one({.mark = 250'000});
  for (std::uint32_t i = 0; i < 4000; ++i) {
    one.link.offer(BuiltPacket{.seq = i, .ecn = 2}.bytes(), Instant{});
    one.link.offer(BuiltPacket{.seq = i}.bytes(), Instant{});
  }
  EXPECT_NEAR(static_cast<double>(one.link.statistics().marked), 1000, 150);
}

TEST(Link, MtuAndBlackholes) {
  LinkParameters parameters{.mtu = 140};
  parameters.blackholes = {{Instant{} + 1s, Instant{} + 2s}};
  OneLink one(parameters);
  one.link.offer(packet(0, 100), Instant{});
  one.link.offer(packet(1, 101), Instant{});
  one.link.offer(packet(2, 100), Instant{} + 1s);
  one.link.offer(packet(3, 100), Instant{} + 2s - 1ns);
  one.link.offer(packet(4, 100), Instant{} + 2s);
  EXPECT_EQ(one.drain().size(), 2u);
  EXPECT_EQ(one.link.statistics().dropped_mtu, 1u);
  EXPECT_EQ(one.link.statistics().dropped_blackhole, 2u);
}

TEST(Link, ScriptedFaultsMeetTheirPacketAlone) {
  LinkParameters parameters{.delay = 1ms};
  parameters.scripted = {{.packet = 2, .what = ScriptedFault::What::kDrop},
                         {.packet = 3, .what = ScriptedFault::What::kDuplicate, .delay = 5ms},
                         {.packet = 4, .what = ScriptedFault::What::kDelay, .delay = 100ms}};
  OneLink one(parameters);
  for (std::uint32_t i = 1; i <= 5; ++i) one.link.offer(packet(i), Instant{});
  std::vector<std::uint32_t> order;
  for (const Flight& flight : one.drain()) order.push_back(read_packet(flight.bytes, LinkKind::kIp).seq);
  EXPECT_EQ(order, (std::vector<std::uint32_t>{1, 3, 5, 3, 4}));
}

TEST(Link, LossComesAsOftenAsStated) {
  OneLink one({.loss = 200'000});
  for (std::uint32_t i = 0; i < 10000; ++i) one.link.offer(packet(i, 0), Instant{});
  EXPECT_NEAR(static_cast<double>(one.link.statistics().dropped_loss), 2000, 250);
}

TEST(Link, BurstsAreLongerThanChance) {
  // One packet in a hundred enters a burst of ten on average: about 9 % are lost, most of them right behind another.
  OneLink one({.burst = {.enter = 10'000, .leave = 100'000, .loss = kMillion}});
  std::uint64_t lost = 0, behind = 0;
  bool before = false;
  for (std::uint32_t i = 0; i < 50000; ++i) {
    const std::uint64_t dropped = one.link.statistics().dropped_burst;
    one.link.offer(packet(i, 0), Instant{});
    const bool now = one.link.statistics().dropped_burst != dropped;
    lost += now ? 1 : 0;
    behind += now && before ? 1 : 0;
    before = now;
  }
  EXPECT_NEAR(static_cast<double>(lost), 4545, 900);
  EXPECT_GT(behind * 10, lost * 8);
}

TEST(Link, DamageIsAlwaysVisibleToAChecksum) {
  for (const bool truncate : {false, true}) {
    LinkParameters parameters{.corrupt = kMillion, .corrupt_bits = 4};
    if (truncate) parameters.truncate = kMillion;
    OneLink one(parameters);
    for (std::uint32_t i = 0; i < 3000; ++i) one.link.offer(packet(i, i % 50), Instant{});
    const auto flights = one.drain();
    ASSERT_EQ(flights.size(), 3000u);
    for (const Flight& flight : flights) {
      EXPECT_TRUE(flight.damaged);
      EXPECT_NE(read_packet(flight.bytes, LinkKind::kIp).kind, Packet::Kind::kTcp);
      EXPECT_FALSE(flight.bytes.empty());
    }
    EXPECT_EQ(one.link.statistics().corrupted, 3000u);
    EXPECT_EQ(one.link.statistics().truncated, truncate ? 3000u : 0u);
  }
}

TEST(Link, DamageToWhatHasNoChecksumIsALoss) {
  std::uint64_t order = 0;
  Link link(LinkKind::kEthernet, {.corrupt = kMillion}, Generator(1), order);
  std::vector<std::byte> arp(42);
  arp[12] = std::byte{0x08};
  arp[13] = std::byte{0x06};
  link.offer(arp, Instant{});
  EXPECT_EQ(link.next(), kNever);
  EXPECT_EQ(link.statistics().dropped_checksum, 1u);
}

LinkParameters draw(Generator& generator) {
  LinkParameters p;
  const auto some = [&](std::uint32_t most) {
    return generator.one_in(2) ? 0u : static_cast<std::uint32_t>(generator.below(most));
  };
  p.delay = generator.duration(0ms, 20ms);
  p.jitter = generator.duration(0ms, 20ms);
  p.rate = generator.one_in(2) ? 0 : generator.range(100'000, 100'000'000);
  p.queue_packets = some(20);
  p.queue_bytes = some(10000);
  p.loss = some(300'000);
  p.burst = {some(100'000), 200'000, 900'000};
  p.reorder = some(500'000);
  p.reorder_delay = 30ms;
  p.duplicate = some(500'000);
  p.duplicate_copies = 4;
  p.duplicate_delay = 100ms;
  p.corrupt = some(300'000);
  p.corrupt_bits = 5;
  p.truncate = some(300'000);
  p.mtu = generator.one_in(2) ? 65535 : 100;
  if (generator.one_in(2)) p.blackholes = {{Instant{} + 50ms, Instant{} + 120ms}};
  return p;
}

TEST(Link, WhatGoesInComesOutOrIsCounted) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Generator generator(seed);
    OneLink one(draw(generator), seed);
    Instant now{};
    std::uint64_t offered = 0, taken = 0, damaged = 0;
    Instant last{};
    Flight flight;
    for (int i = 0; i < 300; ++i) {
      now += generator.duration(0us, 1ms);
      one.link.offer(packet(static_cast<std::uint32_t>(i), generator.below(120)), now);
      ++offered;
      while (one.link.take(now, flight)) {
        ASSERT_GE(flight.at, last);
        last = flight.at;
        ++taken;
        damaged += flight.damaged ? 1 : 0;
      }
      const LinkStatistics& s = one.link.statistics();
      ASSERT_EQ(s.offered, offered);
      ASSERT_EQ(s.delivered, taken);
      ASSERT_EQ(s.offered + s.duplicated, s.delivered + s.dropped() + one.link.in_flight()) << "seed " << seed;
    }
    for (const Flight& rest : one.drain()) damaged += rest.damaged ? 1 : 0;
    EXPECT_EQ(damaged, one.link.statistics().corrupted);
  }
}

TEST(Link, TheSameSeedDoesTheSame) {
  const auto run = [](std::uint64_t seed) {
    Generator generator(77);
    LinkParameters parameters = draw(generator);
    parameters.mtu = 65535;
    parameters.loss = 100'000;
    OneLink one(parameters, seed);
    for (std::uint32_t i = 0; i < 200; ++i) one.link.offer(packet(i), Instant{} + i * 1ms);
    std::vector<std::pair<Instant, std::vector<std::byte>>> all;
    for (Flight& flight : one.drain()) all.emplace_back(flight.at, std::move(flight.bytes));
    return all;
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

TEST(Link, CleanKeepsTheWayAndDropsTheFaults) {
  Generator generator(5);
  LinkParameters p = draw(generator);
  OneLink one(p.clean());
  for (std::uint32_t i = 0; i < 100; ++i) one.link.offer(packet(i), Instant{});
  EXPECT_EQ(one.link.statistics().dropped(), 0u);
  EXPECT_EQ(p.clean().delay, p.delay);
  EXPECT_EQ(p.clean().rate, p.rate);
}

}  // namespace
}  // namespace handfast::sim
