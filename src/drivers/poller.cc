#include "drivers/poller.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <span>

namespace handfast::drivers {

namespace {

constexpr Poller::Watch make_watch(std::size_t index, std::uint32_t generation) {
  return Poller::Watch{generation} << 32 | static_cast<std::uint32_t>(index);
}

std::uint32_t to_epoll(std::uint32_t interest) {
  std::uint32_t events = 0;
  if ((interest & Poller::kReadable) != 0) events |= EPOLLIN;
  if ((interest & Poller::kWritable) != 0) events |= EPOLLOUT;
  return events;
}

std::uint32_t from_epoll(std::uint32_t events) {
  std::uint32_t ready = 0;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) ready |= Poller::kReadable;
  if ((events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) != 0) ready |= Poller::kWritable;
  return ready;
}

// Waiting to the nanosecond needs Linux 5.11; before it, milliseconds are rounded up so that nothing spins.
int wait_for(int epoll, std::span<epoll_event> events, std::optional<Duration> limit) {
  const int room = static_cast<int>(events.size());
  if (!limit) return ::epoll_wait(epoll, events.data(), room, -1);
  const Duration span = std::max(*limit, Duration::zero());
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span);
  timespec timeout{};
  timeout.tv_sec = seconds.count();
  timeout.tv_nsec = (span - seconds).count();
  const int count = ::epoll_pwait2(epoll, events.data(), room, &timeout, nullptr);
  if (count >= 0 || errno != ENOSYS) return count;
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(span).count();
  return ::epoll_wait(epoll, events.data(), room,
                      static_cast<int>(std::min<std::int64_t>(rounded, std::numeric_limits<int>::max())));
}

}  // namespace

Outcome<std::unique_ptr<Poller>> Poller::create() {
  FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.is_open()) {
    return std::unexpected(system_trouble(errno, "make an epoll instance", "raise the limit with `ulimit -n`"));
  }
  return std::unique_ptr<Poller>(new Poller(std::move(epoll)));
}

Outcome<Poller::Watch> Poller::add(int file, std::uint32_t interest, Callback callback) {
  std::size_t index = 0;
  while (index < entries_.size() && entries_[index].callback != nullptr) ++index;
  if (index == entries_.size()) entries_.emplace_back();
  Entry& entry = entries_[index];
  entry = Entry{.file = file,
                .interest = interest,
                .generation = entry.generation + 1,
                .callback = std::make_shared<Callback>(std::move(callback))};
  if (const int error = apply(index); error != 0) {
    entry.callback.reset();
    return std::unexpected(system_trouble(error, "wait for file " + std::to_string(file)));
  }
  return make_watch(index, entry.generation);
}

Poller::Entry* Poller::find(Watch watch) {
  const std::size_t index = watch & 0xFFFFFFFF;
  if (index >= entries_.size()) return nullptr;
  Entry& entry = entries_[index];
  return entry.callback != nullptr && entry.generation == watch >> 32 ? &entry : nullptr;
}

// Brings epoll into line with what the entry wants; 0 or an errno.
int Poller::apply(std::size_t index) {
  Entry& entry = entries_[index];
  const bool wanted = entry.callback != nullptr && entry.interest != 0 && !entry.always_ready;
  if (!wanted && !entry.in_epoll) return 0;
  epoll_event event{};
  event.events = to_epoll(entry.interest);
  event.data.u64 = make_watch(index, entry.generation);
  const int operation = !wanted ? EPOLL_CTL_DEL : entry.in_epoll ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  if (::epoll_ctl(epoll_.get(), operation, entry.file, &event) == 0) {
    entry.in_epoll = wanted;
    return 0;
  }
  if (errno != EPERM) return errno;
  entry.always_ready = true;  // A regular file, or a device such as /dev/null.
  return 0;
}

void Poller::set_interest(Watch watch, std::uint32_t interest) {
  Entry* entry = find(watch);
  if (entry == nullptr || entry->interest == interest) return;
  entry->interest = interest;
  apply(watch & 0xFFFFFFFF);
}

void Poller::remove(Watch watch) {
  Entry* entry = find(watch);
  if (entry == nullptr) return;
  entry->interest = 0;
  apply(watch & 0xFFFFFFFF);
  entry->callback.reset();
}

std::vector<Poller::Watch> Poller::always_ready() const {
  std::vector<Watch> watches;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    const Entry& entry = entries_[i];
    if (entry.callback != nullptr && entry.always_ready && entry.interest != 0) {
      watches.push_back(make_watch(i, entry.generation));
    }
  }
  return watches;
}

// An earlier callback of the same turn may have removed the watch or lost interest in it.
void Poller::call(Watch watch, std::uint32_t ready) {
  Entry* entry = find(watch);
  if (entry == nullptr || (entry->interest & ready) == 0) return;
  const std::shared_ptr<Callback> callback = entry->callback;
  (*callback)(entry->interest& ready);
}

Outcome<void> Poller::wait(std::optional<Duration> limit) {
  const std::vector<Watch> ready_now = always_ready();
  if (!ready_now.empty()) limit = Duration::zero();
  std::array<epoll_event, 64> events{};
  const int count = wait_for(epoll_.get(), events, limit);
  if (count < 0 && errno != EINTR) return std::unexpected(system_trouble(errno, "wait for files"));
  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    call(event.data.u64, from_epoll(event.events));
  }
  for (const Watch watch : ready_now) call(watch, kReadable | kWritable);
  return {};
}

}  // namespace handfast::drivers
