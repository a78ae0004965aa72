#include "sim/runner.h"

#include <algorithm>

namespace handfast::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kListenPort = 7;

/// A clean link still has a rate. A queue without end in front of it would hold minutes of packets, so it keeps one
/// that is never the problem.
void clear_faults(World& world) {
  for (std::size_t from = 0; from < world.node_count(); ++from) {
    for (std::size_t to = 0; to < world.node_count(); ++to) {
      if (from == to) continue;
      LinkParameters parameters = world.link(from, to).parameters().clean();
      parameters.queue_packets = 64;
      world.link(from, to).set_parameters(parameters);
    }
  }
}

void collect(const World& world, Report& report) {
  report.hash = world.hash();
  report.statistics = world.statistics();
  report.packets = report.statistics.links.offered;
  report.virtual_time = world.now().time_since_epoch();
  report.visits.resize(kTcpStateCount);
  for (std::size_t i = 0; i < world.node_count(); ++i) {
    report.state_changes += world.states(i).state_changes();
    report.established += world.states(i).established();
    for (std::size_t s = 0; s < kTcpStateCount; ++s)
      report.visits[s] += world.states(i).visits(static_cast<TcpState>(s));
  }
}

}  // namespace

void run_to_end(World& world, Duration safety, Duration bound) {
  const Instant calm = Instant{} + safety;
  if (!world.run(calm, [&] { return world.all_closed(); })) clear_faults(world);
  // A reset is sent once. Where it was lost, an idle peer never learns of it: its caller loses patience instead.
  const auto patience = [&] {
    Instant next = std::max(world.now(), calm) + 30s;
    while (world.complaints().none() && !world.all_talked() && next <= calm + bound) {
      if (!world.run(next, [&] { return world.all_talked(); })) world.abandon_orphans(next);
      next += 30s;
    }
  };
  patience();
  if (!world.complaints().none()) return;
  if (!world.all_talked()) return world.complaints().add("not finished in time (I-E1):" + world.unfinished());
  // FIN-WAIT-2, TIME-WAIT and the last retransmissions of what nobody waits for.
  if (!world.run(world.now() + 400s, [&] { return world.all_closed(); }) && world.complaints().none()) {
    world.complaints().add("connections are never forgotten (I-E2):" + world.unfinished());
  }
  // Late copies may still open half a connection and have to be forgotten as well.
  if (world.complaints().none()) world.rest(300s);
  if (world.complaints().none()) world.judge_end();
}

Report run_scenario(const Scenario& scenario, const RunOptions& options) {
  World world(scenario.seed, scenario.version);
  for (std::size_t i = 0; i < scenario.nodes.size(); ++i) {
    NodeOptions node = scenario.nodes[i];
    if (i < options.extra_sinks.size()) node.extra_sink = options.extra_sinks[i];
    world.add_node(node);
  }
  Report report;
  report.seed = scenario.seed;
  report.description = scenario.description;
  report.version = scenario.version;
  if (world.complaints().none()) {
    for (std::size_t from = 0; from < scenario.nodes.size(); ++from) {
      for (std::size_t to = 0; to < scenario.nodes.size(); ++to) {
        if (from != to) world.link(from, to).set_parameters(scenario.links[from * scenario.nodes.size() + to]);
      }
      world.listen(from, kListenPort);
    }
    for (const ConversationPlan& plan : scenario.conversations) world.converse(plan);
    run_to_end(world, scenario.safety, scenario.bound);
    report.bytes_delivered = world.bytes_delivered();
  }
  collect(world, report);
  report.passed = world.complaints().none();
  report.failure = world.complaints().first();
  report.complaints = world.complaints().count();
  return report;
}

Report run_seed(std::uint64_t seed, IpVersion version) { return run_scenario(draw_scenario(seed, version)); }

std::string to_line(const Report& report) {
  std::string line = "seed " + std::to_string(report.seed) + (report.passed ? " passed" : " FAILED");
  line += " (" + report.description + "; " + std::to_string(report.packets) + " packets)";
  if (report.passed) return line;
  return line + ": " + report.failure + "\n  again: handfast sim --seeds " + std::to_string(report.seed) + ".." +
         std::to_string(report.seed) + (report.version == IpVersion::kV6 ? " --ipv6" : "");
}

}  // namespace handfast::sim
