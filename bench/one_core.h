#pragma once

#include <string>

namespace handfast::bench {

/// Binds this program to one core, the last that it may use, so that both ends and all work between them share it.
void stay_on_one_core();

/// CPU time of this thread in nanoseconds: what another program does to the machine is not in it.
double thread_nanoseconds();

/// Ends the program: a benchmark that does not do what it claims to measure must not print a figure.
[[noreturn]] void fail(const std::string& what);

/// Runs what google-benchmark was asked for, with `measured` said first in every form of output.
int run(int argc, char** argv, const char* measured);

}  // namespace handfast::bench
