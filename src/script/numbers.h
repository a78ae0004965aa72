#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "script/script.h"
#include "wire/tcp.h"

// A script counts from its own numbers, the stack from numbers that nobody can guess. This is the way between the two,
// for one connection. The peer is the script itself, so its sequence numbers and timestamps go through as they are
// written; on a line without SYN both ends' numbers count from the end's initial one, on a line with SYN they are
// absolute, as in packetdrill.

namespace handfast::script {

class Numbers {
 public:
  /// The host's initial sequence number, live, and what the script calls it.
  void set_host_start(std::uint32_t live, std::uint32_t scripted) {
    host_live_ = live;
    host_scripted_ = scripted;
  }
  void set_peer_start(std::uint32_t start) { peer_ = start; }

  /// A line that goes to the host, in live numbers. Nothing: it echoes a timestamp that no line before has shown.
  std::optional<TcpWords> to_live(const TcpWords& line) const;
  /// A segment from the host, in the script's numbers. Its timestamps are counted from the first line that had one.
  TcpWords to_script(const TcpWords& live) const;
  /// Remembers that the line's timestamp stands for the segment's.
  void learn_timestamp(const TcpWords& line, const TcpWords& live);
  /// --tcp_ts_ecr_scaled: an echo that no line has shown is counted from the first timestamp.
  void scale_echoes(bool on) { scale_echoes_ = on; }

  /// What a number of the host's sequence space is live, and back; for ICMP errors.
  std::uint32_t host_to_live(std::uint32_t scripted, bool syn) const {
    return scripted + host_live_ - (syn ? host_scripted_ : 0);
  }

 private:
  std::optional<std::uint32_t> echo_to_live(std::uint32_t scripted) const;

  std::uint32_t host_live_ = 0;
  std::uint32_t host_scripted_ = 0;
  std::uint32_t peer_ = 0;
  bool scale_echoes_ = false;
  std::map<std::uint32_t, std::uint32_t> timestamps_;  ///< the script's to live
  struct First {
    std::uint32_t live = 0;
    std::uint32_t scripted = 0;
  };
  std::optional<First> first_timestamp_;
};

/// Whether a segment has all these flags.
bool has(const TcpWords& words, wire::TcpFlags flags);

}  // namespace handfast::script
