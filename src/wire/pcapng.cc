// The writing half of pcapng. Each block is put together in memory and given to the sink whole, because its length
// stands at its front and again at its end.

#include "wire/pcapng.h"

#include <algorithm>
#include <utility>

#include "base/bytes.h"

namespace handfast::wire {

namespace {

constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;

constexpr std::uint16_t kOptionEnd = 0;
constexpr std::uint16_t kOptionComment = 1;
constexpr std::uint16_t kSectionApplication = 4;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kInterfaceResolution = 9;
constexpr std::uint16_t kPacketFlags = 2;

constexpr std::byte kNanoseconds{9};  // Ten to the minus ninth.
constexpr std::size_t kMaxOptionLength = 65535;
constexpr std::size_t kMaxPacketBytes = 262144;
constexpr std::size_t kMaxComments = 16;

// Cuts in front of a character rather than through it: UTF-8 bytes 10xxxxxx continue one.
std::string_view cut_text(std::string_view text) {
  if (text.size() <= kMaxOptionLength) return text;
  std::size_t length = kMaxOptionLength;
  while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
  return text.substr(0, length);
}

}  // namespace

PcapngWriter::PcapngWriter(Sink sink, std::string_view application) : sink_(std::move(sink)) {
  begin_block(kSectionHeader);
  put_u32(kByteOrderMagic);
  put_u16(1);
  put_u16(0);
  put_u32(0xFFFFFFFF);  // The section's length is not known ahead: minus one.
  put_u32(0xFFFFFFFF);
  put_text(kSectionApplication, application);
  put_option(kOptionEnd, {});
  end_block();
}

PcapngWriter::PcapngWriter(std::vector<std::byte>& out, std::string_view application)
    : PcapngWriter([&out](std::span<const std::byte> block) { out.insert(out.end(), block.begin(), block.end()); },
                   application) {}

std::uint32_t PcapngWriter::add_interface(const CaptureInterface& interface) {
  begin_block(kInterfaceDescription);
  put_u16(interface.link_type);
  put_u16(0);
  put_u32(interface.snap_length);
  if (!interface.name.empty()) put_text(kInterfaceName, interface.name);
  put_option(kInterfaceResolution, std::span(&kNanoseconds, 1));
  put_option(kOptionEnd, {});
  end_block();
  return interfaces_++;
}

bool PcapngWriter::write(const CapturedPacket& packet) {
  if (packet.interface >= interfaces_ || packet.bytes.size() > kMaxPacketBytes) return false;
  const auto length = static_cast<std::uint32_t>(packet.bytes.size());
  const auto nanoseconds =
      static_cast<std::uint64_t>(std::max<std::int64_t>(packet.timestamp.time_since_epoch().count(), 0));
  begin_block(kEnhancedPacket);
  put_u32(packet.interface);
  put_u32(static_cast<std::uint32_t>(nanoseconds >> 32));
  put_u32(static_cast<std::uint32_t>(nanoseconds));
  put_u32(length);
  put_u32(std::max(length, packet.original_length));
  put_padded(packet.bytes);
  const auto comments = packet.comments.first(std::min(packet.comments.size(), kMaxComments));
  for (const std::string_view comment : comments) put_text(kOptionComment, comment);
  if (packet.direction != CaptureDirection::kUnknown) {
    put_u16(kPacketFlags);
    put_u16(4);
    put_u32(static_cast<std::uint32_t>(packet.direction));
  }
  if (!comments.empty() || packet.direction != CaptureDirection::kUnknown) put_option(kOptionEnd, {});
  end_block();
  return true;
}

void PcapngWriter::begin_block(std::uint32_t type) {
  block_.clear();
  put_u32(type);
  put_u32(0);
}

void PcapngWriter::end_block() {
  const auto length = static_cast<std::uint32_t>(block_.size() + 4);
  put_u32(length);
  base::store_le32(block_.data() + 4, length);
  sink_(block_);
}

void PcapngWriter::put_u16(std::uint16_t value) {
  block_.push_back(static_cast<std::byte>(value & 0xFF));
  block_.push_back(static_cast<std::byte>(value >> 8));
}

void PcapngWriter::put_u32(std::uint32_t value) {
  std::byte bytes[4];
  base::store_le32(bytes, value);
  block_.insert(block_.end(), std::begin(bytes), std::end(bytes));
}

void PcapngWriter::put_padded(std::span<const std::byte> bytes) {
  block_.insert(block_.end(), bytes.begin(), bytes.end());
  block_.resize((block_.size() + 3) / 4 * 4);
}

void PcapngWriter::put_option(std::uint16_t code, std::span<const std::byte> value) {
  put_u16(code);
  put_u16(static_cast<std::uint16_t>(value.size()));
  put_padded(value);
}

void PcapngWriter::put_text(std::uint16_t code, std::string_view text) {
  const std::string_view kept = cut_text(text);
  put_option(code, std::as_bytes(std::span(kept.data(), kept.size())));
}

}  // namespace handfast::wire
