#pragma once

#include <cstdint>
#include <optional>

#include "tcp/congestion/controller.h"
#include "tcp/sequence_number.h"

// Was that loss one? Two witnesses can say that a retransmission was needless. Eifel (RFC 3522): the first
// acknowledgment of what was sent again echoes a timestamp from before it was, so the original arrived. DSACK
// (RFC 2883, 2883-2, RFC 3708): the peer reports every single retransmission as a duplicate. Then the congestion
// control gets back what it had when the episode began (RFC 4015).

namespace handfast::tcp::loss_recovery {

class Undo {
 public:
  /// An episode begins, and the one before it is beyond undoing; `before` is what to go back to.
  void begin(SeqNum una, const congestion::State& before);
  /// Text from `start` to `end` went out again, stamped `timestamp` where timestamps were agreed. Only the oldest text,
  /// which the next acknowledgment that advances is about, can be Eifel's witness, and only the first time.
  void sent_again(SeqNum start, SeqNum end, std::uint32_t segments, std::optional<std::uint32_t> timestamp);
  /// The peer reports `segments` that end at `end` as duplicates. What this episode did not send again does not count:
  /// the report may be older than it, or invented.
  void on_dsack(SeqNum end, std::uint32_t segments);
  /// SND.UNA advanced; `echo` is the timestamp echoed. True: the original, not the retransmission, was acknowledged.
  bool is_answer_to_original(SeqNum ack, std::optional<std::uint32_t> echo);
  /// Every retransmission of the episode was a duplicate.
  bool is_all_duplicates() const { return open_ && any_ && pending_ == 0; }
  void end() { open_ = false; }

  bool is_open() const { return open_; }
  const congestion::State& before() const { return before_; }

 private:
  enum class Witness : std::uint8_t { kNotYet, kAsked, kHeard };

  congestion::State before_;
  SeqNum una_;                 ///< SND.UNA when the episode began
  SeqNum resent_;              ///< how far it sent again
  std::uint32_t pending_ = 0;  ///< segments sent again and not reported as duplicates
  std::uint32_t first_timestamp_ = 0;
  Witness witness_ = Witness::kNotYet;
  bool any_ = false;
  bool open_ = false;
};

}  // namespace handfast::tcp::loss_recovery
