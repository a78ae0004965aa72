#pragma once

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "handfast/random.h"

namespace handfast::drivers {

/// The kernel's generator. Small requests are served from a buffer, so that an ISN or a port costs no system call;
/// bytes handed out are wiped from it. A process that forks must make a new one in the child.
class SystemRandom final : public Random {
 public:
  void fill(std::span<std::byte> bytes) override {
    if (bytes.size() > ready_.size()) return ask_kernel(bytes);
    if (bytes.size() > ready_.size() - used_) {
      ask_kernel(ready_);
      used_ = 0;
    }
    if (bytes.empty()) return;
    std::memcpy(bytes.data(), ready_.data() + used_, bytes.size());
    std::memset(ready_.data() + used_, 0, bytes.size());
    used_ += bytes.size();
  }

 private:
  static void ask_kernel(std::span<std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t got = ::getrandom(bytes.data(), bytes.size(), 0);
      if (got > 0) {
        bytes = bytes.subspan(static_cast<std::size_t>(got));
      } else if (errno != EINTR) {
        std::abort();  // Guessable sequence numbers are worse than no stack: Random::fill must not fail.
      }
    }
  }

  std::array<std::byte, 1024> ready_{};
  std::size_t used_ = sizeof(ready_);
};

}  // namespace handfast::drivers
