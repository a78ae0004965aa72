#include "handfast/drill_job.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "script/interpreter.h"
#include "script/parser.h"
#include "trace/ladder.h"

namespace handfast::tool {

namespace {

using Kind = script::Verdict::Kind;
using Clock = std::chrono::steady_clock;

// Of a run of text: what a script is about often stands at its end.
constexpr std::uint32_t kLadderText = 200;

std::expected<std::string, std::string> text_of_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  // Of an empty file the insertion says the same as of one that cannot be read.
  const bool is_empty = file.is_open() && file.peek() == std::ifstream::traits_type::eof() && !file.bad();
  if (!is_empty && !(text << file.rdbuf())) return std::unexpected(path + ": cannot be read");
  return std::move(text).str();
}

script::Definitions definitions_of(const DrillSettings& settings) {
  script::Definitions definitions = script::default_definitions(settings.form);
  for (const std::string& definition : settings.definitions) {
    const std::size_t equals = definition.find('=');
    definitions[definition.substr(0, equals)] =
        equals == std::string::npos ? std::string() : definition.substr(equals + 1);
  }
  return definitions;
}

script::RunOptions options_of(const DrillSettings& settings) {
  script::RunOptions options;
  options.form = settings.form;
  options.virtual_limit = settings.virtual_limit;
  options.unclaimed = settings.unclaimed;
  const Clock::time_point end = Clock::now() + std::chrono::duration_cast<Clock::duration>(settings.time_limit);
  options.is_out_of_time = [end] { return Clock::now() > end; };
  return options;
}

}  // namespace

Parsed<script::IpForm> parse_ip_form(std::string_view text) {
  if (text == "ipv4") return script::IpForm::kV4;
  if (text == "ipv6") return script::IpForm::kV6;
  if (text == "mapped" || text == "ipv4-mapped-ipv6") return script::IpForm::kMapped;
  return std::unexpected("ipv4, ipv6 or mapped is expected, not " + std::string(text));
}

Parsed<Duration> parse_virtual_limit(std::string_view text) {
  if (!text.ends_with('d')) return parse_span(text);
  unsigned days = 0;
  const std::string_view digits = text.substr(0, text.size() - 1);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), days);
  if (error != std::errc() || end != digits.data() + digits.size() || days == 0 || days > 366) {
    return std::unexpected("1d to 366d is expected, not " + std::string(text));
  }
  return std::chrono::hours(24 * days);
}

DrillReport run_script(const std::string& path, const DrillSettings& settings) {
  DrillReport report{.path = path};
  const auto text = text_of_file(path);
  if (!text) {
    report.trouble = text.error();
    report.code = kEnvironment;
    return report;
  }
  const auto parsed = script::parse(*text, path, definitions_of(settings));
  if (!parsed) {
    report.trouble = parsed.error().to_string();
    report.code = kFailed;
    return report;
  }
  const auto run_once = [&](trace::Sink* sink) {
    script::RunOptions options = options_of(settings);
    options.sink = sink;
    return script::run(*parsed, options);
  };
  report.verdict = run_once(nullptr);
  if (!report.verdict.passed()) report.code = kFailed;
  // The same script runs the same way again: only who wants the ladder pays for it.
  if (settings.always_ladder || (settings.ladder && report.verdict.kind == Kind::kFailed)) {
    trace::StringOutput output;
    trace::Ladder ladder(output, {.text_limit = kLadderText});
    (void)run_once(&ladder);
    ladder.finish();
    report.ladder = output.text();
  }
  return report;
}

std::string text_of(const DrillReport& report) {
  if (!report.trouble.empty()) return report.trouble + '\n';
  std::string text;
  for (const std::string& line : report.verdict.printed) text += line + '\n';
  if (report.passed()) return text + fmt::format("ok  {}\n{}", report.path, report.ladder);
  return text + script::report(report.path, report.verdict) + report.ladder;
}

std::string json_line(const DrillReport& report) {
  const script::Verdict& verdict = report.verdict;
  nlohmann::ordered_json line;
  line["script"] = report.path;
  line["verdict"] = report.trouble.empty() ? std::string(to_string(verdict.kind)) : "broken";
  if (!report.trouble.empty()) line["what"] = report.trouble;
  if (report.trouble.empty() && !report.passed()) {
    line["line"] = verdict.at.line;
    line["column"] = verdict.at.column;
    line["what"] = verdict.what;
    line["expected"] = verdict.expected;
    line["seen"] = verdict.seen;
  }
  if (!verdict.printed.empty()) line["printed"] = verdict.printed;
  if (!report.ladder.empty()) line["ladder"] = report.ladder;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::string summary(const std::vector<DrillReport>& reports) {
  std::array<std::size_t, 5> counts{};
  for (const DrillReport& report : reports) {
    const Kind kind = report.trouble.empty() ? report.verdict.kind : Kind::kBroken;
    ++counts[static_cast<std::size_t>(kind)];
  }
  std::string text = fmt::format("{} of {} scripts passed", counts[0], reports.size());
  for (std::size_t i = 1; i < counts.size(); ++i) {
    if (counts[i] > 0) text += fmt::format(", {} {}", counts[i], to_string(static_cast<Kind>(i)));
  }
  return text + '\n';
}

}  // namespace handfast::tool
