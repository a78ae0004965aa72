#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "packetdrill_so/stack.h"

// Between packetdrill's two threads and a stack in virtual time.
//
// Packetdrill runs a script on one thread, and those calls that a script expects to block on a second one. A call of
// the second thread that waits is kept here, and whoever moves the stack (by a packet, a call or the clock) makes it
// again at that very moment, so that it ends when it has to in virtual time. Its thread then wakes up in its own real
// time, and asks for the time to see how long the call took: until it has asked, the clock stands still for everybody
// else.
//
// Packetdrill waits for moments by reading the clock in a loop, so that each reading has to take a microsecond.

namespace handfast::packetdrill_so {

class Adapter {
 public:
  using Call = std::function<posix::Outcome(posix::SocketCalls&, posix::Turn)>;

  explicit Adapter(const Options& options) : options_(options) {}

  /// Makes the call, and waits as long as it does.
  posix::Outcome perform(const Call& call);
  /// The sysctls may have changed since the last call.
  void look_at_sysctls();

  bool send(std::span<const std::byte> packet);
  /// The next packet, at most `room.size()` bytes of it; time passes until there is one. 0: none came for too long.
  std::size_t receive(std::span<std::byte> room, long long& microseconds);
  void sleep(Duration time);
  Duration time();

 private:
  struct Blocked {
    const Call* call;
    posix::Progress progress;
    std::thread::id thread;
    std::optional<posix::Outcome> outcome{};
  };
  using Lock = std::unique_lock<std::mutex>;

  Stack& stack();
  posix::Outcome wait_alone(const Call& call, posix::Progress& progress);
  posix::Outcome wait_for_others(Lock& lock, const Call& call, posix::Progress& progress);
  void moved();
  void retry_blocked();
  void hold_clock(Lock& lock);
  void pass_to(Lock& lock, Instant when);
  bool is_second_thread() const { return std::this_thread::get_id() != first_thread_; }

  Options options_;
  std::thread::id first_thread_ = std::this_thread::get_id();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<Stack> stack_;
  Blocked* blocked_ = nullptr;                // the call that waits; it lives on its thread's stack
  std::optional<std::thread::id> has_ended_;  // the thread whose call has ended, and that has not asked the time since
  bool may_need_lock_ = false;                // it has asked, and packetdrill did not sleep since
};

}  // namespace handfast::packetdrill_so
