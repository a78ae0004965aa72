#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/host.h"
#include "posix/socket_calls.h"

// For the unit tests of this folder: two programs on two Hosts, with a wire between them that loses what it is told to.
// Time stands still unless a test lets it pass.

namespace handfast::posix {

struct TestRandom final : Random {
  explicit TestRandom(std::uint8_t first) : next(first) {}
  void fill(std::span<std::byte> bytes) override {
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(next++ * 167);
  }
  std::uint8_t next;
};

/// A program: its Host and its calls.
class Program {
 public:
  Program(IpAddress address, std::uint8_t seed, const LinuxSettings& settings)
      : random_(seed), host_(*Host::create(Config(), random_)) {
    InterfaceConfig interface;
    interface.addresses = {{address, 24}};
    (void)host_->add_interface(interface);
    calls = std::make_unique<SocketCalls>(*host_, settings);
  }

  Host& host() { return *host_; }
  std::unique_ptr<SocketCalls> calls;

 private:
  TestRandom random_;
  std::unique_ptr<Host> host_;
};

inline LinuxSettings test_settings() {
  LinuxSettings settings;
  settings.tcp_wmem = {4096, 262144, 4u << 20};
  settings.tcp_fastopen = kFastopenClient | kFastopenServer;
  return settings;
}

inline ConstBuffer text_of(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

class TwoPrograms {
 public:
  static constexpr IpAddress kHere = IpAddress::v4(192, 0, 2, 1);
  static constexpr IpAddress kThere = IpAddress::v4(192, 0, 2, 2);

  explicit TwoPrograms(const LinuxSettings& settings = test_settings())
      : here_(kHere, 1, settings), there_(kThere, 101, settings) {}

  SocketCalls& here() { return *here_.calls; }
  SocketCalls& there() { return *there_.calls; }
  Host& host_here() { return here_.host(); }
  Host& host_there() { return there_.host(); }
  Instant now() const { return now_; }
  static SocketAddress address(const IpAddress& ip, std::uint16_t port) { return {kAfInet, {ip, port}}; }

  /// What travels from here, or from there, is lost from now on.
  void lose(bool from_here, bool from_there) {
    lost_[0] = from_here;
    lost_[1] = from_there;
  }

  /// Until both have nothing more to say.
  void settle() {
    while (carry(here_, there_, lost_[0]) || carry(there_, here_, lost_[1])) {
    }
  }

  /// Lets time pass, with every deadline in its place.
  void pass(Duration time) {
    settle();
    for (const Instant until = now_ + time; now_ < until;) {
      const Instant next = std::min(here_.host().next_deadline(), there_.host().next_deadline());
      now_ = std::min(until, std::max(now_, next));
      for (Program* program : {&here_, &there_}) {
        program->host().on_deadline(now_);
        program->calls->take_events(now_);
      }
      settle();
    }
  }

  /// Makes the call again until it stops waiting, for at most `limit`.
  template <typename Call>
  Outcome blocking(Call call, Duration limit = std::chrono::seconds(0)) {
    Progress progress;
    const Instant until = now_ + limit;
    for (;;) {
      const Outcome outcome = call(Turn{now_, progress});
      settle();
      if (!outcome.waits) return outcome;
      const Outcome again = call(Turn{now_, progress});
      settle();
      if (!again.waits || now_ >= until) return again;
      const Instant next = std::min({here_.host().next_deadline(), there_.host().next_deadline(), progress.deadline});
      pass(std::min(until, std::max(next, now_ + std::chrono::microseconds(1))) - now_);
    }
  }

  /// One go.
  template <typename Call>
  Outcome once(Call call) {
    Progress progress;
    const Outcome outcome = call(Turn{now_, progress});
    settle();
    return outcome;
  }

  // --- Shorter words for what most tests do ---

  /// A listener there, at port 80.
  int listens(int backlog = 8) {
    const int listener = static_cast<int>(there().socket(kAfInet, kSockStream, 0).value);
    (void)there().bind(listener, address(kThere, 80));
    (void)there().listen(listener, backlog, now_);
    return listener;
  }

  /// A nonblocking socket here that has begun to connect.
  int connects(int type = kSockStream | kSockNonblock) {
    const int socket = static_cast<int>(here().socket(kAfInet, type, 0).value);
    (void)once([&](Turn turn) { return here().connect(socket, address(kThere, 80), turn); });
    return socket;
  }

  int accepts(int listener) {
    return static_cast<int>(once([&](Turn turn) { return there().accept(listener, nullptr, turn); }).value);
  }

  Outcome writes(SocketCalls& calls, int socket, std::string_view text, int flags = 0) {
    return once([&](Turn turn) { return calls.send(socket, text_of(text), flags, turn); });
  }

  Outcome reads(SocketCalls& calls, int socket, std::string& text, std::size_t size, int flags = 0) {
    text.assign(size, '?');
    const Buffer buffer{reinterpret_cast<std::byte*>(text.data()), size};
    const Outcome outcome = once([&](Turn turn) { return calls.recv(socket, buffer, flags, turn); });
    text.resize(outcome.error == 0 && !outcome.waits ? static_cast<std::size_t>(outcome.value) : 0);
    return outcome;
  }

  std::uint16_t polls(SocketCalls& calls, int socket, std::uint32_t events) {
    PollEntry entry{.descriptor = socket, .events = static_cast<std::uint16_t>(events)};
    (void)once([&](Turn turn) { return calls.poll(std::span(&entry, 1), 0, turn); });
    return entry.revents;
  }

  Outcome set(SocketCalls& calls, int socket, int level, int name, std::int32_t value) {
    const ConstBuffer bytes{reinterpret_cast<const std::byte*>(&value), sizeof(value)};
    const Outcome outcome = calls.setsockopt(socket, level, name, bytes, now_);
    settle();
    return outcome;
  }

  /// The value, or the negative errno.
  std::int64_t get(SocketCalls& calls, int socket, int level, int name) {
    std::int32_t value = 0;
    Buffer bytes{reinterpret_cast<std::byte*>(&value), sizeof(value)};
    const Outcome outcome = calls.getsockopt(socket, level, name, bytes, now_);
    return outcome.error == 0 ? value : -outcome.error;
  }

  Outcome closes(SocketCalls& calls, int socket) {
    return once([&](Turn turn) { return calls.close(socket, turn); });
  }

 private:
  bool carry(Program& from, Program& to, bool lost) {
    std::array<Frame, 8> frames;
    const std::size_t count = from.host().poll_transmit(frames, now_);
    from.calls->take_events(now_);
    for (Frame& frame : std::span(frames).first(count)) {
      if (!lost) deliver(frame, to);
      frame.clear();
    }
    return count > 0;
  }

  void deliver(const Frame& frame, Program& to) {
    Slice whole = *to.host().allocate(frame.size());
    std::byte* at = whole.mutable_bytes().data();
    for (const Slice& part : frame.used()) {
      std::memcpy(at, part.bytes().data(), part.size());
      at += part.size();
    }
    Frame copy;
    copy.add(std::move(whole));
    to.host().receive(std::span(&copy, 1), now_);
    to.calls->take_events(now_);
  }

  Program here_;
  Program there_;
  std::array<bool, 2> lost_{};
  Instant now_{std::chrono::seconds(1)};
};

}  // namespace handfast::posix
