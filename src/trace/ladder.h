#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "handfast/trace_event.h"
#include "trace/output.h"

namespace handfast::trace {

class LadderPage;
class LadderTrack;

/// Which rungs of the ladder are written. Those left out are counted.
enum class LadderFilter : std::uint8_t {
  kHandshake,
  kHandshakeAndClose,
  kAll,
};

struct LadderOptions {
  bool both_ends = false;     ///< the sink gets the events of both ends: of two Hosts, or of one that talks to itself
  bool colour = false;        ///< ANSI colours; the caller decides by the terminal and NO_COLOR
  bool ascii = false;         ///< draw with ASCII characters only
  std::uint16_t width = 110;  ///< columns; at least 80
  std::uint32_t text_limit = 6;  ///< how many segments of a run of text are shown one by one; the rest is summed up
  LadderFilter filter = LadderFilter::kAll;
};

/// Draws each connection as a ladder: two lifelines, and between them every segment with its numbers in words, the
/// state of both ends before and after, the reason and the RFC section behind it, and during the handshake what each
/// end has learned from it.
///
/// With `both_ends` a segment sent by one end is matched with the same segment received by the other; one that never
/// arrives is shown as lost where it was sent. Without, the peer's state is inferred from what it sends. Memory is
/// bounded: at most kMostConnections are followed at once, and rungs wait for their segment's fate within
/// LadderQueue's bounds.
class Ladder final : public Sink {
 public:
  static constexpr std::size_t kMostConnections = 16;
  static constexpr std::size_t kMostListeners = 16;

  /// `output` must outlive the ladder.
  explicit Ladder(Output& output, LadderOptions options = {});
  ~Ladder() override;

  void on_event(const Event& event) override;
  /// Writes everything that still waits. Call it at the end of the trace; events may follow all the same.
  void finish();

 private:
  LadderTrack* track_of(const Event& event);
  LadderTrack& open_track(const Event& event);
  void remember_listener(const Event& event);

  LadderOptions options_;
  std::unique_ptr<LadderPage> page_;
  std::deque<std::unique_ptr<LadderTrack>> tracks_;  ///< The one that was active longest ago first.
  std::deque<Event> listeners_;
  std::uint64_t dropped_below_ = 0;  ///< Frames dropped before they could be told a connection.
};

}  // namespace handfast::trace
