// The reading half. A capture file is input from strangers like any packet: every length in it is compared with what
// is really there before it is used, and the counts that would make us hold memory have limits.

#include <algorithm>
#include <bit>

#include "base/bytes.h"
#include "wire/pcapng.h"

namespace handfast::wire {

namespace {

constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;  // Reads the same in both byte orders.
constexpr std::uint32_t kInterfaceDescription = 1;
constexpr std::uint32_t kObsoletePacket = 2;
constexpr std::uint32_t kSimplePacket = 3;
constexpr std::uint32_t kEnhancedPacket = 6;
constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;
constexpr std::uint32_t kClassicMicroseconds = 0xA1B2C3D4;
constexpr std::uint32_t kClassicNanoseconds = 0xA1B23C4D;

constexpr std::uint16_t kOptionEnd = 0;
constexpr std::uint16_t kOptionComment = 1;
constexpr std::uint16_t kInterfaceName = 2;
constexpr std::uint16_t kInterfaceResolution = 9;
constexpr std::uint16_t kInterfaceOffset = 14;
constexpr std::uint16_t kPacketFlags = 2;

constexpr std::size_t kBlockOverhead = 12;
constexpr std::size_t kSectionBodyLength = 16;
constexpr std::size_t kClassicHeaderLength = 24;
constexpr std::size_t kClassicRecordLength = 16;
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
// The last whole second that a signed 64-bit count of nanoseconds can tell.
constexpr std::int64_t kLastSecond = 9'223'372'035;

std::uint64_t power_of_ten(unsigned exponent) {
  std::uint64_t power = 1;
  for (unsigned i = 0; i < exponent; ++i) power *= 10;
  return power;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Calls take(code, value) for each option until the end; take gives an error to stop. False: one reaches too far.
template <typename LoadU16, typename Take>
std::optional<CaptureError> for_each_option(std::span<const std::byte> bytes, LoadU16 load_u16, Take take) {
  while (bytes.size() >= 4) {
    const std::uint16_t code = load_u16(bytes, 0);
    const std::size_t length = load_u16(bytes, 2);
    if (code == kOptionEnd) return std::nullopt;
    if (length > bytes.size() - 4) return CaptureError::kBadOption;
    if (const auto error = take(code, bytes.subspan(4, length))) return error;
    bytes = bytes.subspan(std::min(bytes.size(), 4 + (length + 3) / 4 * 4));
  }
  return bytes.empty() ? std::nullopt : std::optional(CaptureError::kBadOption);
}

}  // namespace

std::string_view to_string(CaptureError error) {
  switch (error) {
    case CaptureError::kUnknownFormat:
      return "neither pcapng nor pcap";
    case CaptureError::kTruncated:
      return "the file ends too early";
    case CaptureError::kBadBlockLength:
      return "a block's length is impossible";
    case CaptureError::kBadVersion:
      return "a version that is not understood";
    case CaptureError::kBadOption:
      return "an option reaches past its block";
    case CaptureError::kBadInterface:
      return "a packet of an interface that was not described";
    case CaptureError::kBadTimestamp:
      return "a time that cannot be told in nanoseconds";
    case CaptureError::kTooManyInterfaces:
      return "too many interfaces";
    case CaptureError::kPacketTooLarge:
      return "a packet is too large";
    case CaptureError::kTooManyComments:
      return "too many comments on one packet";
  }
  return "unknown error";
}

std::uint16_t CaptureReader::u16(std::span<const std::byte> bytes, std::size_t offset) const {
  const std::uint16_t number = base::load_be16(bytes.data() + offset);
  return big_endian_ ? number : std::byteswap(number);
}

std::uint32_t CaptureReader::u32(std::span<const std::byte> bytes, std::size_t offset) const {
  const std::uint32_t number = base::load_be32(bytes.data() + offset);
  return big_endian_ ? number : std::byteswap(number);
}

std::expected<CaptureReader, CaptureError> CaptureReader::open(std::span<const std::byte> bytes, CaptureLimits limits) {
  if (bytes.size() < 4) return std::unexpected(CaptureError::kUnknownFormat);
  CaptureReader reader;
  reader.limits_ = limits;
  reader.rest_ = bytes;
  const std::uint32_t magic = base::load_be32(bytes.data());
  if (magic == kSectionHeader) return reader;
  reader.big_endian_ = magic == kClassicMicroseconds || magic == kClassicNanoseconds;
  const std::uint32_t kind = reader.u32(bytes, 0);
  if (kind != kClassicMicroseconds && kind != kClassicNanoseconds) {
    return std::unexpected(CaptureError::kUnknownFormat);
  }
  if (bytes.size() < kClassicHeaderLength) return std::unexpected(CaptureError::kTruncated);
  if (reader.u16(bytes, 4) != 2) return std::unexpected(CaptureError::kBadVersion);
  if (limits.interfaces == 0) return std::unexpected(CaptureError::kTooManyInterfaces);
  reader.classic_ = true;
  // The link type is the lower half; the upper one tells of frame check sequences.
  const auto link_type = static_cast<std::uint16_t>(reader.u32(bytes, 20));
  reader.interfaces_.push_back({link_type, reader.u32(bytes, 16), {}});
  reader.scales_.push_back({1, kind == kClassicNanoseconds ? kNanosecondsPerSecond : 1'000'000, 0});
  reader.rest_ = bytes.subspan(kClassicHeaderLength);
  return reader;
}

CaptureReader::Outcome CaptureReader::next() {
  if (failed_) return std::unexpected(*failed_);
  comments_.clear();
  Outcome outcome = classic_ ? read_classic() : next_pcapng();
  if (!outcome) failed_ = outcome.error();
  return outcome;
}

CaptureReader::Outcome CaptureReader::next_pcapng() {
  while (!rest_.empty()) {
    const auto block = next_block();
    if (!block) return std::unexpected(block.error());
    std::optional<CaptureError> error;
    switch (block->type) {
      case kSectionHeader:
        error = read_section(block->body);
        break;
      case kInterfaceDescription:
        error = read_interface(block->body);
        break;
      case kEnhancedPacket:
        return read_enhanced(block->body);
      case kSimplePacket:
        return read_simple(block->body);
      case kObsoletePacket:
        return read_obsolete(block->body);
      default:
        break;
    }
    if (error) return std::unexpected(*error);
  }
  return std::nullopt;
}

std::expected<CaptureReader::Block, CaptureError> CaptureReader::next_block() {
  if (rest_.size() < kBlockOverhead) return std::unexpected(CaptureError::kTruncated);
  if (base::load_be32(rest_.data()) == kSectionHeader) {
    // A new section may have the other byte order; its magic number says so, behind the length.
    const std::uint32_t magic = base::load_be32(rest_.data() + 8);
    big_endian_ = magic == kByteOrderMagic;
    if (!big_endian_ && std::byteswap(magic) != kByteOrderMagic) return std::unexpected(CaptureError::kUnknownFormat);
  }
  const std::size_t length = u32(rest_, 4);
  if (length < kBlockOverhead || length % 4 != 0) return std::unexpected(CaptureError::kBadBlockLength);
  if (length > rest_.size()) return std::unexpected(CaptureError::kTruncated);
  if (u32(rest_, length - 4) != length) return std::unexpected(CaptureError::kBadBlockLength);
  const Block block{u32(rest_, 0), rest_.subspan(8, length - kBlockOverhead)};
  rest_ = rest_.subspan(length);
  return block;
}

std::optional<CaptureError> CaptureReader::read_section(std::span<const std::byte> body) {
  if (body.size() < kSectionBodyLength) return CaptureError::kBadBlockLength;
  if (u16(body, 4) != 1) return CaptureError::kBadVersion;
  interfaces_.clear();
  scales_.clear();
  return std::nullopt;
}

std::optional<CaptureError> CaptureReader::read_interface(std::span<const std::byte> body) {
  if (body.size() < 8) return CaptureError::kBadBlockLength;
  if (interfaces_.size() >= limits_.interfaces) return CaptureError::kTooManyInterfaces;
  CaptureInterface interface{u16(body, 0), u32(body, 4), {}};
  TimeScale scale;
  const auto load_u16 = [this](std::span<const std::byte> from, std::size_t at) { return u16(from, at); };
  const auto take = [&](std::uint16_t code, std::span<const std::byte> value) -> std::optional<CaptureError> {
    if (code == kInterfaceName) interface.name = text_of(value);
    if (code == kInterfaceResolution && value.size() == 1) {
      return set_resolution(std::to_integer<std::uint8_t>(value[0]), scale);
    }
    if (code == kInterfaceOffset && value.size() == 8) {
      const std::uint64_t low = u32(value, big_endian_ ? 4 : 0);
      const std::uint64_t high = u32(value, big_endian_ ? 0 : 4);
      scale.offset_seconds = static_cast<std::int64_t>(high << 32 | low);
    }
    return std::nullopt;
  };
  if (const auto error = for_each_option(body.subspan(8), load_u16, take)) return error;
  interfaces_.push_back(std::move(interface));
  scales_.push_back(scale);
  return std::nullopt;
}

// The upper bit chooses between powers of two and of ten. Units finer than a nanosecond are first made coarser, so
// that a fraction of a second times 10^9 stays within 64 bits.
std::optional<CaptureError> CaptureReader::set_resolution(std::uint8_t resolution, TimeScale& scale) const {
  const unsigned exponent = resolution & 0x7F;
  if ((resolution & 0x80) != 0) {
    if (exponent > 63) return CaptureError::kBadTimestamp;
    scale.divisor = std::uint64_t{1} << (exponent > 34 ? exponent - 34 : 0);
    scale.units_per_second = std::uint64_t{1} << std::min(exponent, 34U);
  } else {
    if (exponent > 19) return CaptureError::kBadTimestamp;
    scale.divisor = power_of_ten(exponent > 9 ? exponent - 9 : 0);
    scale.units_per_second = power_of_ten(std::min(exponent, 9U));
  }
  return std::nullopt;
}

std::expected<Instant, CaptureError> CaptureReader::instant_of(std::uint32_t interface, std::uint64_t units) const {
  const TimeScale& scale = scales_[interface];
  const std::uint64_t coarse = units / scale.divisor;
  const std::uint64_t seconds = coarse / scale.units_per_second;
  const std::uint64_t nanoseconds = coarse % scale.units_per_second * kNanosecondsPerSecond / scale.units_per_second;
  constexpr std::int64_t kFar = std::int64_t{1} << 61;
  if (seconds > std::uint64_t{kFar} || scale.offset_seconds > kFar || scale.offset_seconds < -kFar) {
    return std::unexpected(CaptureError::kBadTimestamp);
  }
  const std::int64_t second = static_cast<std::int64_t>(seconds) + scale.offset_seconds;
  if (second < 0 || second > kLastSecond) return std::unexpected(CaptureError::kBadTimestamp);
  return Instant(Duration(second * std::int64_t{kNanosecondsPerSecond} + static_cast<std::int64_t>(nanoseconds)));
}

// `body` starts with the packet's bytes, padded; options follow.
CaptureReader::Outcome CaptureReader::packet_of(std::span<const std::byte> body, std::uint64_t units,
                                                std::uint32_t length, CapturedPacket packet) {
  if (packet.interface >= interfaces_.size()) return std::unexpected(CaptureError::kBadInterface);
  if (length > limits_.packet_bytes) return std::unexpected(CaptureError::kPacketTooLarge);
  const std::size_t padded = (std::size_t{length} + 3) / 4 * 4;
  if (padded > body.size()) return std::unexpected(CaptureError::kTruncated);
  const auto instant = instant_of(packet.interface, units);
  if (!instant) return std::unexpected(instant.error());
  packet.timestamp = *instant;
  packet.bytes = body.first(length);
  packet.original_length = std::max(length, packet.original_length);
  if (const auto error = read_packet_options(body.subspan(padded), packet)) return std::unexpected(*error);
  packet.comments = comments_;
  return packet;
}

CaptureReader::Outcome CaptureReader::read_enhanced(std::span<const std::byte> body) {
  if (body.size() < 20) return std::unexpected(CaptureError::kBadBlockLength);
  CapturedPacket packet;
  packet.interface = u32(body, 0);
  packet.original_length = u32(body, 16);
  const std::uint64_t units = std::uint64_t{u32(body, 4)} << 32 | u32(body, 8);
  return packet_of(body.subspan(20), units, u32(body, 12), packet);
}

CaptureReader::Outcome CaptureReader::read_obsolete(std::span<const std::byte> body) {
  if (body.size() < 20) return std::unexpected(CaptureError::kBadBlockLength);
  CapturedPacket packet;
  packet.interface = u16(body, 0);
  packet.original_length = u32(body, 16);
  const std::uint64_t units = std::uint64_t{u32(body, 4)} << 32 | u32(body, 8);
  return packet_of(body.subspan(20), units, u32(body, 12), packet);
}

// A simple packet block has neither time nor options, and leaves out how much was kept: the lesser of the packet's
// length and the snap length of the first interface.
CaptureReader::Outcome CaptureReader::read_simple(std::span<const std::byte> body) {
  if (body.size() < 4) return std::unexpected(CaptureError::kBadBlockLength);
  if (interfaces_.empty()) return std::unexpected(CaptureError::kBadInterface);
  CapturedPacket packet;
  packet.original_length = u32(body, 0);
  const std::uint32_t snap_length = interfaces_.front().snap_length;
  const std::uint32_t length =
      snap_length == 0 ? packet.original_length : std::min(packet.original_length, snap_length);
  if (length > limits_.packet_bytes) return std::unexpected(CaptureError::kPacketTooLarge);
  if (length > body.size() - 4) return std::unexpected(CaptureError::kTruncated);
  packet.bytes = body.subspan(4, length);
  return packet;
}

CaptureReader::Outcome CaptureReader::read_classic() {
  if (rest_.empty()) return std::nullopt;
  if (rest_.size() < kClassicRecordLength) return std::unexpected(CaptureError::kTruncated);
  const std::uint32_t seconds = u32(rest_, 0);
  const std::uint32_t fraction = u32(rest_, 4);
  const std::uint32_t length = u32(rest_, 8);
  if (length > limits_.packet_bytes) return std::unexpected(CaptureError::kPacketTooLarge);
  if (length > rest_.size() - kClassicRecordLength) return std::unexpected(CaptureError::kTruncated);
  const auto instant = instant_of(0, seconds * scales_[0].units_per_second + fraction);
  if (!instant) return std::unexpected(instant.error());
  CapturedPacket packet;
  packet.timestamp = *instant;
  packet.original_length = std::max(length, u32(rest_, 12));
  packet.bytes = rest_.subspan(kClassicRecordLength, length);
  rest_ = rest_.subspan(kClassicRecordLength + length);
  return packet;
}

std::optional<CaptureError> CaptureReader::read_packet_options(std::span<const std::byte> options,
                                                               CapturedPacket& packet) {
  const auto load_u16 = [this](std::span<const std::byte> from, std::size_t at) { return u16(from, at); };
  const auto take = [&](std::uint16_t code, std::span<const std::byte> value) -> std::optional<CaptureError> {
    if (code == kOptionComment) {
      if (comments_.size() >= limits_.comments) return CaptureError::kTooManyComments;
      comments_.push_back(text_of(value));
    }
    if (code == kPacketFlags && value.size() == 4) {
      const std::uint32_t direction = u32(value, 0) & 3;
      if (direction != 3) packet.direction = static_cast<CaptureDirection>(direction);
    }
    return std::nullopt;
  };
  return for_each_option(options, load_u16, take);
}

}  // namespace handfast::wire
