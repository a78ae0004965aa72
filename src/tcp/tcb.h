#pragma once

#include <cstdint>

#include "tcp/sequence_number.h"

// The transmission control block: the variables of RFC 9293 §3.3.1 under their own names. Windows are in bytes, scaled
// already, and held in 32 bits (REC-1).

namespace handfast::tcp {

struct SendVariables {
  SeqNum una{};               ///< oldest number not acknowledged
  SeqNum nxt{};               ///< next number to use
  SeqNum wl1{};               ///< SEG.SEQ of the last window update
  SeqNum wl2{};               ///< SEG.ACK of the last window update
  SeqNum iss{};               ///< our initial number
  std::uint32_t wnd = 0;      ///< the peer's window
  std::uint32_t max_wnd = 0;  ///< the largest window the peer ever offered (RFC 5961 §5.2, 5961-5)
};

struct ReceiveVariables {
  SeqNum nxt{};            ///< next number expected
  SeqNum edge{};           ///< right edge of the largest window offered: RCV.NXT + RCV.WND, never moves left (7323-7)
  SeqNum up{};             ///< the octet behind the urgent text; means nothing unless some of it is pending
  SeqNum irs{};            ///< the peer's initial number
  SeqNum last_ack_sent{};  ///< Last.ACK.sent of RFC 7323 §4.3

  /// RCV.WND: what the peer may still send.
  std::uint32_t wnd() const { return edge.since(nxt); }
};

struct Tcb {
  SendVariables snd;
  ReceiveVariables rcv;
};

}  // namespace handfast::tcp
