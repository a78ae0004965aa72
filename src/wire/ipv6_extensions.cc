#include "wire/ipv6_extensions.h"

#include "base/bytes.h"

namespace handfast::wire {

namespace {

constexpr std::uint8_t kHopByHop = 0;
constexpr std::uint8_t kRouting = 43;
constexpr std::uint8_t kFragment = 44;
constexpr std::uint8_t kNoNextHeader = 59;
constexpr std::uint8_t kDestinationOptions = 60;

constexpr std::uint8_t kPad1 = 0;
constexpr std::uint8_t kPadN = 1;

// The offset in the upper 13 bits, and the flag that more fragments follow.
constexpr std::uint16_t kFragmentOfMany = 0xFFF9;

constexpr std::size_t kUnit = 8;  // every extension header is a multiple of it

bool is_extension(std::uint8_t header) {
  return header == kHopByHop || header == kRouting || header == kFragment || header == kDestinationOptions;
}

// The walk over one packet: what is left of it, and of the limits.
class Walk {
 public:
  Walk(std::uint8_t first, std::span<const std::byte> payload) : upper_{first, payload} {}

  const Ipv6Upper& upper() const { return upper_; }

  DropReason pass_one() {
    const std::uint8_t header = upper_.protocol;
    const std::span<const std::byte> bytes = upper_.payload;
    if (bytes.size() < kUnit) return DropReason::kIpv6BadExtension;
    const std::size_t length = header == kFragment ? kUnit : (std::to_integer<std::size_t>(bytes[1]) + 1) * kUnit;
    if (length > bytes.size()) return DropReason::kIpv6BadExtension;
    bytes_ += length;
    if (++headers_ > kMostIpv6Extensions || bytes_ > kMostIpv6ExtensionBytes) return DropReason::kIpv6ExtensionLimit;
    const DropReason why = judge(header, bytes.first(length));
    upper_ = {std::to_integer<std::uint8_t>(bytes[0]), bytes.subspan(length)};
    return why;
  }

 private:
  DropReason judge(std::uint8_t header, std::span<const std::byte> bytes) {
    switch (header) {
      case kRouting:
        // RFC 8200 §4.4 (8200-5): of any type it is passed over where it leads nowhere else, and we are no router.
        return bytes[3] == std::byte{0} ? DropReason::kNone : DropReason::kIpv6RoutingHeader;
      case kFragment:
        // RFC 6946 §4 (8200-7): a fragment that is the whole of its packet is taken as that.
        return (base::load_be16(&bytes[2]) & kFragmentOfMany) == 0 ? DropReason::kNone : DropReason::kIpv6Fragment;
      case kHopByHop:
        // RFC 8200 §4.1 (8200-1).
        return headers_ == 1 ? judge_options(bytes.subspan(2)) : DropReason::kIpv6BadExtension;
      default:
        return judge_options(bytes.subspan(2));
    }
  }

  // RFC 8200 §4.2 (8200-4): none has a meaning here; the upper two bits of its type say what to do then.
  DropReason judge_options(std::span<const std::byte> options) {
    std::size_t padding = 0;
    while (!options.empty()) {
      const auto type = std::to_integer<std::uint8_t>(options[0]);
      std::size_t length = 1;
      if (type != kPad1) {
        if (options.size() < 2) return DropReason::kIpv6BadExtension;
        length = 2 + std::to_integer<std::size_t>(options[1]);
      }
      if (length > options.size()) return DropReason::kIpv6BadExtension;
      if (type == kPad1 || type == kPadN) {
        padding += length;
        if (padding > kMostIpv6Padding) return DropReason::kIpv6ExtensionLimit;
      } else {
        padding = 0;
        if (++options_ > kMostIpv6Options) return DropReason::kIpv6ExtensionLimit;
        if (type >> 6 != 0) return DropReason::kIpv6BadOption;
      }
      options = options.subspan(length);
    }
    return DropReason::kNone;
  }

  Ipv6Upper upper_;
  std::size_t headers_ = 0;
  std::size_t bytes_ = 0;
  std::size_t options_ = 0;
};

}  // namespace

std::expected<Ipv6Upper, DropReason> skip_ipv6_extensions(std::uint8_t next_header,
                                                          std::span<const std::byte> payload) {
  Walk walk(next_header, payload);
  // RFC 8200 §4.1 (8200-2): in any order, whatever its sender thought of.
  while (is_extension(walk.upper().protocol)) {
    if (const DropReason why = walk.pass_one(); why != DropReason::kNone) return std::unexpected(why);
  }
  if (walk.upper().protocol == kNoNextHeader) return std::unexpected(DropReason::kIpv6NoNextHeader);
  return walk.upper();
}

}  // namespace handfast::wire
