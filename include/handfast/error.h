#pragma once

#include <cstdint>
#include <expected>
#include <system_error>

namespace handfast {

/// What a verb answers when the caller asked for something that cannot be done. The names follow RFC 9293 §3.10.1 to
/// §3.10.6 where the RFC words the error.
enum class Error : std::uint8_t {
  kStaleHandle = 1,      ///< the handle names nothing, or something that has gone ("connection does not exist")
  kAlreadyExists,        ///< "connection already exists": the 4-tuple is taken
  kAddressInUse,         ///< another listener has this address and port
  kAddressNotAvailable,  ///< the address is not one of this Host's
  kInvalidPeer,          ///< the peer's address is broadcast, multicast, unspecified or of the wrong version (MUST-46)
  kUnspecifiedPeer,      ///< "foreign socket unspecified"
  kNoRoute,              ///< no interface leads to the peer
  kNoPorts,              ///< every ephemeral port to this peer is in use
  kNoMemory,             ///< "insufficient resources": a limit or the memory budget
  kWouldBlock,           ///< nothing can be done now; readiness will be told
  kNotConnected,         ///< the handshake has not completed
  kClosing,              ///< "connection closing": this direction was closed
  kReset,                ///< "connection reset" by the peer
  kRefused,              ///< "connection refused": a reset answered our SYN
  kTimedOut,             ///< "connection aborted due to user timeout" or R2
  kUnreachable,          ///< an ICMP error ended an attempt to connect
  kAborted,              ///< the caller, or a failed invariant, aborted the connection
  kShutdown,             ///< the Host is shutting down
  kInvalidArgument,      ///< an argument outside its range
  kLimit,                ///< a configured limit would be passed
};

const std::error_category& error_category() noexcept;
std::error_code make_error_code(Error error) noexcept;

template <typename T>
using Result = std::expected<T, std::error_code>;

inline std::unexpected<std::error_code> failure(Error error) { return std::unexpected(make_error_code(error)); }

}  // namespace handfast

template <>
struct std::is_error_code_enum<handfast::Error> : std::true_type {};
