#include <algorithm>

#include "posix/socket_calls.h"
#include "posix/waiting.h"

// epoll. An instance keeps those of its descriptors that something happened to in line; epoll_wait asks each of them
// what it has now. A level-triggered one goes to the end of the line as long as it has something, an edge-triggered one
// leaves the line until the next thing happens, and a one-shot one until EPOLL_CTL_MOD.

namespace handfast::posix {

Outcome SocketCalls::epoll_create(int size) {
  if (size <= 0) return Outcome::failed(kEinval);
  return add(Epoll());
}

Outcome SocketCalls::epoll_create1(int flags) {
  if ((flags & ~kOCloexec) != 0) return Outcome::failed(kEinval);
  return add(Epoll());
}

Outcome SocketCalls::epoll_ctl(int instance, int operation, int descriptor, const EpollEvent& event) {
  Epoll* epoll = epoll_at(instance);
  if (epoll == nullptr) return Outcome::failed(socket_at(instance) != nullptr ? kEinval : kEbadf);
  if (socket_at(descriptor) == nullptr) return Outcome::failed(epoll_at(descriptor) != nullptr ? kEinval : kEbadf);
  const auto found = epoll->items.find(descriptor);
  const bool is_there = found != epoll->items.end();
  if (operation == kEpollCtlAdd && is_there) return Outcome::failed(kEexist);
  if (operation != kEpollCtlAdd && !is_there) return Outcome::failed(kEnoent);
  switch (operation) {
    case kEpollCtlDel:
      epoll->items.erase(found);
      return Outcome::of(0);
    case kEpollCtlAdd:
    case kEpollCtlMod: {
      EpollItem& item = epoll->items[descriptor];
      item = {.events = event.events | kPollErr | kPollHup, .data = event.data};
      if ((readiness_of(descriptor) & item.events) != 0) epoll->make_ready(item);
      return Outcome::of(0);
    }
    default:
      return Outcome::failed(kEinval);
  }
}

Outcome SocketCalls::epoll_wait(int instance, std::span<EpollEvent> events, int timeout_ms, Turn turn) {
  take_events(turn.now);
  Epoll* epoll = epoll_at(instance);
  if (epoll == nullptr) return Outcome::failed(socket_at(instance) != nullptr ? kEinval : kEbadf);
  if (events.empty()) return Outcome::failed(kEinval);
  const std::uint32_t count = collect(*epoll, events);
  return count > 0 ? Outcome::of(count) : wait_ms(timeout_ms, turn);
}

std::uint32_t SocketCalls::collect(Epoll& instance, std::span<EpollEvent> events) {
  std::vector<std::pair<std::uint64_t, int>> line;
  for (const auto& [descriptor, item] : instance.items) {
    if (item.turn != 0) line.emplace_back(item.turn, descriptor);
  }
  std::sort(line.begin(), line.end());
  std::uint32_t count = 0;
  for (const auto& [turn, descriptor] : line) {
    if (count == events.size()) break;
    EpollItem& item = instance.items[descriptor];
    item.turn = 0;
    const std::uint32_t bits = readiness_of(descriptor) & item.events;
    if (bits == 0) continue;
    events[count++] = {.events = bits, .data = item.data};
    if ((item.events & kEpollOneshot) != 0) {
      item.events &= kEpollModes;
    } else if ((item.events & kEpollEt) == 0) {
      instance.make_ready(item);
    }
  }
  return count;
}

}  // namespace handfast::posix
