#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "handfast/tcp_info.h"

// The eleven states and the edges between them (RFC 9293 §3.3.2, figure 5), as a table that every change of state is
// checked against. Edges that the figure leaves to the text are named where they stand.

namespace handfast::tcp {

using State = TcpState;

constexpr std::uint16_t state_bit(State state) {
  return static_cast<std::uint16_t>(1u << static_cast<unsigned>(state));
}

constexpr std::uint16_t state_set(std::initializer_list<State> states) {
  std::uint16_t set = 0;
  for (const State state : states) set = static_cast<std::uint16_t>(set | state_bit(state));
  return set;
}

/// Where each state may go. CLOSED is reachable from all by ABORT, reset and time-out (§3.10.5, §3.10.7.4, §3.10.8).
inline constexpr std::array<std::uint16_t, kTcpStateCount> kTransitions = {
    /* CLOSED       */ state_set({State::kListen, State::kSynSent}),
    /* LISTEN       */ state_set({State::kClosed, State::kSynSent, State::kSynReceived}),
    /* SYN-SENT     */ state_set({State::kClosed, State::kSynReceived, State::kEstablished}),
    /* SYN-RECEIVED */
    state_set({State::kClosed, State::kListen, State::kEstablished, State::kFinWait1, State::kCloseWait}),
    /* ESTABLISHED  */ state_set({State::kClosed, State::kFinWait1, State::kCloseWait}),
    /* FIN-WAIT-1   */ state_set({State::kClosed, State::kFinWait2, State::kClosing, State::kTimeWait}),
    /* FIN-WAIT-2   */ state_set({State::kClosed, State::kTimeWait}),
    /* CLOSE-WAIT   */ state_set({State::kClosed, State::kLastAck}),
    /* CLOSING      */ state_set({State::kClosed, State::kTimeWait}),
    /* LAST-ACK     */ state_set({State::kClosed}),
    /* TIME-WAIT    */ state_set({State::kClosed, State::kSynReceived}),
};

constexpr bool is_legal(State from, State to) {
  return (kTransitions[static_cast<std::size_t>(from)] & state_bit(to)) != 0;
}

constexpr bool is_one_of(State state, std::uint16_t set) { return (set & state_bit(state)) != 0; }

/// Both ends have agreed on each other's sequence numbers (RFC 9293 §3.5.2).
inline constexpr std::uint16_t kSynchronized =
    state_set({State::kEstablished, State::kFinWait1, State::kFinWait2, State::kCloseWait, State::kClosing,
               State::kLastAck, State::kTimeWait});
/// The peer may still send text.
inline constexpr std::uint16_t kReceivesText = state_set({State::kEstablished, State::kFinWait1, State::kFinWait2});
/// The caller may still hand over text.
inline constexpr std::uint16_t kTakesText =
    state_set({State::kSynSent, State::kSynReceived, State::kEstablished, State::kCloseWait});
/// Text or a FIN may wait to be sent, for the first time or again.
inline constexpr std::uint16_t kSends =
    state_set({State::kEstablished, State::kFinWait1, State::kCloseWait, State::kClosing, State::kLastAck});
/// CLOSE was called, and the peer has not acknowledged our FIN.
inline constexpr std::uint16_t kLingers =
    state_set({State::kSynReceived, State::kFinWait1, State::kClosing, State::kLastAck});
/// The peer's FIN was reached.
inline constexpr std::uint16_t kPeerHasClosed =
    state_set({State::kCloseWait, State::kClosing, State::kLastAck, State::kTimeWait});
/// CLOSE was called: a FIN is queued, sent or acknowledged.
inline constexpr std::uint16_t kHasClosed =
    state_set({State::kFinWait1, State::kFinWait2, State::kClosing, State::kLastAck, State::kTimeWait});

}  // namespace handfast::tcp
