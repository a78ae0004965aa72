#pragma once

#include <cstdint>
#include <string_view>

#include "handfast/address.h"
#include "handfast/error.h"
#include "handfast/icmp_error.h"
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

/// Whether a loss is being repaired.
enum class RepairPhase : std::uint8_t {
  kNone,
  kFast,     ///< a loss that acknowledgments told of (RFC 5681 §3.2, RFC 8985)
  kTimeout,  ///< after the retransmission timer ran out
};

/// "none", "fast", "timeout".
constexpr std::string_view to_string(RepairPhase phase) {
  constexpr std::string_view kNames[] = {"none", "fast", "timeout"};
  return kNames[static_cast<std::size_t>(phase)];
}

/// What both ends agreed to tell each other of congestion marks.
enum class EcnFeedback : std::uint8_t {
  kNone,      ///< nothing: packets are dropped
  kClassic,   ///< that there was one, at most once in a round trip (RFC 3168)
  kAccurate,  ///< how many there were (RFC 9768)
};

/// "none", "ecn", "accecn".
constexpr std::string_view to_string(EcnFeedback feedback) {
  constexpr std::string_view kNames[] = {"none", "ecn", "accecn"};
  return kNames[static_cast<std::size_t>(feedback)];
}

/// STATUS of a connection (RFC 9293 §3.10.6). Windows are in bytes and scaled; sequence numbers are raw.
struct TcpInfo {
  TcpState state = TcpState::kClosed;
  FourTuple tuple;
  std::error_code error;  ///< why the connection ended, or trouble that may pass and has not yet
  /// What the last ICMP error said, until the peer acknowledges something new; it stays where the connection ended
  /// before that. With kUnreachable as `error` it is the reason, with kTimedOut it may be (RFC 9293 §3.9.2.2, SHLD-25).
  IcmpError icmp_error = IcmpError::kNone;
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
  bool fast_open = false;             ///< text came or went with the SYN and was taken (RFC 7413)

  // What the sender knows of the path. Rates, and what was delivered, are known only while text is in flight.
  std::string_view congestion;           ///< who decides how much may be in flight: "cubic"
  std::uint32_t path_mtu = 0;            ///< the largest IP packet to this peer, as far as is known
  Duration min_rtt{};                    ///< the shortest of the last minutes; zero: none was measured
  std::uint64_t delivery_rate = 0;       ///< bytes a second, of the newest sample; 0: none
  bool delivery_is_app_limited = false;  ///< the caller, not the path, set that rate
  std::uint64_t pacing_rate = 0;         ///< bytes a second; 0: not paced
  std::uint64_t delivered = 0;           ///< bytes delivered since the connection last had nothing in flight for long
  std::uint32_t not_sent = 0;            ///< bytes taken from the caller and never sent
  std::uint32_t sacked = 0;              ///< bytes in flight no more, by selective acknowledgments
  std::uint32_t lost = 0;                ///< bytes held to be lost and not sent again yet
  std::uint32_t retransmitted_in_flight = 0;  ///< bytes in flight that were sent more than once
  bool reordering_seen = false;               ///< the path changes the order of segments (RFC 8985 §6.2)
  std::uint32_t reordering_degree = 0;  ///< bytes: how far behind the newest delivery text came that was sent once
  RepairPhase repair = RepairPhase::kNone;
  Duration since_sent{};   ///< since the last segment with text, SYN or FIN; zero: none yet
  Duration since_heard{};  ///< since the peer last sent something acceptable; zero: it has not
  bool keep_alive = false;
  Duration user_timeout{};       ///< R2 in force
  Duration reordering_window{};  ///< how late a segment may be and still not count as lost (RFC 8985 §6.2)

  // What the connection has done since it began. "Text" is what the caller sent or takes; a segment is one as it
  // crosses the path, however many of them a driver merged or cuts.
  std::uint64_t bytes_sent = 0;           ///< text, each time it was sent
  std::uint64_t bytes_retransmitted = 0;  ///< of these, all but the first time
  std::uint64_t bytes_acked = 0;          ///< text that the peer acknowledged
  std::uint64_t bytes_received = 0;       ///< text in order, whether the caller took it or not
  std::uint32_t segments_sent = 0;
  std::uint32_t segments_received = 0;  ///< that named this connection, acceptable or not
  std::uint32_t text_segments_sent = 0;
  std::uint32_t text_segments_received = 0;
  std::uint32_t duplicates_reported = 0;  ///< bytes of ours that reached the peer twice, by its word (RFC 2883)
  std::uint16_t advertised_mss = 0;       ///< the MSS that we offered
  std::uint16_t peer_segment = 0;         ///< text in the largest segment from the peer
  std::uint16_t early_text = 0;           ///< of bytes_acked, what the peer took with our SYN (RFC 7413)
  Duration since_text{};                  ///< since the peer last sent text; zero: it has not. In milliseconds
  Duration busy{};               ///< how long there was text to send or to be acknowledged; this and the next two in
                                 ///< milliseconds
  Duration limited_by_window{};  ///< of that, while the window of the peer was what held it back
  Duration limited_by_send_buffer{};  ///< of that, while all was sent and the caller waited for the send buffer
  /// Bytes to take until all of the peer's urgent text is taken, those that have not arrived included; 0: none is
  /// pending (RFC 9293 §3.8.5, MUST-33).
  std::uint32_t urgent_remaining = 0;
  std::uint8_t diff_serv = 0;           ///< DSCP of what is sent
  std::uint8_t received_diff_serv = 0;  ///< DSCP of the last accepted segment (RFC 9293 §3.9.1.9, MAY-9)
  std::uint8_t ttl = 0;                 ///< of what is sent

  // What the receiver works with. The first two are of the tuning of the receive buffer: zero unless it may still grow
  // (TcpConfig::receive_buffer_max).
  Duration receive_round_trip{};    ///< what tuning counts by: the smoothed round trip, or the first RTO before any
  std::uint64_t receive_taken = 0;  ///< bytes that the caller took in the last whole one; 0: none has ended lately
  std::uint32_t receive_room = 0;   ///< bytes that the window may offer now: the buffer as it has grown, less what
                                    ///< the caller has not taken. `rcv_wnd` follows in steps, and never goes back
  Duration ack_delay{};             ///< how long an acknowledgment of text in order waits for more; zero: not now

  EcnFeedback ecn = EcnFeedback::kNone;
  std::uint32_t ecn_marks = 0;       ///< segments that arrived with a congestion mark, 65,535 for more
  std::uint32_t ecn_marks_told = 0;  ///< segments of ours that did, by the peer's word, 65,535 for more. By RFC 3168 it
                                     ///< does not count them: then each that an acknowledgment with ECE delivered
  std::uint32_t ecn_reductions = 0;  ///< how often marks that the peer told of reduced cwnd, 65,535 for more
  bool ecn_reducing = false;         ///< one of them did, and the peer has acknowledged nothing that was sent since
};

}  // namespace handfast
