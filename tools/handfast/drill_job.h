#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "handfast/exit_codes.h"
#include "handfast/option_values.h"
#include "handfast/time.h"
#include "script/run_options.h"
#include "script/verdict.h"

namespace handfast::tool {

/// How `handfast drill` runs each script.
struct DrillSettings {
  script::IpForm form = script::IpForm::kV4;
  std::vector<std::string> definitions;  ///< NAME=VALUE
  Duration virtual_limit = std::chrono::hours(4);
  Duration time_limit = std::chrono::seconds(20);
  script::Unclaimed unclaimed = script::Unclaimed::kMayBeLast;
  bool ladder = true;          ///< of scripts that fail
  bool always_ladder = false;  ///< of all
};

/// What came of one script.
struct DrillReport {
  std::string path;
  script::Verdict verdict{};
  std::string trouble{};  ///< a file that cannot be read, or a syntax error; the verdict means nothing then
  std::string ladder{};
  ExitCode code = kOk;

  bool passed() const { return trouble.empty() && verdict.passed(); }
};

/// "ipv4", "ipv6" or "mapped".
Parsed<script::IpForm> parse_ip_form(std::string_view text);

/// As parse_span, and days: "30d", at most a year of them.
Parsed<Duration> parse_virtual_limit(std::string_view text);

DrillReport run_script(const std::string& path, const DrillSettings& settings);

/// For people: "ok  path", or what is wrong with it and the ladder.
std::string text_of(const DrillReport& report);
std::string json_line(const DrillReport& report);
/// "115 of 133 scripts passed, 10 failed, ..."
std::string summary(const std::vector<DrillReport>& reports);

}  // namespace handfast::tool
