#pragma once

#include <cstdint>

#include "tcp/congestion/controller.h"

// HyStart++ (RFC 9406): the first slow start of a connection does not know where to stop, and doubling until something
// is lost loses up to half of a window. A queue announces itself earlier, by round trips that get longer. When the
// shortest round trip of a round is well above that of the round before, growth slows down to a quarter ("conservative
// slow start"); five such rounds later slow start is over, unless the round trips became short again and the rise was
// jitter (9406-4).

namespace handfast::tcp::congestion {

/// One slow start. It begins as zeroes, and zero stands for "no round trip measured".
class HyStart {
 public:
  /// Takes an acknowledgment into account, whether or not the window may grow by it: its round trip, and the round it
  /// ends. True: slow start is over.
  bool is_over_after(const Ack& ack);

  /// By how much the acknowledgment lets the window grow. Bytes.
  std::uint32_t growth(const Ack& ack) const;

  bool is_conservative() const { return baseline_ > Duration::zero(); }

 private:
  void begin_round(const Ack& ack);
  void take_sample(Duration rtt);
  bool has_enough_samples() const { return samples_ >= kSamples; }
  void look_for_a_rise();
  void look_for_a_fall();

  static constexpr std::uint8_t kSamples = 8;  // N_RTT_SAMPLE

  std::uint64_t round_end_ = 0;  ///< Ack::total_delivered that ends this round
  Duration last_round_{};        ///< lastRoundMinRTT
  Duration this_round_{};        ///< currentRoundMinRTT
  Duration baseline_{};          ///< cssBaselineMinRtt; above zero: conservative
  std::uint8_t samples_ = 0;     ///< of this round
  std::uint8_t rounds_ = 0;      ///< conservative rounds that ended
};

}  // namespace handfast::tcp::congestion
