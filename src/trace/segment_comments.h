#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "handfast/trace_event.h"
#include "trace/conversation.h"

namespace handfast::trace {

/// Puts one Host's events into the comments of a capture: the state step and its reason, the numbers in words, what was
/// repeated or dropped and why. Follows at most kMostConnections at once; one that is forgotten begins anew.
class SegmentComments {
 public:
  static constexpr std::size_t kMostConnections = 64;

  /// The comments that `event` adds; none for events that say nothing of a segment or state. Call it for every event,
  /// in order.
  std::vector<std::string> of(const Event& event);

 private:
  Conversation& talk_of(const Event& event, std::vector<std::string>& comments);
  void sent(const Event& event, std::vector<std::string>& comments);
  void received(const Event& event, std::vector<std::string>& comments);

  std::deque<Conversation> talks_;  ///< The one that was active longest ago first.
};

}  // namespace handfast::trace
