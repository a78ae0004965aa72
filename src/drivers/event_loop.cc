#include "drivers/event_loop.h"

#include <algorithm>

namespace handfast::drivers {

namespace {

// How many events one turn hands out before devices are looked at again.
constexpr std::size_t kEventsPerTurn = 1024;
// How often events and transmission may cause each other within one turn.
constexpr int kRounds = 4;
// How many batches one turn sends: a bulk sender must not keep acknowledgments waiting in the device.
constexpr int kBatchesPerTurn = 16;
constexpr Duration kDefaultGrace = std::chrono::seconds(5);

}  // namespace

Outcome<std::unique_ptr<EventLoop>> EventLoop::create(Host& host, Clock clock) {
  Outcome<std::unique_ptr<Poller>> poller = Poller::create();
  if (!poller) return std::unexpected(std::move(poller.error()));
  return std::unique_ptr<EventLoop>(new EventLoop(host, clock, std::move(*poller)));
}

EventLoop::EventLoop(Host& host, Clock clock, std::unique_ptr<Poller> poller)
    : host_(&host), clock_(clock), poller_(std::move(poller)), buffers_(host), leaving_(Port::kBatch) {
  busy_ = true;  // The caller may have asked something of the Host before the first turn, such as to connect.
}

Outcome<Port*> EventLoop::add_device(LinkDevice& device, InterfaceId interface) {
  auto link = std::make_unique<Link>();
  link->port = std::make_unique<Port>(device, interface);
  Link* place = link.get();
  Outcome<Poller::Watch> watch = poller_->add(device.descriptor(), Poller::kReadable, [place](std::uint32_t ready) {
    if ((ready & Poller::kReadable) != 0) place->readable = true;
  });
  if (!watch) return std::unexpected(std::move(watch.error()));
  link->watch = *watch;
  links_.push_back(std::move(link));
  return place->port.get();
}

EventLoop::Alarm EventLoop::add_alarm(Instant when, Action action) {
  alarms_.push_back({next_alarm_, when, std::move(action)});
  return next_alarm_++;
}

void EventLoop::cancel_alarm(Alarm alarm) {
  std::erase_if(alarms_, [alarm](const Waiting& waiting) { return waiting.number == alarm; });
}

Outcome<void> EventLoop::watch_signals(Action first) {
  Outcome<std::unique_ptr<SignalSource>> source = SignalSource::create();
  if (!source) return std::unexpected(std::move(source.error()));
  signals_ = std::move(*source);
  on_signal_ = first ? std::move(first) : [this] { begin_shutdown(kDefaultGrace); };
  Outcome<Poller::Watch> watch =
      poller_->add(signals_->descriptor(), Poller::kReadable, [this](std::uint32_t) { take_signal(); });
  if (!watch) return std::unexpected(std::move(watch.error()));
  return {};
}

void EventLoop::take_signal() {
  while (const std::optional<int> number = signals_->take()) {
    if (signal_ != 0) {
      insisted_ = true;
      stop();
      continue;
    }
    signal_ = *number;
    on_signal_();
  }
}

void EventLoop::begin_shutdown(Duration grace) {
  if (is_shutting_down()) return;
  const Instant now = clock_();
  drain_until_ = now + grace;
  host_->shutdown(now, drain_until_);
}

std::optional<Duration> EventLoop::time_to_wait(std::optional<Duration> limit) const {
  if (busy_) return Duration::zero();
  Instant next = std::min(host_->next_deadline(), drain_until_);
  for (const std::unique_ptr<Link>& link : links_) {
    if (link->more) return Duration::zero();
    next = std::min(next, link->port->next_deadline());
  }
  for (const Waiting& waiting : alarms_) next = std::min(next, waiting.when);
  if (next == kNever) return limit;
  const Duration until = std::max(next - clock_(), Duration::zero());
  return limit ? std::min(*limit, until) : until;
}

Outcome<void> EventLoop::turn(std::optional<Duration> limit) {
  const std::optional<Duration> wait = time_to_wait(limit);
  busy_ = false;
  if (Outcome<void> waited = poller_->wait(wait); !waited) return waited;
  const Instant now = clock_();
  if (Outcome<void> received = receive(now); !received) return received;
  host_->on_deadline(now);
  ring_alarms(now);
  if (on_turn_) on_turn_();
  return serve();
}

Outcome<void> EventLoop::receive(Instant now) {
  for (const std::unique_ptr<Link>& link : links_) {
    link->port->release(now, arrived_);
    if (!link->readable && !link->more) continue;
    link->readable = false;
    Outcome<bool> more = link->port->read(buffers_, now, arrived_);
    if (!more) return std::unexpected(std::move(more.error()));
    link->more = *more;
  }
  if (arrived_.empty()) return {};
  host_->receive(arrived_, now);
  arrived_.clear();
  return {};
}

void EventLoop::ring_alarms(Instant now) {
  std::vector<Action> due;
  std::erase_if(alarms_, [&](Waiting& waiting) {
    if (waiting.when > now) return false;
    due.push_back(std::move(waiting.action));
    return true;
  });
  for (const Action& action : due) action();
}

Outcome<void> EventLoop::serve() {
  for (int round = 0; round < kRounds; ++round) {
    const bool told = hand_out_events();
    Outcome<bool> sent = transmit();
    if (!sent) return std::unexpected(std::move(sent.error()));
    if (!told && !*sent) return {};
  }
  busy_ = true;
  return {};
}

bool EventLoop::hand_out_events() {
  Event event;
  std::size_t count = 0;
  while (count < kEventsPerTurn && host_->poll_event(event)) {
    ++count;
    if (on_event_) on_event_(event);
  }
  return count != 0;
}

// Writes until the Host has nothing more or a device is full; true where something was sent.
Outcome<bool> EventLoop::transmit() {
  for (const std::unique_ptr<Link>& link : links_) {
    if (Outcome<void> flushed = flush(*link); !flushed) return std::unexpected(std::move(flushed.error()));
  }
  bool sent = false;
  for (int batch = 0; batch < kBatchesPerTurn; ++batch) {
    const auto full = [](const std::unique_ptr<Link>& link) { return link->port->is_full(); };
    if (std::ranges::any_of(links_, full)) return sent;
    const Instant now = clock_();
    const std::size_t count = host_->poll_transmit(leaving_, now);
    for (std::size_t i = 0; i < count; ++i) {
      Frame frame = std::move(leaving_[i]);
      leaving_[i] = Frame{};
      if (Link* link = link_of(frame.interface)) link->port->put(std::move(frame), now);
    }
    sent = sent || count != 0;
    for (const std::unique_ptr<Link>& link : links_) {
      if (Outcome<void> flushed = flush(*link); !flushed) return std::unexpected(std::move(flushed.error()));
    }
    if (count < leaving_.size()) return sent;
  }
  busy_ = true;
  return sent;
}

Outcome<void> EventLoop::flush(Link& link) {
  Outcome<void> flushed = link.port->flush();
  if (!flushed) return flushed;
  poller_->set_interest(link.watch, Poller::kReadable | (link.port->is_full() ? Poller::kWritable : 0));
  while (std::optional<Trouble> notice = link.port->device().take_notice()) {
    if (on_notice_) on_notice_(*notice);
  }
  return {};
}

// Nothing is left in the Host, nor in a port that waits for its device.
bool EventLoop::is_drained() const {
  const auto full = [](const std::unique_ptr<Link>& link) { return link->port->is_full(); };
  return host_->is_drained() && std::ranges::none_of(links_, full);
}

EventLoop::Link* EventLoop::link_of(InterfaceId interface) {
  for (const std::unique_ptr<Link>& link : links_) {
    if (link->port->interface() == interface) return link.get();
  }
  return nullptr;
}

Outcome<void> EventLoop::run() {
  while (!stopped_) {
    if (Outcome<void> turned = turn(); !turned) return turned;
    if (is_shutting_down() && (is_drained() || clock_() >= drain_until_)) break;
  }
  return {};
}

}  // namespace handfast::drivers
