#pragma once

#include <cstdint>

#include "tcp/sequence_number.h"

// The transmission control block: the variables of RFC 9293 §3.3.1 under their own names. Windows are in bytes, scaled
// already, and held in 32 bits (REC-1). The width of the numbers is a parameter for the same reason as in
// sequence_number.h: what judges segments by these variables is proved on a small circle.

namespace handfast::tcp {

template <unsigned Bits>
struct SendVariablesOf {
  CircularNumber<Bits> una{};  ///< oldest number not acknowledged
  CircularNumber<Bits> nxt{};  ///< next number to use
  CircularNumber<Bits> wl1{};  ///< SEG.SEQ of the last window update
  CircularNumber<Bits> wl2{};  ///< SEG.ACK of the last window update
  CircularNumber<Bits> iss{};  ///< our initial number
  std::uint32_t wnd = 0;       ///< the peer's window
  std::uint32_t max_wnd = 0;   ///< the largest window the peer ever offered (RFC 5961 §5.2, 5961-5)
};

template <unsigned Bits>
struct ReceiveVariablesOf {
  CircularNumber<Bits> nxt{};            ///< next number expected
  CircularNumber<Bits> edge{};           ///< right edge of the largest window offered: RCV.NXT + RCV.WND, never moves
                                         ///< left (7323-7)
  CircularNumber<Bits> up{};             ///< the octet behind the urgent text; means nothing unless some is pending
  CircularNumber<Bits> irs{};            ///< the peer's initial number
  CircularNumber<Bits> last_ack_sent{};  ///< Last.ACK.sent of RFC 7323 §4.3

  /// RCV.WND: what the peer may still send.
  std::uint32_t wnd() const { return edge.since(nxt); }
};

using SendVariables = SendVariablesOf<32>;
using ReceiveVariables = ReceiveVariablesOf<32>;

struct Tcb {
  SendVariables snd;
  ReceiveVariables rcv;
};

}  // namespace handfast::tcp
