#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "drivers/poller.h"
#include "drivers/port.h"
#include "drivers/signal_source.h"
#include "drivers/system_clock.h"
#include "handfast/host.h"

namespace handfast::drivers {

/// Drives one Host on this thread: devices, clock, signals and whatever other files the caller waits for.
///
/// A turn waits for files or the next deadline, then does everything in batches: it reads up to 64 frames from each
/// device, hands them over at once, lets deadlines expire, hands out events, and writes what the Host has to send until
/// it has no more or a device is full. Callbacks may use every verb of the Host; what they cause is sent in the same
/// turn. The Host, and the devices, must outlive the loop.
class EventLoop {
 public:
  using EventCallback = std::function<void(const Event&)>;
  using Action = std::function<void()>;
  using Alarm = std::uint64_t;

  static Outcome<std::unique_ptr<EventLoop>> create(Host& host, Clock clock = &system_now);

  /// The port stays valid as long as the loop. Errors: the device's file cannot be waited on.
  Outcome<Port*> add_device(LinkDevice& device, InterfaceId interface);
  /// Where other files are waited for.
  Poller& poller() { return *poller_; }
  Host& host() { return *host_; }
  Instant now() const { return clock_(); }

  /// Called for each event of the Host.
  void on_event(EventCallback callback) { on_event_ = std::move(callback); }
  /// Called in each turn when frames, deadlines and alarms are dealt with and before anything is sent: for whoever
  /// waits for a change of state that has no event.
  void on_turn(Action callback) { on_turn_ = std::move(callback); }
  /// Called with a sentence about something that may pass, such as an interface that went down.
  void on_notice(std::function<void(const Trouble&)> callback) { on_notice_ = std::move(callback); }
  /// Calls `action` once, at `when`. Returns a number for cancel_alarm.
  Alarm add_alarm(Instant when, Action action);
  void cancel_alarm(Alarm alarm);

  /// From now on SIGINT and SIGTERM call `first` once; a second signal stops the loop at once, and stopped_by() tells.
  /// An empty `first` begins a shutdown.
  Outcome<void> watch_signals(Action first = {});
  /// Closes every connection in good order; run() returns when that is done, or `grace` from now at the latest.
  void begin_shutdown(Duration grace);
  bool is_shutting_down() const { return drain_until_ != kNever; }
  /// run() returns after this turn.
  void stop() { stopped_ = true; }
  /// The number of the first signal, 0 for none; `insisted`: a second one came.
  int signal() const { return signal_; }
  bool insisted() const { return insisted_; }

  /// One turn, which waits no longer than `limit`.
  Outcome<void> turn(std::optional<Duration> limit = std::nullopt);
  /// Turns until stop() or the end of a shutdown. A Trouble: a device ended.
  Outcome<void> run();

 private:
  // Lends the Host's buffers to devices.
  class HostBuffers final : public BufferSource {
   public:
    explicit HostBuffers(Host& host) : host_(&host) {}
    std::optional<Slice> allocate(std::uint32_t size) override { return host_->allocate(size); }

   private:
    Host* host_;
  };
  struct Link {
    std::unique_ptr<Port> port;
    Poller::Watch watch = 0;
    bool readable = false;
    bool more = false;
  };
  struct Waiting {
    Alarm number;
    Instant when;
    Action action;
  };

  EventLoop(Host& host, Clock clock, std::unique_ptr<Poller> poller);
  std::optional<Duration> time_to_wait(std::optional<Duration> limit) const;
  Outcome<void> receive(Instant now);
  void ring_alarms(Instant now);
  Outcome<void> serve();
  bool hand_out_events();
  Outcome<bool> transmit();
  Outcome<void> flush(Link& link);
  Link* link_of(InterfaceId interface);
  bool is_drained() const;
  void take_signal();

  Host* host_;
  Clock clock_;
  std::unique_ptr<Poller> poller_;
  HostBuffers buffers_;
  std::vector<std::unique_ptr<Link>> links_;
  std::vector<Frame> arrived_;
  std::vector<Frame> leaving_;
  std::vector<Waiting> alarms_;
  std::unique_ptr<SignalSource> signals_;
  EventCallback on_event_;
  std::function<void(const Trouble&)> on_notice_;
  Action on_signal_;
  Action on_turn_;
  Instant drain_until_ = kNever;
  Alarm next_alarm_ = 1;
  int signal_ = 0;
  bool insisted_ = false;
  bool stopped_ = false;
  bool busy_ = false;  // Something was left undone: the next turn does not wait.
};

}  // namespace handfast::drivers
