#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <thread>

#include "drivers/file_descriptor.h"
#include "handfast/connection_words.h"
#include "handfast/demo_parts.h"
#include "handfast/stack_session.h"
#include "trace/ladder.h"

// The second part: the peer is the kernel's own TCP. A child process moves into a new network namespace, so that
// neither its device nor its addresses nor its packets are seen by the rest of the machine, and they vanish with it. In
// there a thread echoes on an ordinary socket, and the Host talks to it over a TUN device.

namespace handfast::tool {

namespace {

using drivers::FileDescriptor;

constexpr std::uint16_t kPort = 7;
constexpr Duration kPatience = std::chrono::seconds(60);
const IpAddress kKernel = IpAddress::v4(10, 0, 0, 1);

std::string words(int error) { return std::generic_category().message(error); }

int skipped(const std::string& why) {
  fmt::print("Left out: {}\n", why);
  return kOk;
}

// An own network namespace; where only root may have one, inside an own user namespace, if that is permitted.
bool enter_namespace() { return ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0; }

// The kernel's end: takes one connection and sends everything back.
class KernelEcho {
 public:
  /// False, with errno set, where the kernel refuses a socket. The address must be there already.
  bool start() {
    listener_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!listener_.is_open()) return false;
    // A machine's default may be one that models the path; what a loss does is easier to see with these.
    for (const char* name : {"cubic", "reno"}) {
      if (::setsockopt(listener_.get(), IPPROTO_TCP, TCP_CONGESTION, name, static_cast<socklen_t>(std::strlen(name))) ==
          0)
        break;
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(kPort);
    address.sin_addr.s_addr = htonl(kKernel.v4_number());
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return false;
    if (::listen(listener_.get(), 1) != 0) return false;
    thread_ = std::jthread([this] { serve(); });
    return true;
  }
  std::string congestion_control() const {
    std::array<char, 16> name{};
    auto length = static_cast<socklen_t>(name.size() - 1);
    ::getsockopt(listener_.get(), IPPROTO_TCP, TCP_CONGESTION, name.data(), &length);
    return name.data();
  }
  /// Wakes the thread where nobody ever connected.
  ~KernelEcho() { ::shutdown(listener_.get(), SHUT_RDWR); }
  KernelEcho() = default;
  KernelEcho(const KernelEcho&) = delete;
  KernelEcho& operator=(const KernelEcho&) = delete;

 private:
  void serve() const {
    const FileDescriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    // A peer that fell silent must not keep the process.
    const timeval patience{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    ::setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    std::array<char, 65536> text;
    for (ssize_t got = 1; connection.is_open() && got > 0;) {
      got = ::read(connection.get(), text.data(), text.size());
      for (ssize_t sent = 0; sent < got;) {
        const ssize_t count = ::write(connection.get(), text.data() + sent, static_cast<std::size_t>(got - sent));
        if (count <= 0) return;
        sent += count;
      }
    }
  }

  FileDescriptor listener_;
  std::jthread thread_;  // Last: it is joined before the socket is closed.
};

// Our end: sends noise, takes it back and compares.
class EchoCaller {
 public:
  EchoCaller(StackSession& session, const DemoOptions& options) : session_(session), text_(options.bytes) {
    drivers::SeededRandom(options.seed).fill(text_);
  }

  ExitCode run() {
    const Result<TcpHandle> connection = session_.host().connect({.peer = peer()}, session_.now());
    if (!connection) return tell_failure(explain_connection_error(connection.error(), peer()));
    connection_ = *connection;
    session_.loop().on_event([this](const Event& event) { on_event(event.readiness); });
    session_.loop().on_turn([this] { look_whether_over(); });
    session_.loop().add_alarm(session_.now() + kPatience, [this] { end("it took more than a minute"); });
    const ExitCode ran = session_.run();
    if (ran != kOk) return ran;
    if (trouble_.empty() && !over_) return kInterrupted;
    return trouble_.empty() ? kOk : tell_failure(trouble_);
  }

 private:
  static Endpoint peer() { return {kKernel, kPort}; }
  static ExitCode tell_failure(const std::string& why) {
    fmt::print("FAILED: {}\n", why);
    return kFailed;
  }

  void on_event(std::uint16_t readiness) {
    if (over_) return;
    if ((readiness & Readiness::kFailed) != 0) {
      const Result<TcpInfo> info = session_.host().info(connection_);
      return end(explain_connection_error(info ? info->error : info.error(), peer()));
    }
    send();
    take();
  }

  void send() {
    if (closed_) return;
    while (sent_ < text_.size()) {
      const auto taken =
          session_.host().send(connection_, std::span<const std::byte>(text_).subspan(sent_), session_.now());
      if (!taken) return;
      sent_ += *taken;
    }
    closed_ = session_.host().close_send(connection_, session_.now()).has_value();
  }

  void take() {
    while (!heard_end_) {
      const Result<Slice> text = session_.host().receive_slice(connection_, session_.now());
      if (!text) return;
      if (text->empty()) {
        heard_end_ = true;
        if (back_ != text_.size()) end(fmt::format("only {} of {} bytes came back", back_, text_.size()));
        return;
      }
      const auto bytes = text->bytes();
      if (bytes.size() > text_.size() - back_ || std::memcmp(bytes.data(), text_.data() + back_, bytes.size()) != 0) {
        return end(fmt::format("a wrong byte came back behind byte {}", back_));
      }
      back_ += bytes.size();
    }
  }

  // Both directions ended: from here on TIME-WAIT only waits.
  void look_whether_over() {
    if (over_ || !heard_end_ || !closed_) return;
    const Result<TcpInfo> info = session_.host().info(connection_);
    if (!info || info->state == TcpState::kTimeWait || info->state == TcpState::kClosed) end({});
  }

  void end(std::string trouble) {
    if (over_) return;
    over_ = true;
    trouble_ = std::move(trouble);
    if (!trouble_.empty()) (void)session_.host().abort(connection_, session_.now());
    session_.loop().begin_shutdown(std::chrono::seconds(1));
  }

  StackSession& session_;
  std::vector<std::byte> text_;
  TcpHandle connection_;
  std::size_t sent_ = 0;
  std::size_t back_ = 0;
  bool closed_ = false;
  bool heard_end_ = false;
  bool over_ = false;
  std::string trouble_;
};

StackOptions stack_options(const DemoOptions& options) {
  StackOptions stack;
  stack.device = "hf0";
  stack.peer_address = Prefix{kKernel, 24};
  stack.seed = options.seed;
  stack.fault_seed = options.seed;
  stack.faults_in.loss = stack.faults_out.loss = options.loss;
  stack.faults_in.reorder = stack.faults_out.reorder = options.reorder;
  return stack;
}

ExitCode talk(StackSession& session, const DemoOptions& options) {
  StandardOutput output;
  trace::Ladder ladder(output, {.colour = options.colour, .filter = trace::LadderFilter::kHandshakeAndClose});
  session.host().set_trace(&ladder);
  EchoCaller caller(session, options);
  const Instant begun = session.now();
  const ExitCode code = caller.run();
  const auto took = std::chrono::duration<double>(session.now() - begun).count();
  session.host().set_trace(nullptr);
  ladder.finish();
  const Counters& counters = session.host().counters();
  fmt::print("\n{} segments sent, {} of them again; {} received; {:.3f} s\n", counters.segments_sent,
             counters.segments_retransmitted, counters.segments_received, took);
  if (code == kOk) fmt::print("all {} bytes came back from the kernel as they were sent\n", options.bytes);
  return code;
}

int in_child(const DemoOptions& options) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  fmt::print("\nThe Linux kernel as the peer, over a TUN device in a network namespace of its own.\n");
  if (!enter_namespace()) return skipped(fmt::format("no network namespace can be made: {}", words(errno)));
  const auto session = StackSession::open(stack_options(options));
  if (!session) return skipped(session.error().text);
  KernelEcho echo;
  if (!echo.start()) return skipped(fmt::format("the kernel's end cannot listen: {}", words(errno)));
  fmt::print("Its congestion control is {}. {} bytes go there and back.\n\n", echo.congestion_control(), options.bytes);
  return talk(**session, options);
}

}  // namespace

ExitCode demo_with_kernel(const DemoOptions& options) {
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) {
    fmt::print("\nThe part with the kernel as the peer is left out: no process can be made: {}\n", words(errno));
    return kOk;
  }
  if (child == 0) {
    int code = kFailed;
    try {
      code = in_child(options);
    } catch (const std::exception& error) {
      fmt::print("FAILED: {}\n", error.what());
    }
    std::fflush(nullptr);
    ::_exit(code);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? static_cast<ExitCode>(WEXITSTATUS(status)) : kFailed;
}

}  // namespace handfast::tool
