#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/scenario.h"

// Runs what a seed means, from the first SYN to the last TIME-WAIT, and reports. The same seed gives the same report,
// on any machine and compiler.

namespace handfast::sim {

struct RunOptions {
  /// One for each Host, as far as there are any: readers that see its trace in the world's time. They must outlive the
  /// run.
  std::vector<trace::Sink*> extra_sinks;
};

struct Report {
  std::uint64_t seed = 0;
  bool passed = false;
  std::string failure;  ///< the first complaint, with the virtual time
  std::uint64_t complaints = 0;
  std::string description;  ///< what the seed drew
  IpVersion version = IpVersion::kV4;
  std::uint64_t hash = 0;  ///< of every frame and every event of the run (I-E5)
  std::uint64_t packets = 0;
  Duration virtual_time{};
  WorldStatistics statistics;
  std::uint64_t state_changes = 0;
  std::uint64_t established = 0;
  std::uint64_t bytes_delivered = 0;
  std::vector<std::uint64_t> visits;  ///< how often each state was entered, by TcpState
};

Report run_seed(std::uint64_t seed, IpVersion version = IpVersion::kV4);
/// Runs a scenario that was drawn or made by hand. It is taken as it is; the seed drives what is drawn while it runs.
Report run_scenario(const Scenario& scenario, const RunOptions& options = {});

/// Drives a world to its end: `safety` with its faults, then clean links until everything is finished and forgotten.
/// Judges liveness, what is left over and the balance of counters.
void run_to_end(World& world, Duration safety, Duration bound);

/// One line for people, with the command that runs the seed again where it failed.
std::string to_line(const Report& report);

}  // namespace handfast::sim
