#include "script/verdict.h"

#include <string_view>

namespace handfast::script {

std::string_view to_string(Verdict::Kind kind) {
  constexpr std::string_view kNames[] = {"passed", "failed", "unsupported", "broken", "too long"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string report(const std::string& file, const Verdict& verdict) {
  std::string text = file + ':' + std::to_string(verdict.at.line);
  text += ':' + std::to_string(verdict.at.column) + ": ";
  if (verdict.kind != Verdict::Kind::kFailed) text += std::string(to_string(verdict.kind)) + ": ";
  text += verdict.what + '\n';
  if (!verdict.expected.empty()) text += "  expected: " + verdict.expected + '\n';
  if (!verdict.seen.empty()) text += "  seen:     " + verdict.seen + '\n';
  return text;
}

}  // namespace handfast::script
