#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <utility>

namespace handfast::tool {

/// What a person watching wants to know, on standard error: quiet unless somebody asked or is looking.
class Progress {
 public:
  explicit Progress(bool on) : on_(on) {}

  bool is_on() const { return on_; }
  template <typename... Args>
  void say(fmt::format_string<Args...> format, Args&&... args) const {
    if (on_) complain(format, std::forward<Args>(args)...);
  }
  /// What must be told in any case.
  template <typename... Args>
  static void complain(fmt::format_string<Args...> format, Args&&... args) {
    fmt::print(stderr, "handfast: {}\n", fmt::format(format, std::forward<Args>(args)...));
  }

 private:
  bool on_;
};

}  // namespace handfast::tool
