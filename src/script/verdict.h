#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "script/script.h"

namespace handfast::script {

/// How a script ended.
struct Verdict {
  enum class Kind : std::uint8_t {
    kPassed,
    kFailed,       ///< the stack did something else than a line says
    kUnsupported,  ///< a line needs what this stack or this interpreter does not have
    kBroken,       ///< the script cannot be run: an unknown symbol, no such descriptor
    kTooLong,      ///< a limit of time was reached
  };
  Kind kind = Kind::kPassed;
  Position at{};           ///< the line that it ended at
  std::string what{};      ///< in one line
  std::string expected{};  ///< the line as it stands, with its time; empty where there is nothing to set side by side
  std::string seen{};      ///< what was there in its place
  std::vector<std::string> printed{};  ///< by the print() of its statements, a line each

  bool passed() const { return kind == Kind::kPassed; }
};

/// "passed", "failed", "unsupported", "broken", "too long".
std::string_view to_string(Verdict::Kind kind);

/// "file:line:column: what", and expected and seen below it.
std::string report(const std::string& file, const Verdict& verdict);

}  // namespace handfast::script
