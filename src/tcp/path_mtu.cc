#include "tcp/path_mtu.h"

#include <array>

namespace handfast::tcp {

std::uint32_t plateau_below(std::uint32_t length) {
  constexpr auto kPlateaus = std::to_array<std::uint32_t>({32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296});
  for (const std::uint32_t plateau : kPlateaus) {
    if (plateau < length) return plateau;
  }
  return 68;
}

ReportJudgement judge_report(const ReportFacts& facts) {
  if (facts.claimed >= facts.largest_sent) return ReportJudgement::kNotSmaller;
  if (facts.claimed < facts.floor) return ReportJudgement::kTooSmall;
  return facts.claimed < facts.proven ? ReportJudgement::kHold : ReportJudgement::kBelieve;
}

void HeldReport::hold(SeqNum quoted, std::uint16_t claimed) {
  if (waits() && (seq < quoted || (seq == quoted && size >= claimed))) return;
  seq = quoted;
  size = claimed;
}

}  // namespace handfast::tcp
