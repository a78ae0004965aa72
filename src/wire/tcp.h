#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "handfast/address.h"
#include "handfast/buffer.h"
#include "handfast/drop_reason.h"
#include "wire/tcp_options.h"

namespace handfast::wire {

inline constexpr std::size_t kTcpHeaderLength = 20;
inline constexpr std::size_t kTcpMaxHeaderLength = 60;
inline constexpr std::size_t kTcpChecksumOffset = 16;

/// A set of the control bits of a TCP header: the eight of RFC 9293 §3.1, and AE (RFC 9768; NS in older texts).
class TcpFlags {
 public:
  constexpr TcpFlags() = default;
  /// From the bits as they stand in the header's 13th and 14th byte; the three reserved ones are cleared.
  constexpr explicit TcpFlags(std::uint16_t bits) : bits_(bits & kMask) {}

  constexpr std::uint16_t bits() const { return bits_; }
  /// Whether all of `flags` are set.
  constexpr bool has(TcpFlags flags) const { return (bits_ & flags.bits_) == flags.bits_; }
  /// Whether at least one of `flags` is set.
  constexpr bool has_any(TcpFlags flags) const { return (bits_ & flags.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr TcpFlags without(TcpFlags flags) const {
    return TcpFlags(static_cast<std::uint16_t>(bits_ & ~flags.bits_));
  }
  constexpr TcpFlags& operator|=(TcpFlags other) { return *this = *this | other; }
  friend constexpr TcpFlags operator|(TcpFlags a, TcpFlags b) {
    return TcpFlags(static_cast<std::uint16_t>(a.bits_ | b.bits_));
  }
  friend constexpr TcpFlags operator&(TcpFlags a, TcpFlags b) {
    return TcpFlags(static_cast<std::uint16_t>(a.bits_ & b.bits_));
  }
  friend constexpr bool operator==(TcpFlags, TcpFlags) = default;

 private:
  static constexpr std::uint16_t kMask = 0x1FF;
  std::uint16_t bits_ = 0;
};

inline constexpr TcpFlags kFin{0x001};
inline constexpr TcpFlags kSyn{0x002};
inline constexpr TcpFlags kRst{0x004};
inline constexpr TcpFlags kPsh{0x008};
inline constexpr TcpFlags kAck{0x010};
inline constexpr TcpFlags kUrg{0x020};
inline constexpr TcpFlags kEce{0x040};
inline constexpr TcpFlags kCwr{0x080};
inline constexpr TcpFlags kAe{0x100};

/// A TCP header (RFC 9293 §3.1; MUST-1: the window has no sign), without data offset and checksum: those follow from
/// the rest.
struct TcpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t seq = 0;
  std::uint32_t ack = 0;
  TcpFlags flags;
  std::uint16_t window = 0;  ///< As on the wire, not scaled.
  std::uint16_t urgent_pointer = 0;
  TcpOptions options;
  friend constexpr bool operator==(const TcpHeader&, const TcpHeader&) = default;
};

/// A header and where its text starts: at `text_offset` of the bytes that were parsed, up to their end.
struct TcpParsed {
  TcpHeader header;
  std::uint8_t text_offset = kTcpHeaderLength;
};

/// Reads a header; the checksum is not looked at (see tcp_checksum_is_valid). Fails with kTcpTruncated,
/// kTcpBadDataOffset or kTcpBadOptionLength. `segment` is the whole IP payload.
std::expected<TcpParsed, DropReason> parse_tcp(std::span<const std::byte> segment);

/// The ports, sequence number and so on without the options, for answering a segment whose options are broken
/// (RFC 9293 §3.1, MUST-7 suggests a reset). Fails with kTcpTruncated or kTcpBadDataOffset.
std::expected<TcpParsed, DropReason> parse_tcp_fixed(std::span<const std::byte> segment);

/// Whether header, text and pseudo-header add up (RFC 9293 §3.1, MUST-3).
bool tcp_checksum_is_valid(const IpAddress& source, const IpAddress& destination, std::span<const std::byte> segment);

/// How many bytes emit_tcp writes: 20 to 60, a multiple of four.
std::size_t tcp_header_length(const TcpHeader& header);

/// Writes the header and its options with a checksum field of zero; returns their length, or 0 and writes nothing where
/// `out` is shorter. SACK blocks that do not fit are left out.
std::size_t emit_tcp(const TcpHeader& header, std::span<std::byte> out);

/// Computes and stores the checksum of a segment whose header is in `header` (with a checksum field of zero) and whose
/// text is in `text`, in order. `pseudo_sum` is that of pseudo_header_sum, for the length of header and text together.
void finish_checksum(std::uint16_t pseudo_sum, std::span<std::byte> header, std::span<const Slice> text);
void finish_checksum(std::uint16_t pseudo_sum, std::span<std::byte> header,
                     std::span<const std::span<const std::byte>> text);

/// The same where the sum of the text is known already (copy_and_sum).
void finish_checksum_with_sum(std::uint16_t pseudo_sum, std::span<std::byte> header, std::uint16_t text_sum);

/// Stores the pseudo-header's sum, not complemented, for a device that completes the checksum
/// (ChecksumState::kPartial).
void store_partial_checksum(std::uint16_t pseudo_sum, std::span<std::byte> header);

}  // namespace handfast::wire
