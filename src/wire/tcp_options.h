#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>

#include "handfast/drop_reason.h"

namespace handfast::wire {

inline constexpr std::size_t kTcpMaxOptionsLength = 40;
inline constexpr std::size_t kMaxSackBlocks = 4;
inline constexpr std::uint8_t kMaxWindowScale = 14;

/// A run of received sequence numbers: `left` is its first, `right` the one behind its last (RFC 2018 §3). Raw numbers
/// from the wire: nothing says that they are in order or in any window.
struct SackBlock {
  std::uint32_t left = 0;
  std::uint32_t right = 0;
  friend constexpr bool operator==(const SackBlock&, const SackBlock&) = default;
};

/// RFC 7323 §3.2: TSval and TSecr.
struct TcpTimestamps {
  std::uint32_t value = 0;
  std::uint32_t echo = 0;
  friend constexpr bool operator==(const TcpTimestamps&, const TcpTimestamps&) = default;
};

/// RFC 5482 §2: for how long its sender keeps trying, in seconds or in minutes.
struct UserTimeout {
  static constexpr std::uint16_t kLargest = 0x7FFF;

  std::uint16_t value = 0;  ///< 0 to 32,767; 0 says nothing (RFC 5482 §3.1)
  bool in_minutes = false;
  friend constexpr bool operator==(const UserTimeout&, const UserTimeout&) = default;
};

/// RFC 7413 §4.1.1. An empty cookie asks for one.
struct FastOpenCookie {
  std::array<std::byte, 16> storage{};
  std::uint8_t length = 0;    ///< 0, or even and 4 to 16.
  bool experimental = false;  ///< In the form of kind 254 with the magic number 0xF989 (RFC 6994).

  static std::optional<FastOpenCookie> of(std::span<const std::byte> bytes);
  static constexpr bool length_is_valid(std::size_t length) {
    return length == 0 || (length >= 4 && length <= 16 && length % 2 == 0);
  }
  std::span<const std::byte> bytes() const { return std::span(storage).first(length); }
  friend constexpr bool operator==(const FastOpenCookie&, const FastOpenCookie&) = default;
};

/// RFC 9768 §3.2.3: bytes of text by the ECN field that they came with, modulo 2^24.
struct AccurateEcnOption {
  std::uint32_t ect0 = 0;
  std::uint32_t ce = 0;
  std::uint32_t ect1 = 0;
  std::uint8_t fields = 0;  ///< How many of them there are, 0 to 3; the others are 0.
  bool ect1_first = false;  ///< Kind 174 with ECT(1), CE, ECT(0); else kind 172 with ECT(0), CE, ECT(1).
  friend constexpr bool operator==(const AccurateEcnOption&, const AccurateEcnOption&) = default;
};

/// What parse_tcp_options noticed on its way. emit ignores it.
struct TcpOptionNotes {
  /// Options skipped by their length: unknown kinds, bad fast open cookies and user timeouts; and AccECN that has
  /// padding.
  std::uint8_t unknown = 0;
  std::uint8_t duplicates = 0;        ///< Options that came again and were ignored: the first wins.
  bool window_scale_clamped = false;  ///< A shift above 14 was read as 14 (RFC 7323 §2.3).
  friend constexpr bool operator==(const TcpOptionNotes&, const TcpOptionNotes&) = default;
};

/// The options of one segment. Nothing here knows of SYN: which option counts on which segment is the handshake's
/// business (RFC 9293 §3.7.1, MUST-65; RFC 7323 §2.2; RFC 7413 §4.1.1).
struct TcpOptions {
  std::optional<std::uint16_t> mss;          ///< As it came: may be 0.
  std::optional<std::uint8_t> window_scale;  ///< 0 to 14.
  bool sack_permitted = false;
  std::uint8_t sack_count = 0;
  TcpOptionNotes notes;
  std::optional<TcpTimestamps> timestamps;
  std::array<SackBlock, kMaxSackBlocks> sack_blocks{};
  std::optional<FastOpenCookie> fast_open;
  std::optional<UserTimeout> user_timeout;
  std::optional<AccurateEcnOption> accurate_ecn;

  std::span<const SackBlock> sack() const { return std::span(sack_blocks).first(sack_count); }
  /// Appends a block; false where there are four already.
  bool add_sack(SackBlock block) {
    if (sack_count == kMaxSackBlocks) return false;
    sack_blocks[sack_count++] = block;
    return true;
  }
  friend constexpr bool operator==(const TcpOptions&, const TcpOptions&) = default;
};
static_assert(sizeof(TcpOptions) <= 104);

/// Reads the bytes between the fixed header and the text, 0 to 40 of them (RFC 9293 §3.2; MUST-4, MUST-5, MUST-68).
/// Options start at any byte (MUST-64), End of Option List ends them and what follows is ignored (MUST-69), unknown
/// ones are skipped by their length (MUST-6). The first of several options of one kind wins. Fails with
/// kTcpBadOptionLength where a length is 0, 1 or reaches past the end (MUST-7), and where MSS, window scale,
/// SACK-permitted, SACK or timestamps have a length that is not theirs. A fast open cookie of a wrong length is
/// ignored, as RFC 7413 §4.1.1 wants it, and so is a user timeout; of an AccECN option the whole fields count.
std::expected<TcpOptions, DropReason> parse_tcp_options(std::span<const std::byte> bytes);

/// How many bytes emit_tcp_options writes: a multiple of four, at most 40.
std::size_t tcp_options_length(const TcpOptions& options);

/// How many SACK blocks fit beside the other options.
std::size_t sack_blocks_that_fit(const TcpOptions& options);

/// Whether there is room for a user timeout beside the other options, SACK blocks aside.
bool user_timeout_fits(const TcpOptions& options);

/// Writes the options in one fixed layout, each on its four-byte boundary: MSS; SACK-permitted (or two NOP) with
/// timestamps; NOP with window scale; fast open; user timeout and AccECN, each where it fits; two NOP with the SACK
/// blocks that still fit. Padding is NOP. Returns the length; `out` must hold tcp_options_length() bytes, otherwise
/// nothing is written and 0 comes back.
std::size_t emit_tcp_options(const TcpOptions& options, std::span<std::byte> out);

}  // namespace handfast::wire
