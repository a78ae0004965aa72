#include "handfast/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <exception>
#include <iostream>

namespace handfast::tool {

namespace {

constexpr const char* kVersion = "handfast 0.1.0";

void set_up(CLI::App& app, std::span<const AddSubcommand> subcommands, Job& job) {
  app.name("handfast");
  app.set_version_flag("--version", kVersion, "Print the version and exit");
  app.require_subcommand(1);
  app.footer(kExitCodesHelp);
  for (const AddSubcommand add : subcommands) add(app, job);
  for (CLI::App* subcommand : app.get_subcommands({})) subcommand->footer(kExitCodesHelp);
}

// CLI11 counts its own errors from 100; for whoever wrote the line they are all the same. Help and the version are not
// errors.
ExitCode tell(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    app.exit(error, std::cout, std::cerr);
    return kOk;
  }
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const std::string name = chosen.empty() ? "handfast" : "handfast " + chosen.front()->get_name();
  const std::vector<std::string> strange = app.remaining();
  const bool no_such = chosen.empty() && !strange.empty();
  const std::string text = no_such ? fmt::format("there is no subcommand \"{}\"", strange.front()) : error.what();
  fmt::print(stderr, "handfast: {}\nRun `{} --help` for what can be said.\n", text, name);
  return kUsage;
}

}  // namespace

ExitCode run_command_line(std::span<const AddSubcommand> subcommands, std::vector<std::string> arguments) {
  try {
    CLI::App app("A TCP you can put inside your program, replay exactly, and ask why it did that.");
    Job job;
    set_up(app, subcommands, job);
    std::ranges::reverse(arguments);  // CLI11 takes them off the end.
    try {
      app.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
      return tell(app, error);
    }
    return job ? job() : kUsage;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "handfast: out of memory\n");
    return kEnvironment;
  } catch (const std::exception& error) {
    fmt::print(stderr, "handfast: {}\n", error.what());
    return kFailed;
  }
}

}  // namespace handfast::tool
