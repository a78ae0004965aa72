#include "sim/scenario.h"

#include <algorithm>
#include <optional>

namespace handfast::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint16_t kListenPort = 7;

/// A per-million rate, small ones as likely as large ones.
std::uint32_t rate_up_to(Generator& draw, std::uint32_t most) {
  return static_cast<std::uint32_t>(draw.log_range(100, most));
}

std::uint16_t draw_mtu(Generator& draw) {
  switch (draw.below(8)) {
    case 0:
      return static_cast<std::uint16_t>(draw.range(128, 575));
    case 1:
      return static_cast<std::uint16_t>(draw.range(1501, 9000));
    case 2:
    case 3:
      return 1500;
    default:
      return static_cast<std::uint16_t>(draw.range(576, 1500));
  }
}

TcpConfig draw_tcp(Generator& draw) {
  TcpConfig tcp;
  tcp.receive_buffer = static_cast<std::uint32_t>(draw.log_range(2048, 256 * 1024));
  tcp.send_buffer = static_cast<std::uint32_t>(draw.log_range(2048, 256 * 1024));
  tcp.nagle = !draw.one_in(3);
  tcp.window_scale = !draw.one_in(3);
  tcp.timestamps = !draw.one_in(3);
  tcp.sack = !draw.one_in(3);
  tcp.msl = draw.one_in(2) ? tcp.msl : draw.duration(1s, 30s);
  if (draw.one_in(4)) tcp.min_rto = draw.log_duration(10ms, 1s);
  if (draw.one_in(4)) tcp.delayed_ack = draw.duration(1ms, 200ms);
  if (draw.one_in(4)) tcp.out_of_order_ranges = static_cast<std::uint16_t>(draw.range(4, 64));
  if (draw.one_in(4)) tcp.initial_window_segments = static_cast<std::uint32_t>(draw.range(1, 10));
  return tcp;
}

NodeOptions draw_node(Generator& draw, LinkKind link) {
  NodeOptions node;
  node.config.tcp = draw_tcp(draw);
  node.config.limits.connections = 256;
  node.config.limits.syn_queue = 64;
  node.config.limits.time_wait = 256;
  node.config.limits.memory = 16u * 1024 * 1024;
  node.link = link;
  node.mtu = draw_mtu(draw);
  node.max_batch = static_cast<std::uint32_t>(draw.log_range(1, 64));
  node.held_frames = draw.one_in(3) ? static_cast<std::uint32_t>(draw.range(1, 16)) : 0;
  node.checksum_offload = draw.one_in(3);
  if (draw.one_in(6)) node.timer_latency = draw.log_duration(1us, 50ms);
  Secrets secrets;
  for (SecretKey* key : {&secrets.initial_sequence, &secrets.timestamp_offset, &secrets.port_choice,
                         &secrets.hash_table, &secrets.flow_label}) {
    draw.fill(std::as_writable_bytes(std::span(*key)));
  }
  node.clock_origin = draw.duration(0s, 100000s);
  draw.fill(std::as_writable_bytes(std::span(secrets.syn_cookie)));
  node.secrets = secrets;
  return node;
}

/// Which faults a seed has at all; each direction then draws its own measure of them.
struct FaultMask {
  explicit FaultMask(Generator& draw) {
    for (bool* fault : {&loss, &burst, &reorder, &duplicate, &corrupt, &truncate, &blackhole, &jitter, &rate, &mtu}) {
      *fault = draw.one_in(3);
    }
    if (draw.one_in(16)) *this = FaultMask();
  }
  FaultMask() = default;
  bool loss = false, burst = false, reorder = false, duplicate = false, corrupt = false, truncate = false,
       blackhole = false, jitter = false, rate = false, mtu = false;
};

LinkParameters draw_link(Generator& draw, const FaultMask& mask, Duration safety, Duration longest_copy) {
  LinkParameters link;
  link.delay = draw.one_in(8) ? draw.log_duration(10us, 500ms) : draw.log_duration(10us, 60ms);
  if (mask.jitter) link.jitter = draw.log_duration(1us, 50ms);
  if (mask.rate) {
    link.rate = draw.log_range(1'000'000, 1'000'000'000);
    link.queue_packets = static_cast<std::uint32_t>(draw.log_range(2, 200));
    if (draw.one_in(2)) link.queue_bytes = draw.log_range(4000, 1'000'000);
  }
  if (mask.loss && !draw.one_in(4)) link.loss = rate_up_to(draw, 300'000);
  if (mask.burst && !draw.one_in(4)) {
    link.burst.enter = rate_up_to(draw, 50'000);
    link.burst.leave = static_cast<std::uint32_t>(draw.range(50'000, 500'000));
    link.burst.loss = static_cast<std::uint32_t>(draw.range(500'000, kMillion));
  }
  if (mask.reorder) {
    link.reorder = rate_up_to(draw, 500'000);
    link.reorder_delay = draw.log_duration(10us, 500ms);
  }
  if (mask.duplicate) {
    link.duplicate = rate_up_to(draw, 500'000);
    link.duplicate_copies = static_cast<std::uint32_t>(draw.range(1, 5));
    link.duplicate_delay = draw.one_in(3) ? longest_copy : draw.log_duration(1us, 100ms);
  }
  if (mask.corrupt) {
    link.corrupt = rate_up_to(draw, 50'000);
    link.corrupt_bits = static_cast<std::uint32_t>(draw.range(1, 8));
  }
  if (mask.truncate) link.truncate = rate_up_to(draw, 50'000);
  if (mask.mtu && draw.one_in(2)) link.mtu = static_cast<std::uint32_t>(draw.range(128, 1500));
  if (mask.blackhole) {
    const Instant from = Instant{} + draw.duration(0s, safety);
    link.blackholes.push_back({from, from + draw.log_duration(1ms, safety)});
  }
  return link;
}

/// What the world allows a caller.
struct TalkLimits {
  std::uint64_t bytes;
  bool rude;  ///< may abort or let go
};

TalkerPlan draw_talker(Generator& draw, const TalkLimits& limits, Duration& slowness) {
  TalkerPlan plan;
  plan.bytes = draw.one_in(6) ? 0 : draw.log_range(0, limits.bytes);
  plan.slices = draw.one_in(3);
  plan.write_chunk = static_cast<std::uint32_t>(std::max(draw.log_range(1, 65536), plan.bytes / 200 + 1));
  plan.read_chunk = static_cast<std::uint32_t>(std::max(draw.log_range(1, 65536), limits.bytes / 200 + 1));
  if (draw.one_in(5)) plan.write_pause = draw.log_duration(10us, 100ms);
  if (draw.one_in(5)) plan.read_pause = draw.log_duration(10us, 100ms);
  if (draw.one_in(8)) plan.first_read = draw.log_duration(1ms, 20s);
  // A read gives at least a byte or a slice of the smallest packet, and a chunk is half the largest on average.
  slowness += plan.write_pause * 1000 + plan.first_read;
  slowness += plan.read_pause * (plan.slices ? static_cast<Duration::rep>(limits.bytes / 32 + 1000) : 1000);
  if (limits.rude && draw.one_in(4)) {
    plan.close = draw.one_in(2) ? CloseStyle::kAbort : CloseStyle::kLetGo;
    plan.abort_after = draw.below(plan.bytes + 1);
  }
  return plan;
}

struct Drawing {
  explicit Drawing(std::uint64_t seed) : topology(seed, "topology"), talk(seed, "talk"), weather(seed, "weather") {}
  Generator topology;
  Generator talk;
  Generator weather;
};

void draw_nodes(Scenario& scenario, Generator& draw) {
  const std::uint64_t count = draw.one_in(6) ? draw.range(3, 4) : 2;
  const LinkKind link = draw.one_in(3) ? LinkKind::kEthernet : LinkKind::kIp;
  for (std::uint64_t i = 0; i < count; ++i) {
    Generator node(scenario.seed, "node", i);
    scenario.nodes.push_back(draw_node(node, link));
  }
  scenario.safety = draw.log_duration(100ms, 20s);
  scenario.description = std::to_string(count) + (link == LinkKind::kIp ? " IP" : " Ethernet") + " hosts";
}

void draw_conversations(Scenario& scenario, Generator& draw) {
  std::uint16_t smallest = 9000;
  for (const NodeOptions& node : scenario.nodes) smallest = std::min(smallest, node.mtu);
  std::uint64_t most = draw.one_in(12) ? 1024 * 1024 : draw.one_in(3) ? 128 * 1024 : 16 * 1024;
  if (smallest < 576) most = std::min<std::uint64_t>(most, 32 * 1024);
  const std::uint64_t count = draw.log_range(1, 8);
  std::uint64_t total = 0;
  Duration slowness{};
  for (std::uint64_t i = 0; i < count; ++i) {
    ConversationPlan plan;
    plan.opener = draw.below(scenario.nodes.size());
    plan.responder = (plan.opener + 1 + draw.below(scenario.nodes.size() - 1)) % scenario.nodes.size();
    plan.opener_port = static_cast<std::uint16_t>(10000 + i);
    plan.start = Instant{} + draw.duration(0s, scenario.safety / 2);
    plan.simultaneous = draw.one_in(8);
    plan.responder_port = plan.simultaneous ? static_cast<std::uint16_t>(20000 + i) : kListenPort;
    if (draw.one_in(6) && !plan.simultaneous) {
      plan.repeats = static_cast<std::uint32_t>(draw.range(1, 2));
      plan.pause = draw.log_duration(1ms, 5s);
    }
    const TalkLimits limits{.bytes = most, .rude = plan.repeats == 0 && !plan.simultaneous && draw.one_in(4)};
    Duration slow{};
    plan.opener_plan = draw_talker(draw, limits, slow);
    plan.responder_plan = draw_talker(draw, limits, slow);
    if (draw.one_in(4)) {
      TalkerPlan& patient = draw.one_in(2) ? plan.opener_plan : plan.responder_plan;
      if (patient.close == CloseStyle::kWhenSent) patient.close = CloseStyle::kWhenHeard;
    }
    total += (plan.opener_plan.bytes + plan.responder_plan.bytes) * (plan.repeats + 1);
    slowness += (slow + 260s) * (plan.repeats + 1);
    scenario.conversations.push_back(plan);
  }
  // Four times the largest RTO, both linger times, ten times what the bits need at the lowest rate, and the callers'
  // own pauses.
  const Duration transfer(static_cast<Duration::rep>(total * 8 * 1000));
  scenario.bound = 240s + 180s + transfer * 10 + slowness;
  scenario.description += ", " + std::to_string(count) + " conversations, " + std::to_string(total) + " bytes";
}

void draw_links(Scenario& scenario, Generator& draw) {
  const FaultMask mask(draw);
  Duration msl = 30s;
  for (const NodeOptions& node : scenario.nodes) msl = std::min(msl, node.config.tcp.msl);
  // Both ways of two nodes differ, and a simultaneous open has its SYNs cross.
  for (std::size_t from = 0; from < scenario.nodes.size(); ++from) {
    for (std::size_t to = 0; to < scenario.nodes.size(); ++to) {
      scenario.links.push_back(draw_link(draw, mask, scenario.safety, msl / 2));
    }
  }
  // From a source of its own, so that what else a seed draws stays as it was.
  Generator reports(scenario.seed, "mtu reports");
  for (LinkParameters& link : scenario.links) link.mtu_reports = reports.one_in(2);
  for (ConversationPlan& plan : scenario.conversations) {
    const Duration there = scenario.links[plan.opener * scenario.nodes.size() + plan.responder].delay;
    plan.skew = draw.duration(0s, there / 2);
  }
  const auto name = [&](bool on, const char* text) {
    if (on) scenario.description += text;
  };
  name(mask.loss, ", loss");
  name(mask.burst, ", bursts");
  name(mask.reorder, ", reordering");
  name(mask.duplicate, ", duplicates");
  name(mask.corrupt, ", corruption");
  name(mask.truncate, ", truncation");
  name(mask.blackhole, ", blackholes");
  name(mask.jitter, ", jitter");
  name(mask.rate, ", bottleneck");
  name(mask.mtu, ", small MTU");
}

/// One seed in four has congestion marks. They came later than the rest, and draw from a stream of their own: the other
/// seeds mean what they meant.
void draw_marks(Scenario& scenario) {
  Generator draw(scenario.seed, "marks");
  if (!draw.one_in(4)) return;
  constexpr Ecn kSettings[] = {Ecn::kAccurate, Ecn::kAccurate, Ecn::kAccurate, Ecn::kOffer, Ecn::kAccept, Ecn::kOff};
  for (NodeOptions& node : scenario.nodes) node.config.tcp.ecn = kSettings[draw.below(std::size(kSettings))];
  for (LinkParameters& link : scenario.links) {
    if (draw.one_in(2)) link.mark = rate_up_to(draw, 500'000);
    if (draw.one_in(2)) link.mark_above = draw.log_range(1500, 100'000);
  }
  scenario.description += ", congestion marks";
}

/// Drawn already, so that the seed is the same one over both versions.
void fit_to_ipv6(Scenario& scenario) {
  constexpr std::uint16_t kLeastMtu = 1280;
  for (NodeOptions& node : scenario.nodes) {
    node.mtu = std::max(node.mtu, kLeastMtu);
  }
  for (LinkParameters& link : scenario.links) link.mtu = std::max<std::uint32_t>(link.mtu, kLeastMtu);
  scenario.description += ", over IPv6";
}

/// Half the seeds start their first connection just below a place where sequence numbers change sign or wrap.
void draw_origins(Scenario& scenario, Generator& draw) {
  if (draw.one_in(2)) return;
  std::vector<bool> placed(scenario.nodes.size());
  for (const ConversationPlan& plan : scenario.conversations) {
    const Endpoint opener{World::address_of(plan.opener, scenario.version), plan.opener_port};
    const Endpoint responder{World::address_of(plan.responder, scenario.version), plan.responder_port};
    for (const bool back : {false, true}) {
      const std::size_t index = back ? plan.responder : plan.opener;
      const auto edge = static_cast<std::uint32_t>(draw.below(2) << 31);
      const auto before = static_cast<std::uint32_t>(draw.log_range(0, 65536));
      if (placed[index]) continue;
      placed[index] = true;
      const FourTuple tuple = back ? FourTuple{responder, opener} : FourTuple{opener, responder};
      NodeOptions& node = scenario.nodes[index];
      const Duration origin = origin_for(node, tuple, edge - before, plan.start.time_since_epoch());
      if (origin > Duration{}) node.clock_origin = origin;
    }
  }
  scenario.description += ", numbers near a wrap";
}

std::optional<std::uint32_t> initial_number(const NodeOptions& node, const FourTuple& tuple, Instant at) {
  SeededRandom random{Generator(1)};
  const auto host = Host::create(node.config, random, nullptr, node.secrets ? &*node.secrets : nullptr);
  if (!host) return std::nullopt;
  InterfaceConfig interface;
  interface.addresses = {{tuple.host.address, network_length(tuple.host.address.version())}};
  if (!(*host)->add_interface(interface)) return std::nullopt;
  ConnectOptions options;
  options.peer = tuple.peer;
  options.source = tuple.host.address;
  options.source_port = tuple.host.port;
  const auto connection = (*host)->connect(options, at);
  if (!connection) return std::nullopt;
  const auto info = (*host)->info(*connection);
  if (!info) return std::nullopt;
  return info->snd_iss;
}

}  // namespace

Duration origin_for(const NodeOptions& node, const FourTuple& tuple, std::uint32_t target, Duration start) {
  const auto at_zero = initial_number(node, tuple, Instant{});
  const auto at_one = initial_number(node, tuple, Instant{} + 1s);
  if (!at_zero || !at_one || *at_one == *at_zero) return {};
  const std::int64_t step = 1'000'000'000 / std::int64_t{*at_one - *at_zero};
  if (step == 0) return {};
  Duration shown(std::int64_t{target - *at_zero} * step);
  const Duration wrap((std::int64_t{1} << 32) * step);
  while (shown <= start) shown += wrap;
  return shown - start;
}

Scenario draw_scenario(std::uint64_t seed, IpVersion version) {
  Scenario scenario;
  scenario.seed = seed;
  scenario.version = version;
  Drawing drawing(seed);
  draw_nodes(scenario, drawing.topology);
  draw_conversations(scenario, drawing.talk);
  draw_links(scenario, drawing.weather);
  draw_marks(scenario);
  if (version == IpVersion::kV6) fit_to_ipv6(scenario);
  draw_origins(scenario, drawing.topology);
  return scenario;
}

}  // namespace handfast::sim
