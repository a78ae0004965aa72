#include "trace/trace_hash.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <vector>

#include "trace/fan_out.h"
#include "trace/trace_stage.h"

namespace handfast::trace {
namespace {

// Of handshake, a transfer of 100 segments and close, as the Stage plays them.
constexpr std::uint64_t kStoryHash = 13682848138241599608u;

std::uint64_t hash_of(const Event& event) {
  TraceHash hash;
  hash.on_event(event);
  return hash.value();
}

TEST(TraceHash, OneStoryHasOneNumberOnEveryCompiler) {
  TraceHash hash;
  EXPECT_EQ(hash.value(), 0xCBF29CE484222325u);
  Stage stage(hash);
  stage.handshake();
  stage.transfer(100);
  stage.close();
  EXPECT_EQ(hash.events(), 11u + 400u + 11u);
  EXPECT_EQ(hash.value(), kStoryHash);
}

// The number was computed apart from this code, from the canonical form as trace_hash.h describes it.
TEST(TraceHash, TheCanonicalFormIsFixed) {
  Event event;
  event.at = Instant(Duration(7));
  event.kind = Kind::kSegmentSent;
  event.reason = Reason::kActiveOpen;
  event.host_number = 2;
  event.connection = 9;
  event.tuple.host = {IpAddress::v4(192, 0, 2, 1), 40000};
  event.segment = Stage::segment(SegmentView::kSyn, Stage::kX);
  const std::byte bytes[] = {std::byte{0x45}, std::byte{0}};
  const std::span<const std::byte> pieces[] = {bytes};
  event.frame = pieces;
  EXPECT_EQ(hash_of(event), 0xC15B0DF655470A01u);
}

TEST(TraceHash, EveryFieldCounts) {
  const std::vector<std::function<void(Event&)>> changes = {
      [](Event& e) { e.at += Duration(1); },
      [](Event& e) { e.kind = Kind::kTimerSet; },
      [](Event& e) { e.reason = Reason::kSendAck; },
      [](Event& e) { e.drop = DropReason::kTcpPaws; },
      [](Event& e) { e.host_number ^= 1; },
      [](Event& e) { e.interface ^= 1; },
      [](Event& e) { e.connection ^= std::uint64_t{1} << 40; },
      [](Event& e) { e.tuple.host.port ^= 1; },
      [](Event& e) { e.tuple.peer.address = IpAddress::v4(192, 0, 2, 77); },
      [](Event& e) { e.segment.seq ^= 1; },
      [](Event& e) { e.segment.ack ^= 1; },
      [](Event& e) { e.segment.flags ^= 1; },
      [](Event& e) { e.segment.flags = SegmentView::kUrg; },
      [](Event& e) {
        e.segment.flags = SegmentView::kUrg;
        e.segment.urgent_pointer = 1;
      },
      [](Event& e) { e.segment.window ^= 1; },
      [](Event& e) { e.segment.text_length ^= 1; },
      [](Event& e) { e.segment.options.has_mss ^= true; },
      [](Event& e) { e.segment.options.has_window_scale ^= true; },
      [](Event& e) { e.segment.options.sack_permitted ^= true; },
      [](Event& e) { e.segment.options.has_timestamps ^= true; },
      [](Event& e) { e.segment.options.mss ^= 1; },
      [](Event& e) { e.segment.options.window_scale ^= 1; },
      [](Event& e) { e.segment.options.sack_count ^= 1; },
      [](Event& e) { e.segment.options.timestamp ^= 1; },
      [](Event& e) { e.segment.options.timestamp_echo ^= 1; },
      [](Event& e) { e.segment.options.sack[3][1] ^= 1; },
      [](Event& e) { e.before.state = TcpState::kListen; },
      [](Event& e) { e.after.snd_una ^= 1; },
      [](Event& e) { e.after.snd_nxt ^= 1; },
      [](Event& e) { e.after.snd_wnd ^= 1; },
      [](Event& e) { e.after.iss ^= 1; },
      [](Event& e) { e.after.rcv_nxt ^= 1; },
      [](Event& e) { e.after.rcv_wnd ^= 1; },
      [](Event& e) { e.after.irs ^= 1; },
      [](Event& e) { e.after.cwnd ^= 1; },
      [](Event& e) { e.after.ssthresh ^= 1; },
      [](Event& e) { e.timer = Timer::kPersist; },
      [](Event& e) { e.deadline = Instant{}; },
      [](Event& e) { e.value ^= 0x80000000; },
  };
  std::set<std::uint64_t> seen = {hash_of(Event{})};
  for (const auto& change : changes) {
    Event event;
    change(event);
    EXPECT_TRUE(seen.insert(hash_of(event)).second) << "change " << seen.size();
  }
}

TEST(TraceHash, FrameBytesCountAndTheirPiecesDoNot) {
  const std::byte bytes[] = {std::byte{1}, std::byte{2}, std::byte{3}};
  const std::span<const std::byte> all(bytes);
  const std::span<const std::byte> whole[] = {all};
  const std::span<const std::byte> cut[] = {all.first(1), all.subspan(1)};
  const std::span<const std::byte> less[] = {all.first(2)};
  Event event;
  event.frame = whole;
  const std::uint64_t value = hash_of(event);
  event.frame = cut;
  EXPECT_EQ(hash_of(event), value);
  event.frame = less;
  EXPECT_NE(hash_of(event), value);
}

TEST(FanOut, EverySinkGetsEveryEventInOrder) {
  TraceHash first, second, alone;
  FanOut fan = {&first};
  fan.add(second);
  Stage stage(fan);
  stage.handshake();
  Stage(alone).handshake();
  EXPECT_EQ(fan.size(), 2u);
  EXPECT_EQ(first.events(), 11u);
  EXPECT_EQ(first.value(), alone.value());
  EXPECT_EQ(second.value(), alone.value());
}

}  // namespace
}  // namespace handfast::trace
