#pragma once

#include <functional>

#include "handfast/exit_codes.h"

namespace CLI {
class App;
}

namespace handfast::tool {

/// What the command line asked for; runs after all of it was read.
using Job = std::function<ExitCode()>;

/// Each subcommand is one file with one of these functions: it adds itself to `app` and, when chosen, sets `job`.
/// A new one is declared here and named in the table of main.cc.
using AddSubcommand = void (*)(CLI::App& app, Job& job);

void add_connect(CLI::App& app, Job& job);
void add_demo(CLI::App& app, Job& job);
void add_drill(CLI::App& app, Job& job);
void add_goodput(CLI::App& app, Job& job);
void add_listen(CLI::App& app, Job& job);
void add_serve(CLI::App& app, Job& job);
void add_sim(CLI::App& app, Job& job);

}  // namespace handfast::tool
