#include "drivers/fault_injector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <map>

#include "wire/ecn.h"
#include "wire/ethernet.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

namespace handfast::drivers {
namespace {

constexpr Instant kStart{};
constexpr std::uint32_t kFrames = 20000;

class Traffic {
 public:
  explicit Traffic(const FaultRates& rates, std::uint64_t seed = 1) : injector(rates, seed) {}

  // Sends numbered frames of 40 bytes and returns what came out of the other end, in order.
  std::vector<Frame> send(std::uint32_t count) {
    std::vector<Frame> out;
    for (std::uint32_t i = 0; i < count; ++i) injector.pass(numbered(i), kStart, out);
    injector.release(kStart + std::chrono::seconds(1), out);
    return out;
  }
  Frame numbered(std::uint32_t number) {
    Frame frame;
    Slice head = *heap.allocate(4);
    std::memcpy(head.mutable_bytes().data(), &number, 4);
    Slice tail = *heap.allocate(36);
    std::memset(tail.mutable_bytes().data(), 0x5A, 36);
    frame.add(std::move(head));
    frame.add(std::move(tail));
    return frame;
  }
  static std::uint32_t number_of(const Frame& frame) {
    std::uint32_t number = 0;
    std::memcpy(&number, frame.slices[0].bytes().data(), 4);
    return number;
  }
  static std::vector<std::uint32_t> numbers_of(const std::vector<Frame>& frames) {
    std::vector<std::uint32_t> numbers;
    numbers.reserve(frames.size());
    for (const Frame& frame : frames) numbers.push_back(number_of(frame));
    return numbers;
  }

  HeapBuffers heap;
  FaultInjector injector;
};

// The rate that was asked for, to within five standard deviations.
void expect_rate(std::uint64_t count, double rate) {
  const double expected = kFrames * rate;
  EXPECT_NEAR(static_cast<double>(count), expected, 5 * std::sqrt(expected) + 1);
}

TEST(FaultInjector, WithoutFaultsEverythingPassesInOrder) {
  Traffic traffic(FaultRates{});
  const std::vector<Frame> out = traffic.send(1000);
  ASSERT_EQ(out.size(), 1000u);
  for (std::uint32_t i = 0; i < 1000; ++i) EXPECT_EQ(Traffic::number_of(out[i]), i);
}

TEST(FaultInjector, TheSameSeedMeetsTheSameFaults) {
  const FaultRates rates{.loss = 50'000, .corrupt = 10'000, .duplicate = 30'000, .reorder = 40'000};
  Traffic first(rates, 42), again(rates, 42), other(rates, 43);
  const auto numbers = Traffic::numbers_of(first.send(2000));
  EXPECT_EQ(numbers, Traffic::numbers_of(again.send(2000)));
  EXPECT_NE(numbers, Traffic::numbers_of(other.send(2000)));
}

TEST(FaultInjector, ChangingOneRateDoesNotMoveTheOthers) {
  Traffic plain({.loss = 50'000}, 7), doubling({.loss = 50'000, .duplicate = 100'000}, 7);
  const auto few = Traffic::numbers_of(plain.send(2000));
  auto many = Traffic::numbers_of(doubling.send(2000));
  EXPECT_GT(many.size(), few.size());
  many.erase(std::unique(many.begin(), many.end()), many.end());
  EXPECT_EQ(few, many);
}

TEST(FaultInjector, RatesAreKept) {
  Traffic traffic({.loss = 100'000, .corrupt = 20'000, .duplicate = 50'000, .reorder = 50'000});
  const std::vector<Frame> out = traffic.send(kFrames);
  const FaultCounters& counted = traffic.injector.counters();
  expect_rate(counted.lost, 0.1);
  expect_rate(counted.corrupted, 0.9 * 0.02);
  expect_rate(counted.duplicated, 0.9 * 0.05);
  expect_rate(counted.reordered, 0.9 * 0.05);
  EXPECT_EQ(counted.passed, kFrames);
  EXPECT_EQ(out.size(), kFrames - counted.lost + counted.duplicated);
}

TEST(FaultInjector, MarksACopyOfWhatMayBeMarkedAndMovesNoOtherFault) {
  Traffic plain({.loss = 50'000}, 7), marking({.loss = 50'000, .mark = FaultRates::kWhole}, 7);
  EXPECT_EQ(Traffic::numbers_of(plain.send(2000)), Traffic::numbers_of(marking.send(2000)));
  EXPECT_EQ(marking.injector.counters().marked, 0u) << "what is no packet is left alone";
  for (const std::size_t link : {std::size_t{0}, wire::kEthernetHeaderLength}) {
    for (const auto ecn : {wire::EcnCodepoint::kNotEct, wire::EcnCodepoint::kEct0}) {
      const wire::Ipv4Header header{.traffic_class = static_cast<std::uint8_t>(0xB8 | wire::traffic_class_of(ecn)),
                                    .protocol = 6,
                                    .payload_length = 4};
      Slice bytes = *marking.heap.allocate(static_cast<std::uint32_t>(link) + 24);
      std::memset(bytes.mutable_bytes().data(), 2, bytes.size());
      wire::emit_ipv4(header, bytes.mutable_bytes().subspan(link));
      Frame frame;
      frame.add(bytes);
      FaultInjector injector({.mark = FaultRates::kWhole}, 1);
      std::vector<Frame> out;
      injector.pass(frame, kStart, out);
      const auto was = wire::parse_ipv4(bytes.bytes().subspan(link));
      const auto is = wire::parse_ipv4(out.at(0).slices[0].bytes().subspan(link));
      ASSERT_TRUE(was && is);
      EXPECT_EQ(was->header.traffic_class, header.traffic_class) << "the send queue's own bytes must stay";
      EXPECT_EQ(is->header.traffic_class, ecn == wire::EcnCodepoint::kNotEct ? 0xB8 : 0xBB);
      EXPECT_EQ(out[0].size(), frame.size());
      out.clear();
    }
  }
}

TEST(FaultInjector, MarksIpv6OnEitherLink) {
  Traffic traffic({}, 7);
  for (const std::size_t link : {std::size_t{0}, wire::kEthernetHeaderLength}) {
    Slice bytes = *traffic.heap.allocate(static_cast<std::uint32_t>(link) + 44);
    // The station's address begins as a packet does.
    std::memset(bytes.mutable_bytes().data(), 0x60, bytes.size());
    wire::emit_ipv6({.traffic_class = 0xBA, .payload_length = 4, .next_header = 6},
                    bytes.mutable_bytes().subspan(link));
    Frame frame;
    frame.add(bytes);
    FaultInjector injector({.mark = FaultRates::kWhole}, 1);
    std::vector<Frame> out;
    injector.pass(frame, kStart, out);
    const auto is = wire::parse_ipv6(out.at(0).slices[0].bytes().subspan(link));
    ASSERT_TRUE(is);
    EXPECT_EQ(is->header.traffic_class, 0xBB);
    EXPECT_EQ(injector.counters().marked, 1u);
  }
}

TEST(FaultInjector, TotalLossLosesEverything) {
  Traffic traffic({.loss = FaultRates::kWhole});
  EXPECT_TRUE(traffic.send(1000).empty());
}

TEST(FaultInjector, CorruptionFlipsOneBitOfACopy) {
  Traffic traffic({.corrupt = FaultRates::kWhole});
  std::map<std::uint32_t, int> places;
  for (int i = 0; i < 2000; ++i) {
    const Frame original = traffic.numbered(0);
    std::vector<Frame> out;
    traffic.injector.pass(original, kStart, out);
    ASSERT_EQ(out.size(), 1u);
    ASSERT_EQ(out[0].size(), 40u);
    ASSERT_EQ(Traffic::number_of(original), 0u) << "the send queue's own bytes must stay";
    int flipped = 0;
    for (std::uint32_t at = 0; at < 40; ++at) {
      const auto was = static_cast<unsigned>(at < 4 ? 0 : 0x5A);
      const int bits = std::popcount(was ^ static_cast<unsigned>(out[0].slices[0].bytes()[at]));
      flipped += bits;
      if (bits != 0) ++places[at];
    }
    ASSERT_EQ(flipped, 1);
  }
  EXPECT_EQ(places.size(), 40u) << "every byte can be hit";
}

TEST(FaultInjector, CorruptionIsNeverHiddenByAnOffload) {
  Traffic traffic({.corrupt = FaultRates::kWhole});
  std::vector<Frame> out;
  Frame partial = traffic.numbered(1);
  partial.checksum = ChecksumState::kPartial;
  traffic.injector.pass(std::move(partial), kStart, out);
  EXPECT_TRUE(out.empty()) << "the device would make the checksum fit";
  Frame verified = traffic.numbered(2);
  verified.checksum = ChecksumState::kVerified;
  traffic.injector.pass(std::move(verified), kStart, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(out[0].checksum, ChecksumState::kUnverified);
}

TEST(FaultInjector, AHeldFrameIsOvertakenByAtMostDepth) {
  for (const std::uint32_t depth : {1u, 3u, 10u}) {
    Traffic traffic({.reorder = 100'000, .depth = depth});
    const auto numbers = Traffic::numbers_of(traffic.send(5000));
    ASSERT_EQ(numbers.size(), 5000u) << "reordering loses nothing";
    std::uint32_t most = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      std::uint32_t later = 0;
      for (std::size_t j = i > 40 ? i - 40 : 0; j < i; ++j) later += numbers[j] > numbers[i] ? 1 : 0;
      most = std::max(most, later);
    }
    EXPECT_GE(most, 1u);
    EXPECT_LE(most, 2 * depth) << "frames held beside it may be released just before";
  }
}

TEST(FaultInjector, AHeldFrameGoesOnInTimeWhenNothingFollows) {
  Traffic traffic({.reorder = FaultRates::kWhole, .hold = std::chrono::milliseconds(20)});
  std::vector<Frame> out;
  EXPECT_EQ(traffic.injector.next_deadline(), kNever);
  traffic.injector.pass(traffic.numbered(5), kStart, out);
  EXPECT_TRUE(out.empty());
  const Instant due = kStart + std::chrono::milliseconds(20);
  EXPECT_EQ(traffic.injector.next_deadline(), due);
  traffic.injector.release(due - Duration(1), out);
  EXPECT_TRUE(out.empty());
  traffic.injector.release(due, out);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(traffic.injector.next_deadline(), kNever);
}

TEST(FaultInjector, WhatIsHeldIsBounded) {
  Traffic traffic({.reorder = FaultRates::kWhole});
  std::vector<Frame> out;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    traffic.injector.pass(traffic.numbered(i), kStart, out);
    EXPECT_LE(i + 1 - out.size(), FaultInjector::kMaxHeld);
  }
}

}  // namespace
}  // namespace handfast::drivers
