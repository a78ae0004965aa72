#include "pair/flooded.h"
#include "tcp/syn_cookie.h"

// RFC 4987: what a listener does when more SYNs come than it can keep.

namespace handfast::pair {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kPort = Flooded::kPort;

Config small_queue(SynCookies policy = SynCookies::kOnOverflow) {
  Config config;
  config.syn_cookies = policy;
  config.limits.syn_queue = 64;
  return config;
}

std::vector<std::byte> text_bytes(std::string_view text) {
  const auto bytes = as_text(text);
  return {bytes.begin(), bytes.end()};
}

TEST(SynCookies, AFullQueueStillTakesAnHonestConnectionWithItsText) {  // 4987-3
  Flooded net({.server = small_queue()});
  const TcpHandle opener = net.connect();
  net.settle();
  EXPECT_EQ(net.host(0).counters().cookies_sent, 1u);
  EXPECT_EQ(net.host(0).counters().cookies_accepted, 1u);
  const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
  EXPECT_EQ(*net.host(1).send(opener, as_text("there"), net.now()), 5u);
  EXPECT_EQ(*net.host(0).send(accepted, as_text("and back"), net.now()), 8u);
  net.settle();
  EXPECT_EQ(take_text(net.host(0), accepted, net.now()), "there");
  EXPECT_EQ(take_text(net.host(1), opener, net.now()), "and back");
}

TEST(SynCookies, WithTimestampsEveryOptionIsAgreedAsEver) {
  Flooded net({.server = small_queue()});
  const TcpHandle opener = net.connect();
  net.settle();
  const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
  const TcpInfo here = *net.host(0).info(accepted);
  const TcpInfo there = *net.host(1).info(opener);
  for (const TcpInfo& info : {here, there}) {
    EXPECT_TRUE(info.sack);
    EXPECT_TRUE(info.timestamps);
    EXPECT_EQ(info.mss, 1448u - beyond_ipv4());
    EXPECT_EQ(info.send_scale, 3);
    EXPECT_EQ(info.receive_scale, 3);
  }
  EXPECT_EQ(here.rcv_irs, there.snd_iss);
  EXPECT_EQ(here.snd_iss, there.rcv_irs);
  // When the SYN-ACK left was not kept, so it measures nothing and the first timeout is the careful one.
  EXPECT_EQ(here.srtt, 0ns);
  EXPECT_EQ(here.rto, 1s);
}

TEST(SynCookies, WithoutTimestampsTheOtherOptionsAreOff) {
  Config client;
  client.tcp.timestamps = false;
  Flooded net({.server = small_queue(), .client = client});
  const TcpHandle opener = net.connect();
  net.settle();
  const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
  for (const TcpInfo& info : {*net.host(0).info(accepted), *net.host(1).info(opener)}) {
    EXPECT_FALSE(info.sack);
    EXPECT_FALSE(info.timestamps);
    EXPECT_EQ(info.send_scale, 0);
    EXPECT_EQ(info.receive_scale, 0);
    EXPECT_EQ(info.mss, 1460u - beyond_ipv4());
  }
}

TEST(SynCookies, EcnIsAgreedWhereTimestampsCarryIt) {  // 3168-1
  for (const bool timestamps : {false, true}) {
    Config client;
    client.tcp.timestamps = timestamps;
    client.tcp.ecn = Ecn::kOffer;
    Flooded net({.server = small_queue(), .client = client});
    const TcpHandle opener = net.connect();
    net.settle();
    const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
    for (const TcpInfo& info : {*net.host(0).info(accepted), *net.host(1).info(opener)}) {
      EXPECT_EQ(info.ecn, timestamps ? EcnFeedback::kClassic : EcnFeedback::kNone);
    }
  }
}

// RFC 9768 §5.1: the acknowledgment itself shows what was granted.
TEST(SynCookies, AccurateEcnIsAgreedWithTimestampsAndWithout) {  // 9768-17
  for (const bool timestamps : {false, true}) {
    Config client;
    client.tcp.timestamps = timestamps;
    client.tcp.ecn = Ecn::kAccurate;
    Config server = small_queue();
    server.tcp.ecn = Ecn::kAccurate;
    Flooded net({.server = server, .client = client});
    const TcpHandle opener = net.connect();
    net.settle();
    const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
    EXPECT_EQ(*net.host(1).send(opener, as_text("there"), net.now()), 5u);
    net.settle();
    EXPECT_EQ(take_text(net.host(0), accepted, net.now()), "there");
    for (const TcpInfo& info : {*net.host(0).info(accepted), *net.host(1).info(opener)}) {
      EXPECT_EQ(info.ecn, EcnFeedback::kAccurate);
      EXPECT_EQ(info.ecn_reductions, 0u);
    }
  }
}

TEST(SynCookies, ALongTransferUnderEitherOfferArrivesByteForByte) {
  for (const bool timestamps : {false, true}) {
    Config client;
    client.tcp.timestamps = timestamps;
    Flooded net({.server = small_queue(SynCookies::kAlways), .client = client});
    const TcpHandle opener = net.connect();
    net.settle();
    const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
    std::string sent;
    for (std::uint32_t i = 0; i < 300'000; ++i) sent += static_cast<char>(i * 7 % 251);
    std::string arrived;
    std::size_t at = 0;
    for (int round = 0; round < 100 && arrived.size() < sent.size(); ++round) {
      const auto taken = net.host(1).send(opener, as_text(std::string_view(sent).substr(at)), net.now());
      if (taken) at += *taken;
      net.pass(5ms);
      arrived += take_text(net.host(0), accepted, net.now());
    }
    EXPECT_TRUE(arrived == sent);
  }
}

TEST(SynCookies, TheTimestampClockNeverStepsBack) {
  Flooded net({.server = small_queue()});
  // 198.51.100.1 reads the raw segments: SYN with timestamps, then a byte of text.
  const std::vector<std::byte> option = {
      std::byte{1}, std::byte{1}, std::byte{8}, std::byte{10}, {}, {}, {}, std::byte{9}, {}, {}, {}, {}};
  for (std::uint16_t port = 1000; port < 1100; ++port) {
    const SentSegment syn_ack = net.answer_to_syn(port, option);
    ASSERT_TRUE(syn_ack.header.options.timestamps);
    EXPECT_EQ(syn_ack.header.options.timestamps->echo, 9u);
    sim::BuiltPacket ack = net.ack_of(syn_ack);
    ack.text = text_bytes("x");
    ack.options = option;
    base::store_be32(&ack.options[8], syn_ack.header.options.timestamps->value);
    net.deliver(0, ack);
    net.pass(41ms);  // the delayed acknowledgment
    auto sent = net.take_strangers();
    std::erase_if(sent, [&](const SentSegment& other) { return other.to.address != net.stranger; });
    ASSERT_EQ(sent.size(), 1u);
    const std::uint32_t step = sent[0].header.options.timestamps->value - syn_ack.header.options.timestamps->value;
    EXPECT_LT(step, 200u) << port;
    EXPECT_GE(step, 40u) << port;
    EXPECT_EQ(sent[0].header.ack, 1002u);
  }
}

TEST(SynCookies, ThePolicyOffDropsAndAlwaysKeepsNothing) {
  Flooded off({.server = small_queue(SynCookies::kOff)});
  (void)off.connect();
  off.settle();
  EXPECT_EQ(off.host(0).counters().cookies_sent, 0u);
  EXPECT_EQ(off.host(0).counters().dropped(DropReason::kTcpSynQueueFull), 1u);
  EXPECT_FALSE(off.host(0).accept(off.listener, off.now()));

  Flooded always({.server = small_queue(SynCookies::kAlways), .fill = false});
  always.flood(1);
  always.pass(1s);
  const std::size_t before = always.host(0).memory_used();
  always.flood(99);
  EXPECT_EQ(always.host(0).counters().cookies_sent, 100u);
  EXPECT_EQ(always.stranger_frames(), 100u);
  always.pass(10s);  // nothing is sent again
  EXPECT_EQ(always.stranger_frames(), 100u);
  EXPECT_EQ(always.host(0).memory_used(), before);
  EXPECT_EQ(always.host(0).next_deadline(), kNever);
}

TEST(SynCookies, TheGlobalLimitOverflowsIntoCookiesToo) {
  Config server = small_queue();
  server.limits.syn_queue = 8;
  Flooded net({.server = server});  // the listener itself would keep 16
  EXPECT_EQ(net.host(0).counters().cookies_sent, 8u);
  (void)net.connect();
  net.settle();
  EXPECT_TRUE(net.host(0).accept(net.listener, net.now()));
}

TEST(SynCookies, AnAckThatCarriesTextOpensAndDeliversIt) {
  Flooded net({.server = small_queue()});
  sim::BuiltPacket ack = net.ack_of(net.answer_to_syn(1000));
  ack.text = text_bytes("GET /");
  net.deliver(0, ack);
  const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
  EXPECT_EQ(take_text(net.host(0), accepted, net.now()), "GET /");
}

TEST(SynCookies, AnAckWithTextAndFinIsTakenWhole) {
  Flooded net({.server = small_queue()});
  sim::BuiltPacket ack = net.ack_of(net.answer_to_syn(1000));
  ack.text = text_bytes("all");
  ack.flags = sim::Packet::kAck | sim::Packet::kFin;
  net.deliver(0, ack);
  const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
  EXPECT_EQ(net.host(0).info(accepted)->state, TcpState::kCloseWait);
  EXPECT_EQ(take_text(net.host(0), accepted, net.now()), "all");
  net.settle();
  const auto sent = net.take_strangers();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].header.ack, 1001u + 4u);
}

TEST(SynCookies, TheFirstTextStandsForAnAckThatWasLost) {
  Flooded net({.server = small_queue()});
  const TcpHandle opener = net.connect();
  net.lose(1, 0);
  // SYN and SYN-ACK pass; the ACK is lost, and so is the first text.
  std::array<Frame, 4> frames;
  ASSERT_EQ(net.host(1).poll_transmit(frames, net.now()), 1u);
  const auto syn = frames[0].slices[0].bytes();
  net.deliver(0, std::vector<std::byte>(syn.begin(), syn.end()));
  frames[0].clear();
  net.lose(1, 2);
  net.settle();
  EXPECT_EQ(net.host(1).info(opener)->state, TcpState::kEstablished);
  EXPECT_EQ(*net.host(1).send(opener, as_text("once more"), net.now()), 9u);
  net.settle();
  EXPECT_FALSE(net.host(0).accept(net.listener, net.now()));
  net.pass(5s);
  const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
  EXPECT_EQ(take_text(net.host(0), accepted, net.now()), "once more");
}

TEST(SynCookies, LaterTextThatOvertookTheFirstIsNotReset) {
  Flooded net({.server = small_queue()});
  const SentSegment syn_ack = net.answer_to_syn(1000);
  sim::BuiltPacket second = net.ack_of(syn_ack);
  second.seq += 5;
  second.text = text_bytes("world");
  net.deliver(0, second);
  net.settle();
  EXPECT_TRUE(net.take_strangers().empty());
  EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpCookieBad), 1u);
  sim::BuiltPacket first = net.ack_of(syn_ack);
  first.text = text_bytes("hello");
  net.deliver(0, first);
  net.deliver(0, second);
  const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
  EXPECT_EQ(take_text(net.host(0), accepted, net.now()), "helloworld");
}

TEST(SynCookies, AForgedAckIsCountedAndReset) {
  Flooded net({.server = small_queue()});
  const SentSegment syn_ack = net.answer_to_syn(1000);
  for (std::uint32_t i = 1; i <= 100; ++i) {
    sim::BuiltPacket forged = net.ack_of(syn_ack);
    forged.ack += i;
    net.deliver(0, forged);
    net.settle();
    const auto sent = net.take_strangers();
    ASSERT_EQ(sent.size(), 1u);
    EXPECT_EQ(sent[0].header.flags, wire::kRst);
    EXPECT_EQ(sent[0].header.seq, forged.ack);
  }
  EXPECT_EQ(net.host(0).counters().cookies_rejected, 100u);
  EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpCookieBad), 100u);
  EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpListenAck), 0u);
  EXPECT_EQ(net.host(0).connection_count(), 0u);
}

TEST(SynCookies, AreOnlyLookedForWhileOneMayBeOut) {
  Flooded net({.server = small_queue(), .fill = false});
  // Nothing was sent: an ACK is what it always was to a listener (RFC 9293 §3.10.7.2 second).
  net.deliver(0, sim::BuiltPacket{.source = {net.stranger, 1000}, .destination = {Bench::address(0), kPort}});
  EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpListenAck), 1u);
  net.flood(16);
  net.settle();
  (void)net.take_strangers();
  const sim::BuiltPacket ack = net.ack_of(net.answer_to_syn(1000));
  net.pass(tcp::kCookieLife);
  (void)net.take_strangers();
  net.deliver(0, ack);
  EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpListenAck), 2u);
  EXPECT_EQ(net.host(0).counters().cookies_rejected, 0u);
}

TEST(SynCookies, AnotherListenersCookieIsNoneOfThis) {
  Flooded net({.server = small_queue()});
  ASSERT_TRUE(net.host(0).listen({.local = {{}, 81}}, net.now()));
  sim::BuiltPacket ack = net.ack_of(net.answer_to_syn(1000));
  ack.destination.port = 81;
  net.deliver(0, ack);
  EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpListenAck), 1u);
  EXPECT_EQ(net.host(0).connection_count(), 0u);
}

TEST(SynCookies, AFullAcceptQueueLetsTheAckComeAgain) {
  Flooded net({.server = small_queue(), .backlog = 1});
  (void)net.connect();
  net.settle();
  const TcpHandle second = net.connect();
  EXPECT_TRUE(net.host(1).send(second, as_text("patient"), net.now()));
  net.settle();
  EXPECT_EQ(net.host(0).connection_count(), 1u);
  EXPECT_GE(net.host(0).counters().dropped(DropReason::kTcpAcceptQueueFull), 1u);
  ASSERT_TRUE(net.host(0).accept(net.listener, net.now()));
  net.pass(5s);
  const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
  EXPECT_EQ(take_text(net.host(0), accepted, net.now()), "patient");
}

TEST(SynCookies, AtTheConnectionLimitNothingIsMade) {
  Config server = small_queue();
  server.limits.connections = 1;
  Flooded net({.server = server});
  (void)net.connect();
  net.settle();
  (void)net.connect();
  net.settle();
  EXPECT_EQ(net.host(0).connection_count(), 1u);
  EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpConnectionLimit), 1u);
}

TEST(SynCookies, TheirRateIsLimitedApartFromOtherReplies) {
  Config server = small_queue();
  server.limits.cookies_per_second = 10;
  server.limits.cookie_burst = 20;
  server.limits.replies_per_second = 1;
  server.limits.reply_burst = 1;
  Flooded net({.server = server});
  net.flood(100);
  EXPECT_EQ(net.host(0).counters().cookies_sent, 20u);
  EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpCookieRateLimited), 80u);
  net.pass(500ms);
  net.flood(10);
  EXPECT_EQ(net.host(0).counters().cookies_sent, 25u);
  // The resets' single token is still there, and cookies go on without it.
  net.deliver(0, sim::BuiltPacket{.source = {net.stranger, 1}, .destination = {Bench::address(0), 9}});
  net.deliver(0, sim::BuiltPacket{.source = {net.stranger, 2}, .destination = {Bench::address(0), 9}});
  EXPECT_EQ(net.host(0).counters().resets_sent, 1u);
  net.pass(100ms);
  net.flood(1);
  EXPECT_EQ(net.host(0).counters().cookies_sent, 26u);
}

TEST(SynCookies, ChecksOfForgeriesAreLimited) {
  Config server = small_queue();
  server.limits.cookie_checks_per_second = 0;
  server.limits.cookie_check_burst = 10;
  Flooded net({.server = server});
  const SentSegment syn_ack = net.answer_to_syn(1000);
  for (std::uint32_t i = 1; i <= 15; ++i) {
    sim::BuiltPacket forged = net.ack_of(syn_ack);
    forged.ack += i;
    net.deliver(0, forged);
  }
  EXPECT_EQ(net.host(0).counters().cookies_rejected, 10u);
  EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpCookieCheckRateLimited), 5u);
}

TEST(SynCookies, AnAnswerAfterAMinuteStillOpensAndAfterTwoSlotsDoesNot) {
  Flooded net({.server = small_queue()});
  sim::BuiltPacket early = net.ack_of(net.answer_to_syn(1000));
  const sim::BuiltPacket late = net.ack_of(net.answer_to_syn(1001));
  net.pass(60s);
  net.deliver(0, early);
  EXPECT_EQ(net.host(0).connection_count(), 1u);
  net.pass(tcp::kCookieLife - 60s);
  net.flood(20);  // the listener still expects cookies
  net.deliver(0, late);
  EXPECT_EQ(net.host(0).connection_count(), 1u);
  EXPECT_EQ(net.host(0).counters().cookies_rejected, 1u);
}

TEST(SynCookies, ASynForTimeWaitNeverGetsOne) {
  for (const bool full : {true, false}) {
    Flooded net({.server = small_queue(full ? SynCookies::kOnOverflow : SynCookies::kAlways), .fill = false});
    const auto opened = net.host(1).connect({.peer = {Bench::address(0), kPort}, .source_port = 5000}, net.now());
    net.settle();
    const TcpHandle accepted = *net.host(0).accept(net.listener, net.now());
    const std::uint32_t iss = net.host(1).info(*opened)->snd_iss;
    EXPECT_TRUE(net.host(0).close(accepted, net.now()));
    net.settle();
    EXPECT_TRUE(net.host(1).close(*opened, net.now()));
    net.settle();
    EXPECT_EQ(net.host(0).connection_count(), 0u);
    if (full) net.flood(16);
    const std::uint64_t cookies = net.host(0).counters().cookies_sent;
    net.pass(1s);
    EXPECT_TRUE(net.host(1).connect({.peer = {Bench::address(0), kPort}, .source_port = 5000}, net.now()));
    net.settle();
    EXPECT_EQ(net.host(0).counters().cookies_sent, cookies);
    // With no place in the queue the old connection lingers on; with one, the queue has it whatever the policy.
    EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpSynChallenged), full ? 1u : 0u);
    EXPECT_EQ(net.host(0).accept(net.listener, net.now()).has_value(), !full);
    net.deliver(0, sim::BuiltPacket{.source = {Bench::address(1), 5000},
                                    .destination = {Bench::address(0), kPort},
                                    .seq = iss + 2,
                                    .flags = sim::Packet::kRst});
    // The challenge drew one reset, and this is the second.
    EXPECT_EQ(net.host(0).counters().dropped(DropReason::kTcpResetInTimeWait), full ? 2u : 0u);
  }
}

struct Reasons final : trace::Sink {
  void on_event(const trace::Event& event) override {
    if (event.kind == trace::Kind::kFrameReceived || event.kind == trace::Kind::kFrameSent) return;
    ++seen[static_cast<std::size_t>(event.reason)];
    if (event.reason == trace::Reason::kCookieReturned) {
      EXPECT_EQ(event.before.state, TcpState::kListen);
      EXPECT_EQ(event.after.state, TcpState::kSynReceived);
    }
  }
  std::uint64_t of(trace::Reason reason) const { return seen[static_cast<std::size_t>(reason)]; }
  std::array<std::uint64_t, static_cast<std::size_t>(trace::Reason::kCount)> seen{};
};

TEST(SynCookies, TheTraceTellsEachStage) {
  Reasons reasons;
  Flooded net({.server = small_queue(), .sink = &reasons});
  (void)net.connect();
  net.settle();
  EXPECT_EQ(reasons.of(trace::Reason::kSynForCookie), 1u);
  EXPECT_EQ(reasons.of(trace::Reason::kSendCookie), 1u);
  EXPECT_EQ(reasons.of(trace::Reason::kCookieReturned), 1u);
}

// J1: a hundred thousand spoofed SYNs, and honest peers among them.
TEST(SynFlood, HoldsNoByteMoreAndHonestHandshakesAllSucceed) {
  Flooded net({.server = small_queue()});
  net.keep_strangers(false);
  constexpr int kSyns = 100'000;
  const Endpoint target{Bench::address(0), kPort};
  std::size_t held = 0;
  for (int i = 0; i < kSyns; ++i) {
    net.deliver(0, spoofed_syn(net.draw(), target));
    if (i % 100 != 99) continue;
    net.pass(1ms);  // 100,000 a second
    if (held == 0) held = net.host(0).memory_used();
    ASSERT_EQ(net.host(0).memory_used(), held);
  }
  EXPECT_GE(net.host(0).counters().cookies_sent, 100'000u);

  std::string sent(5000, '\0');
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<char>(i * 31);
  for (int peer = 0; peer < 200; ++peer) {
    for (int i = 0; i < 50; ++i) net.deliver(0, spoofed_syn(net.draw(), target));
    const TcpHandle opener = net.connect();
    net.settle();
    const auto accepted = net.host(0).accept(net.listener, net.now());
    ASSERT_TRUE(accepted) << peer;
    EXPECT_EQ(*net.host(1).send(opener, as_text(sent), net.now()), sent.size());
    net.pass(1ms);
    EXPECT_TRUE(take_text(net.host(0), *accepted, net.now()) == sent);
    EXPECT_TRUE(net.host(1).close(opener, net.now()));
    EXPECT_TRUE(net.host(0).close(*accepted, net.now()));
    net.settle();
  }
  EXPECT_EQ(net.host(0).counters().cookies_accepted, 200u);
  EXPECT_EQ(net.host(0).counters().cookies_rejected, 0u);
  EXPECT_EQ(net.host(0).counters().dropped(DropReason::kReplyQueueFull), 0u);
}

}  // namespace
}  // namespace handfast::pair
