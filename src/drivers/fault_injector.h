#pragma once

#include <cstdint>
#include <vector>

#include "drivers/buffer_source.h"
#include "drivers/seeded_random.h"
#include "handfast/frame.h"

namespace handfast::drivers {

/// How often a frame meets each fault, in millionths.
struct FaultRates {
  static constexpr std::uint32_t kWhole = 1'000'000;

  std::uint32_t loss = 0;
  std::uint32_t corrupt = 0;  ///< one bit of a copy is flipped
  std::uint32_t duplicate = 0;
  std::uint32_t reorder = 0;                      ///< held back while others overtake it
  std::uint32_t mark = 0;                         ///< packets that may be marked met congestion (RFC 3168 §5)
  std::uint32_t depth = 3;                        ///< the most frames that overtake a held one
  Duration hold = std::chrono::milliseconds(20);  ///< a held frame goes on after this long at the latest

  bool any() const { return loss != 0 || corrupt != 0 || duplicate != 0 || reorder != 0 || mark != 0; }
};

struct FaultCounters {
  std::uint64_t passed = 0;  ///< frames that came in
  std::uint64_t lost = 0;
  std::uint64_t corrupted = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t reordered = 0;
  std::uint64_t marked = 0;
};

/// One direction of a bad link, between a device and a Host: it loses, corrupts, marks, doubles and delays frames.
///
/// What happens to the n-th frame follows from the seed and n alone, never from its contents or from the clock, so that
/// a run with the same traffic meets the same faults. A corrupted frame is a copy: the original's bytes may still lie
/// in a send queue. At most kMaxHeld frames are held back at once. Held frames refer to the Host's buffers:
/// the injector must go before the Host does.
class FaultInjector {
 public:
  static constexpr std::size_t kMaxHeld = 64;

  FaultInjector(const FaultRates& rates, std::uint64_t seed) : rates_(rates), random_(seed), marks_(~seed) {}

  /// Appends to `out` what is left of `frame`, and held frames that were overtaken often enough.
  void pass(Frame frame, Instant now, std::vector<Frame>& out);
  /// Appends held frames whose time has come.
  void release(Instant now, std::vector<Frame>& out);
  /// When release is to be called next; kNever: nothing is held.
  Instant next_deadline() const;
  const FaultCounters& counters() const { return counters_; }

 private:
  struct Held {
    Frame frame;
    Instant until;
    std::uint32_t to_overtake = 0;
  };
  struct Fate {
    bool lost = false, corrupt = false, duplicate = false, reorder = false;
    std::uint32_t bit = 0, depth = 1;
  };

  Fate draw();
  bool corrupt(Frame& frame, std::uint32_t chosen);
  std::optional<Slice> whole_copy(const Frame& frame);
  void mark(Frame& frame);
  void overtake(std::vector<Frame>& out);

  FaultRates rates_;
  SeededRandom random_;
  SeededRandom marks_;  ///< a stream of their own: they came later, and moved none of the other faults
  HeapBuffers copies_;
  std::vector<Held> held_;
  FaultCounters counters_;
};

}  // namespace handfast::drivers
