#pragma once

#include <cstdint>

#include "tcp/segment.h"

// Accurate ECN by RFC 9768: the receiver does not say that there was a mark but how many there were. AE, CWR and ECE of
// every segment after the handshake are one number of three bits, ACE: the low end of a count of marked packets that
// begins at 5, so that a middlebox which clears the flags is seen. In the handshake the same bits say how the peer's
// SYN or SYN-ACK arrived. An option beside it, on segments without text, counts bytes.

namespace handfast::tcp {

inline constexpr TcpFlags kAceFlags = wire::kAe | wire::kCwr | wire::kEce;

/// AE, CWR and ECE as a number, and back (RFC 9768 §3.2.2).
std::uint8_t ace_of(TcpFlags flags);
TcpFlags flags_of(std::uint8_t ace);
/// How the handshake says with which ECN field a SYN or SYN-ACK arrived (RFC 9768 §3.1.2, §3.2.2.1).
std::uint8_t handshake_ace(wire::EcnCodepoint arrived);
/// Whether `ace` says that a packet which left as not capable arrived as anything else: somebody changes the field (RFC
/// 9768 §3.2.2.3). Numbers without a meaning yet say nothing.
bool says_that_field_changed(std::uint8_t ace);

/// How many of `packets` newly delivered ones were marked where the number went from `before` to `now`. It may have
/// gone round where there were eight or more: then the most that it can mean (RFC 9768 §3.2.2.5.2).
std::uint32_t marked_packets(std::uint8_t before, std::uint8_t now, std::uint32_t packets);

/// What the option counts: bytes of text by the ECN field that they came with, modulo 2^24 (RFC 9768 §3.2.1).
class EcnBytes {
 public:
  void count(wire::EcnCodepoint field, std::uint32_t bytes);
  /// What arrived here, for the peer. The last field is there once it has something to say.
  wire::AccurateEcnOption option() const;

  /// What the peer counted arrived. The bytes newly marked, or nothing where it does not say: without the field, or
  /// where something on the way clears the option (§3.2.3.2.4).
  std::optional<std::uint32_t> take(const wire::AccurateEcnOption& option);

 private:
  static constexpr std::uint32_t kMask = 0xFF'FFFF;

  std::uint32_t ect0_ = 1;
  std::uint32_t ce_ = 0;
  std::uint32_t ect1_ = 1;
  std::uint32_t told_ce_ = 0;  ///< of ours that the peer last told of
  bool cleared_ = false;
};

}  // namespace handfast::tcp
