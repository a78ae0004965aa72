#pragma once

#include <expected>
#include <string>

#include "script/code.h"
#include "script/script.h"
#include "script/syntax_error.h"

namespace handfast::script {

/// Reads a block of code: assert, print and assignments, with expressions out of numbers, strings, names, ( ), [ ],
/// calls of abs, min, max, len and int, and Python's operators but for ** and `is`. `file` is the script's, for
/// messages. Statements that Python has besides are not supported.
std::expected<Code, SyntaxError> parse_code(const CodeLine& line, std::string file);

}  // namespace handfast::script
