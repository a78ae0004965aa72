#include "tcp/accurate_ecn.h"

namespace handfast::tcp {

std::uint8_t ace_of(TcpFlags flags) {
  return static_cast<std::uint8_t>((flags.has(wire::kAe) ? 4 : 0) | (flags.has(wire::kCwr) ? 2 : 0) |
                                   (flags.has(wire::kEce) ? 1 : 0));
}

TcpFlags flags_of(std::uint8_t ace) {
  TcpFlags flags;
  if ((ace & 4) != 0) flags |= wire::kAe;
  if ((ace & 2) != 0) flags |= wire::kCwr;
  if ((ace & 1) != 0) flags |= wire::kEce;
  return flags;
}

std::uint8_t handshake_ace(wire::EcnCodepoint arrived) {
  switch (arrived) {
    case wire::EcnCodepoint::kEct1:
      return 0b011;
    case wire::EcnCodepoint::kEct0:
      return 0b100;
    case wire::EcnCodepoint::kCe:
      return 0b110;
    case wire::EcnCodepoint::kNotEct:
      break;
  }
  return 0b010;
}

bool says_that_field_changed(std::uint8_t ace) { return ace == 0b011 || ace == 0b100 || ace == 0b110; }

std::uint32_t marked_packets(std::uint8_t before, std::uint8_t now, std::uint32_t packets) {
  const std::uint32_t more = static_cast<std::uint32_t>(now - before) & 7;
  return packets < 8 ? more : packets - ((packets - more) & 7);
}

void EcnBytes::count(wire::EcnCodepoint field, std::uint32_t bytes) {
  std::uint32_t* const counts[] = {nullptr, &ect1_, &ect0_, &ce_};
  std::uint32_t* const chosen = counts[static_cast<std::size_t>(field)];
  if (chosen != nullptr) *chosen = (*chosen + bytes) & kMask;
}

wire::AccurateEcnOption EcnBytes::option() const {
  return {.ect0 = ect0_, .ce = ce_, .ect1 = ect1_, .fields = 3, .ect1_first = false};
}

std::optional<std::uint32_t> EcnBytes::take(const wire::AccurateEcnOption& option) {
  if (option.fields > 0 && (option.ect1_first ? option.ect1 : option.ect0) == 0) cleared_ = true;
  if (cleared_ || option.fields < 2) return std::nullopt;
  const std::uint32_t more = (option.ce - told_ce_) & kMask;
  // More than half the circle is less: an older acknowledgment.
  if (more > kMask / 2) return 0;
  told_ce_ = option.ce;
  return more;
}

}  // namespace handfast::tcp
