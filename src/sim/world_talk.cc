#include <algorithm>

#include "base/buffer_pool.h"
#include "sim/world.h"

// The callers' half of the world: who opens when, who is given which accepted connection, when a conversation is over,
// and what must be left of it.

namespace handfast::sim {
namespace {

// A few blocks for active connections, and the tables and slots at their largest, stay for the next connections. Text
// does not.
constexpr std::size_t kRetained = 64u * 1024;
constexpr std::size_t kRetainedSlot = 512;

/// What a Host holds besides buffers that it can hand out. Idle buffers are given up before a request is refused, so
/// all that remains once it has refused one is what somebody holds: the tables, we, and whoever forgot a buffer.
std::size_t memory_without_buffers(Host& host) {
  std::vector<Slice> taken;
  std::size_t ours = 0;
  while (std::optional<Slice> slice = host.allocate(base::BufferPool::kLargest)) {
    ours += base::BufferPool::pinned_bytes(*slice->buffer());
    taken.push_back(std::move(*slice));
  }
  return host.memory_used() - ours;
}

}  // namespace

Talker& World::talker(std::size_t number) {
  Conversation& conversation = *conversations_[number / 2];
  return number % 2 == 0 ? conversation.opener : conversation.responder;
}

std::size_t World::node_of(std::size_t number) const {
  const ConversationPlan& plan = conversations_[number / 2]->plan;
  return number % 2 == 0 ? plan.opener : plan.responder;
}

void World::open(std::size_t number, bool back) {
  Conversation& conversation = *conversations_[number];
  const ConversationPlan& plan = conversation.plan;
  const std::size_t index = back ? plan.responder : plan.opener;
  const Endpoint ends[2] = {{address_of(plan.opener), plan.opener_port},
                            {address_of(plan.responder), plan.responder_port}};
  ConnectOptions options;
  options.peer = ends[back ? 0 : 1];
  options.source = ends[back ? 1 : 0].address;
  options.source_port = ends[back ? 1 : 0].port;
  options.context = 2 * number + (back ? 1 : 0);
  Talker& caller = back ? conversation.responder : conversation.opener;
  nodes_[index]->busy = true;
  const std::error_code error = caller.open(host(index), options, host_time(index));
  if (!error) {
    ++statistics_.incarnations;
    return after_talk(options.context);
  }
  // The tuple may still linger in TIME-WAIT at this end: a patient caller asks again.
  if (error == Error::kAlreadyExists && plan.repeats > 0) {
    return set_alarm(now_ + std::chrono::seconds(1), back ? Alarm::What::kOpenBack : Alarm::What::kOpen, number);
  }
  complaints_.add("connect failed: " + error.message());
}

void World::take_events(std::size_t index) {
  Event event;
  for (std::uint32_t rounds = 0; host(index).poll_event(event); ++rounds) {
    if (rounds > 1'000'000) return complaints_.add("livelock: events without end");
    if (const auto* listener = std::get_if<ListenerHandle>(&event.source)) {
      accept_all(index, *listener);
      continue;
    }
    if (event.context / 2 >= conversations_.size()) {
      if (event.context != ~std::uint64_t{0}) complaints_.add("an event with a context that no caller gave");
      continue;
    }
    talker(event.context).on_readiness(event.readiness, host_time(index));
    after_talk(event.context);
  }
}

void World::accept_all(std::size_t index, ListenerHandle listener) {
  for (;;) {
    const Result<TcpHandle> connection = host(index).accept(listener, host_time(index));
    if (!connection) {
      if (connection.error() != Error::kWouldBlock) complaints_.add("accept failed: " + connection.error().message());
      return;
    }
    const Result<TcpInfo> info = host(index).info(*connection);
    if (!info) return complaints_.add("an accepted connection has no STATUS");
    const auto place = by_tuple_.find(info->tuple);
    if (place == by_tuple_.end())
      return complaints_.add("accepted a tuple that nobody opened: " + describe(info->tuple));
    const std::size_t number = 2 * place->second + 1;
    Talker& caller = talker(number);
    if (caller.stage() != Talker::Stage::kIdle) {
      return complaints_.add("accepted " + describe(info->tuple) + " twice (I-G3): " + caller.summary());
    }
    (void)host(index).set_context(*connection, number);
    caller.adopt(host(index), *connection, *info, host_time(index));
    after_talk(number);
  }
}

void World::after_talk(std::size_t number) {
  const Instant wake = talker(number).next_wake();
  if (wake != kNever) {
    const Duration origin = nodes_[node_of(number)]->options.clock_origin;
    set_alarm(std::max(wake - origin, now_), Alarm::What::kTalker, number);
  }
  settle(*conversations_[number / 2], number / 2);
}

void World::settle(Conversation& conversation, std::size_t number) {
  using Stage = Talker::Stage;
  const Talker& a = conversation.opener;
  const Talker& b = conversation.responder;
  const bool gave_up = a.stage() == Stage::kDone && (a.error() || a.record()->aborted);
  const bool over = a.stage() == Stage::kDone && (b.stage() == Stage::kDone || (b.stage() == Stage::kIdle && gave_up));
  if (!over) {
    // A connection may still be accepted after its opener has gone.
    if (!conversation.counted) {
      conversation.counted = true;
      ++unfinished_;
    }
    return;
  }
  if (!conversation.counted) return;
  for (const Talker* end : {&a, &b}) bytes_delivered_ += end->record() != nullptr ? end->record()->delivered : 0;
  const auto rude = [](const Talker& end) {
    return end.record() != nullptr && (end.record()->aborted || end.record()->let_go);
  };
  const bool impolite = conversation.plan.opener_plan.close >= CloseStyle::kLetGo ||
                        conversation.plan.responder_plan.close >= CloseStyle::kLetGo;
  if (!impolite && (rude(a) || rude(b))) {
    complaints_.add("a conversation without aborts failed (I-E1): " + a.summary() + "; " + b.summary());
  }
  if (conversation.repeats_left > 0) {
    --conversation.repeats_left;
    conversation.opener.reset();
    conversation.responder.reset();
    set_alarm(now_ + conversation.plan.pause, Alarm::What::kOpen, number);
    if (conversation.plan.simultaneous) {
      set_alarm(now_ + conversation.plan.pause + conversation.plan.skew, Alarm::What::kOpenBack, number);
    }
    return;
  }
  conversation.counted = false;
  --unfinished_;
}

void World::abandon_orphans(Instant when) {
  now_ = std::max(now_, when);
  complaints_.set_now(now_);
  const auto gone = [](const Talker& end) {
    return end.stage() == Talker::Stage::kDone && (end.record()->aborted || end.record()->let_go);
  };
  for (std::size_t number = 0; number < 2 * conversations_.size(); ++number) {
    if (!gone(talker(number ^ 1)) || talker(number).stage() == Talker::Stage::kDone) continue;
    const std::size_t index = node_of(number);
    talker(number).give_up(host_time(index));
    nodes_[index]->deadline_served = false;
    serve(index);
    after_talk(number);
  }
}

bool World::all_closed() const {
  if (!all_talked()) return false;
  return std::ranges::all_of(nodes_, [](const auto& node) { return node->host->connection_count() == 0; });
}

void World::judge_end() {
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    Node& node = *nodes_[i];
    const std::string name = "host " + std::to_string(i) + ": ";
    for (Frame& frame : node.held) frame.clear();
    if (node.host->connection_count() != 0) {
      complaints_.add(name + std::to_string(node.host->connection_count()) + " connections are left (I-E2)");
    }
    const std::size_t held = memory_without_buffers(*node.host);
    if (held > node.baseline + kRetained + kRetainedSlot * statistics_.incarnations) {
      complaints_.add(name + std::to_string(held) + " bytes are held, " + std::to_string(node.baseline) +
                      " were before (I-E2)");
    }
    const Counters& counters = node.host->counters();
    const std::string odd = unbalanced(counters);
    if (!odd.empty()) complaints_.add(name + odd);
    if (counters.frames_received != node.received || counters.frames_sent != node.sent) {
      complaints_.add(name + "counts " + std::to_string(counters.frames_received) + " frames received and " +
                      std::to_string(counters.frames_sent) + " sent; the driver saw " + std::to_string(node.received) +
                      " and " + std::to_string(node.sent) + " (I-E4)");
    }
  }
}

WorldStatistics World::statistics() const {
  WorldStatistics statistics = statistics_;
  for (const auto& link : links_) {
    if (link != nullptr) statistics.links.add(link->statistics());
  }
  return statistics;
}

std::string World::unfinished() const {
  std::string text;
  for (const auto& conversation : conversations_) {
    if (conversation->counted)
      text += " [" + conversation->opener.summary() + "; " + conversation->responder.summary() + "]";
  }
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    text += " host " + std::to_string(i) + " holds " + std::to_string(nodes_[i]->host->connection_count());
  }
  return text;
}

}  // namespace handfast::sim
