#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/time.h"

namespace handfast::wire {

/// Link types of capture files; a file may hold any other number.
inline constexpr std::uint16_t kLinkTypeEthernet = 1;
inline constexpr std::uint16_t kLinkTypeRaw = 101;  ///< A bare IPv4 or IPv6 packet.

enum class CaptureDirection : std::uint8_t { kUnknown = 0, kInbound = 1, kOutbound = 2 };

struct CaptureInterface {
  std::uint16_t link_type = kLinkTypeRaw;
  std::uint32_t snap_length = 0;  ///< The most bytes kept of a packet; 0: no limit.
  std::string name{};
};

/// One captured packet; all of it views.
struct CapturedPacket {
  std::uint32_t interface = 0;  ///< Index into the interfaces of the current section.
  Instant timestamp{};          ///< Since the epoch of the file (for a simulator, its own); never negative.
  std::span<const std::byte> bytes{};
  std::uint32_t original_length = 0;  ///< On the wire; less than bytes.size() reads as bytes.size().
  CaptureDirection direction = CaptureDirection::kUnknown;
  std::span<const std::string_view> comments{};  ///< UTF-8, each one opt_comment.
};

/// Writes pcapng: little-endian, one section, timestamps in nanoseconds. Block for block to a sink; does no file IO.
class PcapngWriter {
 public:
  using Sink = std::function<void(std::span<const std::byte>)>;

  /// Writes the section header at once. `application` is noted in it.
  explicit PcapngWriter(Sink sink, std::string_view application = "handfast");
  /// Appends to `out`, which must outlive the writer.
  explicit PcapngWriter(std::vector<std::byte>& out, std::string_view application = "handfast");

  /// Returns the number to use in CapturedPacket::interface.
  std::uint32_t add_interface(const CaptureInterface& interface);
  /// Whether the packet was written: false for an interface that was never added and for more than 256 KiB of bytes.
  /// Comments beyond 65,535 bytes are cut between two characters; those beyond the 16th are left out.
  bool write(const CapturedPacket& packet);

 private:
  void begin_block(std::uint32_t type);
  void end_block();
  void put_u16(std::uint16_t value);
  void put_u32(std::uint32_t value);
  void put_padded(std::span<const std::byte> bytes);
  void put_option(std::uint16_t code, std::span<const std::byte> value);
  void put_text(std::uint16_t code, std::string_view text);

  Sink sink_;
  std::vector<std::byte> block_;
  std::uint32_t interfaces_ = 0;
};

enum class CaptureError : std::uint8_t {
  kUnknownFormat,      ///< Neither pcapng nor pcap.
  kTruncated,          ///< The file ends within a header, block or packet.
  kBadBlockLength,     ///< Too small, no multiple of four, or unlike its copy at the end of the block.
  kBadVersion,         ///< A major version that is not understood.
  kBadOption,          ///< An option reaches past its block.
  kBadInterface,       ///< A packet of an interface that was not described.
  kBadTimestamp,       ///< Cannot be told in 63 bits of nanoseconds, or its resolution is absurd.
  kTooManyInterfaces,  ///< More than CaptureLimits::interfaces.
  kPacketTooLarge,     ///< More than CaptureLimits::packet_bytes.
  kTooManyComments,    ///< More than CaptureLimits::comments on one packet.
};
std::string_view to_string(CaptureError error);

struct CaptureLimits {
  std::uint32_t interfaces = 256;
  std::uint32_t packet_bytes = 262144;
  std::uint32_t comments = 16;
};

/// Reads pcapng (enhanced, simple and obsolete packet blocks; other blocks are skipped) and classic pcap (micro- and
/// nanoseconds), both in either byte order. Keeps views of the bytes it was given.
class CaptureReader {
 public:
  static std::expected<CaptureReader, CaptureError> open(std::span<const std::byte> bytes, CaptureLimits limits = {});

  /// The next packet, or none at the end of the file. Its views hold until the next call (bytes: as long as the file's
  /// bytes). After an error the reader gives that error for ever.
  std::expected<std::optional<CapturedPacket>, CaptureError> next();
  /// The interfaces described so far in the current section. Classic pcap has one, without a name.
  std::span<const CaptureInterface> interfaces() const { return interfaces_; }

 private:
  /// How a number from the file becomes nanoseconds.
  struct TimeScale {
    std::uint64_t divisor = 1;                   ///< First, for units finer than we can use.
    std::uint64_t units_per_second = 1'000'000;  ///< At most 2^34.
    std::int64_t offset_seconds = 0;
  };
  struct Block {
    std::uint32_t type = 0;
    std::span<const std::byte> body;
  };
  using Outcome = std::expected<std::optional<CapturedPacket>, CaptureError>;

  CaptureReader() = default;
  std::uint16_t u16(std::span<const std::byte> bytes, std::size_t offset) const;
  std::uint32_t u32(std::span<const std::byte> bytes, std::size_t offset) const;
  std::expected<Block, CaptureError> next_block();
  std::optional<CaptureError> read_section(std::span<const std::byte> body);
  std::optional<CaptureError> read_interface(std::span<const std::byte> body);
  Outcome read_enhanced(std::span<const std::byte> body);
  Outcome read_simple(std::span<const std::byte> body);
  Outcome read_obsolete(std::span<const std::byte> body);
  Outcome read_classic();
  Outcome next_pcapng();
  Outcome packet_of(std::span<const std::byte> body, std::uint64_t units, std::uint32_t length, CapturedPacket packet);
  std::optional<CaptureError> read_packet_options(std::span<const std::byte> options, CapturedPacket& packet);
  std::optional<CaptureError> set_resolution(std::uint8_t resolution, TimeScale& scale) const;
  std::expected<Instant, CaptureError> instant_of(std::uint32_t interface, std::uint64_t units) const;

  std::span<const std::byte> rest_;
  CaptureLimits limits_;
  std::vector<CaptureInterface> interfaces_;
  std::vector<TimeScale> scales_;
  std::vector<std::string_view> comments_;
  std::optional<CaptureError> failed_;
  bool big_endian_ = false;
  bool classic_ = false;
};

}  // namespace handfast::wire
