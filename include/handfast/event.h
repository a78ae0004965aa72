#pragma once

#include <cstdint>
#include <variant>

#include "handfast/handle.h"

namespace handfast {

/// What a connection or listener is ready for. Bits coalesce: each handle has at most one event waiting.
struct Readiness {
  static constexpr std::uint16_t kConnected = 1 << 0;   ///< the handshake completed
  static constexpr std::uint16_t kReadable = 1 << 1;    ///< text to take, or the peer's end of text
  static constexpr std::uint16_t kWritable = 1 << 2;    ///< room in the send queue again
  static constexpr std::uint16_t kPeerClosed = 1 << 3;  ///< the peer's FIN was reached: "connection closing"
  static constexpr std::uint16_t kFailed = 1 << 4;      ///< ended by an error; TcpInfo::error tells which
  static constexpr std::uint16_t kClosed = 1 << 5;      ///< both directions ended in good order
  static constexpr std::uint16_t kAcceptable = 1 << 6;  ///< a listener has connections to accept
  static constexpr std::uint16_t kSoftError = 1 << 7;   ///< trouble that may pass: ICMP, or retransmissions reached R1
  /// The peer has urgent text for us, or more than it had: TcpInfo::urgent_remaining (RFC 9293 §3.8.5, MUST-32).
  static constexpr std::uint16_t kUrgent = 1 << 8;
};

/// One entry of Host::poll_event.
struct Event {
  std::variant<TcpHandle, ListenerHandle> source;
  std::uint16_t readiness = 0;
  std::uint64_t context = 0;  ///< the number the caller attached to the handle
};

}  // namespace handfast
