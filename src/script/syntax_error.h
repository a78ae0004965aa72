#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "script/script.h"

namespace handfast::script {

/// Why a text is not a script, or a block of it not code: the first place where it stops being one.
struct SyntaxError {
  std::string file;
  Position at;
  std::string expected;   ///< what would have been right there
  std::string seen;       ///< what stands there, in a form that can be printed
  bool supported = true;  ///< false: the language has it, and `seen` names what this reader has not

  /// "expected X, seen Y" or "not supported: Y".
  std::string message() const;
  /// With its place in front: "file:line:column: expected X, seen Y", as compilers write it.
  std::string to_string() const;
};

/// The first `most` characters of `text`, with everything that is no printable ASCII written as \xhh, and ... for the
/// rest.
std::string printable(std::string_view text, std::size_t most = 40);

}  // namespace handfast::script
