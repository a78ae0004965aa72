#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/world.h"

// What one seed means. Swarm testing: rather than a little of everything every time, each seed turns a random subset of
// the faults, options and habits on, so that combinations arise in which one fault is not drowned by all the others.

namespace handfast::sim {

struct Scenario {
  std::uint64_t seed = 0;
  IpVersion version = IpVersion::kV4;
  std::vector<NodeOptions> nodes;
  std::vector<ConversationPlan> conversations;
  std::vector<LinkParameters> links;  ///< from * nodes + to; the diagonal is unused
  Duration safety{};                  ///< how long faults last; then every link is clean
  Duration bound{};                   ///< how long everything may take to finish after that (I-E1)
  std::string description;
};

/// Over IPv6 a seed draws the same, but for what IPv6 does not have: links for less than 1280 bytes.
Scenario draw_scenario(std::uint64_t seed, IpVersion version = IpVersion::kV4);

/// Chooses a node's clock origin so that the connection `tuple`, opened at `start`, gets an initial sequence number of
/// about `target`. Sequence numbers follow a keyed hash and a clock (RFC 6528 §3): a scratch Host with the same keys
/// tells the hash's part, the origin does the rest. Zero where the Host does not follow such a clock.
Duration origin_for(const NodeOptions& node, const FourTuple& tuple, std::uint32_t target, Duration start);

}  // namespace handfast::sim
