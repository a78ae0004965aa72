#pragma once

#include "scene/scene.h"
#include "tcp/accurate_ecn.h"

// What scenes about accurate ECN (RFC 9768) share. A peer with an MSS of 1,000 makes the numbers easy to follow.

namespace handfast::scene {

inline constexpr std::uint32_t kAccurateMss = 1000;
inline constexpr wire::TcpFlags kAsks = SYN | AE | CWR | ECE;
inline constexpr wire::EcnCodepoint ECT1 = wire::EcnCodepoint::kEct1;

/// ACK with a number in AE, CWR and ECE. The count begins at 5.
inline wire::TcpFlags ace(unsigned number) { return ACK | tcp::flags_of(static_cast<std::uint8_t>(number % 8)); }

inline LoneEndOptions accurate() {
  LoneEndOptions options;
  options.config.ecn = Ecn::kAccurate;
  return options;
}

/// ESTABLISHED by the peer's opening.
inline void establish_accurate(Scene& s, const Line& syn = {.flags = kAsks, .mss = kAccurateMss}) {
  s.host_listens();
  s.peer_sends(syn);
  s.host_sends({.flags = SYN_ACK | CWR});
  s.peer_sends({.flags = ace(0b010)});
}

/// ESTABLISHED by ours.
inline void open_accurate(Scene& s) {
  s.host_opens();
  s.host_sends({.flags = kAsks});
  s.peer_sends({.flags = SYN | ace(0b010), .mss = kAccurateMss});
  s.host_sends({.flags = ace(0b010)});
}

/// The caller sends so many segments, and they go.
inline void send_accurate_segments(Scene& s, std::uint32_t count, wire::EcnCodepoint ecn = ECT) {
  s.caller_sends_bytes(count * kAccurateMss);
  for (std::uint32_t i = 0; i < count; ++i) s.host_sends({.flags = ace(5), .len = kAccurateMss, .ecn = ecn});
  s.host_is_silent();
}

}  // namespace handfast::scene
