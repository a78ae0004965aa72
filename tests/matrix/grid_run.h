#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "matrix/allowed.h"
#include "matrix/rules.h"

// Plays one table of the grid: the stack and the textbook are brought to the state by the same calls and segments, take
// the case's segment, and what the stack did is judged by the textbook and written down in one line.

namespace handfast::matrix {

struct Played {
  Outcomes outcomes;                 ///< by case number
  std::vector<std::string> strange;  ///< the first few of `strange_count`: where the textbook says otherwise
  std::uint64_t strange_count = 0;
  std::uint64_t cases = 0;
  std::set<std::size_t> pairs;  ///< of kStepsAndDrops, those that were met
};

/// `table` is one of kTables. `compact`: half-open and lingering connections of the stack are entries.
Played play(std::string_view table, bool compact, RuleUses& uses);

}  // namespace handfast::matrix
