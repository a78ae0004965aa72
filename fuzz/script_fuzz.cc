// A script in the packetdrill language, with the code in its blocks.

#include <algorithm>
#include <string>
#include <string_view>

#include "fuzz/require.h"
#include "script/assertions.h"
#include "script/parser.h"

namespace handfast::script {
namespace {

// Whether `at` is a place in the text, or the end of one of its lines.
bool is_within(std::string_view text, Position at) {
  for (std::uint32_t line = 1; line < at.line; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  return at.line > 0 && at.column > 0 && at.column <= std::min(text.find('\n'), text.size()) + 1;
}

void check_expression(const Expression& expression) {
  const std::string text = expression.to_string();
  const auto again = parse("0 f(" + text + ") = 0", "again");
  FUZZ_REQUIRE(again);
  const auto& call = std::get<CallLine>(again->lines[0].what);
  FUZZ_REQUIRE(call.arguments.size() == 1);
  FUZZ_REQUIRE(call.arguments[0].to_string() == text);
}

void check_code(const CodeLine& block, Variables& variables, std::string_view text) {
  const auto code = parse_code(block, "fuzz");
  if (!code) {
    FUZZ_REQUIRE(is_within(text, code.error().at));
    return;
  }
  const auto names = [](std::string_view name) {
    return name.starts_with("tcpi_") ? std::optional<std::int64_t>(10) : std::nullopt;
  };
  const CodeOutcome outcome = evaluate(*code, variables, names);
  FUZZ_REQUIRE(outcome.passed() || is_within(text, outcome.at));
  FUZZ_REQUIRE(!outcome.to_string().empty());
}

void check(std::string_view text) {
  const auto script = parse(text, "fuzz", {{"PORT", "8080"}, {"COOKIE", "3021b9d889017eeb"}});
  if (!script) {
    FUZZ_REQUIRE(is_within(text, script.error().at));
    FUZZ_REQUIRE(!script.error().seen.empty());
    return;
  }
  FUZZ_REQUIRE(!script->lines.empty());
  Variables variables;
  for (const ScriptLine& line : script->lines) {
    FUZZ_REQUIRE(is_within(text, line.at));
    if (const auto* block = std::get_if<CodeLine>(&line.what)) check_code(*block, variables, text);
    if (const auto* call = std::get_if<CallLine>(&line.what)) {
      for (const Expression& argument : call->arguments) check_expression(argument);
    }
  }
}

}  // namespace
}  // namespace handfast::script

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* input, std::size_t size) {
  handfast::script::check({reinterpret_cast<const char*>(input), size});
  return 0;
}
