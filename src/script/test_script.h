#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "script/parser.h"

// Scripts of tests: what they say, or the message that they are not scripts.

namespace handfast::script {

/// Ends the program where the test's own script is not what the test says.
inline void require(bool holds, std::string_view text, const std::string& what) {
  if (holds) return;
  std::fprintf(stderr, "%s in the script:\n%s\n", what.c_str(), std::string(text).c_str());
  std::abort();
}

inline Script script_of(std::string_view text, const Definitions& definitions = {}) {
  auto script = parse(text, "t.pkt", definitions);
  require(script.has_value(), text, script ? "" : script.error().to_string());
  return *std::move(script);
}

inline std::string error_of(std::string_view text, const Definitions& definitions = {}) {
  const auto script = parse(text, "t.pkt", definitions);
  return script ? "none" : script.error().to_string();
}

/// The only line of a script.
inline ScriptLine line_of(std::string_view text, const Definitions& definitions = {}) {
  Script script = script_of(text, definitions);
  require(script.lines.size() == 1, text, "not one line");
  return std::move(script.lines[0]);
}

template <typename What>
What only(std::string_view text, const Definitions& definitions = {}) {
  ScriptLine line = line_of(text, definitions);
  auto* what = std::get_if<What>(&line.what);
  require(what != nullptr, text, "another kind of line");
  return std::move(*what);
}

/// The TCP segment of a packet.
inline TcpWords segment_of(std::string_view text, const Definitions& definitions = {}) {
  PacketLine packet = only<PacketLine>(text, definitions);
  auto* segment = std::get_if<TcpWords>(&packet.what);
  require(segment != nullptr, text, "no segment");
  return std::move(*segment);
}

}  // namespace handfast::script
