#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "handfast/buffer.h"
#include "handfast/time.h"

namespace handfast {

/// The number that Host::add_interface gave an interface.
struct InterfaceId {
  std::uint8_t index = 0;
  friend constexpr bool operator==(InterfaceId, InterfaceId) = default;
};

/// What is known of the transport checksum of a frame.
enum class ChecksumState : std::uint8_t {
  kUnverified,  ///< Received: the Host verifies it. Sent: the checksum stands in the packet.
  kVerified,    ///< Received: the device verified it, or the frame never left this machine.
  kPartial,     ///< The field holds the pseudo-header's sum; whoever sends the frame on completes it.
};

/// Segmentation offload of a super-segment.
enum class GsoType : std::uint8_t { kNone, kTcp4, kTcp6 };

/// The largest number of slices one frame may hold: headers, and text from several chunks of a send queue.
inline constexpr std::size_t kMaxFrameSlices = 8;

/// A link frame (or a bare IP packet where the interface has no link header), to a Host or from it.
///
/// Received frames have one slice. Sent frames hold references to their slices until the driver lets the frame go.
struct Frame {
  std::array<Slice, kMaxFrameSlices> slices;
  std::uint8_t slice_count = 0;
  InterfaceId interface;
  ChecksumState checksum = ChecksumState::kUnverified;
  GsoType gso = GsoType::kNone;
  std::uint16_t gso_size = 0;         ///< Bytes of text in each segment that the frame is to be cut into.
  std::uint16_t checksum_start = 0;   ///< kPartial: where the transport header starts, from the frame's first byte.
  std::uint16_t checksum_offset = 0;  ///< kPartial: where the checksum stands, from checksum_start.
  Instant timestamp = kNever;         ///< When the frame arrived, where the device says so; kNever: not known.

  std::uint32_t size() const {
    std::uint32_t total = 0;
    for (const Slice& slice : used()) total += slice.size();
    return total;
  }
  std::span<const Slice> used() const { return std::span(slices).first(slice_count); }
  bool add(Slice slice) {
    if (slice_count == kMaxFrameSlices) return false;
    slices[slice_count++] = std::move(slice);
    return true;
  }
  void clear() {
    for (std::size_t i = 0; i < slice_count; ++i) slices[i].reset();
    slice_count = 0;
  }
};

}  // namespace handfast
