#pragma once

#include <cstdint>

// The search of RFC 4821 §7.3 for the largest size that a path carries: between a size that is known to pass and the
// largest that makes sense. The largest is tried first, since most paths carry it; then the middle of what is left,
// until what could be gained is not worth a loss. One probe is out at a time, so a search costs at most a lost segment
// for each halving. Sizes are those of an MSS.

namespace handfast::tcp {

class PathMtuSearch {
 public:
  /// A gap that is not worth another probe (RFC 4821 §7.3).
  static constexpr std::uint16_t kSmallestGain = 8;

  /// `low` passes; `high` is the most that both ends take. Nothing begins unless low < high.
  void begin(std::uint16_t low, std::uint16_t high);
  /// Ends it without a result: what it went by has changed.
  void stop() { *this = PathMtuSearch(); }

  /// More can be tried, or is being tried.
  bool is_on() const { return high_ - low_ >= kSmallestGain || (low_ < high_ && high_ == top_); }
  bool is_probe_out() const { return probe_ != 0; }
  /// The size to try next; 0: none now.
  std::uint16_t next() const;
  std::uint16_t low() const { return low_; }

  void probe_left() { probe_ = next(); }
  void probe_delivered();
  /// The probe, and nothing else, was lost (RFC 4821 §7.6.2).
  void probe_lost();
  /// It was lost with others, or nobody knows: the same size is tried again (RFC 4821 §7.6.3).
  void probe_inconclusive() { probe_ = 0; }

 private:
  std::uint16_t low_ = 0;    ///< search_low: the largest size that is known to pass
  std::uint16_t high_ = 0;   ///< search_high: the largest that may pass
  std::uint16_t top_ = 0;    ///< where search_high began
  std::uint16_t probe_ = 0;  ///< probe_size, while one is out
};

}  // namespace handfast::tcp
