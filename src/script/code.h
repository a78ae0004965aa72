#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "script/number.h"
#include "script/script.h"

// What stands between %{ and }%: statements of a small part of Python. parse_code.h makes them out of text and
// assertions.h runs them.

namespace handfast::script {

struct CodeTerm {
  enum class Kind : std::uint8_t {
    kNumber,
    kString,   ///< the characters in text
    kName,     ///< text
    kTuple,    ///< (parts) or [parts]
    kCall,     ///< text(parts): abs, min, max, len, int
    kNot,      ///< not parts[0]
    kUnary,    ///< operators[0] parts[0]
    kBinary,   ///< parts with operators of one rank between them, from left to right
    kCompare,  ///< a < b <= c: parts with comparisons between them, all of which have to hold
    kAnd,
    kOr,
  };
  Kind kind = Kind::kNumber;
  Number number;
  std::string text;
  std::vector<CodeTerm> parts;
  std::vector<std::string> operators;  ///< as they are written; "not in" with one blank
  Position at;
};

struct CodeStatement {
  enum class Kind : std::uint8_t {
    kAssert,  ///< terms[0], and terms[1] is the message where there is one
    kPrint,   ///< terms
    kAssign,  ///< name = terms[0]
  };
  Kind kind = Kind::kAssert;
  std::string name;
  std::string text;  ///< as it is written, for messages
  std::vector<CodeTerm> terms;
  Position at;
};

struct Code {
  std::string file;
  std::vector<CodeStatement> statements;
};

}  // namespace handfast::script
