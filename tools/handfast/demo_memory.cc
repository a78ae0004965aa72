#include <fmt/format.h>

#include "handfast/demo_parts.h"
#include "sim/world.h"
#include "trace/ladder.h"

// The first part: both ends are Hosts of this process and the link is arithmetic, so it looks the same on every
// machine.

namespace handfast::tool {

namespace {

constexpr std::uint16_t kPort = 7;

sim::LinkParameters bad_link(const DemoOptions& options) {
  sim::LinkParameters link;
  link.delay = std::chrono::milliseconds(10);
  link.rate = 100'000'000;
  link.loss = options.loss;
  link.reorder = options.reorder;
  link.reorder_delay = std::chrono::milliseconds(5);
  return link;
}

sim::ConversationPlan conversation(const DemoOptions& options) {
  sim::ConversationPlan plan;
  plan.opener_port = 40000;
  plan.responder_port = kPort;
  plan.opener_plan.bytes = options.bytes;
  plan.responder_plan.bytes = options.bytes;
  plan.responder_plan.close = sim::CloseStyle::kWhenHeard;
  return plan;
}

void tell_end(sim::World& world, std::size_t node, const char* name) {
  const Counters& counters = world.host(node).counters();
  fmt::print("{}: {} segments sent, {} of them again; {} received\n", name, counters.segments_sent,
             counters.segments_retransmitted, counters.segments_received);
}

}  // namespace

ExitCode demo_in_memory(const DemoOptions& options) {
  fmt::print(
      "Two hosts in this process. {} bytes go each way over a link that loses {:.1f} % and reorders {:.1f} %, seed "
      "{}.\n\n",
      options.bytes, options.loss / 10'000.0, options.reorder / 10'000.0, options.seed);
  StandardOutput output;
  trace::Ladder ladder(
      output, {.both_ends = true, .colour = options.colour, .filter = trace::LadderFilter::kHandshakeAndClose});
  sim::World world(options.seed);
  sim::NodeOptions node;
  node.extra_sink = &ladder;
  world.add_node(node);
  world.add_node(node);
  world.set_links(bad_link(options));
  world.listen(1, kPort);
  world.converse(conversation(options));
  const bool talked = world.run(Instant{} + std::chrono::hours(24), [&] { return world.all_talked(); });
  const Duration took = world.now().time_since_epoch();
  world.rest(std::chrono::minutes(5));  // The last acknowledgments, and TIME-WAIT.
  ladder.finish();
  world.judge_end();

  fmt::print("\n");
  tell_end(world, 0, "opener");
  tell_end(world, 1, "responder");
  const sim::LinkStatistics links = world.statistics().links;
  fmt::print("link: {} packets, {} lost, {} reordered; {:.3f} s of virtual time\n", links.offered, links.dropped(),
             links.reordered, std::chrono::duration<double>(took).count());
  const bool whole = talked && world.complaints().none() && world.bytes_delivered() == 2ull * options.bytes;
  if (whole) {
    fmt::print("all {} bytes arrived as they were sent\n", world.bytes_delivered());
    return kOk;
  }
  fmt::print("FAILED: {} of {} bytes arrived; {}\n", world.bytes_delivered(), 2ull * options.bytes,
             world.complaints().none() ? "nobody complained" : world.complaints().first());
  return kFailed;
}

}  // namespace handfast::tool
