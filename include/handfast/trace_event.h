#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "handfast/address.h"
#include "handfast/drop_reason.h"
#include "handfast/tcp_info.h"
#include "handfast/time.h"
#include "handfast/trace_reason.h"

/// The one event stream: every accepted, dropped or sent segment, every state change, timer and option decision, with
/// a stable reason and the connection's numbers before and after. The ladder, JSON lines and annotated captures are
/// readers of it. The schema is versioned and only grows.
namespace handfast::trace {

inline constexpr int kSchemaVersion = 1;

enum class Kind : std::uint8_t {
  kFrameReceived,    ///< `frame` arrived; the events about it follow before the next frame event
  kFrameSent,        ///< `frame` leaves; the events about it came since the last frame event
  kSegmentReceived,  ///< a segment was judged: `drop` is kNone where it was accepted
  kSegmentSent,      ///< a segment was made; `reason` says why now
  kStateChanged,     ///< `before.state` to `after.state`
  kTimerSet,         ///< `timer` will fire at `deadline`
  kTimerStopped,
  kTimerFired,
  kOption,   ///< an option was offered, agreed or declined; `value` is its number
  kCall,     ///< the caller used a verb
  kDropped,  ///< a frame or packet went no further, below TCP or for want of room: `drop` says why
};

enum class Timer : std::uint8_t {
  kRetransmit,
  kPersist,
  kDelayedAck,
  kTimeWait,
  kFinWait2,
  kKeepAlive,  ///< RFC 9293 §3.8.4
  kTailProbe,  ///< RFC 8985 §7
  kReorder,    ///< RFC 8985 §6.3
  kPace,       ///< the pacing rate lets the next segment out
  kForget,     ///< what congestion control remembers of an idle connection has lost its meaning
  kCork,       ///< a segment that is not full has waited long enough
  kLinger,     ///< a caller that let the connection go waits for acknowledgments no longer
  kCount
};

/// The options of one segment, as far as this stack speaks them.
struct OptionsView {
  bool has_mss = false;
  bool has_window_scale = false;
  bool sack_permitted = false;
  bool has_timestamps = false;
  std::uint16_t mss = 0;
  std::uint8_t window_scale = 0;
  std::uint8_t sack_count = 0;
  std::uint32_t timestamp = 0;
  std::uint32_t timestamp_echo = 0;
  std::array<std::array<std::uint32_t, 2>, 4> sack{};  ///< left and right edges
};

/// A segment as it stands on the wire; `window` in bytes, already scaled.
struct SegmentView {
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  std::uint16_t flags = 0;  ///< the TCP header's flag bits: FIN 1, SYN 2, RST 4, PSH 8, ACK 16, URG 32, ECE 64, CWR
                            ///< 128, AE 256
  std::uint32_t window = 0;
  std::uint32_t text_length = 0;
  OptionsView options{};
  std::uint16_t urgent_pointer = 0;  ///< as it stands in the header; it counts only with URG
  std::uint8_t ecn = 0;  ///< the ECN field of the IP header: 0 not capable, 1 ECT(1), 2 ECT(0), 3 a mark (RFC 3168 §5)

  static constexpr std::uint16_t kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16, kUrg = 32, kEce = 64, kCwr = 128,
                                 kAe = 256;
  constexpr bool has(std::uint16_t flag) const { return (flags & flag) != 0; }
  /// SEG.LEN: text, and one number each for SYN and FIN (RFC 9293 §3.4).
  constexpr std::uint32_t length() const { return text_length + (has(kSyn) ? 1 : 0) + (has(kFin) ? 1 : 0); }
};

/// The connection's variables (RFC 9293 §3.3.1) at one moment. Sequence numbers are raw.
struct TcbView {
  TcpState state = TcpState::kClosed;
  std::uint32_t snd_una = 0;
  std::uint32_t snd_nxt = 0;
  std::uint32_t snd_wnd = 0;
  std::uint32_t iss = 0;
  std::uint32_t rcv_nxt = 0;
  std::uint32_t rcv_wnd = 0;
  std::uint32_t irs = 0;
  std::uint32_t cwnd = 0;
  std::uint32_t ssthresh = 0;
};

/// Valid only while Sink::on_event runs: spans point into the Host's memory.
struct Event {
  Instant at;
  Kind kind = Kind::kCall;
  Reason reason = Reason::kNone;
  DropReason drop = DropReason::kNone;
  std::uint32_t host_number = 0;  ///< Config::host_number of the Host that speaks
  std::uint8_t interface = 0;     ///< frames only
  std::uint64_t connection = 0;   ///< TcpHandle::number(), 0 where there is none (yet)
  FourTuple tuple;
  SegmentView segment;
  TcbView before;
  TcbView after;
  Timer timer = Timer::kCount;
  Instant deadline = kNever;
  std::uint32_t value = 0;
  std::span<const std::span<const std::byte>> frame;  ///< frames only: their pieces in order
};

/// Where events go. One of the three call-outs of a Host; it must not call back into the Host.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void on_event(const Event& event) = 0;
};

}  // namespace handfast::trace
