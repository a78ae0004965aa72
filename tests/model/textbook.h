// A second, deliberately plain TCP: the state machine of RFC 9293 written down a step at a time, to judge the
// stack in tests/matrix. It shares no line with the stack and includes only the standard library, so that one
// mistake cannot be made in both places without two people making it. It is meant to be read with the RFC open
// beside it: textbook_calls.cc is §3.10.1-3.10.6, textbook_segments.cc is §3.10.7 (with our own rules in
// textbook_rules.cc), textbook.cc is §3.10.8 and the
// sequence arithmetic of §3.4. Nothing here is fast: text is handled one byte at a time.
//
// What it leaves out, because the RFC leaves it to other pages: options, security labels, the sending of urgent text,
// ECN, segment sizes, congestion control, Nagle, delayed-ACK timers and window updates (§3.7, §3.8). So a reply here
// fixes the flags, SEQ and ACK of a segment; the window field of a reply is RCV.WND and is only for reading.
//
// Where the RFC leaves a choice, the choice is written at the rule that makes it and marked "Choice:". Where the
// RFC contradicts itself, or where a stack could reasonably differ, struct Choices has a switch.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace model {

/// The eleven states of RFC 9293 §3.3.2; kClosed is the fictional one, in which there is no TCB.
enum class State {
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

/// The name as the RFC prints it, such as "SYN-RECEIVED".
std::string_view name_of(State state);

/// Sequence comparisons modulo 2^32 (RFC 9293 §3.4). `between` asks low =< number =< high.
bool less(std::uint32_t a, std::uint32_t b);
bool less_or_equal(std::uint32_t a, std::uint32_t b);
bool between(std::uint32_t low, std::uint32_t number, std::uint32_t high);

/// One segment, as far as the state machine looks at it. `window` is in bytes, already scaled.
struct Segment {
  bool syn = false;
  bool ack = false;
  bool fin = false;
  bool rst = false;
  bool urg = false;
  std::uint32_t seq = 0;
  std::uint32_t ack_number = 0;
  std::uint32_t window = 0;
  std::uint32_t urgent_pointer = 0;  ///< the field, counted from SEG.SEQ; SEG.UP is its sum with that
  std::string text = {};

  /// SEG.LEN: the text and, one each, SYN and FIN (RFC 9293 §3.4).
  std::uint32_t length() const;
  /// In the figures' notation: <SEQ=100><ACK=300><CTL=FIN,ACK><DATA=10>.
  std::string to_string() const;
  bool operator==(const Segment&) const = default;
};

/// A segment the model says the host sends, and how strictly.
struct Reply {
  Segment segment;
  bool may_be_delayed = false;    ///< a plain ACK of in-order text, which §3.8.6.3 lets wait or ride on other data
  bool may_be_throttled = false;  ///< an ACK to a segment that was thrown away, which RFC 5961 §7 lets a host limit
};

/// What the user is told without having asked.
enum class Signal {
  kEstablished,
  kConnectionReset,
  kConnectionRefused,
  kConnectionClosing,  ///< the peer's FIN has been reached
  kClosed,             ///< the TCB is gone after a normal close
  kUserTimeout,
  kUrgent,  ///< there is urgent text ahead of what the user has consumed
};
std::string_view name_of(Signal signal);

/// Everything that one call, one segment or one timeout brings about.
struct Outcome {
  std::vector<Reply> replies;
  std::string delivered;  ///< text that became available to the user, or that a RECEIVE returned
  std::vector<Signal> signals;
  std::vector<std::string> returned;     ///< answers to calls that were waiting, such as "RECEIVE error: closing"
  std::string answer;                    ///< user calls only: "ok", "queued", "error: …" or "state = …"
  bool time_wait_restarted = false;      ///< the 2 MSL timeout starts, or starts again
  bool new_connection_may_open = false;  ///< a SYN in TIME-WAIT that a listener may take as a new connection
  std::string why;                       ///< the section and step that decided
};

/// The variables of RFC 9293 §3.3.1, and what has to be remembered beside them.
struct Tcb {
  State state = State::kClosed;
  bool passive_open = false;    ///< MUST-11: which OPEN led to SYN-RECEIVED
  bool peer_specified = false;  ///< whether a LISTEN was given the remote socket
  std::uint32_t iss = 0, irs = 0;
  std::uint32_t snd_una = 0, snd_nxt = 0, snd_wnd = 0, snd_wl1 = 0, snd_wl2 = 0;
  std::uint32_t max_snd_wnd = 0;  ///< MAX.SND.WND of RFC 5961 §5.2
  std::uint32_t rcv_nxt = 0, rcv_wnd = 0;
  std::uint32_t rcv_up = 0;  ///< RCV.UP; means nothing unless urgent_mode
  bool urgent_mode = false;  ///< the user was told of urgent text and has not consumed all of it

  std::string unsent;                         ///< SENDs not yet made into segments
  std::vector<Segment> retransmission_queue;  ///< sent, not yet wholly acknowledged, oldest first
  bool close_asked = false;                   ///< CLOSE was called; the FIN follows the last byte of `unsent`
  bool fin_sent = false;
  bool peer_fin_reached = false;

  std::map<std::uint32_t, char> held;     ///< received bytes by sequence number, not yet delivered
  std::optional<std::uint32_t> held_fin;  ///< the sequence number of a FIN that came before its turn
  std::string unread;                     ///< delivered and acknowledged, no RECEIVE has taken it yet
  int waiting_receives = 0;
};

/// Switches for the places where the RFC can be read two ways. The defaults are what the model's author reads.
struct Choices {
  /// SYN-RECEIVED and an ACK outside the RFC 5961 range. §3.10.7.4 puts the range check, answered with an ACK, before
  /// the per-state text; §3.5.2 (second group) and the per-state text want <SEQ=SEG.ACK><CTL=RST>. True: the reset.
  bool reset_for_bad_ack_in_syn_received = true;
  /// §3.10.7.2 queues text and FIN that come with a SYN. False: a listener keeps nothing for a half-open peer (RFC 4987
  /// §3.5); the SYN-ACK acknowledges only the SYN and the peer sends the rest again.
  bool keep_text_of_syn_in_listen = false;
  /// §3.10.7.3 queues text and FIN of a bare SYN in a simultaneous open. True: as written.
  bool keep_text_of_syn_in_syn_sent = true;
  /// §3.10.4 sends the FIN of a CLOSE in SYN-RECEIVED at once if there is no text. True: it always waits for
  /// ESTABLISHED, as it does with text, so that no FIN travels beside an unacknowledged SYN; from there the connection
  /// is in FIN-WAIT-1 before anything else in the segment counts.
  bool close_in_syn_received_waits = false;
  /// §3.10.4 does not say whether a FIN may be sent into a shut window. It uses a sequence number, and a receiver with
  /// a zero window accepts none (§3.4, Table 6). True: it waits, as text does (§3.8.6).
  bool fin_waits_for_window = false;
  /// §3.10.7.4, fifth: an ACK that may not update the window still moves SND.UNA, and "SND.WND is an offset from
  /// SND.UNA": by the letter the right edge moves with it, beyond what the peer announced. True: the edge stays.
  bool send_edge_stays_without_update = false;
  /// §3.10.7.4, sixth, takes any SEG.UP. What a pointer names is text (§3.8.5, RFC 6093 §3), and no text stands behind
  /// the peer's FIN (§3.5). True: a pointer beyond a FIN that is known counts as one to the FIN.
  bool urgent_ends_at_fin = false;
};

/// One end of one connection. Copyable, so that a test can try many segments from one place.
class Textbook {
 public:
  /// `receive_window` is the RCV.WND of an empty receive buffer, in bytes.
  explicit Textbook(std::uint32_t receive_window = 65535, Choices choices = {});

  // User calls, RFC 9293 §3.10.1-3.10.6. There is room for everything and the user may do everything, so "insufficient
  // resources" and "connection illegal for this process" are never answered.
  Outcome open_passive(bool peer_specified = false);
  Outcome open_active(std::uint32_t iss, bool peer_specified = true);
  Outcome send(const std::string& text);
  Outcome receive();
  Outcome close();
  Outcome abort();
  Outcome status() const;

  /// RFC 9293 §3.10.7.
  Outcome segment_arrives(const Segment& segment);

  // Timeouts, RFC 9293 §3.10.8.
  Outcome user_timeout();
  Outcome retransmission_timeout();
  Outcome time_wait_timeout();

  /// How much the user has to consume until it has all urgent text (RFC 9293 §3.8.5), arrived or not.
  std::uint32_t urgent_remaining() const;

  /// The ISS that the next SYN or SYN-ACK of a listener will use.
  void set_next_iss(std::uint32_t iss) { next_iss_ = iss; }
  /// Sets RCV.WND to what the stack under test has announced; window management is §3.8 and not the model's.
  void set_receive_window(std::uint32_t window);

  State state() const { return tcb_.state; }
  const Tcb& tcb() const { return tcb_; }

 private:
  // A segment on its way through the eight checks of §3.10.7.4.
  struct Arrival {
    Segment segment;
    std::uint32_t urgent_end = 0;  // SEG.UP, as it stood before anything was trimmed off
    bool ack_owed = false;         // a zero window refused the text, so an ACK goes out whatever the other checks do
    Outcome out;
  };

  // §3.10.7, in the RFC's order. A step that returns false has dealt with the segment.
  void closed_state(Arrival& arrival);
  void listen_state(Arrival& arrival);
  void syn_sent_state(Arrival& arrival);
  void syn_sent_fourth_check_syn(Arrival& arrival, bool ack_is_acceptable);
  void other_states(Arrival& arrival);
  bool rule_same_syn_again(Arrival& arrival);
  bool rule_figure_7(Arrival& arrival) const;
  bool rule_time_wait(Arrival& arrival) const;
  bool first_check_sequence(Arrival& arrival);
  bool second_check_rst(Arrival& arrival);
  bool fourth_check_syn(Arrival& arrival);
  bool fifth_check_ack(Arrival& arrival);
  bool fifth_in_syn_received(Arrival& arrival);
  bool fifth_our_fin(Arrival& arrival);
  void fifth_as_established(Arrival& arrival);
  void fifth_in_time_wait(Arrival& arrival);
  void sixth_check_urg(Arrival& arrival);
  void seventh_text_and_eighth_fin(Arrival& arrival);
  void deliver_in_order(Outcome& out);
  void eighth_fin_reached(Outcome& out);

  // What several steps need.
  bool in_receive_window(std::uint32_t number) const;
  bool acceptable_by_table_6(const Segment& segment) const;
  bool our_fin_is_acknowledged() const;
  std::uint32_t consumed() const;
  void hold(const Segment& segment);
  void take_acknowledgment(std::uint32_t ack_number);
  void take_send_window(const Segment& segment);
  void create_tcb();
  void send_first_syn(std::uint32_t iss, Outcome& out);
  void transmit(Segment segment, Outcome& out);
  void send_queued(Outcome& out);
  void reply_ack(Outcome& out, bool may_be_delayed = false, bool may_be_throttled = false);
  void reply_challenge(Outcome& out, const char* why);
  void reply_reset(const Segment& offending, Outcome& out);
  void flush_calls(Outcome& out, const std::string& answer);
  void return_to_listen(Outcome& out);
  void delete_tcb();
  Segment plain_ack() const;

  Tcb tcb_;
  Choices choices_;
  std::uint32_t receive_window_;
  std::uint32_t next_iss_ = 0;
};

}  // namespace model
