#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "handfast/host.h"
#include "script/linux_profile.h"
#include "script/live_packet.h"
#include "sim/seeded_random.h"

// One Host on a virtual link whose other end is the script, and a clock that goes where it is told.

namespace handfast::script {

/// The addresses of a script run.
struct Addresses {
  Prefix host;
  IpAddress gateway;
  IpAddress peer;
  std::uint16_t mtu = 1500;
};

/// What a TUN device of Linux does for its host: text leaves in one piece as far as it may, and the device cuts it and
/// completes checksums.
void offload_like_linux(const Profile& profile, InterfaceConfig& interface);

/// The bytes of an IP packet, with the checksum that its device would have completed.
std::vector<std::byte> packet_of(const Frame& frame);

class Testbed {
 public:
  /// `sink` may be null; it outlives the testbed.
  static Result<std::unique_ptr<Testbed>> create(const Profile& profile, const Addresses& addresses, trace::Sink* sink);

  Host& host() { return *host_; }
  Instant now() const { return now_; }
  /// Called after each packet and each deadline: it hears what the Host tells and collects what it sends.
  void on_moved(std::function<void()> moved) { moved_ = std::move(moved); }

  /// The bytes of an IP packet arrive now.
  void inject(std::span<const std::byte> packet);
  /// Lets time pass up to `when`; what is due exactly then happens with what comes next.
  void pass_to(Instant when);
  /// Lets what is due in this instant happen.
  void catch_up() { serve(now_); }
  /// Lets the next deadline come, where that is not later than `limit`. False: there is none.
  bool step(Instant limit);
  /// Takes what the Host has to send now, and tells whether there was something. To be called after every call too.
  bool collect();

  /// What the Host sent and nobody took yet, in order.
  std::deque<LivePacket>& sent() { return sent_; }
  /// Set when the Host sent something that cannot be read: what is wrong with it.
  const std::optional<std::string>& broken() const { return broken_; }

 private:
  Testbed() : random_(sim::Generator(1, "script")) {}

  void serve(Instant when);
  void read(const Frame& frame);

  sim::SeededRandom random_;
  std::unique_ptr<Host> host_;
  std::function<void()> moved_ = [] {};
  Instant now_{std::chrono::seconds(1000)};
  std::deque<LivePacket> sent_;
  std::optional<std::string> broken_;
};

}  // namespace handfast::script
