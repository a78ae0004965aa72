#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "script/code.h"
#include "script/code_value.h"
#include "script/parse_code.h"

// Runs the code blocks of a script: what they assert of a connection's figures.

namespace handfast::script {

/// What a name such as tcpi_snd_cwnd stands for now; nothing for one that is not known.
using NameLookup = std::function<std::optional<std::int64_t>(std::string_view)>;

/// What the blocks of one script have assigned so far: a later block sees what an earlier one left.
using Variables = std::map<std::string, CodeValue, std::less<>>;

/// What came of running one block. It ends at the first statement that does not pass.
struct CodeOutcome {
  enum class Kind : std::uint8_t {
    kPass,
    kFailed,  ///< an assertion does not hold
    kError,   ///< a statement could not be evaluated: an unknown name, a division by zero, a string for a number
  };
  Kind kind = Kind::kPass;
  std::string file;
  Position at;                                              ///< of the assertion, or of what could not be evaluated
  std::string text;                                         ///< the statement as it is written
  std::string message;                                      ///< of the assertion, evaluated; of an error, what is wrong
  std::vector<std::pair<std::string, std::string>> values;  ///< of the names in the statement, as far as it got
  std::vector<std::string> printed;                         ///< one entry for each print

  bool passed() const { return kind == Kind::kPass; }
  /// "file:line:column: assert x == 1 does not hold (x = 2): message".
  std::string to_string() const;
};

/// Runs the block. A name is, in this order: what this block assigned, what `names` gives, what an earlier block
/// assigned, a number of Linux (symbols.h).
CodeOutcome evaluate(const Code& code, Variables& variables, const NameLookup& names);

}  // namespace handfast::script
