#pragma once

#include "pair/bench.h"

// A listener on port 80 of Host 0 whose SYN queue strangers fill, and Host 1 as an honest peer of it.

namespace handfast::pair {

struct Flooded : Bench {
  static constexpr std::uint16_t kPort = 80;

  struct Options {
    Config server{};
    Config client{};
    std::uint32_t backlog = 128;
    std::uint32_t syn_backlog = 16;
    bool fill = true;
    trace::Sink* sink = nullptr;
  };
  explicit Flooded(const Options& options) : Bench({options.server, options.client}, options.sink) {
    listener =
        *host(0).listen({.local = {{}, kPort}, .backlog = options.backlog, .syn_backlog = options.syn_backlog}, now());
    if (options.fill) flood(options.syn_backlog);
    (void)take_strangers();
  }

  void flood(std::uint32_t syns) {
    for (std::uint32_t i = 0; i < syns; ++i) {
      deliver(0, spoofed_syn(draw(), {address(0), kPort}));
      settle();
    }
  }
  TcpHandle connect() { return *host(1).connect({.peer = {address(0), kPort}}, now()); }
  // A SYN of 198.51.100.1:port, whose answer the test reads.
  SentSegment answer_to_syn(std::uint16_t port, std::vector<std::byte> options = {}) {
    deliver(0, sim::BuiltPacket{.source = {stranger, port},
                                .destination = {address(0), kPort},
                                .seq = 1000,
                                .flags = sim::Packet::kSyn,
                                .options = std::move(options)});
    settle();
    const auto sent = take_strangers();
    EXPECT_EQ(sent.size(), 1u);
    return sent.empty() ? SentSegment{} : sent.front();
  }
  static sim::BuiltPacket ack_of(const SentSegment& syn_ack) {
    return {
        .source = syn_ack.to, .destination = syn_ack.from, .seq = syn_ack.header.ack, .ack = syn_ack.header.seq + 1};
  }
  ListenerInfo info() { return *host(0).listener_info(listener); }

  ListenerHandle listener;
  IpAddress stranger = stranger_under_test(0xC6336401);  // 198.51.100.1
};

}  // namespace handfast::pair
