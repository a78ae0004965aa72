#pragma once

#include <span>
#include <string>
#include <vector>

#include "handfast/subcommands.h"

namespace handfast::tool {

/// Reads the command line and runs the subcommand it names; errors and help go to standard error and output. Never
/// throws: whatever somebody types ends in a sentence and an exit code.
ExitCode run_command_line(std::span<const AddSubcommand> subcommands, std::vector<std::string> arguments);

}  // namespace handfast::tool
