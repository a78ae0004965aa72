#include "trace/names.h"

#include <array>
#include <utility>

namespace handfast::trace {

std::string_view kind_name(Kind kind) {
  constexpr std::string_view kNames[] = {"FrameReceived", "FrameSent", "SegmentReceived", "SegmentSent",
                                         "StateChanged",  "TimerSet",  "TimerStopped",    "TimerFired",
                                         "Option",        "Call",      "Dropped"};
  const auto index = static_cast<std::size_t>(kind);
  return index < std::size(kNames) ? kNames[index] : "Unknown";
}

std::string_view timer_name(Timer timer) {
  constexpr std::string_view kNames[] = {"retransmission", "persist",         "delayed ACK", "TIME-WAIT", "FIN-WAIT-2",
                                         "keep-alive",     "tail loss probe", "reordering",  "pacing",    "forgetting",
                                         "cork",           "lingering"};
  const auto index = static_cast<std::size_t>(timer);
  return index < std::size(kNames) ? kNames[index] : "none";
}

std::string flags_text(std::uint16_t flags) {
  using View = SegmentView;
  constexpr std::array<std::pair<std::uint16_t, std::string_view>, 9> kFlags = {{{View::kSyn, "SYN"},
                                                                                 {View::kFin, "FIN"},
                                                                                 {View::kRst, "RST"},
                                                                                 {View::kPsh, "PSH"},
                                                                                 {View::kAck, "ACK"},
                                                                                 {View::kUrg, "URG"},
                                                                                 {View::kEce, "ECE"},
                                                                                 {View::kCwr, "CWR"},
                                                                                 {View::kAe, "AE"}}};
  std::string text;
  for (const auto& [bit, name] : kFlags) {
    if ((flags & bit) == 0) continue;
    if (!text.empty()) text += '+';
    text += name;
  }
  return text.empty() ? "no flags" : text;
}

std::string_view ecn_text(std::uint8_t codepoint) {
  constexpr std::array<std::string_view, 4> kNames = {"", "ECT(1)", "ECT(0)", "CE"};
  return kNames[codepoint & 3];
}

std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string counted(std::uint64_t count, std::string_view noun) {
  std::string text = grouped(count) + ' ' + std::string(noun);
  if (count != 1) text += 's';
  return text;
}

std::string bytes_text(std::uint64_t count) { return counted(count, "byte"); }

std::string size_text(std::uint64_t count) {
  constexpr std::string_view kUnits[] = {" kB", " MB", " GB", " TB"};
  if (count < 1000) return std::to_string(count) + " B";
  std::size_t unit = 0;
  std::uint64_t scale = 1000;
  while (unit + 1 < std::size(kUnits) && count / scale >= 1000) {
    scale *= 1000;
    ++unit;
  }
  return grouped(count / scale) + '.' + std::to_string(count % scale / (scale / 10)) + std::string(kUnits[unit]);
}

std::string milliseconds_text(Duration time) {
  const bool negative = time.count() < 0;
  const auto microseconds =
      (negative ? 0 - static_cast<std::uint64_t>(time.count()) : static_cast<std::uint64_t>(time.count())) / 1000;
  std::string fraction = std::to_string(microseconds % 1000);
  fraction.insert(0, 3 - fraction.size(), '0');
  return (negative ? "-" : "") + grouped(microseconds / 1000) + '.' + fraction + " ms";
}

namespace {

std::string with_rule(std::string_view text, std::string_view rule) {
  std::string all(text);
  if (rule.empty()) return all;
  return all + (all.empty() ? "(" : " (") + std::string(rule) + ')';
}

// How far from its ISS a number may lie and still be told from it. Farther off it belongs to another connection, or
// to nobody, and a difference would only look like sense.
constexpr std::uint32_t kNear = 1u << 30;
constexpr std::uint32_t kNearBehind = 1u << 16;
// The numbers of an older connection are few: its SYN and what answers it.
constexpr std::uint32_t kNearOld = 1u << 16;

std::string told_from(std::string_view name, std::uint32_t ahead) {
  if (ahead == 0) return std::string(name);
  const bool behind = ahead > 0x7FFFFFFF;
  return std::string(name) + (behind ? " - " : " + ") + grouped(behind ? 0 - ahead : ahead);
}

// How far the number is past the older ISS, where it belongs to that one. Where both origins are near, the number
// belongs to whichever it is closer to.
std::optional<std::uint32_t> past_older(const NumberSpace& space, std::uint32_t number) {
  if (!space.old_first) return std::nullopt;
  const std::uint32_t ahead = number - *space.old_first;
  if (ahead >= kNearOld) return std::nullopt;
  if (space.first && ahead >= number - *space.first) return std::nullopt;
  return ahead;
}

bool is_near(std::uint32_t ahead) { return ahead < kNear || 0 - ahead < kNearBehind; }

}  // namespace

std::string because(Reason reason) {
  const ReasonInfo info = describe(reason);
  return with_rule(info.text, info.rule);
}

std::string because(DropReason drop) {
  const DropReasonInfo info = describe(drop);
  return with_rule(info.text, info.rule);
}

std::string relative_text(const NumberSpace& space, std::uint32_t number) {
  if (const auto ahead = past_older(space, number)) return told_from(space.old_name, *ahead);
  if (!space.first) return {};
  const std::uint32_t ahead = number - *space.first;
  return is_near(ahead) ? told_from(space.name, ahead) : std::string();
}

bool belongs_to(const NumberSpace& space, std::uint32_t number) {
  return !past_older(space, number) && (!space.first || is_near(number - *space.first));
}

std::string number_text(const NumberSpace& space, std::uint32_t number) {
  const std::string relative = relative_text(space, number);
  return relative.empty() ? grouped(number) : relative + " = " + grouped(number);
}

std::string short_number_text(const NumberSpace& space, std::uint32_t number) {
  std::string relative = relative_text(space, number);
  return relative.empty() ? grouped(number) : relative;
}

}  // namespace handfast::trace
