#pragma once

#include <signal.h>

#include <memory>
#include <optional>

#include "drivers/file_descriptor.h"
#include "drivers/trouble.h"

namespace handfast::drivers {

/// SIGINT and SIGTERM as a file to wait on, for as long as it lives; SIGPIPE is ignored meanwhile, so that a closed
/// output is an error of write() and not the end of the process. One at a time in a process.
class SignalSource {
 public:
  static Outcome<std::unique_ptr<SignalSource>> create();
  ~SignalSource();
  SignalSource(const SignalSource&) = delete;
  SignalSource& operator=(const SignalSource&) = delete;

  int descriptor() const { return file_.get(); }
  /// The number of a signal that arrived, each once.
  std::optional<int> take();

 private:
  SignalSource() = default;

  FileDescriptor file_;
  sigset_t before_{};
  struct sigaction pipe_before_{};
};

}  // namespace handfast::drivers
