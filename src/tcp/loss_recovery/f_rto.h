#pragma once

#include <cstdint>

// F-RTO (RFC 5682, 5682-2, 5682-3): was a retransmission timeout spurious? After it the first segment goes out again,
// and then, when an acknowledgment makes progress, new text in place of more retransmissions. If the next
// acknowledgment is of text that was not sent again, the originals had only been late. With SACK the peer says so
// directly (§3, 5682-4): an original that is reported at all settles it.

namespace handfast::tcp::loss_recovery {

class FRto {
 public:
  enum class Answer : std::uint8_t {
    kNone,          ///< nothing to decide
    kConventional,  ///< the loss was real, or cannot be told: recovery goes on as RFC 5681 has it
    kSpurious,      ///< nothing was lost
  };

  struct Ack {
    bool advances = false;            ///< SND.UNA advanced
    bool covers_all = false;          ///< and reached what SND.NXT was at the timeout
    bool selects_beyond = false;      ///< a duplicate, or text beyond a gap was reported
    bool original_delivered = false;  ///< something held to be lost arrived without having been sent again
    bool sack = false;                ///< agreed
  };

  /// A timeout; `first` on this text and outside of any recovery (§2.1 step 1).
  void on_timeout(bool first) { step_ = first ? Step::kFirst : Step::kOff; }
  Answer on_ack(const Ack& ack);
  /// New text goes before what is held to be lost (§2.1 step 2 b).
  bool prefers_new_text() const { return step_ == Step::kSecond; }
  void stop() { step_ = Step::kOff; }

 private:
  enum class Step : std::uint8_t { kOff, kFirst, kSecond };
  Step step_ = Step::kOff;
};

}  // namespace handfast::tcp::loss_recovery
