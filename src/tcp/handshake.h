#pragma once

#include <cstdint>
#include <optional>

#include "base/siphash.h"
#include "handfast/address.h"
#include "handfast/config.h"
#include "handfast/tcp_info.h"
#include "handfast/time.h"
#include "tcp/clock_readings.h"
#include "tcp/fast_open.h"
#include "tcp/segment.h"
#include "tcp/sequence_number.h"

// What the handshake decides, as functions of their arguments alone: where sequence numbers start, which options a SYN
// offers and which of them both ends agree on, and whether an acknowledgment answers our SYN.

namespace handfast::tcp {

/// RFC 9293 §3.4.1 (MUST-8, MUST-9, SHLD-1) and RFC 6528 §3 (6528-1, 6528-2): a clock of four microseconds plus a keyed
/// hash of the 4-tuple. The clock keeps the numbers of one 4-tuple apart in time, the hash keeps those of others
/// unknown.
SeqNum initial_sequence_number(const base::SipKey& key, const FourTuple& tuple, Instant now);

/// RFC 7323 §7.1 (7323-19): where the timestamp clock of this 4-tuple starts; keyed apart from the sequence numbers.
std::uint32_t timestamp_offset(const base::SipKey& key, const FourTuple& tuple);

/// RFC 7323 §5.4 (7323-18): one tick a millisecond.
inline std::uint32_t timestamp_now(std::uint32_t offset, Instant now) { return offset + milliseconds_of(now); }

/// What an OPEN fixes for the life of a connection (MUST-45: the address too).
struct Opening {
  FourTuple tuple;
  SeqNum iss{};
  std::uint32_t timestamp_offset = 0;
  std::uint16_t mss = 536;   ///< what IP can carry to this peer and back: MTU less IP and TCP headers
  std::uint8_t profile = 0;  ///< which TcpConfig of its Host
  std::optional<FastOpenOffer> fast_open = {};  ///< of an active OPEN that wants it
};

/// What both ends agreed on with their SYNs.
struct Agreed {
  std::uint16_t send_mss = 536;    ///< text in our largest segment, options not counted (RFC 9293 §3.7.1)
  std::uint8_t send_scale = 0;     ///< shift for windows that the peer sends
  std::uint8_t receive_scale = 0;  ///< shift for windows that we send
  bool window_scale = false;
  bool timestamps = false;
  bool sack = false;
  EcnFeedback ecn = EcnFeedback::kNone;
};

/// The smallest shift that can name a window of `buffer` bytes in 16 bits (RFC 7323 §2.2).
std::uint8_t scale_for(std::uint32_t buffer);

/// What stands before text and TCP options in a packet without IP options: an MTU less this is an MSS.
constexpr std::uint16_t headers_of(IpVersion version) { return version == IpVersion::kV6 ? 60 : 40; }
/// What every path of a version carries (RFC 791 §3.2, RFC 8200 §5).
constexpr std::uint16_t least_mtu(IpVersion version) { return version == IpVersion::kV6 ? 1280 : 68; }

/// The MSS that we offer on an interface.
std::uint16_t own_mss(const TcpConfig& config, std::uint16_t interface_mss);

/// MSS without an option: 536, or 1220 over IPv6 (MUST-15).
std::uint16_t default_mss(IpVersion version);

/// The options of our SYN (MUST-14, SHLD-5, MAY-3, 2018-1, 7323-1).
TcpOptions offered_options(const TcpConfig& config, std::uint16_t receive_mss);

/// What remains of our offer and theirs. `path_mss` is what IP can carry to this peer (MUST-16).
Agreed agree(const TcpConfig& config, const TcpOptions& theirs, std::uint16_t path_mss, IpVersion version);

/// The options of a SYN-ACK: only what the SYN offered is answered (2018-2, 7323-3).
TcpOptions answered_options(const TcpConfig& config, const Agreed& agreed, std::uint16_t receive_mss);

}  // namespace handfast::tcp
