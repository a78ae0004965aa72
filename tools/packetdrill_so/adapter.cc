#include "packetdrill_so/adapter.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "posix/linux_numbers.h"

namespace handfast::packetdrill_so {

namespace {

constexpr Duration kTick = std::chrono::microseconds(1);
constexpr std::chrono::seconds kLongestHold{
    5};  // of real time: a thread that never asks does not hold the clock for ever
constexpr std::chrono::milliseconds kForTheOtherThread{2};
constexpr int kEdeadlk = 35;

}  // namespace

// Made when it is first needed: packetdrill sets the sysctls of a script after it has loaded the shared object.
Stack& Adapter::stack() {
  if (!stack_) stack_ = Stack::create(options_);
  if (!stack_) {
    std::fprintf(stderr, "handfast: no stack can be made of these --so_flags\n");
    std::exit(EXIT_FAILURE);
  }
  return *stack_;
}

void Adapter::look_at_sysctls() {
  const Lock lock(mutex_);
  stack().look_at_sysctls();
}

posix::Outcome Adapter::perform(const Call& call) {
  Lock lock(mutex_);
  posix::Progress progress;
  const posix::Outcome outcome = call(stack().calls(), {stack().now(), progress});
  moved();
  if (!outcome.waits) return outcome;
  return is_second_thread() ? wait_for_others(lock, call, progress) : wait_alone(call, progress);
}

// The script did not expect the call to block. Nobody else moves the clock, so it does that itself.
posix::Outcome Adapter::wait_alone(const Call& call, posix::Progress& progress) {
  const Instant limit = stack().now() + options_.patience;
  for (;;) {
    const Instant next = std::min(stack().next_deadline(), progress.deadline);
    if (next > limit) return posix::Outcome::failed(kEdeadlk);
    stack().pass_to(next);
    const posix::Outcome outcome = call(stack().calls(), {stack().now(), progress});
    stack().collect();
    if (!outcome.waits) return outcome;
  }
}

posix::Outcome Adapter::wait_for_others(Lock& lock, const Call& call, posix::Progress& progress) {
  Blocked blocked{.call = &call, .progress = progress, .thread = std::this_thread::get_id()};
  blocked_ = &blocked;
  changed_.wait(lock, [&] { return blocked.outcome.has_value(); });
  return *blocked.outcome;
}

// Makes the call that waits again, and only then takes what is to be sent: what the call writes goes with the
// acknowledgment of what it waited for.
void Adapter::moved() {
  if (blocked_ != nullptr) retry_blocked();
  stack().collect();
}

void Adapter::retry_blocked() {
  const posix::Outcome outcome = (*blocked_->call)(stack().calls(), {stack().now(), blocked_->progress});
  if (outcome.waits) return;
  blocked_->outcome = outcome;
  has_ended_ = blocked_->thread;
  blocked_ = nullptr;
  changed_.notify_all();
}

void Adapter::hold_clock(Lock& lock) {
  const auto may_go_on = [&] { return !has_ended_ || *has_ended_ == std::this_thread::get_id(); };
  if (!changed_.wait_for(lock, kLongestHold, may_go_on)) has_ended_.reset();
}

void Adapter::pass_to(Lock& lock, Instant when) {
  while (stack().now() < when) {
    hold_clock(lock);
    const Instant until = blocked_ != nullptr ? std::min(when, blocked_->progress.deadline) : when;
    stack().pass_to(std::max(until, stack().now()));
    moved();
  }
}

bool Adapter::send(std::span<const std::byte> packet) {
  Lock lock(mutex_);
  hold_clock(lock);
  const bool taken = stack().inject(packet);
  moved();
  return taken;
}

std::size_t Adapter::receive(std::span<std::byte> room, long long& microseconds) {
  Lock lock(mutex_);
  const Instant limit = stack().now() + options_.patience;
  while (stack().sent().empty()) {
    const Instant waits_until = blocked_ != nullptr ? blocked_->progress.deadline : kNever;
    const Instant next = std::min(stack().next_deadline(), waits_until);
    if (next > limit) return 0;
    // A deadline that is due already does not make time pass by itself.
    pass_to(lock, std::max(next, stack().now() + kTick));
  }
  const Stack::Packet packet = std::move(stack().sent().front());
  stack().sent().pop_front();
  const std::size_t size = std::min(room.size(), packet.bytes.size());
  std::memcpy(room.data(), packet.bytes.data(), size);
  microseconds = std::chrono::duration_cast<std::chrono::microseconds>(packet.at.time_since_epoch()).count();
  return size;
}

void Adapter::sleep(Duration time) {
  Lock lock(mutex_);
  hold_clock(lock);
  if (std::exchange(may_need_lock_, false)) {
    // A call has ended, and its thread may still want packetdrill's own lock to write down what came of it. That lock
    // is free only while packetdrill sleeps, which takes no real time here.
    lock.unlock();
    std::this_thread::sleep_for(kForTheOtherThread);
    lock.lock();
  }
  pass_to(lock, stack().now() + time);
}

Duration Adapter::time() {
  Lock lock(mutex_);
  if (has_ended_ == std::this_thread::get_id()) {
    has_ended_.reset();
    may_need_lock_ = true;
    changed_.notify_all();
    return stack().now().time_since_epoch();
  }
  pass_to(lock, stack().now() + kTick);
  return stack().now().time_since_epoch();
}

}  // namespace handfast::packetdrill_so
