#include "drivers/offload_header.h"

namespace handfast::drivers {

namespace {

constexpr std::uint32_t kTcpFlagsAt = 13;
constexpr std::uint8_t kCwr = 0x80;

// One byte of a frame in pieces; 0 beyond its end.
std::uint8_t byte_at(const Frame& frame, std::uint32_t at) {
  for (const Slice& slice : frame.used()) {
    if (at < slice.size()) return static_cast<std::uint8_t>(slice.bytes()[at]);
    at -= slice.size();
  }
  return 0;
}

}  // namespace

OffloadHeader OffloadHeader::of(const Frame& frame) {
  OffloadHeader header;
  if (frame.checksum == ChecksumState::kPartial) {
    header.flags = kNeedsChecksum;
    header.checksum_start = frame.checksum_start;
    header.checksum_offset = frame.checksum_offset;
  }
  if (frame.gso != GsoType::kNone) {
    header.gso_type = frame.gso == GsoType::kTcp4 ? kGsoTcp4 : kGsoTcp6;
    header.gso_size = frame.gso_size;
    const std::uint32_t data_offset = (byte_at(frame, frame.checksum_start + 12u) >> 4) * 4u;
    header.header_length = static_cast<std::uint16_t>(frame.checksum_start + data_offset);
    // CWR belongs on the first segment alone; the kernel cuts it so only when told.
    if ((byte_at(frame, frame.checksum_start + kTcpFlagsAt) & kCwr) != 0) header.gso_type |= kGsoEcn;
  }
  return header;
}

bool OffloadHeader::is_understood() const {
  const std::uint8_t kind = gso_type & static_cast<std::uint8_t>(~kGsoEcn);
  if (kind == kGsoNone) return true;
  return (kind == kGsoTcp4 || kind == kGsoTcp6) && gso_size != 0;
}

void OffloadHeader::apply_to(Frame& frame) const {
  if ((flags & (kNeedsChecksum | kDataValid)) != 0) frame.checksum = ChecksumState::kVerified;
  if ((flags & kNeedsChecksum) != 0) {
    frame.checksum_start = checksum_start;
    frame.checksum_offset = checksum_offset;
  }
  const std::uint8_t kind = gso_type & static_cast<std::uint8_t>(~kGsoEcn);
  if (kind == kGsoNone) return;
  frame.gso = kind == kGsoTcp4 ? GsoType::kTcp4 : GsoType::kTcp6;
  frame.gso_size = gso_size;
}

}  // namespace handfast::drivers
