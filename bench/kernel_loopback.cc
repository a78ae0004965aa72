#include <arpa/inet.h>
#include <benchmark/benchmark.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "kernel_namespace.h"
#include "one_core.h"

// The same exchanges over the Linux kernel's loopback, both ends in one thread on one core. On the loopback the kernel
// delivers a segment within the system call that sends it, so every call below finds its data there: no waiting, no
// switch of tasks, the kernel's best case. It neither makes nor verifies checksums there. CPU time is user and system
// time of the thread, the network's softirqs within its calls included.

namespace handfast::bench {
namespace {

constexpr std::size_t kTextLength = 64;
constexpr std::uint32_t kAddresses = 32;  // 127.0.0.1 and on, so that no pair of ends runs out of ports

void check(bool good, const char* what) {
  if (!good) fail(std::string(what) + ": " + std::strerror(errno));
}

sockaddr_in loopback(std::uint32_t number, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + number % kAddresses);
  return address;
}

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  int number_;
};

struct Connection {
  Descriptor opener;
  Descriptor acceptor;
};

// A listening socket at any port of every address.
class Listener {
 public:
  Listener() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in any{};
    any.sin_family = AF_INET;
    socklen_t length = sizeof any;
    check(bind(socket_.number(), reinterpret_cast<sockaddr*>(&any), sizeof any) == 0, "bind");
    check(listen(socket_.number(), 4096) == 0, "listen");
    check(getsockname(socket_.number(), reinterpret_cast<sockaddr*>(&any), &length) == 0, "getsockname");
    port_ = ntohs(any.sin_port);
  }
  Descriptor open(std::uint32_t number) const {
    Descriptor one(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(number, port_);
    check(connect(one.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "connect");
    return one;
  }
  Descriptor accept() const {
    Descriptor one(accept4(socket_.number(), nullptr, nullptr, SOCK_CLOEXEC));
    check(one.number() >= 0, "accept");
    return one;
  }

 private:
  Descriptor socket_;
  std::uint16_t port_ = 0;
};

using Text = std::array<char, kTextLength>;

void send_text(int to, const Text& text) {
  check(send(to, text.data(), text.size(), MSG_NOSIGNAL) == kTextLength, "send");
}
void take_text(int from, Text& text) {
  check(recv(from, text.data(), text.size(), MSG_WAITALL) == kTextLength, "recv");
}

// --- Connections per second: the exchange of connections.cc ---

void kernel_connections(benchmark::State& state) {
  const auto at_once = static_cast<std::size_t>(state.range(0));
  const Listener listener;
  std::vector<Connection> open(at_once);
  Text text{};
  std::uint32_t number = 0;
  for (auto _ : state) {
    for (Connection& one : open) one.opener = listener.open(number++);
    for (Connection& one : open) one.acceptor = listener.accept();
    for (const Connection& one : open) send_text(one.opener.number(), text);
    for (const Connection& one : open) {
      take_text(one.acceptor.number(), text);
      send_text(one.acceptor.number(), text);
    }
    for (Connection& one : open) {
      take_text(one.opener.number(), text);
      one.opener = Descriptor();
    }
    for (Connection& one : open) {
      check(recv(one.acceptor.number(), text.data(), text.size(), 0) == 0, "end of text");
      one.acceptor = Descriptor();
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(kernel_connections)->ArgName("at_once")->Arg(1)->Arg(64);

// --- Requests and replies: the exchange of exchange.cc ---

std::vector<Connection> connected(const Listener& listener, std::size_t count) {
  std::vector<Connection> open(count);
  const int on = 1;
  for (std::size_t i = 0; i < count; ++i) {
    open[i].opener = listener.open(static_cast<std::uint32_t>(i));
    open[i].acceptor = listener.accept();
    setsockopt(open[i].opener.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(open[i].acceptor.number(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  return open;
}

// Answers, or with `answer` false only takes, what the descriptors of `poller` have; until `count` of them had
// something.
void serve(const Descriptor& poller, std::size_t count, bool answer) {
  std::array<epoll_event, 64> events;
  Text text{};
  while (count > 0) {
    const int ready = epoll_wait(poller.number(), events.data(), events.size(), -1);
    check(ready > 0, "epoll_wait");
    for (int i = 0; i < ready; ++i) {
      take_text(events[static_cast<std::size_t>(i)].data.fd, text);
      if (answer) send_text(events[static_cast<std::size_t>(i)].data.fd, text);
    }
    count -= static_cast<std::size_t>(ready);
  }
}

void watch(const Descriptor& poller, int descriptor) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  check(epoll_ctl(poller.number(), EPOLL_CTL_ADD, descriptor, &event) == 0, "epoll_ctl");
}

// One connection needs no epoll, and is measured without. More are served as their events come.
void kernel_request_response(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const Listener listener;
  const std::vector<Connection> open = connected(listener, count);
  const Descriptor openers(epoll_create1(EPOLL_CLOEXEC));
  const Descriptor acceptors(epoll_create1(EPOLL_CLOEXEC));
  for (const Connection& one : open) {
    if (count == 1) break;
    watch(openers, one.opener.number());
    watch(acceptors, one.acceptor.number());
  }
  Text text{};
  for (auto _ : state) {
    for (const Connection& one : open) send_text(one.opener.number(), text);
    if (count == 1) {
      take_text(open[0].acceptor.number(), text);
      send_text(open[0].acceptor.number(), text);
      take_text(open[0].opener.number(), text);
    } else {
      serve(acceptors, count, true);
      serve(openers, count, false);
    }
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(kernel_request_response)->ArgName("connections")->Arg(1)->Arg(64)->Arg(1000);

// --- Bulk: the exchange of bulk.cc ---

void kernel_bulk(benchmark::State& state) {
  constexpr std::size_t kChunk = 64 * 1024;
  const bool offload = state.range(0) != 0;
  const auto mtu = static_cast<int>(state.range(1));
  if (!set_loopback(mtu, offload)) {
    state.SkipWithError("the loopback's MTU and offload may not be set here");
    return;
  }
  const Listener listener;
  const std::vector<Connection> open = connected(listener, 1);
  const std::vector<char> source(4 * kChunk, 'x');
  std::vector<char> sink(kChunk);
  std::size_t at = 0;
  std::int64_t bytes = 0;
  for (auto _ : state) {
    for (ssize_t sent = 1; sent > 0;) {
      sent = send(open[0].opener.number(), source.data() + at, kChunk, MSG_DONTWAIT | MSG_NOSIGNAL);
      at = (at + kChunk) % source.size();
    }
    for (ssize_t taken = 1; taken > 0;) {
      taken = recv(open[0].acceptor.number(), sink.data(), sink.size(), MSG_DONTWAIT);
      if (taken > 0) bytes += taken;
    }
  }
  check(bytes >= state.iterations(), "bulk transfer stalled");
  state.SetBytesProcessed(bytes);
  state.counters["gbit"] = benchmark::Counter(static_cast<double>(bytes) * 8e-9, benchmark::Counter::kIsRate);
  set_loopback(65536, true);
}
BENCHMARK(kernel_bulk)->ArgNames({"offload", "mtu"})->Args({0, 1500})->Args({1, 1500})->Args({1, 65536});

// --- Memory of an idle connection ---

std::int64_t slab_bytes() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("Slab:")) return std::atoll(line.c_str() + 5) * 1024;
  }
  return 0;
}

// What the kernel's slabs grow by, for both ends, sockets and files included. Whole machine: other programs disturb it.
void kernel_idle_memory(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = 2 * count + 100;
  limit.rlim_max = std::max(limit.rlim_max, limit.rlim_cur);
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    state.SkipWithError("this many descriptors may not be opened here");
    return;
  }
  const Listener listener;
  for (auto _ : state) {
    const std::int64_t before = slab_bytes();
    const std::vector<Connection> open = connected(listener, count);
    Text text{};
    for (const Connection& one : open) {
      send_text(one.opener.number(), text);
      take_text(one.acceptor.number(), text);
      send_text(one.acceptor.number(), text);
      take_text(one.opener.number(), text);
    }
    state.counters["bytes"] = static_cast<double>(slab_bytes() - before) / static_cast<double>(2 * count);
  }
}
BENCHMARK(kernel_idle_memory)->ArgName("connections")->Arg(9000)->Iterations(1);

}  // namespace
}  // namespace handfast::bench

int main(int argc, char** argv) {
  const std::string where = handfast::bench::enter_own_namespace();
  const std::string measured = "the kernel's loopback " + where + ", both ends in one thread on one core";
  return handfast::bench::run(argc, argv, measured.c_str());
}
