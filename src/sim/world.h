#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "handfast/host.h"
#include "sim/ledger.h"
#include "sim/link.h"
#include "sim/oracle.h"
#include "sim/seeded_random.h"
#include "sim/talker.h"
#include "sim/wire_oracle.h"

// A world of Hosts on one network segment, and the driver that runs them: an event loop whose clock is a number. Each
// ordered pair of Hosts has its own Link; on Ethernet the segment forwards by address as a switch does. A step goes to
// the next instant at which anything is due, hands over what has arrived, lets deadlines expire, lets the callers act
// and carries away what the Hosts send, always in the same order.

namespace handfast::sim {

inline constexpr std::size_t kMaxNodes = 8;

struct NodeOptions {
  Config config;
  std::optional<Secrets> secrets;
  LinkKind link = LinkKind::kIp;
  std::uint16_t mtu = 1500;
  Duration clock_origin{};        ///< what this Host's clock shows when the world starts
  Duration timer_latency{};       ///< how late its deadlines are served
  std::uint32_t max_batch = 64;   ///< frames in one call, drawn from 1 up to this
  std::uint32_t held_frames = 0;  ///< how many sent frames the driver has not completed yet
  bool checksum_offload = false;  ///< the driver completes checksums
  trace::Sink* extra_sink = nullptr;
};

struct ConversationPlan {
  std::size_t opener = 0;     ///< node
  std::size_t responder = 1;  ///< node
  std::uint16_t opener_port = 0;
  std::uint16_t responder_port = 0;
  Instant start{};
  bool simultaneous = false;  ///< the responder opens too, instead of listening
  Duration skew{};            ///< how much later
  std::uint32_t repeats = 0;  ///< further incarnations of the same 4-tuple
  Duration pause{};           ///< between two incarnations
  TalkerPlan opener_plan;
  TalkerPlan responder_plan;
};

struct WorldStatistics {
  LinkStatistics links;
  std::uint64_t steps = 0;
  std::uint64_t refused = 0;  ///< frames for which a Host had no buffer
  std::uint64_t astray = 0;   ///< frames to nobody
  std::uint64_t incarnations = 0;
};

/// Bits of the network that all Hosts of a world are on.
constexpr std::uint8_t network_length(IpVersion version) { return version == IpVersion::kV6 ? 64 : 24; }

class World {
 public:
  /// All of its Hosts speak this version.
  explicit World(std::uint64_t seed, IpVersion version = IpVersion::kV4);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  std::size_t add_node(const NodeOptions& options);
  void set_links(const LinkParameters& parameters);
  /// The way from one node to another; it is there once both nodes are.
  Link& link(std::size_t from, std::size_t to);
  void listen(std::size_t index, std::uint16_t port, const ListenOptions& options = {});
  void converse(const ConversationPlan& plan);
  /// Calls `action` at `at`, before anything else of that instant.
  void at(Instant when, std::function<void()> action);
  /// Sees every frame that a node sends.
  void set_observer(std::function<void(std::size_t node, std::span<const std::byte> frame)> observer);

  /// Steps until `done` or until nothing is due by `limit` or a complaint ends it. Tells whether `done` was reached.
  bool run(Instant limit, const std::function<bool()>& done);
  /// All callers are through with what they had planned.
  bool all_talked() const { return unfinished_ == 0; }
  /// No Host holds any connection any more; TIME-WAIT is not counted.
  bool all_closed() const;
  /// Ends that wait for a peer which has aborted or let go abort in their turn.
  void abandon_orphans(Instant when);
  /// Lets whatever is still on its way arrive and every linger time pass.
  void rest(Duration length) {
    (void)run(now_ + length, [] { return false; });
  }
  std::uint64_t bytes_delivered() const { return bytes_delivered_; }
  /// I-E2, I-E4: judges what is left over. Call it at the end.
  void judge_end();

  Instant now() const { return now_; }
  Host& host(std::size_t node) { return *nodes_[node]->host; }
  Instant host_time(std::size_t node) const { return now_ + nodes_[node]->options.clock_origin; }
  std::size_t node_count() const { return nodes_.size(); }
  Talker& opener(std::size_t conversation) { return conversations_[conversation]->opener; }
  Talker& responder(std::size_t conversation) { return conversations_[conversation]->responder; }
  std::size_t conversation_count() const { return conversations_.size(); }
  Complaints& complaints() { return complaints_; }
  const StateOracle& states(std::size_t node) const { return nodes_[node]->states; }
  const WireOracle& wire() const { return wire_; }
  std::uint64_t hash() const { return hash_.value(); }
  WorldStatistics statistics() const;
  /// What every unfinished end is doing.
  std::string unfinished() const;

  /// Nodes differ in the last byte of their addresses alone.
  static IpAddress address_of(std::size_t node, IpVersion version);
  IpAddress address_of(std::size_t node) const { return address_of(node, version_); }
  static MacAddress mac_of(std::size_t node);

 private:
  struct Tap final : trace::Sink {
    Tap(World& w, std::size_t n) : world(w), node(n) {}
    void on_event(const trace::Event& event) override { world.on_trace(node, event); }
    World& world;
    std::size_t node;
  };
  struct Node {
    Node(World& world, std::size_t index, const NodeOptions& o);
    NodeOptions options;
    SeededRandom random;
    Generator choices;  ///< batch sizes
    Tap tap;
    StateOracle states;
    std::unique_ptr<Host> host;
    std::size_t baseline = 0;  ///< memory with its listeners and nothing else
    std::uint64_t received = 0;
    std::uint64_t sent = 0;
    std::vector<ListenerHandle> listeners;
    std::vector<Frame> arrived;
    std::vector<Frame> held;
    std::size_t held_next = 0;
    bool busy = false;  ///< something happened to it in this step
    bool deadline_served = false;
  };
  struct Conversation {
    Conversation(const ConversationPlan& p, std::uint64_t seed, std::uint64_t number);
    ConversationPlan plan;
    Talker opener;
    Talker responder;
    std::uint32_t repeats_left;
    bool counted = true;  ///< still among the unfinished
  };
  struct Alarm {
    enum class What : std::uint8_t { kAction, kOpen, kOpenBack, kTalker };
    Instant at;
    std::uint64_t order = 0;
    What what = What::kAction;
    std::size_t index = 0;
  };

  void on_trace(std::size_t index, const trace::Event& event);
  Instant next_instant() const;
  Instant deadline_of(const Node& node) const;
  void step(Instant instant);
  void deliver();
  void hand_over(std::size_t index);
  void ring();
  void serve(std::size_t index);
  void take_events(std::size_t index);
  void accept_all(std::size_t index, ListenerHandle listener);
  bool transmit(std::size_t index);
  void carry(std::size_t from, Frame& frame);
  void route(std::size_t from, std::span<const std::byte> frame);
  void offer(std::size_t from, std::size_t to, std::span<const std::byte> frame);
  void open(std::size_t number, bool back);
  void after_talk(std::size_t number);
  void settle(Conversation& conversation, std::size_t number);
  void set_alarm(Instant when, Alarm::What what, std::size_t index);
  Talker& talker(std::size_t number);
  std::size_t node_of(std::size_t number) const;

  std::uint64_t seed_;
  IpVersion version_;
  Instant now_{};
  std::uint64_t order_ = 0;
  std::uint32_t steps_in_instant_ = 0;
  std::uint64_t unfinished_ = 0;
  std::uint64_t bytes_delivered_ = 0;
  Complaints complaints_;
  Ledger ledger_;
  WireOracle wire_;
  TraceHash hash_;
  WorldStatistics statistics_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::vector<std::unique_ptr<Link>> links_;  ///< from * kMaxNodes + to
  std::vector<std::unique_ptr<Conversation>> conversations_;
  std::map<FourTuple, std::size_t> by_tuple_;  ///< conversations, as their responders see them
  std::vector<Alarm> alarms_;                  ///< a heap, the next on top
  std::vector<std::function<void()>> actions_;
  std::function<void(std::size_t, std::span<const std::byte>)> observer_;
  std::vector<std::byte> gathered_;
  Flight flight_;
};

}  // namespace handfast::sim
