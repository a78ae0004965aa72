#pragma once

#include <cstdint>
#include <utility>

#include "handfast/config.h"
#include "handfast/tcp_info.h"
#include "tcp/segment.h"

// Explicit congestion notification by RFC 3168 (RFC 9293 §3.8.2, SHLD-8): a router marks packets in place of dropping
// them, the receiver of a marked one says so in every acknowledgment (ECE) until the sender says that it heard (CWR),
// and the sender answers as to a loss, but sends nothing again. Only new text may be marked: what is sent again, probes
// and bare acknowledgments go as packets that congestion drops, since nobody would hear of their marks or be harmed by
// their loss.

namespace handfast::tcp {

/// Which forms of feedback the SYNs of a peer asked for, as bits: both of them in one handshake cannot be (RFC 9768
/// §3.1.5).
inline constexpr std::uint8_t kAskedClassic = 1;
inline constexpr std::uint8_t kAskedAccurate = 2;

/// Whether our segments with the AccECN option reach the peer (RFC 9768 §3.2.3.2.2).
enum class OptionPath : std::uint8_t {
  kUntested,  ///< none was missed yet
  kDoubted,   ///< one was missed: bare acknowledgments go without, new text may still try
  kProven,    ///< one arrived
  kShut,      ///< two were missed and none arrived: no more of them
};

/// One with the option had to go again.
constexpr OptionPath after_a_loss(OptionPath path) {
  if (path == OptionPath::kUntested) return OptionPath::kDoubted;
  return path == OptionPath::kDoubted ? OptionPath::kShut : path;
}

/// What remains while a connection is idle.
struct EcnState {
  bool echo : 1 = false;       ///< a mark arrived and no CWR since: acknowledgments carry ECE
  bool owes_cwr : 1 = false;   ///< the window was reduced: the first new text carries CWR
  bool plain_syn : 1 = false;  ///< a SYN with the question got no answer or a reset: it is asked no more
  bool no_ect : 1 = false;     ///< somebody on the way changes what ECN needs: none of ours may be marked
  bool deaf : 1 = false;       ///< what the peer counts does not get here
  bool reflects : 1 = false;   ///< the next bare acknowledgment says how the SYN-ACK arrived
  bool heard_ace : 1 = false;  ///< the peer's first number was looked at
  bool last_was_ce : 1 = false;
  wire::EcnCodepoint arrived : 2 = wire::EcnCodepoint::kNotEct;  ///< the ECN field of the peer's SYN or SYN-ACK
  std::uint8_t received : 3 = 5;        ///< r.cep of RFC 9768: marked packets that arrived, modulo 8
  std::uint8_t told : 3 = 5;            ///< s.cep: those that the peer last told of
  std::uint8_t unacknowledged : 3 = 0;  ///< marks since the last acknowledgment left, 7 for more
  std::uint8_t asked : 2 = 0;           ///< kAskedClassic, kAskedAccurate
  OptionPath option : 2 = OptionPath::kUntested;
  bool syn_ack_marked : 1 = false;  ///< a SYN-ACK of the peer was marked, which counts once
  /// Round trips since the connection began in which every packet of ours was marked; kSomeUnmarked: no more to see.
  std::uint8_t marked_rounds : 3 = 0;
  bool is_answer : 1 = false;    ///< the segment in hand answers our SYN-ACK, so its ACE is no count
  bool owes_option : 1 = false;  ///< our first text tests the way of the option

  static constexpr std::uint8_t kSomeUnmarked = 7;

  // What stands in accurate_ecn.cc: the handshake and the first steps of RFC 9768.
  /// A SYN-ACK of the peer came with this ECN field (§3.2.2.2).
  void count_syn_ack(wire::EcnCodepoint field);
  /// A bare acknowledgment of our SYN-ACK came with this number (§3.2.2.1).
  void learn_from_answer(std::uint8_t ace);
  /// What is no answer came with this number; only the first says anything (§3.2.2.4).
  void hear_first_number(std::uint8_t ace);
  /// Whether by now every packet was marked, round trip after round trip since the connection began (§3.2.2.3). `all`:
  /// everything that an acknowledgment told of was; `round_is_over`: it was the last of a round trip.
  bool marks_go_on(bool all, bool round_is_over);
};
static_assert(sizeof(EcnState) <= 5);

/// For TcpInfo; they stop at their largest value.
struct EcnCounts {
  std::uint16_t marks = 0;       ///< segments that arrived with a mark
  std::uint16_t told = 0;        ///< segments of ours that did, as the peer tells
  std::uint16_t reductions = 0;  ///< of our window, for marks that the peer told of

  static void add(std::uint16_t& count, std::uint32_t more = 1) {
    count = static_cast<std::uint16_t>(more < 0xFFFFu - count ? count + more : 0xFFFF);
  }
};

/// How many SYNs ask in vain before one goes without the question (RFC 3168 §6.1.1.1).
inline constexpr std::uint8_t kEcnSyns = 2;

/// What a SYN of ours asks for: ECE and CWR (RFC 3168 §6.1.1), and AE with them (RFC 9768 §3.1.1).
TcpFlags ecn_question(Ecn setting);
/// Which form the flags of the peer's SYN ask for.
std::uint8_t ecn_forms(TcpFlags syn);
/// What the flags of the peer's SYN ask for and the setting grants.
EcnFeedback ecn_granted(Ecn setting, TcpFlags syn);
/// The flags of our SYN-ACK that grant it; `arrived` is the ECN field that the SYN came with.
TcpFlags ecn_grant(EcnFeedback granted, wire::EcnCodepoint arrived);
/// What the flags of the peer's SYN-ACK grant us who asked by the setting. ECE and CWR together are no grant: somebody
/// sends back what he does not know.
EcnFeedback ecn_answered(Ecn setting, TcpFlags syn_ack);

/// Reduces the window at most once for each window of text, whoever asks for it: a loss, a timeout or a mark.
class EcnWindow {
 public:
  explicit EcnWindow(SeqNum snd_una) : until_(snd_una) {}

  /// An acknowledgment of everything before `ack` arrived; `marked`: it has ECE. True: that is news, for it speaks of
  /// text that left after the last reduction.
  bool on_ack(SeqNum ack, bool marked) {
    if (ack <= until_) return false;
    until_ = ack;
    by_mark_ = false;
    return marked;
  }
  /// The window was reduced, and everything before `snd_nxt` had left by then.
  void reduced(SeqNum snd_nxt, bool by_mark) {
    until_ = snd_nxt;
    by_mark_ = by_mark;
  }
  /// A loss was found. True: it belongs to the window of text whose marks were answered already. Only once: what is
  /// lost again afterwards is more congestion.
  bool has_answered_loss() { return std::exchange(by_mark_, false); }

  /// Marks reduced the window, and nothing that was sent since is acknowledged.
  bool is_answering_marks() const { return by_mark_; }

  /// Bytes that met congestion, for the congestion control.
  void note_marked(std::uint32_t bytes) { marked_ += bytes; }
  std::uint32_t take_marked() { return std::exchange(marked_, 0u); }

 private:
  SeqNum until_;  ///< text before this left before the last reduction, or has been acknowledged
  std::uint32_t marked_ = 0;
  bool by_mark_ = false;
};

}  // namespace handfast::tcp
