#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/test_random.h"
#include "handfast/host.h"
#include "sim/packet_builder.h"
#include "version.h"
#include "wire/tcp.h"

// Hosts on one wire without delay, and strangers on it: packets made by hand whose senders do not exist. What a Host
// sends to another Host arrives there at once; what it sends to a stranger is kept for the test to read. Time moves
// only when the test says so.

namespace handfast::pair {

struct SeededRandom final : Random {
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(draw.next());
  }
  base::TestRandom draw{2026};
};

/// A TCP segment that a Host sent.
struct SentSegment {
  Endpoint from;
  Endpoint to;
  wire::TcpHeader header;
  std::string text;
};

class Bench {
 public:
  explicit Bench(const std::vector<Config>& configs, trace::Sink* sink = nullptr) {
    for (const Config& config : configs) {
      hosts_.push_back(*Host::create(config, random_, sink));
      InterfaceConfig interface;
      interface.addresses = {address_under_test(static_cast<std::uint8_t>(hosts_.size()))};
      const IpAddress gateway = address_under_test(254).address;
      (gateway.is_v6() ? interface.ipv6_gateway : interface.gateway) = gateway;
      EXPECT_TRUE(hosts_.back()->add_interface(interface));
    }
  }

  static IpAddress address(std::size_t host) { return address_under_test(static_cast<std::uint8_t>(host + 1)).address; }
  Host& host(std::size_t index) { return *hosts_[index]; }
  Instant now() const { return now_; }
  base::TestRandom& draw() { return random_.draw; }

  void deliver(std::size_t to, std::span<const std::byte> packet) {
    Host& host = *hosts_[to];
    Slice whole = *host.allocate(static_cast<std::uint32_t>(packet.size()));
    std::memcpy(whole.mutable_bytes().data(), packet.data(), packet.size());
    std::array<Frame, 1> frames;
    frames[0].add(std::move(whole));
    host.receive(frames, now_);
  }
  void deliver(std::size_t to, const sim::BuiltPacket& packet) { deliver(to, packet.bytes()); }

  /// Carries everything until nobody has anything to say.
  void settle() {
    for (bool busy = true; busy;) {
      busy = false;
      for (std::size_t from = 0; from < hosts_.size(); ++from) busy = carry(from) || busy;
    }
  }
  /// Lets time pass with every deadline on the way served, in steps of at least a millisecond.
  void pass(Duration duration) {
    using namespace std::chrono_literals;
    const Instant end = now_ + duration;
    while (now_ < end) {
      Instant next = end;
      for (const auto& host : hosts_) next = std::min(next, host->next_deadline());
      now_ = std::min(end, std::max(next, now_ + 1ms));
      for (const auto& host : hosts_) host->on_deadline(now_);
      settle();
    }
  }

  /// What went to strangers since the last call.
  std::vector<SentSegment> take_strangers() { return std::exchange(to_strangers_, {}); }
  std::uint64_t stranger_frames() const { return stranger_frames_; }
  /// A flood reads nothing of it.
  void keep_strangers(bool keep) { keep_ = keep; }
  /// Loses this many of the next frames between Hosts.
  void lose(std::size_t from, std::uint32_t frames) { lose_[from] = frames; }

 private:
  bool carry(std::size_t from) {
    std::array<Frame, 64> frames;
    const std::size_t count = hosts_[from]->poll_transmit(frames, now_);
    for (Frame& frame : std::span(frames).first(count)) {
      std::vector<std::byte> packet;
      for (const Slice& part : frame.used()) packet.insert(packet.end(), part.bytes().begin(), part.bytes().end());
      frame.clear();
      route(from, packet);
    }
    return count > 0;
  }
  void route(std::size_t from, const std::vector<std::byte>& packet) {
    const sim::Packet parsed = sim::read_packet(packet, LinkKind::kIp);
    ASSERT_EQ(parsed.kind, sim::Packet::Kind::kTcp) << parsed.fault;
    for (std::size_t to = 0; to < hosts_.size(); ++to) {
      if (parsed.destination.address != address(to)) continue;
      if (lose_[from] > 0) {
        --lose_[from];
      } else {
        deliver(to, packet);
      }
      return;
    }
    ++stranger_frames_;
    if (!keep_) return;
    const auto tcp = wire::parse_tcp(std::span(packet).subspan(parsed.source.address.is_v6() ? 40 : 20));
    ASSERT_TRUE(tcp);
    to_strangers_.push_back({parsed.source, parsed.destination, tcp->header,
                             std::string(reinterpret_cast<const char*>(parsed.text.data()), parsed.text.size())});
  }

  SeededRandom random_;
  std::vector<std::unique_ptr<Host>> hosts_;
  std::vector<SentSegment> to_strangers_;
  std::uint64_t stranger_frames_ = 0;
  std::array<std::uint32_t, 8> lose_{};
  bool keep_ = true;
  Instant now_{std::chrono::seconds(1000)};
};

inline std::span<const std::byte> as_text(std::string_view text) { return std::as_bytes(std::span(text)); }

/// All text that can be taken from a connection now.
inline std::string take_text(Host& host, TcpHandle connection, Instant now) {
  std::string all;
  std::array<std::byte, 4096> piece{};
  for (;;) {
    const auto taken = host.receive(connection, piece, now);
    if (!taken || *taken == 0) return all;
    all.append(reinterpret_cast<const char*>(piece.data()), *taken);
  }
}

/// A SYN of somebody who is not there, from a port and address drawn.
inline sim::BuiltPacket spoofed_syn(base::TestRandom& draw, const Endpoint& to) {
  sim::BuiltPacket syn;
  const auto number = static_cast<std::uint32_t>(0x0B000000 + draw.below(0x01000000));
  syn.source.address = stranger_under_test(number);
  syn.source.port = static_cast<std::uint16_t>(1 + draw.below(65535));
  syn.destination = to;
  syn.seq = static_cast<std::uint32_t>(draw.next());
  syn.flags = sim::Packet::kSyn;
  // MSS 1460, SACK permitted, timestamps, NOP, window scale 7
  for (const int byte : {2, 4, 5, 180, 4, 2, 8, 10, 0, 0, 1, 0, 0, 0, 0, 0, 1, 3, 3, 7}) {
    syn.options.push_back(static_cast<std::byte>(byte));
  }
  return syn;
}

}  // namespace handfast::pair
