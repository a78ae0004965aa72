#pragma once

#include <bit>
#include <cstdint>

#include "handfast/frame.h"

namespace handfast::drivers {

/// The header that a TUN device with IFF_VNET_HDR puts before each frame (virtio 1.2 §5.1.6, legacy form): ten bytes in
/// the machine's own byte order. It says what the device below still has to do: finish a checksum, cut a super-segment.
struct OffloadHeader {
  std::uint8_t flags = 0;
  std::uint8_t gso_type = 0;
  std::uint16_t header_length = 0;
  std::uint16_t gso_size = 0;
  std::uint16_t checksum_start = 0;
  std::uint16_t checksum_offset = 0;

  static constexpr std::uint8_t kNeedsChecksum = 1, kDataValid = 2;
  static constexpr std::uint8_t kGsoNone = 0, kGsoTcp4 = 1, kGsoTcp6 = 4, kGsoEcn = 0x80;

  /// What to say about a frame that the Host sends.
  static OffloadHeader of(const Frame& frame);
  /// True where a device without offloads can take the frame as it is.
  bool is_plain() const { return (flags & kNeedsChecksum) == 0 && gso_type == kGsoNone; }
  /// False where the kernel used an offload that was not asked for.
  bool is_understood() const;
  /// Tells a received frame what the header said. A checksum that the kernel left out covers text that never left this
  /// machine: it counts as verified.
  void apply_to(Frame& frame) const;
};

static_assert(sizeof(OffloadHeader) == 10);

}  // namespace handfast::drivers
