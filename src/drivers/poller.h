#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "drivers/file_descriptor.h"
#include "drivers/trouble.h"
#include "handfast/time.h"

namespace handfast::drivers {

/// Waits for many files at once (epoll, level-triggered) and calls back those that are ready.
///
/// Regular files cannot be waited for: they count as ready whenever somebody is interested. A watch without interest is
/// taken out of epoll altogether, since the kernel would otherwise go on reporting a hang-up that nobody can take yet.
class Poller {
 public:
  static constexpr std::uint32_t kReadable = 1;  ///< also at the end of the file, and when the other side hung up
  static constexpr std::uint32_t kWritable = 2;  ///< also when a write would fail

  using Callback = std::function<void(std::uint32_t ready)>;

  /// Names a watch; 0 names none. Stale watches are harmless.
  using Watch = std::uint64_t;

  static Outcome<std::unique_ptr<Poller>> create();

  /// Calls `callback` from wait() whenever `file` is ready for one of `interest`. Does not own the file; one watch a
  /// file.
  Outcome<Watch> add(int file, std::uint32_t interest, Callback callback);
  void set_interest(Watch watch, std::uint32_t interest);
  /// May be called from a callback, its own included. To be called before the file is closed.
  void remove(Watch watch);
  /// Waits until something is ready or `limit` has passed (none: for ever), then calls back.
  Outcome<void> wait(std::optional<Duration> limit);

 private:
  struct Entry {
    int file = -1;
    std::uint32_t interest = 0;
    bool in_epoll = false;
    bool always_ready = false;
    std::uint32_t generation = 0;
    std::shared_ptr<Callback> callback;
  };

  explicit Poller(FileDescriptor epoll) : epoll_(std::move(epoll)) {}
  Entry* find(Watch watch);
  int apply(std::size_t index);
  std::vector<Watch> always_ready() const;
  void call(Watch watch, std::uint32_t ready);

  FileDescriptor epoll_;
  std::vector<Entry> entries_;
};

}  // namespace handfast::drivers
