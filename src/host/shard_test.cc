#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <functional>

#include "base/check.h"
#include "host/lone_host.h"

// The contract around the verbs: time, and who may call when.

namespace handfast::host {
namespace {

using namespace std::chrono_literals;

TEST(Clock, AReadingThatGoesBackCountsAsTheLastOne) {
  LoneHost host;
  host.add("192.0.2.1/24");
  host.pass(10s);
  const Instant now = host.now();
  const auto connection = host.host().connect({.peer = *Endpoint::parse("192.0.2.9:80")}, now - 5s);
  ASSERT_TRUE(connection);
  EXPECT_EQ(host.host().counters().clock_went_backward, 1u);
  std::array<Frame, 4> frames;
  EXPECT_EQ(host.host().poll_transmit(frames, now - 1ns), 1u);
  EXPECT_EQ(host.host().counters().clock_went_backward, 2u);
  EXPECT_EQ(host.host().next_deadline(), now + 1s) << "the timer of the SYN starts at the last reading";
  host.host().on_deadline(now + 1s - 1ns);
  EXPECT_EQ(host.host().poll_transmit(frames, now + 1s - 1ns), 0u);
  host.host().on_deadline(now);
  EXPECT_EQ(host.host().counters().clock_went_backward, 3u);
  host.host().on_deadline(now + 1s);
  EXPECT_EQ(host.host().poll_transmit(frames, now + 1s), 1u);
  EXPECT_EQ(host.host().counters().clock_went_backward, 3u);
}

// --- what is kept for the next burst ---

TEST(Reserves, GoBackAfterAQuietTime) {
  LoneHost host;
  host.add("192.0.2.1/24");
  ASSERT_TRUE(host.host().listen({.local = {{}, 80}}, host.now()));
  ASSERT_TRUE(host.hears_handshake("192.0.2.9:1", "192.0.2.1:80"));
  (void)host.says();
  const std::size_t busy = host.host().memory_used();
  host.pass(100ms - 1ns);
  EXPECT_EQ(host.host().memory_used(), busy);
  EXPECT_EQ(host.host().next_deadline(), host.now() + 1ns);
  host.pass(1ns);
  EXPECT_LT(host.host().memory_used(), busy) << "no buffer is needed now";
  EXPECT_EQ(host.host().next_deadline(), kNever);
}

// --- what a reset is traced as ---

struct Resets final : trace::Sink {
  void on_event(const trace::Event& event) override {
    if (event.kind != trace::Kind::kSegmentSent || !event.segment.has(trace::SegmentView::kRst)) return;
    seen.emplace_back(event.reason, event.connection);
    EXPECT_EQ(event.host_number, 7u);
  }
  std::vector<std::pair<trace::Reason, std::uint64_t>> seen;
};

TEST(TraceOfAHost, AResetIsAConnectionsOrAnAnswer) {
  Resets resets;
  Config config;
  config.host_number = 7;
  LoneHost host(config, &resets);
  host.add("192.0.2.1/24");
  host.hears_segment("192.0.2.9:1", "192.0.2.1:81", {.seq = 99, .flags = wire::kSyn});
  ASSERT_EQ(resets.seen.size(), 1u);
  EXPECT_EQ(resets.seen[0], std::pair(trace::Reason::kReplyReset, std::uint64_t{0}));
  (void)host.says();

  const ListenerHandle listener = *host.host().listen({.local = {{}, 80}}, host.now());
  ASSERT_TRUE(host.hears_handshake("192.0.2.9:1", "192.0.2.1:80"));
  const TcpHandle connection = *host.host().accept(listener, host.now());
  ASSERT_TRUE(host.host().abort(connection, host.now()));
  ASSERT_EQ(resets.seen.size(), 2u);
  EXPECT_EQ(resets.seen[1], std::pair(trace::Reason::kSendReset, connection.number()));
}

// --- re-entrance ---

// A sink that calls back in at the first event of a kind.
struct Intruder final : trace::Sink {
  void on_event(const trace::Event& event) override {
    if (host == nullptr || event.kind != trace::Kind::kFrameSent) return;
    intrude(*host);
  }
  Host* host = nullptr;
  std::function<void(Host&)> intrude;
};

// A failed check names its condition before it aborts, so that a death of another kind is none of ours.
constexpr const char* kTheCheck = "shard.entered_";
void say_what_failed() {
  base::set_failure_hook([](const char* condition, const char*, int) { std::fputs(condition, stderr); });
}

void call_back_in(const std::function<void(Host&)>& intrude) {
  say_what_failed();
  Intruder intruder;
  LoneHost host({}, &intruder);
  host.add("192.0.2.1/24");
  const auto connection = host.connect("192.0.2.9:80");
  intruder.host = &host.host();
  intruder.intrude = intrude;
  (void)host.says();
  std::exit(connection ? 0 : 1);
}

TEST(ReentranceDeathTest, NoVerbMayBeCalledFromWithinAnother) {
  const std::pair<const char*, std::function<void(Host&)>> verbs[] = {
      {"add_interface", [](Host& host) { (void)host.add_interface({}); }},
      {"allocate", [](Host& host) { (void)host.allocate(10); }},
      {"receive", [](Host& host) { host.receive({}, Instant{}); }},
      {"poll_transmit", [](Host& host) { (void)host.poll_transmit({}, Instant{}); }},
      {"on_deadline", [](Host& host) { host.on_deadline(Instant{}); }},
      {"poll_event",
       [](Host& host) {
         Event event;
         (void)host.poll_event(event);
       }},
      {"listen", [](Host& host) { (void)host.listen({}, Instant{}); }},
      {"accept", [](Host& host) { (void)host.accept({}, Instant{}); }},
      {"set_context", [](Host& host) { (void)host.set_context({}, 1); }},
      {"close_listener", [](Host& host) { (void)host.close_listener({}, Instant{}); }},
      {"connect", [](Host& host) { (void)host.connect({}, Instant{}); }},
      {"send", [](Host& host) { (void)host.send({}, {}, Instant{}); }},
      {"send_slice", [](Host& host) { (void)host.send_slice({}, {}, Instant{}); }},
      {"receive text", [](Host& host) { (void)host.receive(TcpHandle{}, std::span<std::byte>(), Instant{}); }},
      {"receive_slice", [](Host& host) { (void)host.receive_slice({}, Instant{}); }},
      {"close_send", [](Host& host) { (void)host.close_send({}, Instant{}); }},
      {"close", [](Host& host) { (void)host.close({}, Instant{}); }},
      {"abort", [](Host& host) { (void)host.abort({}, Instant{}); }},
      {"set_nagle", [](Host& host) { (void)host.set_nagle({}, true, Instant{}); }},
      {"shutdown", [](Host& host) { host.shutdown(Instant{}, Instant{}); }},
      {"set_trace", [](Host& host) { host.set_trace(nullptr); }},
  };
  for (const auto& [name, verb] : verbs) EXPECT_DEATH(call_back_in(verb), kTheCheck) << name;
  EXPECT_EXIT(call_back_in([](Host& host) { (void)host.counters(); }), testing::ExitedWithCode(0), "");
}

// The release of a buffer that the caller lent is a call-out too.
TEST(ReentranceDeathTest, TheReleaseOfABufferMayNotCallBackIn) {
  std::byte bytes[4] = {};
  Buffer lent{.bytes = bytes, .capacity = 4};
  LoneHost host;
  host.add("192.0.2.1/24");
  const TcpHandle connection = *host.connect("192.0.2.9:80");
  lent.release = [](Buffer*, void* owner) { (void)static_cast<Host*>(owner)->accept({}, Instant{}); };
  lent.owner = &host.host();
  ASSERT_TRUE(host.host().send_slice(connection, Slice(lent, 0, 4), host.now()));
  EXPECT_DEATH(
      {
        say_what_failed();
        (void)host.host().abort(connection, host.now());
      },
      kTheCheck);
  lent.release = [](Buffer*, void*) {};
}

}  // namespace
}  // namespace handfast::host
