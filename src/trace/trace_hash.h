#pragma once

#include <cstdint>

#include "handfast/trace_event.h"

// One number for a whole run. Two runs of one seed, on whatever compiler and machine, must give the same number; where
// they do not, something read a clock, a pointer or the layout of a container. So every event is written out in one
// canonical form first: each number in the order of its declaration, little-endian, in its own fixed width, a length
// before every run of bytes. How a frame is cut into pieces does not count, its bytes do.

namespace handfast::trace {

/// Counts events and keeps the 64-bit FNV-1a hash of their canonical form. FNV is no defence against somebody who wants
/// two runs to look alike; it need not be.
class TraceHash final : public Sink {
 public:
  void on_event(const Event& event) override;
  std::uint64_t value() const { return hash_; }
  std::uint64_t events() const { return events_; }

 private:
  void put(std::uint64_t number, unsigned bytes);
  void put_endpoint(const Endpoint& endpoint);
  void put_segment(const SegmentView& segment);
  void put_options(const OptionsView& options);
  void put_tcb(const TcbView& tcb);
  void put_frame(std::span<const std::span<const std::byte>> frame);

  std::uint64_t hash_ = 0xCBF29CE484222325;  // FNV-1a's starting value.
  std::uint64_t events_ = 0;
};

}  // namespace handfast::trace
