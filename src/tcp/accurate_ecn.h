#pragma once

#include <cstdint>
#include <optional>

#include "tcp/segment.h"

// Accurate ECN by RFC 9768: the receiver does not say that there was a mark but how many there were. AE, CWR and ECE of
// every segment after the handshake are one number of three bits, ACE: the low end of a count of marked packets that
// begins at 5, so that a middlebox which clears the flags is seen. In the handshake the same bits say how the peer's
// SYN or SYN-ACK arrived. An option beside it counts bytes. Three bits go round after eight marks; so where no option
// tells more, the sender has to guess from how many packets an acknowledgment covers.

namespace handfast::tcp {

inline constexpr TcpFlags kAceFlags = wire::kAe | wire::kCwr | wire::kEce;

/// AE, CWR and ECE as a number, and back (RFC 9768 §3.2.2).
std::uint8_t ace_of(TcpFlags flags);
TcpFlags flags_of(std::uint8_t ace);
/// How the handshake says with which ECN field a SYN or SYN-ACK arrived (RFC 9768 §3.1.2, §3.2.2.1).
std::uint8_t handshake_ace(wire::EcnCodepoint arrived);
/// The same number for one that was marked.
inline constexpr std::uint8_t kAceMarked = 0b110;
/// Whether `ace` says that a packet which left as not capable arrived as anything else: somebody changes the field (RFC
/// 9768 §3.2.2.3). Numbers without a meaning yet say nothing.
bool says_that_field_changed(std::uint8_t ace);
/// Whether an acknowledgment of a SYN-ACK that nobody remembers shows that the accurate form was granted there (RFC
/// 9768 §5.1): its sender uses neither 0 nor 1.
constexpr bool says_that_it_was_granted(std::uint8_t ace) { return ace >= 2; }

/// How many of `packets` newly delivered ones were marked where the number went from `before` to `now`. It may have
/// gone round where there were eight or more: then the most that it can mean (RFC 9768 §3.2.2.5.2).
std::uint32_t marked_packets(std::uint8_t before, std::uint8_t now, std::uint32_t packets);

/// The fewest that it can mean where it went on by `more`, modulo 8, and surely `least` packets were marked.
std::uint32_t fewest_marked_packets(std::uint8_t more, std::uint32_t least);

/// How many packets an acknowledgment covers as a rule. One that covers eight says, where that is rare, that others
/// were lost; where it is the rule, because somebody on the way merges, that nothing is (RFC 9768 §A.2.1).
class AckCoverage {
 public:
  bool is_small() const { return sixteenths_ < 4 * 16; }
  void note(std::uint32_t packets) {
    const std::uint32_t most = packets < 255 ? packets : 255;
    sixteenths_ = static_cast<std::uint16_t>(sixteenths_ - sixteenths_ / 16 + most);
  }

 private:
  std::uint16_t sixteenths_ = 2 * 16;
};

/// What the option counts: bytes of text by the ECN field that they came with, modulo 2^24 (RFC 9768 §3.2.1). It lies
/// apart from its connection, and so does what else the sender remembers of the peer's counts.
class EcnBytes {
 public:
  AckCoverage coverage;  ///< of the peer's acknowledgments

  void count(wire::EcnCodepoint field, std::uint32_t bytes);
  bool has_counted() const { return ever_ != 0; }
  /// A count has moved since told() was called last.
  bool has_news() const { return moved_ != 0; }
  void told() { moved_ = 0; }
  /// What arrived here, for the peer, in at most `room` bytes of options: the counts that ever moved, or, where there
  /// is no room for them, those that moved since the last option; nothing where these do not fit (§3.2.3.3). Before the
  /// first one moves, all of them.
  std::optional<wire::AccurateEcnOption> option(std::size_t room) const;
  /// The counts before anything arrived.
  static wire::AccurateEcnOption initial() { return {.ect0 = 1, .ce = 0, .ect1 = 1, .fields = 3}; }
  /// What an option takes of the 40 bytes, padding included.
  static std::size_t length_of(const wire::AccurateEcnOption& option) {
    return (2 + std::size_t{3} * option.fields + 3) / 4 * 4;
  }

  /// The peer's number went on by `more`, modulo 8, for at most `packets` packets of ours.
  void note_number(std::uint8_t more, std::uint32_t packets);
  struct Told {
    std::optional<std::uint32_t> marked{};  ///< bytes newly marked; nothing: it does not say
    bool contradicts = false;               ///< bytes were marked, and surely no packet: one of the two was changed
    bool leaves_marks_out = false;          ///< other counts are there: that of marks has not moved (§3.2.3.3)
  };
  /// What the peer counted arrived. It says nothing without the field, where somebody on the way cleared the first
  /// option (§3.2.3.2.4), or where it is older than the last.
  Told take(const wire::AccurateEcnOption& option);

 private:
  static constexpr std::uint32_t kMask = 0xFF'FFFF;

  std::uint32_t ect0_ = 1;
  std::uint32_t ce_ = 0;
  std::uint32_t ect1_ = 1;
  std::uint32_t told_ce_ = 0;  ///< of ours that the peer last told of
  std::uint8_t ever_ = 0;      ///< which of ours have moved; a bit for each ECN field
  std::uint8_t moved_ = 0;     ///< since the last option
  bool seen_ : 1 = false;
  bool cleared_ : 1 = false;
  bool number_moved_ : 1 = false;       ///< since the peer's last option
  std::uint8_t packets_since_ : 4 = 0;  ///< likewise, 8 for more
};

}  // namespace handfast::tcp
