#include "sim/world.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "sim/packet.h"
#include "sim/too_big_report.h"

namespace handfast::sim {
namespace {

// A Host that answers itself or its peer without time passing would spin for ever.
constexpr std::uint32_t kMaxStepsInInstant = 20'000;
constexpr std::uint32_t kMaxRounds = 10'000;

}  // namespace

World::Node::Node(World& world, std::size_t index, const NodeOptions& o)
    : options(o),
      random(Generator(world.seed_, "host", index)),
      choices(world.seed_, "batches", index),
      tap(world, index),
      states(world.wire_, world.complaints_) {
  held.resize(o.held_frames);
}

World::Conversation::Conversation(const ConversationPlan& p, std::uint64_t seed, std::uint64_t number)
    : plan(p),
      opener(p.opener_plan, Generator(seed, "opener", number), 2 * number),
      responder(p.responder_plan, Generator(seed, "responder", number), 2 * number + 1),
      repeats_left(p.repeats) {}

World::World(std::uint64_t seed, IpVersion version) : seed_(seed), version_(version), wire_(ledger_, complaints_) {
  links_.resize(kMaxNodes * kMaxNodes);
}

World::~World() {
  // Frames that are still held give their buffers back to Hosts that must still be there.
  for (const auto& node : nodes_) {
    node->held.clear();
    node->arrived.clear();
  }
}

IpAddress World::address_of(std::size_t node, IpVersion version) {
  const auto last = static_cast<std::uint8_t>(node + 1);
  if (version == IpVersion::kV4) return IpAddress::v4(192, 0, 2, last);
  const std::uint8_t bytes[16] = {0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last};
  return IpAddress::v6(bytes);
}

MacAddress World::mac_of(std::size_t node) { return {{0x02, 0, 0, 0, 0, static_cast<std::uint8_t>(node + 1)}}; }

std::size_t World::add_node(const NodeOptions& options) {
  const std::size_t index = nodes_.size();
  nodes_.push_back(std::make_unique<Node>(*this, index, options));
  Node& node = *nodes_.back();
  node.options.config.host_number = static_cast<std::uint32_t>(index);
  const Secrets* secrets = node.options.secrets ? &*node.options.secrets : nullptr;
  Result<std::unique_ptr<Host>> host = Host::create(node.options.config, node.random, &node.tap, secrets);
  if (!host) {
    complaints_.add("a Host could not be made: " + host.error().message());
    return index;
  }
  node.host = std::move(*host);
  InterfaceConfig interface;
  interface.link = options.link;
  interface.mtu = options.mtu;
  interface.mac = mac_of(index);
  interface.addresses = {{address_of(index), network_length(version_)}};
  interface.checksum_offload = options.checksum_offload;
  const Result<InterfaceId> added = node.host->add_interface(interface);
  if (!added) complaints_.add("an interface could not be added: " + added.error().message());
  node.baseline = node.host->memory_used();
  for (std::size_t other = 0; other < index; ++other) {
    for (const auto& [from, to] : {std::pair{other, index}, std::pair{index, other}}) {
      links_[from * kMaxNodes + to] = std::make_unique<Link>(options.link, LinkParameters{},
                                                             Generator(seed_, "link", from * kMaxNodes + to), order_);
    }
  }
  return index;
}

Link& World::link(std::size_t from, std::size_t to) { return *links_[from * kMaxNodes + to]; }

void World::set_links(const LinkParameters& parameters) {
  for (const auto& link : links_) {
    if (link != nullptr) link->set_parameters(parameters);
  }
}

void World::listen(std::size_t index, std::uint16_t port, const ListenOptions& options) {
  Node& node = *nodes_[index];
  ListenOptions wanted = options;
  wanted.local = {.address = {}, .port = port};
  wanted.context = ~std::uint64_t{0};
  const Result<ListenerHandle> listener = node.host->listen(wanted, host_time(index));
  if (!listener) return complaints_.add("listen failed: " + listener.error().message());
  node.listeners.push_back(*listener);
  node.baseline = node.host->memory_used();
}

void World::converse(const ConversationPlan& plan) {
  const std::size_t number = conversations_.size();
  conversations_.push_back(std::make_unique<Conversation>(plan, seed_, number));
  Conversation& conversation = *conversations_.back();
  conversation.opener.attach(ledger_, complaints_);
  conversation.responder.attach(ledger_, complaints_);
  const FourTuple seen{{address_of(plan.responder), plan.responder_port}, {address_of(plan.opener), plan.opener_port}};
  by_tuple_[seen] = number;
  ++unfinished_;
  set_alarm(plan.start, Alarm::What::kOpen, number);
  if (plan.simultaneous) set_alarm(plan.start + plan.skew, Alarm::What::kOpenBack, number);
}

void World::at(Instant when, std::function<void()> action) {
  actions_.push_back(std::move(action));
  set_alarm(when, Alarm::What::kAction, actions_.size() - 1);
}

void World::set_observer(std::function<void(std::size_t, std::span<const std::byte>)> observer) {
  observer_ = std::move(observer);
}

bool World::run(Instant limit, const std::function<bool()>& done) {
  while (complaints_.none()) {
    if (done()) return true;
    const Instant next = std::max(next_instant(), now_);
    if (next > limit || next == kNever) return false;
    steps_in_instant_ = next == now_ ? steps_in_instant_ + 1 : 0;
    if (steps_in_instant_ > kMaxStepsInInstant) complaints_.add("livelock: time stands still (I-S13)");
    step(next);
  }
  return false;
}

Instant World::deadline_of(const Node& node) const {
  const Instant deadline = node.host->next_deadline();
  return deadline == kNever ? kNever : deadline - node.options.clock_origin + node.options.timer_latency;
}

Instant World::next_instant() const {
  Instant next = alarms_.empty() ? kNever : alarms_.front().at;
  for (std::size_t from = 0; from < nodes_.size(); ++from) {
    next = std::min(next, deadline_of(*nodes_[from]));
    for (std::size_t to = 0; to < nodes_.size(); ++to) {
      if (from != to) next = std::min(next, links_[from * kMaxNodes + to]->next());
    }
  }
  return next;
}

void World::step(Instant instant) {
  now_ = instant;
  complaints_.set_now(now_);
  ++statistics_.steps;
  for (const std::unique_ptr<Node>& node : nodes_) {
    // Asked before anything is handed over: a late driver still gets to it in this very step.
    node->deadline_served = deadline_of(*node) <= now_;
    node->busy = node->deadline_served;
  }
  deliver();
  ring();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    if (nodes_[i]->busy) serve(i);
  }
}

void World::deliver() {
  for (;;) {
    Link* first = nullptr;
    std::size_t target = 0;
    // Flights of one instant come in the order in which they were sent, whatever link they are on.
    std::uint64_t order = 0;
    for (std::size_t from = 0; from < nodes_.size(); ++from) {
      for (std::size_t to = 0; to < nodes_.size(); ++to) {
        Link* candidate = links_[from * kMaxNodes + to].get();
        if (from == to || candidate->next() > now_) continue;
        if (first != nullptr && candidate->next_order() > order) continue;
        first = candidate;
        target = to;
        order = candidate->next_order();
      }
    }
    if (first == nullptr || !first->take(now_, flight_)) break;
    Node& node = *nodes_[target];
    std::optional<Slice> slice = node.host->allocate(static_cast<std::uint32_t>(flight_.bytes.size()));
    if (!slice) {
      ++statistics_.refused;
    } else {
      std::ranges::copy(flight_.bytes, slice->mutable_bytes().begin());
      slice->truncate(static_cast<std::uint32_t>(flight_.bytes.size()));
      Frame frame;
      frame.add(std::move(*slice));
      node.arrived.push_back(std::move(frame));
      hash_.add(static_cast<std::uint64_t>(now_.time_since_epoch().count()));
      hash_.add(flight_.bytes);
      if (!flight_.damaged) wire_.on_delivered(flight_.bytes, first->kind());
    }
    first->recycle(std::move(flight_.bytes));
    node.busy = true;
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) hand_over(i);
}

void World::hand_over(std::size_t index) {
  Node& node = *nodes_[index];
  std::span<Frame> rest = node.arrived;
  node.received += rest.size();
  while (!rest.empty()) {
    const auto count =
        static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), node.choices.range(1, node.options.max_batch)));
    node.host->receive(rest.first(count), host_time(index));
    rest = rest.subspan(count);
    if (!rest.empty() && node.choices.one_in(2)) transmit(index);
  }
  node.arrived.clear();
}

void World::ring() {
  while (!alarms_.empty() && alarms_.front().at <= now_) {
    const Alarm alarm = alarms_.front();
    std::ranges::pop_heap(alarms_, std::greater{}, [](const Alarm& a) { return std::pair{a.at, a.order}; });
    alarms_.pop_back();
    switch (alarm.what) {
      case Alarm::What::kAction:
        actions_[alarm.index]();
        break;
      case Alarm::What::kOpen:
      case Alarm::What::kOpenBack:
        open(alarm.index, alarm.what == Alarm::What::kOpenBack);
        break;
      case Alarm::What::kTalker:
        if (talker(alarm.index).next_wake() <= host_time(node_of(alarm.index))) {
          nodes_[node_of(alarm.index)]->busy = true;
          talker(alarm.index).on_wake(host_time(node_of(alarm.index)));
          after_talk(alarm.index);
        }
        break;
    }
  }
}

void World::set_alarm(Instant when, Alarm::What what, std::size_t index) {
  alarms_.push_back({when, order_++, what, index});
  std::ranges::push_heap(alarms_, std::greater{}, [](const Alarm& a) { return std::pair{a.at, a.order}; });
}

void World::serve(std::size_t index) {
  Node& node = *nodes_[index];
  // A deadline that is asked for too early changes nothing, so a busy driver may ask at any time.
  const bool spurious = node.options.timer_latency == Duration{} && node.choices.one_in(4);
  if (node.deadline_served || spurious) node.host->on_deadline(host_time(index));
  std::uint32_t rounds = 0;
  do {
    take_events(index);
    if (++rounds > kMaxRounds)
      return complaints_.add("livelock: host " + std::to_string(index) + " never falls silent");
  } while (transmit(index));
  if ((node.deadline_served || spurious) && node.host->next_deadline() <= host_time(index)) {
    complaints_.add("host " + std::to_string(index) +
                    ": next_deadline() has passed although it was served and drained");
  }
}

bool World::transmit(std::size_t index) {
  Node& node = *nodes_[index];
  std::array<Frame, 64> frames;
  bool any = false;
  for (std::uint32_t rounds = 0;; ++rounds) {
    const auto room = static_cast<std::size_t>(node.choices.range(1, std::min(node.options.max_batch, 64u)));
    const std::size_t count = node.host->poll_transmit(std::span(frames).first(room), host_time(index));
    for (std::size_t i = 0; i < count; ++i) carry(index, frames[i]);
    any = any || count > 0;
    if (count < room) return any;
    if (rounds > kMaxRounds) {
      complaints_.add("livelock: host " + std::to_string(index) + " sends without end in one instant (I-S13)");
      return false;
    }
  }
}

void World::carry(std::size_t from, Frame& frame) {
  Node& node = *nodes_[from];
  ++node.sent;
  gathered_.clear();
  for (const Slice& slice : frame.used()) gathered_.insert(gathered_.end(), slice.bytes().begin(), slice.bytes().end());
  if (frame.gso != GsoType::kNone) complaints_.add("a super-segment on an interface without segmentation");
  if (frame.checksum == ChecksumState::kPartial) {
    const std::size_t field = std::size_t{frame.checksum_start} + frame.checksum_offset;
    if (!node.options.checksum_offload || field + 2 > gathered_.size()) {
      return complaints_.add("an unfinished checksum that the driver cannot complete");
    }
    const auto sum = internet_sum(std::span(gathered_).subspan(frame.checksum_start));
    base::store_be16(gathered_.data() + field, static_cast<std::uint16_t>(~sum));
  }
  if (!node.held.empty()) {
    std::swap(node.held[node.held_next], frame);
    node.held_next = (node.held_next + 1) % node.held.size();
  }
  frame.clear();
  frame = Frame{};
  hash_.add(std::uint64_t{from});
  hash_.add(gathered_);
  if (observer_) observer_(from, gathered_);
  wire_.on_sent(gathered_, node.options.link);
  if (gathered_.size() > node.options.mtu + link_header(node.options.link)) {
    complaints_.add("host " + std::to_string(from) + " sent a frame beyond its interface's MTU");
  }
  route(from, gathered_);
}

void World::route(std::size_t from, std::span<const std::byte> frame) {
  const bool ethernet = nodes_[from]->options.link == LinkKind::kEthernet;
  const std::size_t address_at = ethernet ? 5 : version_ == IpVersion::kV6 ? 39 : 19;
  if (frame.size() <= address_at) {
    ++statistics_.astray;
    return;
  }
  if (ethernet && (std::to_integer<unsigned>(frame[0]) & 1) != 0) {
    for (std::size_t to = 0; to < nodes_.size(); ++to) {
      if (to != from) offer(from, to, frame);
    }
    return;
  }
  // Addresses differ in their last byte alone, those of the link as well.
  const std::size_t to = std::to_integer<std::size_t>(frame[address_at]) - 1;
  if (to >= nodes_.size() || to == from) {
    ++statistics_.astray;
    return;
  }
  offer(from, to, frame);
}

// A router stands before a link that says what is too big for it; its word takes as long as the way back.
void World::offer(std::size_t from, std::size_t to, std::span<const std::byte> frame) {
  Link& way = link(from, to);
  way.offer(frame, now_);
  if (!way.owes_report()) return;
  const auto mtu = static_cast<std::uint16_t>(way.parameters().mtu);
  link(to, from).inject(too_big_report(frame, way.kind(), mtu), now_ + way.parameters().delay);
}

void World::on_trace(std::size_t index, const trace::Event& event) {
  Node& node = *nodes_[index];
  if (event.kind != trace::Kind::kFrameReceived && event.kind != trace::Kind::kFrameSent) {
    hash_.add(static_cast<std::uint64_t>(event.kind) << 32 | static_cast<std::uint64_t>(event.reason) << 8 |
              static_cast<std::uint64_t>(event.drop));
    hash_.add(std::uint64_t{event.after.snd_nxt} << 32 | event.after.rcv_nxt);
    hash_.add(std::uint64_t{event.after.cwnd} << 8 | static_cast<std::uint64_t>(event.after.state));
  }
  node.states.on_event(event);
  if (node.options.extra_sink == nullptr) return;
  // Readers see one clock: the world's.
  trace::Event copy = event;
  copy.at = event.at - node.options.clock_origin;
  if (copy.deadline != kNever) copy.deadline -= node.options.clock_origin;
  node.options.extra_sink->on_event(copy);
}

}  // namespace handfast::sim
