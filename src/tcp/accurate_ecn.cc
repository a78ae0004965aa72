#include "tcp/accurate_ecn.h"

#include <algorithm>

#include "tcp/ecn.h"

namespace handfast::tcp {

namespace {

// Packets of ours that were all marked, for so many round trips from the first on: that is no queue (RFC 9768
// §3.2.2.3).
constexpr std::uint8_t kMarkedRounds = 4;

}  // namespace

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
      return kAceMarked;
    case wire::EcnCodepoint::kNotEct:
      break;
  }
  return 0b010;
}

bool says_that_field_changed(std::uint8_t ace) { return ace == 0b011 || ace == 0b100 || ace == kAceMarked; }

std::uint32_t marked_packets(std::uint8_t before, std::uint8_t now, std::uint32_t packets) {
  const std::uint32_t more = static_cast<std::uint32_t>(now - before) & 7;
  return packets < 8 ? more : packets - ((packets - more) & 7);
}

std::uint32_t fewest_marked_packets(std::uint8_t more, std::uint32_t least) { return least + ((more - least) & 7); }

// --- The handshake and the first steps ---

// RFC 9768 §3.2.2.2 (9768-10): a marked SYN-ACK counts, but of several only one.
void EcnState::count_syn_ack(wire::EcnCodepoint field) {
  if (field != wire::EcnCodepoint::kCe || syn_ack_marked) return;
  syn_ack_marked = true;
  received = (received + 1) & 7;
}

// RFC 9768 §3.2.2.1, table 4 (9768-9). 0 says that the peer does not count, or that somebody clears what it says.
void EcnState::learn_from_answer(std::uint8_t ace) {
  if (says_that_field_changed(ace)) no_ect = true;
  if (ace == 0) deaf = no_ect = true;
  if (ace == kAceMarked) told = kAceMarked;
}

// RFC 9768 §3.2.2.4 (9768-11): the count begins at 5, so that a number which somebody clears is seen.
void EcnState::hear_first_number(std::uint8_t ace) {
  if (heard_ace) return;
  heard_ace = true;
  if (ace == 0) deaf = no_ect = true;
}

// RFC 9768 §3.2.2.3 (9768-8): a path that marks whatever it carries says nothing of congestion.
bool EcnState::marks_go_on(bool all, bool round_is_over) {
  if (marked_rounds == kSomeUnmarked) return false;
  if (!all) {
    marked_rounds = kSomeUnmarked;
  } else if (round_is_over) {
    marked_rounds = (marked_rounds + 1) & 7;
  }
  return marked_rounds == kMarkedRounds;
}

// --- The option ---

namespace {

constexpr std::uint8_t bit_of(wire::EcnCodepoint field) {
  return static_cast<std::uint8_t>(1u << static_cast<unsigned>(field));
}

// Two fields take as much room as one, padded, so one that is marked can follow without another layout.
wire::AccurateEcnOption shape_for(std::uint8_t fields) {
  const bool ect0 = fields == 0 || (fields & bit_of(wire::EcnCodepoint::kEct0)) != 0;
  const bool ect1 = fields == 0 || (fields & bit_of(wire::EcnCodepoint::kEct1)) != 0;
  return {.fields = static_cast<std::uint8_t>(ect0 && ect1 ? 3 : 2), .ect1_first = ect1 && !ect0};
}

}  // namespace

void EcnBytes::count(wire::EcnCodepoint field, std::uint32_t bytes) {
  std::uint32_t* const counts[] = {nullptr, &ect1_, &ect0_, &ce_};
  std::uint32_t* const chosen = counts[static_cast<std::size_t>(field)];
  if (chosen == nullptr || bytes == 0) return;
  *chosen = (*chosen + bytes) & kMask;
  ever_ |= bit_of(field);
  moved_ |= bit_of(field);
}

std::optional<wire::AccurateEcnOption> EcnBytes::option(std::size_t room) const {
  wire::AccurateEcnOption option = shape_for(ever_);
  if (length_of(option) > room && moved_ != 0) option = shape_for(moved_);
  if (length_of(option) > room) return std::nullopt;
  option.ce = ce_;
  if (option.fields == 3 || !option.ect1_first) option.ect0 = ect0_;
  if (option.fields == 3 || option.ect1_first) option.ect1 = ect1_;
  return option;
}

void EcnBytes::note_number(std::uint8_t more, std::uint32_t packets) {
  number_moved_ = number_moved_ || more != 0;
  packets_since_ = std::min(packets_since_ + std::min(packets, 8u), 8u) & 15;
}

// The counts begin at 1 so that somebody who clears them is seen; later one may be 0 because it went round.
EcnBytes::Told EcnBytes::take(const wire::AccurateEcnOption& option) {
  if (!seen_ && option.fields > 0) {
    seen_ = true;
    const bool first_is_zero = (option.ect1_first ? option.ect1 : option.ect0) == 0;
    const bool last_is_zero = option.fields == 3 && (option.ect1_first ? option.ect0 : option.ect1) == 0;
    cleared_ = first_is_zero || last_is_zero;
  }
  if (cleared_ || option.fields < 2) return {.leaves_marks_out = !cleared_ && option.fields == 1};
  const std::uint32_t more = (option.ce - told_ce_) & kMask;
  // More than half the circle is less: an older acknowledgment.
  if (more > kMask / 2) return {};
  const bool contradicts = more > 0 && !number_moved_ && packets_since_ < 8;
  told_ce_ = option.ce;
  number_moved_ = false;
  packets_since_ = 0;
  return {.marked = more, .contradicts = contradicts};
}

}  // namespace handfast::tcp
