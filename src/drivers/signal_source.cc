#include "drivers/signal_source.h"

#include <sys/signalfd.h>

#include <cerrno>

namespace handfast::drivers {

Outcome<std::unique_ptr<SignalSource>> SignalSource::create() {
  std::unique_ptr<SignalSource> source(new SignalSource);
  sigset_t wanted{};
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGINT);
  sigaddset(&wanted, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &wanted, &source->before_);
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, &source->pipe_before_);
  source->file_ = FileDescriptor(::signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!source->file_.is_open()) return std::unexpected(system_trouble(errno, "watch for signals"));
  return source;
}

SignalSource::~SignalSource() {
  file_.reset();
  ::sigaction(SIGPIPE, &pipe_before_, nullptr);
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

std::optional<int> SignalSource::take() {
  signalfd_siginfo report{};
  if (::read(file_.get(), &report, sizeof report) != static_cast<ssize_t>(sizeof report)) return std::nullopt;
  return static_cast<int>(report.ssi_signo);
}

}  // namespace handfast::drivers
