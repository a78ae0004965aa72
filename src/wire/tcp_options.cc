// Options are the one place in a TCP header where a peer says how far to read. The loop below makes at least one byte
// of progress in every turn and judges a length before it looks at what the length covers; with 40 bytes at most,
// that is the whole bound on its work.

#include "wire/tcp_options.h"

#include <algorithm>

#include "base/bytes.h"
#include "wire/tcp_option_kinds.h"

namespace handfast::wire {

namespace {

constexpr std::size_t kSackBlockLength = 8;
// NOP NOP, kind 8, length 10: the whole option field of nearly every segment of a connection with timestamps.
constexpr std::uint32_t kTimestampsAlone = 0x0101080A;
constexpr std::uint32_t kNopNop = 0x01010000;

using Value = std::span<const std::byte>;

// Notes that an option of this kind came before, which keeps its place.
bool is_first(bool present, TcpOptions& options) {
  if (present) ++options.notes.duplicates;
  return !present;
}

bool take_mss(Value value, TcpOptions& options) {
  if (value.size() != 2) return false;
  if (is_first(options.mss.has_value(), options)) options.mss = base::load_be16(value.data());
  return true;
}

// RFC 7323 §2.3 (7323-4): a shift above 14 is used as 14.
bool take_window_scale(Value value, TcpOptions& options) {
  if (value.size() != 1) return false;
  if (!is_first(options.window_scale.has_value(), options)) return true;
  const auto shift = std::to_integer<std::uint8_t>(value[0]);
  options.window_scale = std::min(shift, kMaxWindowScale);
  options.notes.window_scale_clamped = shift > kMaxWindowScale;
  return true;
}

bool take_sack_permitted(Value value, TcpOptions& options) {
  if (!value.empty()) return false;
  if (is_first(options.sack_permitted, options)) options.sack_permitted = true;
  return true;
}

bool take_sack(Value value, TcpOptions& options) {
  if (value.empty() || value.size() % kSackBlockLength != 0) return false;
  if (value.size() / kSackBlockLength > kMaxSackBlocks) return false;
  if (!is_first(options.sack_count != 0, options)) return true;
  for (std::size_t at = 0; at < value.size(); at += kSackBlockLength) {
    options.add_sack({base::load_be32(value.data() + at), base::load_be32(value.data() + at + 4)});
  }
  return true;
}

bool take_timestamps(Value value, TcpOptions& options) {
  if (value.size() != 8) return false;
  if (is_first(options.timestamps.has_value(), options)) {
    options.timestamps = TcpTimestamps{base::load_be32(value.data()), base::load_be32(value.data() + 4)};
  }
  return true;
}

// RFC 5482 §2 (5482-1): the upper bit says minutes. It is advice, so one of a wrong length is no advice and no error.
void take_user_timeout(Value value, TcpOptions& options) {
  if (value.size() != 2) {
    ++options.notes.unknown;
    return;
  }
  if (!is_first(options.user_timeout.has_value(), options)) return;
  const std::uint16_t bits = base::load_be16(value.data());
  options.user_timeout = UserTimeout{.value = static_cast<std::uint16_t>(bits & UserTimeout::kLargest),
                                     .in_minutes = bits > UserTimeout::kLargest};
}

// RFC 7413 §4.1.1 (7413-2) wants a cookie of a wrong length ignored, so this one cannot fail.
void take_fast_open(Value bytes, bool experimental, TcpOptions& options) {
  auto cookie = FastOpenCookie::of(bytes);
  if (!cookie) {
    ++options.notes.unknown;
  } else if (is_first(options.fast_open.has_value(), options)) {
    cookie->experimental = experimental;
    options.fast_open = cookie;
  }
}

// RFC 9768 §3.2.3 (9768-16): up to three counts of 24 bits. Of a length that is not theirs the whole ones count, and
// the rest is padding.
void take_accurate_ecn(Value bytes, bool ect1_first, TcpOptions& options) {
  if (bytes.size() % 3 != 0 || bytes.size() > 9) ++options.notes.unknown;
  if (!is_first(options.accurate_ecn.has_value(), options)) return;
  const std::size_t fields = std::min<std::size_t>(bytes.size() / 3, 3);
  AccurateEcnOption option{.fields = static_cast<std::uint8_t>(fields), .ect1_first = ect1_first};
  std::uint32_t* const order[] = {ect1_first ? &option.ect1 : &option.ect0, &option.ce,
                                  ect1_first ? &option.ect0 : &option.ect1};
  for (std::size_t i = 0; i < option.fields; ++i) {
    const std::byte* at = bytes.data() + 3 * i;
    *order[i] = std::to_integer<std::uint32_t>(at[0]) << 16 | base::load_be16(at + 1);
  }
  options.accurate_ecn = option;
}

void take_experimental(Value value, TcpOptions& options) {
  if (value.size() >= 2 && base::load_be16(value.data()) == kFastOpenMagic) {
    take_fast_open(value.subspan(2), true, options);
  } else {
    ++options.notes.unknown;
  }
}

// Whether the value has a length that its kind allows.
bool take_option(std::uint8_t kind, Value value, TcpOptions& options) {
  switch (kind) {
    case kKindMss:
      return take_mss(value, options);
    case kKindWindowScale:
      return take_window_scale(value, options);
    case kKindSackPermitted:
      return take_sack_permitted(value, options);
    case kKindSack:
      return take_sack(value, options);
    case kKindTimestamps:
      return take_timestamps(value, options);
    case kKindUserTimeout:
      take_user_timeout(value, options);
      return true;
    case kKindFastOpen:
      take_fast_open(value, false, options);
      return true;
    case kKindAccurateEcn0:
    case kKindAccurateEcn1:
      take_accurate_ecn(value, kind == kKindAccurateEcn1, options);
      return true;
    case kKindExperimental:
      take_experimental(value, options);
      return true;
    default:
      ++options.notes.unknown;
      return true;
  }
}

// What the layout takes apart from SACK blocks, the user timeout and AccECN, which have to fit beside it.
std::size_t length_of_the_rest(const TcpOptions& options) {
  std::size_t length = 0;
  if (options.mss) length += 4;
  if (options.timestamps) {
    length += 12;
  } else if (options.sack_permitted) {
    length += 4;
  }
  if (options.window_scale) length += 4;
  if (options.fast_open) {
    const std::size_t fixed = options.fast_open->experimental ? 4 : 2;
    length += (fixed + options.fast_open->length + 3) / 4 * 4;
  }
  return length;
}

std::size_t length_with_user_timeout(const TcpOptions& options) {
  const std::size_t rest = length_of_the_rest(options);
  return options.user_timeout && rest + 4 <= kTcpMaxOptionsLength ? rest + 4 : rest;
}

void put_user_timeout(const UserTimeout& timeout, base::ByteWriter& writer) {
  const std::uint32_t bits = (timeout.in_minutes ? 0x8000u : 0u) | std::min(timeout.value, UserTimeout::kLargest);
  writer.u32(std::uint32_t{kKindUserTimeout} << 24 | std::uint32_t{4} << 16 | bits);
}

// None where it does not fit: nothing that is agreed depends on it.
std::size_t length_of_accurate_ecn(const TcpOptions& options) {
  if (!options.accurate_ecn) return 0;
  const std::size_t length = (2 + std::size_t{3} * options.accurate_ecn->fields + 3) / 4 * 4;
  return length_with_user_timeout(options) + length <= kTcpMaxOptionsLength ? length : 0;
}

std::size_t length_without_sack(const TcpOptions& options) {
  return length_with_user_timeout(options) + length_of_accurate_ecn(options);
}

void put_accurate_ecn(const AccurateEcnOption& option, base::ByteWriter& writer) {
  const std::size_t length = 2 + std::size_t{3} * option.fields;
  writer.u8(option.ect1_first ? kKindAccurateEcn1 : kKindAccurateEcn0);
  writer.u8(static_cast<std::uint8_t>(length));
  const std::uint32_t order[] = {option.ect1_first ? option.ect1 : option.ect0, option.ce,
                                 option.ect1_first ? option.ect0 : option.ect1};
  for (std::size_t i = 0; i < option.fields; ++i) {
    writer.u8(static_cast<std::uint8_t>(order[i] >> 16));
    writer.u16(static_cast<std::uint16_t>(order[i]));
  }
  for (std::size_t at = length; at % 4 != 0; ++at) writer.u8(kKindNop);
}

void put_fast_open(const FastOpenCookie& cookie, base::ByteWriter& writer) {
  const std::size_t length = (cookie.experimental ? 4U : 2U) + cookie.length;
  writer.u8(cookie.experimental ? kKindExperimental : kKindFastOpen);
  writer.u8(static_cast<std::uint8_t>(length));
  if (cookie.experimental) writer.u16(kFastOpenMagic);
  writer.bytes(cookie.bytes());
  for (std::size_t at = length; at % 4 != 0; ++at) writer.u8(kKindNop);
}

void put_sack(std::span<const SackBlock> blocks, base::ByteWriter& writer) {
  if (blocks.empty()) return;
  writer.u32(kNopNop | std::uint32_t{kKindSack} << 8 |
             static_cast<std::uint32_t>(2 + blocks.size() * kSackBlockLength));
  for (const SackBlock& block : blocks) {
    writer.u32(block.left);
    writer.u32(block.right);
  }
}

void put_timestamps_and_sack_permitted(const TcpOptions& options, base::ByteWriter& writer) {
  const std::uint32_t permitted = std::uint32_t{kKindSackPermitted} << 8 | 2;
  if (options.timestamps) {
    writer.u32(options.sack_permitted ? permitted << 16 | (kTimestampsAlone & 0xFFFF) : kTimestampsAlone);
    writer.u32(options.timestamps->value);
    writer.u32(options.timestamps->echo);
  } else if (options.sack_permitted) {
    writer.u32(kNopNop | permitted);
  }
}

}  // namespace

std::optional<FastOpenCookie> FastOpenCookie::of(std::span<const std::byte> bytes) {
  if (!length_is_valid(bytes.size())) return std::nullopt;
  FastOpenCookie cookie;
  std::copy(bytes.begin(), bytes.end(), cookie.storage.begin());
  cookie.length = static_cast<std::uint8_t>(bytes.size());
  return cookie;
}

std::expected<TcpOptions, DropReason> parse_tcp_options(std::span<const std::byte> bytes) {
  TcpOptions options;
  if (bytes.size() == 12 && base::load_be32(bytes.data()) == kTimestampsAlone) {
    options.timestamps = TcpTimestamps{base::load_be32(bytes.data() + 4), base::load_be32(bytes.data() + 8)};
    return options;
  }
  std::size_t at = 0;
  while (at < bytes.size()) {
    const auto kind = std::to_integer<std::uint8_t>(bytes[at]);
    if (kind == kKindEnd) break;
    if (kind == kKindNop) {
      ++at;
      continue;
    }
    const std::size_t room = bytes.size() - at;
    const std::size_t length = room >= 2 ? std::to_integer<std::size_t>(bytes[at + 1]) : 0;
    if (length < 2 || length > room || !take_option(kind, bytes.subspan(at + 2, length - 2), options)) {
      return std::unexpected(DropReason::kTcpBadOptionLength);
    }
    at += length;
  }
  return options;
}

bool user_timeout_fits(const TcpOptions& options) { return length_of_the_rest(options) + 4 <= kTcpMaxOptionsLength; }

std::size_t sack_blocks_that_fit(const TcpOptions& options) {
  const std::size_t room = kTcpMaxOptionsLength - length_without_sack(options);
  return room < 4 ? 0 : std::min((room - 4) / kSackBlockLength, kMaxSackBlocks);
}

std::size_t tcp_options_length(const TcpOptions& options) {
  const std::size_t blocks = std::min<std::size_t>(options.sack_count, sack_blocks_that_fit(options));
  return length_without_sack(options) + (blocks == 0 ? 0 : 4 + blocks * kSackBlockLength);
}

std::size_t emit_tcp_options(const TcpOptions& options, std::span<std::byte> out) {
  const std::size_t length = tcp_options_length(options);
  if (out.size() < length) return 0;
  base::ByteWriter writer(out.first(length));
  if (options.mss) writer.u32(std::uint32_t{kKindMss} << 24 | std::uint32_t{4} << 16 | *options.mss);
  put_timestamps_and_sack_permitted(options, writer);
  if (options.window_scale) {
    writer.u32(std::uint32_t{kKindNop} << 24 | std::uint32_t{kKindWindowScale} << 16 | std::uint32_t{3} << 8 |
               std::min(*options.window_scale, kMaxWindowScale));
  }
  if (options.fast_open) put_fast_open(*options.fast_open, writer);
  if (options.user_timeout && user_timeout_fits(options)) put_user_timeout(*options.user_timeout, writer);
  if (options.accurate_ecn && length_of_accurate_ecn(options) > 0) put_accurate_ecn(*options.accurate_ecn, writer);
  put_sack(options.sack().first(std::min<std::size_t>(options.sack_count, sack_blocks_that_fit(options))), writer);
  return length;
}

}  // namespace handfast::wire
