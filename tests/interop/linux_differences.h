#pragma once

#include <span>
#include <string_view>

#include "kernel_states.h"
#include "matrix/grid.h"

// Where Linux ends a case otherwise than this stack. Each way has a name, which docs/rfc/linux_differences.md explains
// by the RFC, and a condition of its own: what exactly both do, and in which cases. None is a blanket tolerance.

namespace handfast::interop {

struct Pair {
  std::string_view table;
  matrix::Case one;
  Ending ours;
  Ending linux;
};

struct LinuxDifference {
  std::string_view name;
  bool (*covers)(const Pair& pair);
};

std::span<const LinuxDifference> linux_differences();

}  // namespace handfast::interop
