#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "handfast/drill_job.h"
#include "handfast/parsed_option.h"
#include "handfast/progress.h"
#include "handfast/subcommands.h"

// `handfast drill`: packetdrill scripts in virtual time, without privileges.

namespace handfast::tool {

namespace {

namespace fs = std::filesystem;

struct DrillCommand {
  std::vector<std::string> paths;
  DrillSettings settings;
  unsigned jobs = 1;
  bool json = false;
  bool quiet = false;
};

// The scripts that a path names: itself, or those below it, in order.
std::expected<std::vector<std::string>, Failure> scripts_of(const std::string& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (error || !fs::exists(status)) return std::unexpected(Failure{kEnvironment, path + ": no such file"});
  if (!fs::is_directory(status)) return std::vector<std::string>{path};
  std::vector<std::string> found;
  for (fs::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    if (at->is_regular_file(error) && at->path().extension() == ".pkt") found.push_back(at->path().string());
  }
  if (error) return std::unexpected(Failure{kEnvironment, path + ": " + error.message()});
  std::ranges::sort(found);
  if (found.empty()) return std::unexpected(Failure{kEnvironment, path + ": no *.pkt in it"});
  return found;
}

std::expected<std::vector<std::string>, Failure> all_scripts(const std::vector<std::string>& paths) {
  std::vector<std::string> all;
  for (const std::string& path : paths) {
    const auto some = scripts_of(path);
    if (!some) return std::unexpected(some.error());
    all.insert(all.end(), some->begin(), some->end());
  }
  return all;
}

// Runs them on several threads; each script has a Host of its own. Reports come in the order of the scripts.
std::vector<DrillReport> run_all(const std::vector<std::string>& scripts, const DrillCommand& command) {
  std::vector<DrillReport> reports(scripts.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t i = next++; i < scripts.size(); i = next++) reports[i] = run_script(scripts[i], command.settings);
  };
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < std::min<std::size_t>(command.jobs, scripts.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  return reports;
}

ExitCode run(const DrillCommand& command) {
  const auto scripts = all_scripts(command.paths);
  if (!scripts) {
    Progress::complain("{}", scripts.error().text);
    return scripts.error().code;
  }
  const std::vector<DrillReport> reports = run_all(*scripts, command);
  std::size_t passed = 0;
  ExitCode code = kOk;
  for (const DrillReport& report : reports) {
    if (command.json) {
      fmt::print("{}\n", json_line(report));
    } else if (!report.passed() || (!command.quiet && reports.size() > 1)) {
      fmt::print("{}", text_of(report));
    }
    if (report.passed()) ++passed;
    if (report.code > code) code = report.code;
  }
  if (!command.json && reports.size() > 1) fmt::print("{}", summary(reports));
  return passed == reports.size() ? kOk : code;
}

}  // namespace

void add_drill(CLI::App& app, Job& job) {
  const auto command = std::make_shared<DrillCommand>();
  CLI::App* sub = app.add_subcommand(
      "drill",
      "Run packetdrill scripts in virtual time, without privileges. No command in them is executed: those "
      "that set sysctls of Linux change the configuration, and others are reported.");
  sub->add_option("SCRIPT", command->paths, "Scripts, and directories whose *.pkt are run")->required();
  add_parsed(*sub, "--ip", command->settings.form, parse_ip_form, "ipv4, ipv6 or mapped, where a script does not say")
      ->default_str("ipv4")
      ->type_name("FORM");
  sub->add_option("-D,--define", command->settings.definitions, "What a word of the scripts stands for: NAME=VALUE")
      ->type_name("NAME=VALUE");
  sub->add_option("-j,--jobs", command->jobs, "Scripts at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str()
      ->type_name("NUMBER");
  add_parsed(*sub, "--virtual-limit", command->settings.virtual_limit, parse_virtual_limit,
             "Time of the script after which a run is given up")
      ->default_str("4h")
      ->type_name("DURATION");
  add_parsed(*sub, "--time-limit", command->settings.time_limit, parse_span,
             "Time of this machine after which a run is given up")
      ->default_str("20s")
      ->type_name("DURATION");
  CLI::Option* strict = sub->add_flag_callback(
      "--strict-end", [command] { command->settings.unclaimed = script::Unclaimed::kFails; },
      "Judge segments too that leave in the instant in which a script ends");
  sub->add_flag_callback(
         "--lenient", [command] { command->settings.unclaimed = script::Unclaimed::kIsNotHeeded; },
         "Judge as packetdrill does: pass over segments that no line claims, and over echoed timestamps")
      ->excludes(strict);
  sub->add_flag("--json", command->json, "One JSON object for each script");
  sub->add_flag("-q,--quiet", command->quiet, "Say nothing of scripts that pass");
  sub->add_flag("!--no-ladder", command->settings.ladder, "Leave the ladder of a failing script out");
  sub->add_flag("--trace", command->settings.always_ladder, "Draw the ladder of scripts that pass too");
  sub->callback([command, &job] { job = [command] { return run(*command); }; });
}

}  // namespace handfast::tool
