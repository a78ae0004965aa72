#pragma once

#include <string>

namespace handfast::tool {

/// How `handfast` ends, the same for every subcommand. The numbers are part of its interface.
enum ExitCode : int {
  kOk = 0,           ///< what was asked for was done
  kFailed = 1,       ///< a check failed, or a connection was refused, reset or timed out
  kUsage = 2,        ///< the command line makes no sense
  kEnvironment = 3,  ///< the machine lacks something: /dev/net/tun, a permission, an interface that is up, a file
  kInterrupted = 4,  ///< a signal came before the work was done
};

inline constexpr const char* kExitCodesHelp =
    "Exit codes:\n"
    "  0  done\n"
    "  1  a check failed, or the connection was refused, reset or timed out\n"
    "  2  the command line makes no sense\n"
    "  3  the machine lacks something: /dev/net/tun, a permission, an interface that is up, a file\n"
    "  4  a signal came before the work was done";

/// Why a command ends early: the code to end with and a sentence for people.
struct Failure {
  ExitCode code = kFailed;
  std::string text;
};

}  // namespace handfast::tool
