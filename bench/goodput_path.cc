#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "drivers/system_clock.h"
#include "drivers/system_random.h"
#include "handfast/host.h"
#include "sim/bulk_transfer.h"

// One bulk transfer in real time: a sender, the path of sim/bulk_path.h run by the machine's clock, and a sink that is
// an ordinary socket of the kernel. The sender is either Handfast, in this process, or the kernel's TCP; the sink and
// the path are the same for both, so that what differs is the sender. Both kernel ends live in network namespaces of
// this process alone, joined by nothing but the path, and go with it.
//
//   handfast Host --> BulkPath --> TUN --> kernel's socket, which counts
//   kernel's socket --> TUN --> BulkPath --> TUN --> kernel's socket, which counts
//
// Arguments are pairs, NAME=NUMBER or NAME=WORD. Prints one line: kbit/s, and what the sender says of itself.

namespace handfast::bench {

namespace {

constexpr std::uint16_t kPort = 5001;
constexpr int kSkipped = 77;
constexpr std::size_t kMostPackets = 64;  // in a row from one device
constexpr std::uint32_t kSenderAddress = 0xC0'00'02'01;
constexpr std::uint32_t kSinkAddress = 0xC0'00'02'02;

[[noreturn]] void fail(const std::string& what) {
  const int why = errno;
  std::fprintf(stderr, "goodput_path: %s: %s\n", what.c_str(), std::strerror(why));
  std::_Exit(why == EPERM || why == ENOENT || why == EACCES ? kSkipped : 1);
}

int must(int result, const char* what) {
  if (result < 0) fail(what);
  return result;
}

void set(const std::string& name, const std::string& value) {
  const int file = open(("/proc/sys/net/" + name).c_str(), O_WRONLY | O_CLOEXEC);
  if (file < 0 || write(file, value.data(), value.size()) < 0) fail(name);
  close(file);
}

sockaddr_in address_of(std::uint32_t address, std::uint16_t port) {
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_port = htons(port);
  name.sin_addr.s_addr = htonl(address);
  return name;
}

// From here on this thread lives in a namespace of its own, with one TUN device in it. Returns the device's end.
int enter_namespace(std::uint32_t address) {
  must(unshare(CLONE_NEWNET), "unshare");
  if (access("/proc/sys/net/ipv6", F_OK) == 0) set("ipv6/conf/default/disable_ipv6", "1");
  set("ipv4/tcp_no_metrics_save", "1");
  set("ipv4/tcp_rmem", "4096 16777216 67108864");
  set("ipv4/tcp_wmem", "4096 16777216 67108864");
  const int device = must(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "/dev/net/tun");
  ifreq about{};
  std::strncpy(about.ifr_name, "path", IFNAMSIZ);
  about.ifr_flags = IFF_TUN | IFF_NO_PI;
  must(ioctl(device, TUNSETIFF, &about), "TUNSETIFF");
  const int control = must(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  about.ifr_qlen = 20000;  // the only queue that loses is the path's
  must(ioctl(control, SIOCSIFTXQLEN, &about), "SIOCSIFTXQLEN");
  sockaddr_in name = address_of(address, 0);
  std::memcpy(&about.ifr_addr, &name, sizeof name);
  must(ioctl(control, SIOCSIFADDR, &about), "SIOCSIFADDR");
  name = address_of(0xFF'FF'FF'00, 0);
  std::memcpy(&about.ifr_netmask, &name, sizeof name);
  must(ioctl(control, SIOCSIFNETMASK, &about), "SIOCSIFNETMASK");
  about.ifr_flags = IFF_UP | IFF_RUNNING;
  must(ioctl(control, SIOCSIFFLAGS, &about), "SIOCSIFFLAGS");
  close(control);
  return device;
}

// The caller at the far end: takes everything, and counts until the length is over.
class Sink {
 public:
  explicit Sink(Duration length) : length_(length) {
    listener_ = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    const sockaddr_in name = address_of(kSinkAddress, kPort);
    must(bind(listener_, reinterpret_cast<const sockaddr*>(&name), sizeof name), "bind");
    must(listen(listener_, 1), "listen");
    std::thread([this] { count(); }).detach();
  }
  bool over() const { return over_; }
  std::uint64_t bytes() const { return bytes_; }

 private:
  void count() {
    const int connection = must(accept(listener_, nullptr, nullptr), "accept");
    const Instant end = drivers::system_now() + length_;
    const timeval patience{.tv_sec = 0, .tv_usec = 20'000};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    std::vector<std::byte> room(1u << 18);
    for (;;) {
      const ssize_t count = recv(connection, room.data(), room.size(), 0);
      if (drivers::system_now() >= end) break;
      if (count > 0) bytes_ += static_cast<std::uint64_t>(count);
    }
    over_ = true;
  }

  Duration length_;
  int listener_ = -1;
  std::atomic<std::uint64_t> bytes_ = 0;
  std::atomic<bool> over_ = false;
};

// Whoever is at the near end: takes what the path brings back, says what it sends and when it wants to be asked again.
class Sender {
 public:
  virtual ~Sender() = default;
  virtual void turn(sim::BulkPath& path, Instant now) = 0;
  virtual Instant next_deadline() const = 0;
  virtual int descriptor() const = 0;
  virtual std::string summary() const = 0;
};

class HandfastSender final : public Sender {
 public:
  HandfastSender(CongestionControl algorithm, Instant now) : text_(64u * 1024) {
    Config config;
    config.tcp = sim::bulk_config(algorithm);
    host_ = std::move(*Host::create(config, random_));
    InterfaceConfig interface;
    interface.addresses = {{IpAddress::v4(192, 0, 2, 1), 24}};
    if (!host_->add_interface(interface)) fail("add_interface");
    connection_ = *host_->connect({.peer = {IpAddress::v4(192, 0, 2, 2), kPort}}, now);
  }

  void turn(sim::BulkPath& path, Instant now) override {
    take(path, now);
    if (host_->next_deadline() <= now) host_->on_deadline(now);
    bool may_write = false;
    for (Event event; host_->poll_event(event);) {
      may_write = may_write || (event.readiness & (Readiness::kConnected | Readiness::kWritable)) != 0;
    }
    while (may_write) may_write = host_->send(connection_, text_, now).has_value();
    std::array<Frame, kMostPackets> frames;
    for (std::size_t count = frames.size(); count == frames.size();) {
      count = host_->poll_transmit(frames, now);
      for (Frame& frame : std::span(frames).first(count)) {
        gathered_.clear();
        for (const Slice& slice : frame.used()) {
          gathered_.insert(gathered_.end(), slice.bytes().begin(), slice.bytes().end());
        }
        frame = Frame{};
        path.offer_forward(gathered_, now);
      }
    }
  }
  Instant next_deadline() const override { return host_->next_deadline(); }
  int descriptor() const override { return -1; }
  std::string summary() const override {
    return "handfast again=" + std::to_string(host_->counters().segments_retransmitted) +
           " sent=" + std::to_string(host_->counters().segments_sent);
  }

 private:
  void take(sim::BulkPath& path, Instant now) {
    sim::Flight flight;
    std::vector<Frame> arriving;
    while (path.back().take(now, flight)) {
      std::optional<Slice> slice = host_->allocate(static_cast<std::uint32_t>(flight.bytes.size()));
      if (!slice) fail("allocate");
      std::ranges::copy(flight.bytes, slice->mutable_bytes().begin());
      slice->truncate(static_cast<std::uint32_t>(flight.bytes.size()));
      arriving.emplace_back().add(std::move(*slice));
      path.back().recycle(std::move(flight.bytes));
    }
    if (!arriving.empty()) host_->receive(arriving, now);
  }

  drivers::SystemRandom random_;
  std::unique_ptr<Host> host_;
  TcpHandle connection_;
  std::vector<std::byte> text_;
  std::vector<std::byte> gathered_;
};

// Reads what the kernel sends; false: nothing. What is not IPv4 is not ours.
bool read_packet(int device, std::array<std::byte, 2048>& room, std::span<const std::byte>& packet) {
  const ssize_t count = read(device, room.data(), room.size());
  if (count < 0 && errno != EAGAIN && errno != EINTR) fail("read");
  if (count <= 0) return false;
  packet = std::span(room).first(static_cast<std::size_t>(count));
  if (std::to_integer<unsigned>(room[0]) >> 4 != 4) packet = {};
  return true;
}

void write_packet(int device, const std::vector<std::byte>& packet) {
  if (write(device, packet.data(), packet.size()) < 0 && errno != EINTR) fail("write");
}

class KernelSender final : public Sender {
 public:
  explicit KernelSender(const std::string& algorithm) : device_(enter_namespace(kSenderAddress)) {
    socket_ = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    must(setsockopt(socket_, IPPROTO_TCP, TCP_CONGESTION, algorithm.data(), static_cast<socklen_t>(algorithm.size())),
         "TCP_CONGESTION");
    std::thread([this] { send_all(); }).detach();
  }

  void turn(sim::BulkPath& path, Instant now) override {
    sim::Flight flight;
    while (path.back().take(now, flight)) {
      write_packet(device_, flight.bytes);
      path.back().recycle(std::move(flight.bytes));
    }
    std::array<std::byte, 2048> room;
    std::span<const std::byte> packet;
    for (std::size_t i = 0; i < kMostPackets && read_packet(device_, room, packet); ++i) {
      if (!packet.empty()) path.offer_forward(packet, now);
    }
  }
  Instant next_deadline() const override { return kNever; }
  int descriptor() const override { return device_; }
  std::string summary() const override {
    char name[16] = {};
    socklen_t length = sizeof name;
    getsockopt(socket_, IPPROTO_TCP, TCP_CONGESTION, name, &length);
    tcp_info info{};
    length = sizeof info;
    getsockopt(socket_, IPPROTO_TCP, TCP_INFO, &info, &length);
    return std::string("linux-") + name + " again=" + std::to_string(info.tcpi_total_retrans);
  }

 private:
  void send_all() {
    const sockaddr_in name = address_of(kSinkAddress, kPort);
    must(connect(socket_, reinterpret_cast<const sockaddr*>(&name), sizeof name), "connect");
    const std::vector<std::byte> text(1u << 18);
    while (send(socket_, text.data(), text.size(), MSG_NOSIGNAL) > 0) {
    }
  }

  int device_;
  int socket_ = -1;
};

void wait(Sender& sender, int sink_device, Instant next) {
  std::array<pollfd, 2> about = {{{.fd = sink_device, .events = POLLIN, .revents = 0},
                                  {.fd = sender.descriptor(), .events = POLLIN, .revents = 0}}};
  const Duration left =
      std::clamp<Duration>(next == kNever ? std::chrono::milliseconds(20) : next - drivers::system_now(),
                           Duration::zero(), std::chrono::milliseconds(20));
  const timespec patience{.tv_sec = 0, .tv_nsec = left.count()};
  ppoll(about.data(), about.size(), &patience, nullptr);
}

// The path's clock is the machine's.
void carry(Sender& sender, int sink_device, sim::BulkPath& path, const Sink& sink, Instant limit) {
  std::array<std::byte, 2048> room;
  std::span<const std::byte> packet;
  while (!sink.over()) {
    const Instant now = drivers::system_now();
    if (now > limit) fail("no end");
    for (std::size_t i = 0; i < kMostPackets && read_packet(sink_device, room, packet); ++i) {
      if (!packet.empty()) path.offer_back(packet, now);
    }
    sim::Flight flight;
    while (path.forward().take(now, flight)) {
      write_packet(sink_device, flight.bytes);
      path.forward().recycle(std::move(flight.bytes));
    }
    sender.turn(path, now);
    wait(sender, sink_device, std::min(path.next(), sender.next_deadline()));
  }
}

// A path that is served late is a longer path: ahead of everything else that runs here. It is idle most of the time.
void be_punctual() {
  prctl(PR_SET_TIMERSLACK, 1);
  const sched_param priority{.sched_priority = 10};
  if (sched_setscheduler(0, SCHED_FIFO, &priority) != 0) {
    std::fprintf(stderr, "goodput_path: no real-time priority: %s\n", std::strerror(errno));
  }
}

class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      const std::string pair = argv[i];
      const std::size_t equals = pair.find('=');
      if (equals != std::string::npos) values_[pair.substr(0, equals)] = pair.substr(equals + 1);
    }
  }
  std::string word(const std::string& name, const std::string& otherwise) const {
    const auto place = values_.find(name);
    return place == values_.end() ? otherwise : place->second;
  }
  std::uint64_t number(const std::string& name, std::uint64_t otherwise) const {
    const std::string text = word(name, std::to_string(otherwise));
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) fail(name + ": no number: " + text);
    return value;
  }

 private:
  std::map<std::string, std::string> values_;
};

int run(const Arguments& arguments) {
  const std::string who = arguments.word("sender", "handfast");
  const std::string algorithm = arguments.word("cc", "cubic");
  const auto named = congestion_control_named(algorithm == "reno" ? "newreno" : algorithm);
  sim::BulkPlan plan;
  plan.path = {.rate = arguments.number("rate", 100) * 1'000'000,
               .rtt = std::chrono::microseconds(arguments.number("rtt_us", 20'000)),
               .buffer_percent = static_cast<std::uint32_t>(arguments.number("queue", 100)),
               .loss = static_cast<std::uint32_t>(arguments.number("loss", 0)),
               .bursts = arguments.number("bursts", 0) != 0,
               .seed = arguments.number("seed", 1)};
  plan.length = std::chrono::milliseconds(arguments.number("ms", 5'000));
  if (who != "linux" && !named) fail("no congestion control of that name: " + algorithm);
  if (named) plan.congestion_control = *named;
  if (who == "virtual") {
    std::printf("%llu virtual\n", static_cast<unsigned long long>(sim::run_bulk(plan).kbits));
    return 0;
  }
  be_punctual();  // the threads of both callers too
  const int sink_device = enter_namespace(kSinkAddress);
  const Sink sink(plan.length);
  std::unique_ptr<Sender> sender;
  const Instant now = drivers::system_now();
  if (who == "linux") {
    sender = std::make_unique<KernelSender>(algorithm == "newreno" ? "reno" : algorithm);
  } else {
    sender = std::make_unique<HandfastSender>(plan.congestion_control, now);
  }
  sim::BulkPath path(plan.path);
  carry(*sender, sink_device, path, sink, now + plan.length + std::chrono::seconds(20));
  const std::uint64_t kbits = sink.bytes() * 8 / static_cast<std::uint64_t>(plan.length / std::chrono::milliseconds(1));
  const sim::LinkStatistics& way = path.forward().statistics();
  std::printf("%llu %s queue_drops=%llu path_drops=%llu\n", static_cast<unsigned long long>(kbits),
              sender->summary().c_str(), static_cast<unsigned long long>(way.dropped_queue),
              static_cast<unsigned long long>(way.dropped() - way.dropped_queue));
  std::fflush(stdout);
  std::_Exit(0);  // the threads are still in their calls
}

}  // namespace

}  // namespace handfast::bench

int main(int argc, char** argv) { return handfast::bench::run(handfast::bench::Arguments(argc, argv)); }
