#pragma once

#include <expected>
#include <memory>

#include "drivers/device.h"
#include "drivers/event_loop.h"
#include "drivers/seeded_random.h"
#include "drivers/system_random.h"
#include "handfast/exit_codes.h"
#include "handfast/host.h"
#include "handfast/progress.h"
#include "handfast/stack_options.h"
#include "handfast/trace_outputs.h"

namespace handfast::tool {

/// A stack on a device, ready to be used: what every subcommand that talks to the outside begins with.
///
/// open() attaches to the device, sets the kernel's side as far as the options ask, checks that frames can
/// flow, and makes the Host, its trace outputs and its loop. Whatever is missing comes back as a sentence and an exit
/// code.
class StackSession {
 public:
  static std::expected<std::unique_ptr<StackSession>, Failure> open(const StackOptions& options);
  ~StackSession();
  StackSession(const StackSession&) = delete;
  StackSession& operator=(const StackSession&) = delete;

  Host& host() { return *host_; }
  drivers::EventLoop& loop() { return *loop_; }
  Instant now() const { return loop_->now(); }
  const Progress& progress() const { return progress_; }
  const IpAddress& address() const { return options_.address.address; }

  /// Runs the loop until somebody stops it or a shutdown is done. kEnvironment, with a sentence told, where the device
  /// ended; kInterrupted where a second signal insisted; else kOk.
  ExitCode run();
  /// Ends the trace outputs and tells what was counted. A file that could not be written turns kOk into kEnvironment.
  ExitCode finish(ExitCode code);

 private:
  explicit StackSession(const StackOptions& options);
  std::expected<void, Failure> set_up();
  std::expected<void, Failure> open_device();
  std::expected<void, Failure> settle_kernel_side();
  std::expected<void, Failure> make_host();
  std::expected<void, Failure> make_loop();
  InterfaceConfig interface_config() const;
  void tell_counters() const;

  // In the order of dependence: what is declared later goes first.
  StackOptions options_;
  Progress progress_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<TraceOutputs> traces_;
  std::unique_ptr<Host> host_;
  std::unique_ptr<drivers::Device> device_;
  std::unique_ptr<drivers::EventLoop> loop_;
  drivers::Port* port_ = nullptr;
  InterfaceId interface_;
  std::uint16_t mtu_ = 1500;
};

}  // namespace handfast::tool
