#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "handfast/host.h"
#include "packetdrill_so/options.h"
#include "posix/socket_calls.h"
#include "sim/seeded_random.h"

namespace handfast::packetdrill_so {

/// A Host with its socket calls on a link that ends in packetdrill, in virtual time: it goes by only when somebody asks
/// for it. One thread at a time.
class Stack {
 public:
  struct Packet {
    Instant at;
    std::vector<std::byte> bytes;
  };

  /// Null where the Host refuses what the options say.
  static std::unique_ptr<Stack> create(const Options& options);

  posix::SocketCalls& calls() { return *calls_; }
  Instant now() const { return now_; }
  Instant next_deadline() const { return host_->next_deadline(); }
  /// An IP packet arrives now; to be followed by collect(). False: there is no memory for it.
  bool inject(std::span<const std::byte> packet);
  /// Time goes on to `when`, at most to the next deadline, which is served; to be followed by collect().
  void pass_to(Instant when);
  /// Takes what the Host has to send. After whatever may have moved it, and whoever waited for that has had its turn.
  void collect();
  std::deque<Packet>& sent() { return sent_; }
  /// The sysctls may have changed.
  void look_at_sysctls();

 private:
  explicit Stack(const Options& options) : options_(options), random_(sim::Generator(1, "packetdrill")) {}

  /// The system's sysctls where they are asked for, and what the options say over them. The first of the options that
  /// is not taken, and why.
  std::optional<std::string> take_settings(bool started);

  Options options_;
  script::Profile profile_;
  sim::SeededRandom random_;
  std::unique_ptr<Host> host_;
  std::unique_ptr<posix::SocketCalls> calls_;
  // The clock that packetdrill reads begins in 1970 plus this: within the life of the first key of fast open cookies,
  // which is the one that a script sets.
  Instant now_{std::chrono::minutes(1)};
  std::deque<Packet> sent_;
};

}  // namespace handfast::packetdrill_so
