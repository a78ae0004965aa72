#include "matrix/rules.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <span>

#include "matrix/grid.h"

namespace handfast::matrix {

namespace {

// The axes in the order in which the RFC asks: what kind of segment is it, where does it lie, what does it bring.
enum Axis : std::uint8_t { kRst, kSyn, kAck, kSeq, kAckPlace, kText, kFin, kUrg, kPsh, kEce, kCwr, kAe, kAxes };

constexpr std::array<std::uint8_t, kAxes> kSizes = {2, 2, 2, kSeqPlaces, kAckPlaces, kTexts, 2, 2, 2, 2, 2, 2};

constexpr struct {
  Axis axis;
  Flag flag;
  char letter;
} kFlags[] = {{kRst, kRstBit, 'R'}, {kSyn, kSynBit, 'S'}, {kAck, kAckBit, 'A'},
              {kFin, kFinBit, 'F'}, {kUrg, kUrgBit, 'U'}, {kPsh, kPshBit, 'P'},
              {kEce, kEceBit, 'E'}, {kCwr, kCwrBit, 'C'}, {kAe, kAeBit, 'N'}};

using Places = std::array<std::uint8_t, kAxes>;  // of each axis a value, or a set of values as bits

Places places_of(const Case& one) {
  Places at{};
  for (const auto& [axis, flag, letter] : kFlags) at[axis] = one.has(flag) ? 1 : 0;
  at[kSeq] = static_cast<std::uint8_t>(one.seq);
  at[kAckPlace] = static_cast<std::uint8_t>(one.ack);
  at[kText] = one.text ? 1 : 0;
  return at;
}

Case case_of(const Places& at) {
  Case one;
  for (const auto& [axis, flag, letter] : kFlags) {
    if (at[axis] != 0) one.flags = static_cast<std::uint16_t>(one.flags | flag);
  }
  one.seq = static_cast<SeqPlace>(at[kSeq]);
  one.ack = static_cast<AckPlace>(at[kAckPlace]);
  one.text = at[kText] != 0;
  return one;
}

std::uint8_t all_of(std::size_t axis) { return static_cast<std::uint8_t>((1u << kSizes[axis]) - 1); }

std::string place_names(std::size_t axis, std::uint8_t set) {
  if (set == all_of(axis)) return "*";
  std::string names;
  for (std::uint8_t value = 0; value < kSizes[axis]; ++value) {
    if ((set >> value & 1) == 0) continue;
    const auto name = axis == kSeq ? name_of(static_cast<SeqPlace>(value)) : name_of(static_cast<AckPlace>(value));
    names += (names.empty() ? "" : ",") + std::string(name);
  }
  return names;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

std::string line_of(const Places& sets, const std::string& outcome) {
  std::string flags;
  for (const auto& [axis, flag, letter] : kFlags) flags += sets[axis] == 3 ? '.' : sets[axis] == 2 ? letter : '-';
  const char* text = sets[kText] == 3 ? "*" : sets[kText] == 2 ? "4" : "0";
  return flags + " | " + padded(place_names(kSeq, sets[kSeq]), 22) + " | " +
         padded(place_names(kAckPlace, sets[kAckPlace]), 14) + " | " + text + " => " + outcome;
}

// Outcomes as small numbers, in the order of the axes, so that what lies behind one value is one stretch.
class Splitter {
 public:
  explicit Splitter(const Outcomes& outcomes) {
    Places at{};
    do {
      const std::string& outcome = outcomes[number_of(case_of(at))];
      const auto [entry, fresh] = numbers_.try_emplace(outcome, static_cast<std::uint16_t>(names_.size()));
      if (fresh) names_.push_back(outcome);
      cells_.push_back(entry->second);
    } while (advance(at));
  }

  std::string rules() {
    Places sets{};
    split(0, cells_, sets);
    return std::move(text_);
  }

 private:
  using Stretch = std::span<const std::uint16_t>;

  // The last axis runs fastest.
  static bool advance(Places& at) {
    for (std::size_t axis = kAxes; axis-- > 0;) {
      if (++at[axis] < kSizes[axis]) return true;
      at[axis] = 0;
    }
    return false;
  }

  void split(std::size_t axis, Stretch cells, Places& sets) {
    if (axis == kAxes) {
      text_ += line_of(sets, names_[cells[0]]) + "\n";
      return;
    }
    const std::size_t size = cells.size() / kSizes[axis];
    const auto behind = [&](std::size_t value) { return cells.subspan(value * size, size); };
    std::uint8_t done = 0;
    for (std::size_t value = 0; value < kSizes[axis]; ++value) {
      if ((done >> value & 1) != 0) continue;
      std::uint8_t alike = 0;
      for (std::size_t other = value; other < kSizes[axis]; ++other) {
        if (std::ranges::equal(behind(value), behind(other))) alike = static_cast<std::uint8_t>(alike | 1u << other);
      }
      done |= alike;
      sets[axis] = alike;
      split(axis + 1, behind(value), sets);
    }
  }

  std::map<std::string, std::uint16_t> numbers_;
  std::vector<std::string> names_;
  std::vector<std::uint16_t> cells_;
  std::string text_;
};

// --- and back ---

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string_view take_until(std::string_view& rest, std::string_view mark) {
  const std::size_t at = rest.find(mark);
  const std::string_view head = trimmed(rest.substr(0, at));
  rest = at == std::string_view::npos ? std::string_view() : rest.substr(at + mark.size());
  return head;
}

// 0 where the text names no place.
std::uint8_t set_of_places(std::size_t axis, std::string_view text) {
  if (text == "*") return all_of(axis);
  std::uint8_t set = 0;
  while (!text.empty()) {
    const std::string_view name = take_until(text, ",");
    std::uint8_t found = 0;
    for (std::uint8_t value = 0; value < kSizes[axis]; ++value) {
      if (place_names(axis, static_cast<std::uint8_t>(1u << value)) == name)
        found = static_cast<std::uint8_t>(1u << value);
    }
    if (found == 0) return 0;
    set |= found;
  }
  return set;
}

bool read_flags(std::string_view text, Places& sets) {
  if (text.size() != std::size(kFlags)) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto& [axis, flag, letter] = kFlags[i];
    if (text[i] != '.' && text[i] != '-' && text[i] != letter) return false;
    sets[axis] = text[i] == '.' ? 3 : text[i] == '-' ? 1 : 2;
  }
  return true;
}

bool read_rule(std::string_view line, Places& sets, std::string& outcome) {
  if (line.find("=>") == std::string_view::npos) return false;
  std::string_view head = take_until(line, "=>");
  outcome = std::string(trimmed(line));
  const bool flags = read_flags(take_until(head, "|"), sets);
  sets[kSeq] = set_of_places(kSeq, take_until(head, "|"));
  sets[kAckPlace] = set_of_places(kAckPlace, take_until(head, "|"));
  const std::string_view text = take_until(head, "|");
  sets[kText] = text == "*" ? 3 : text == "4" ? 2 : text == "0" ? 1 : 0;
  return flags && sets[kSeq] != 0 && sets[kAckPlace] != 0 && sets[kText] != 0 && !outcome.empty();
}

bool is_in(const Places& at, const Places& sets) {
  for (std::size_t axis = 0; axis < kAxes; ++axis) {
    if ((sets[axis] >> at[axis] & 1) == 0) return false;
  }
  return true;
}

}  // namespace

std::string rules_of(const Outcomes& outcomes) { return Splitter(outcomes).rules(); }

std::expected<Outcomes, std::string> outcomes_of(std::string_view rules) {
  std::vector<Places> cases;
  for (std::size_t number = 0; number < kCases; ++number) cases.push_back(places_of(case_at(number)));
  Outcomes outcomes(kCases);
  while (!rules.empty()) {
    const std::string_view line = take_until(rules, "\n");
    if (line.empty() || line.front() == '#') continue;
    Places sets{};
    std::string outcome;
    if (!read_rule(line, sets, outcome)) return std::unexpected("this is no rule: " + std::string(line));
    for (std::size_t number = 0; number < kCases; ++number) {
      if (!is_in(cases[number], sets)) continue;
      if (!outcomes[number].empty()) return std::unexpected("in two rules: " + describe(case_at(number)));
      outcomes[number] = outcome;
    }
  }
  const auto none = std::ranges::find(outcomes, std::string());
  if (none != outcomes.end()) {
    return std::unexpected("in no rule: " + describe(case_at(static_cast<std::size_t>(none - outcomes.begin()))));
  }
  return outcomes;
}

}  // namespace handfast::matrix
