#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>

#include "handfast/exit_codes.h"
#include "handfast/option_values.h"
#include "sim/runner.h"

namespace handfast::tool {

/// Seeds from `first` to `last`, both included.
struct SeedRange {
  std::uint64_t first = 1;
  std::uint64_t last = 1;

  std::uint64_t count() const { return last - first + 1; }
  friend bool operator==(const SeedRange&, const SeedRange&) = default;
};

/// "1..100", or "7" for one; at most 2^32 seeds.
Parsed<SeedRange> parse_seed_range(std::string_view text);

struct SwarmSummary {
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  std::uint64_t packets = 0;
  std::uint64_t bytes_delivered = 0;
  std::uint64_t established = 0;  ///< ends that reached ESTABLISHED
  Duration virtual_time{};
};

/// Called for each seed in the order of the seeds, however many threads run them, and never twice at once.
using OnReport = std::function<void(const sim::Report& report, const SwarmSummary& so_far)>;

/// Runs every seed of the range on `threads` threads. Each run is a world of its own, so their number changes nothing.
SwarmSummary run_swarm(const SeedRange& seeds, IpVersion version, unsigned threads, const OnReport& on_report);

/// The files that a seed left.
struct SeedTraces {
  std::string capture;
  std::string ladder;
};

/// Runs a seed once more with readers on its trace and leaves seed-N.pcapng and seed-N.txt in `folder`.
std::expected<SeedTraces, Failure> leave_traces(std::uint64_t seed, IpVersion version, const std::string& folder);

}  // namespace handfast::tool
