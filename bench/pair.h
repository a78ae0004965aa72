#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "handfast/host.h"
#include "one_core.h"

// Two Hosts and the wire between them, in one thread and in virtual time. The wire does what a wire and two drivers
// would: it takes frames from one Host, gathers the pieces of each into a receive buffer of the other (the one copy on
// the way), and hands them over a batch at a time as unverified, so that the receiving Host verifies every IP and TCP
// checksum. Where a Host left the TCP checksum to its device, as it does for super-segments, the wire completes it
// while it copies, as the device would; so every checksum is made and verified in either case.

namespace handfast::bench {

struct PairOptions {
  Config config;                    ///< of both Hosts
  std::uint32_t super_segment = 0;  ///< largest text of a frame; 0: one MSS
  std::uint16_t mtu = 1500;
  std::uint8_t addresses = 1;  ///< of the opener
  std::uint16_t ports = 1;     ///< that the acceptor listens on
};

class Pair {
 public:
  static constexpr std::uint16_t kFirstPort = 80;

  explicit Pair(const PairOptions& options);

  Host& opener() { return *opener_; }
  Host& acceptor() { return *acceptor_; }
  Instant now() const { return now_; }
  static IpAddress opener_address(std::uint32_t number);
  static IpAddress acceptor_address();

  /// Carries what the opener has to send, and the other way round; how many frames that were.
  std::size_t carry_to_acceptor() { return carry(*opener_, *acceptor_); }
  std::size_t carry_to_opener() { return carry(*acceptor_, *opener_); }
  /// Both ways until neither Host has anything to say.
  void carry_all();
  /// Takes what a Host has to send and loses it.
  void lose_what(Host& host);
  /// Lets virtual time pass and deadlines expire.
  void pass(Duration time);

  /// Opens a connection to the first port; the opener chooses its own.
  TcpHandle connect();
  /// Opens the `number`th of tuples() connections: the numbers are spread over addresses and ports of both ends.
  TcpHandle connect_numbered(std::uint32_t number);
  std::uint32_t tuples() const { return kSourcePorts * addresses_ * static_cast<std::uint32_t>(listeners_.size()); }
  /// The oldest connection that waits at any port; false: none does.
  bool accept(TcpHandle& handle);

  std::uint64_t frames() const { return frames_; }

 private:
  static constexpr std::size_t kBatch = 64;
  static constexpr std::uint32_t kSourcePorts = 64000;

  struct CountingRandom : Random {
    std::uint64_t state = 0x9E3779B97F4A7C15;
    void fill(std::span<std::byte> bytes) override;
  };

  std::size_t carry(Host& from, Host& to);
  void gather(const Frame& from, Frame& to, Host& receiver);

  CountingRandom random_;
  std::unique_ptr<Host> opener_;
  std::unique_ptr<Host> acceptor_;
  std::vector<ListenerHandle> listeners_;
  std::uint32_t addresses_;
  std::array<Frame, kBatch> sent_;
  std::array<Frame, kBatch> arriving_;
  Instant now_{std::chrono::seconds(1000)};
  std::uint64_t frames_ = 0;
};

/// The value, or the end of the program.
template <typename T>
T must(Result<T> result, const char* what) {
  if (!result) fail(std::string(what) + ": " + result.error().message());
  return *std::move(result);
}
inline void must(const Result<void>& result, const char* what) {
  if (!result) fail(std::string(what) + ": " + result.error().message());
}

}  // namespace handfast::bench
