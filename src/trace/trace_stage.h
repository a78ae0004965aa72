#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "handfast/trace_event.h"

// For the tests of this folder: plays the events of hand-made connections into a sink, as one or two Hosts would emit
// them. Both ISNs lie just below a wrap.

namespace handfast::trace {

class Stage {
 public:
  static constexpr std::uint32_t kX = 0xFFFFFFFE;  // 4,294,967,294
  static constexpr std::uint32_t kY = 0xFFFFFF00;  // 4,294,967,040

  explicit Stage(Sink& sink) : sink_(sink) {}

  enum Who : std::uint32_t { kA = 0, kB = 1 };
  struct Step {
    TcpState from = TcpState::kClosed;
    TcpState to = TcpState::kClosed;
  };

  /// Only this one speaks; the other is a peer out of sight.
  void only(Who who) { hidden_ = who == kA ? 1 : 0; }
  void at_us(std::int64_t microseconds) { now_ = Instant(Duration(microseconds * 1000)); }

  static SegmentView segment(std::uint16_t flags, std::uint32_t seq, std::uint32_t ack = 0, std::uint32_t text = 0);
  static SegmentView syn(std::uint32_t seq);
  static SegmentView syn_ack(std::uint32_t seq, std::uint32_t ack);

  void listens(Who who);
  void sends(Who who, const SegmentView& segment, Step step, Reason reason);
  void receives(Who who, const SegmentView& segment, Step step, Reason reason, DropReason drop = DropReason::kNone);
  void changes(Who who, Step step, Reason reason);
  void emit(Event event);
  Event event_of(Who who, Kind kind) const;

  /// A opens, B listens: three segments, one way takes 10 ms. A caller's SYN goes out 5 µs after the call.
  void handshake();
  /// A sends `count` segments of 1,000 bytes, each acknowledged.
  void transfer(std::uint32_t count);
  /// A closes first, then B; TIME-WAIT ends after a minute.
  void close();

  std::uint32_t a_next = kX + 1;
  std::uint32_t b_next = kY + 1;

 private:
  TcbView tcb(Who who, TcpState state) const;

  Sink& sink_;
  Instant now_{};
  std::uint32_t hidden_ = 2;
};

}  // namespace handfast::trace
