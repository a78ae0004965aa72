#pragma once

#include <cstdint>
#include <string_view>

#include "handfast/address.h"
#include "handfast/error.h"
#include "handfast/time.h"

namespace handfast {

/// The states of RFC 9293 §3.3.2.
enum class TcpState : std::uint8_t {
  kClosed,
  kListen,
  kSynSent,
  kSynReceived,
  kEstablished,
  kFinWait1,
  kFinWait2,
  kCloseWait,
  kClosing,
  kLastAck,
  kTimeWait,
};

inline constexpr std::size_t kTcpStateCount = 11;

/// As the RFC writes it: "SYN-RECEIVED".
constexpr std::string_view to_string(TcpState state) {
  constexpr std::string_view kNames[kTcpStateCount] = {"CLOSED",      "LISTEN",     "SYN-SENT",   "SYN-RECEIVED",
                                                       "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
                                                       "CLOSING",     "LAST-ACK",   "TIME-WAIT"};
  const auto index = static_cast<std::size_t>(state);
  return index < kTcpStateCount ? kNames[index] : "?";
}

/// STATUS of a connection (RFC 9293 §3.10.6). Windows are in bytes and scaled; sequence numbers are raw.
struct TcpInfo {
  TcpState state = TcpState::kClosed;
  FourTuple tuple;
  std::error_code error;  ///< why the connection ended, or its last soft error
  std::uint32_t snd_una = 0;
  std::uint32_t snd_nxt = 0;
  std::uint32_t snd_wnd = 0;
  std::uint32_t snd_iss = 0;
  std::uint32_t rcv_nxt = 0;
  std::uint32_t rcv_wnd = 0;
  std::uint32_t rcv_irs = 0;
  std::uint32_t mss = 0;       ///< effective send MSS (RFC 9293 §3.7.1)
  std::uint32_t cwnd = 0;      ///< bytes
  std::uint32_t ssthresh = 0;  ///< bytes
  Duration srtt{};             ///< zero: no sample yet
  Duration rttvar{};
  Duration rto{};
  std::uint32_t bytes_in_flight = 0;
  std::uint32_t send_queued = 0;      ///< bytes taken from the caller and not yet acknowledged
  std::uint32_t receive_queued = 0;   ///< bytes the caller can take now
  std::uint32_t out_of_order = 0;     ///< bytes held beyond a gap
  std::uint32_t retransmissions = 0;  ///< segments sent again so far
  std::uint8_t backoff = 0;           ///< consecutive timeouts
  std::uint8_t send_scale = 0;        ///< shift for windows that the peer sends
  std::uint8_t receive_scale = 0;     ///< shift for windows that we send
  bool sack = false;                  ///< agreed
  bool timestamps = false;            ///< agreed
};

}  // namespace handfast
