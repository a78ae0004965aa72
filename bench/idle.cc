#include <benchmark/benchmark.h>
#include <malloc.h>

#include <vector>

#include "pair.h"

// What connections cost that do nothing. "idle": established, after an exchange of 64 bytes each way that was
// acknowledged; "half-open": in the acceptor's SYN queue. Both as the Host charges them to its own budget
// (Host::memory_used) and as the C library hands out (mallinfo2: allocation overhead included), divided by their
// number, everything the Host keeps for them included: table, timers, queues. And the cost of one more handshake while
// so many exist.

namespace handfast::bench {
namespace {

constexpr std::uint32_t kBatch = 64;

std::size_t allocated() {
  const struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

PairOptions roomy(std::uint32_t connections) {
  PairOptions options;
  options.config.limits.connections = connections + 4096;
  options.config.limits.memory = std::size_t{8} << 30;
  options.addresses = 4;
  options.ports = 5;
  return options;
}

// Two Hosts with `count` idle connections between them.
class Idle {
 public:
  explicit Idle(std::uint32_t count) : pair_(roomy(count)), count_(count), next_(count) {
    const std::size_t opener_before = pair_.opener().memory_used();
    const std::size_t acceptor_before = pair_.acceptor().memory_used();
    const std::size_t allocated_before = allocated();
    for (std::uint32_t first = 0; first < count; first += kBatch) {
      const std::uint32_t batch = std::min(kBatch, count - first);
      open(first, batch);
      exchange();
      handles_.clear();
    }
    pair_.pass(1s);
    pair_.carry_all();
    if (pair_.acceptor().connection_count() != count) fail("connections are missing");
    opener_bytes_ = each(pair_.opener().memory_used() - opener_before);
    acceptor_bytes_ = each(pair_.acceptor().memory_used() - acceptor_before);
    allocated_bytes_ = each(allocated() - allocated_before) / 2;
  }

  // The CPU time of `kBatch` handshakes, from connect to accept, in nanoseconds. They are aborted again, unmeasured.
  // Each batch has 4-tuples of its own, so that nothing that is looked up for them is still in a cache.
  double handshakes() {
    if (next_ + kBatch > pair_.tuples()) next_ = count_;
    const double start = thread_nanoseconds();
    open(next_, kBatch);
    const double spent = thread_nanoseconds() - start;
    for (const TcpHandle handle : handles_) must(pair_.opener().abort(handle, pair_.now()), "abort");
    pair_.pass(100ms);  // resets are rate-limited
    pair_.carry_all();
    for (const TcpHandle handle : accepted_) static_cast<void>(pair_.acceptor().abort(handle, pair_.now()));
    drain();
    handles_.clear();
    next_ += kBatch;
    if (pair_.acceptor().connection_count() != count_ || pair_.opener().connection_count() != count_) fail("not ended");
    return spent;
  }

  double opener_bytes() const { return opener_bytes_; }
  double acceptor_bytes() const { return acceptor_bytes_; }
  double allocated_bytes() const { return allocated_bytes_; }

 private:
  void open(std::uint32_t first, std::uint32_t batch) {
    accepted_.clear();
    for (std::uint32_t i = 0; i < batch; ++i) handles_.push_back(pair_.connect_numbered(first + i));
    pair_.carry_all();
    for (TcpHandle handle; pair_.accept(handle);) accepted_.push_back(handle);
    if (accepted_.size() != batch) fail("not accepted");
    drain();
  }

  void exchange() {
    std::array<std::byte, 64> text{};
    for (const TcpHandle handle : handles_) must(pair_.opener().send(handle, text, pair_.now()), "send");
    pair_.carry_all();
    for (const TcpHandle handle : accepted_) {
      must(pair_.acceptor().receive(handle, text, pair_.now()), "receive");
      must(pair_.acceptor().send(handle, text, pair_.now()), "send");
    }
    pair_.carry_all();
    for (const TcpHandle handle : handles_) must(pair_.opener().receive(handle, text, pair_.now()), "receive");
    pair_.pass(50ms);  // the delayed ACK of the reply
    pair_.carry_all();
    drain();
  }

  void drain() {
    for (Event event; pair_.opener().poll_event(event);) {
    }
    for (Event event; pair_.acceptor().poll_event(event);) {
    }
  }

  double each(std::size_t bytes) const { return static_cast<double>(bytes) / count_; }

  Pair pair_;
  std::uint32_t count_;
  std::uint32_t next_;  // the first 4-tuple of the next handshakes
  std::vector<TcpHandle> handles_;
  std::vector<TcpHandle> accepted_;
  double opener_bytes_ = 0;
  double acceptor_bytes_ = 0;
  double allocated_bytes_ = 0;
};

// Google Benchmark enters a benchmark several times to find its number of iterations; the million stays open.
Idle& idle_connections(std::uint32_t count) {
  static std::unique_ptr<Idle> kept;
  static std::uint32_t kept_count = 0;
  if (kept == nullptr || kept_count != count) {
    kept.reset();
    kept = std::make_unique<Idle>(count);
    kept_count = count;
  }
  return *kept;
}

void handshake_beside(benchmark::State& state) {
  Idle& idle = idle_connections(static_cast<std::uint32_t>(state.range(0)));
  for (int i = 0; i < 100; ++i) idle.handshakes();
  double spent = 0;
  for (auto _ : state) {
    const double batch = idle.handshakes();
    state.SetIterationTime(batch * 1e-9);
    spent += batch;
  }
  state.counters["ns_each"] = spent / (static_cast<double>(state.iterations()) * kBatch);
  state.counters["opener_bytes"] = idle.opener_bytes();
  state.counters["acceptor_bytes"] = idle.acceptor_bytes();
  state.counters["allocated_bytes"] = idle.allocated_bytes();
}
BENCHMARK(handshake_beside)->ArgName("connections")->Arg(1000)->Arg(100000)->Arg(1000000)->UseManualTime();

// SYNs reach the acceptor, whose SYN-ACKs are lost; the opener gives each attempt up at once.
void half_open(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  for (auto _ : state) {
    PairOptions options = roomy(8192);
    options.config.limits.syn_queue = count;
    Pair pair(options);
    const std::size_t used_before = pair.acceptor().memory_used();
    const std::size_t allocated_before = allocated();
    for (std::uint32_t first = 0; first < count; first += kBatch) {
      std::array<TcpHandle, kBatch> handles;
      const std::uint32_t batch = std::min(kBatch, count - first);
      for (std::uint32_t i = 0; i < batch; ++i) handles[i] = pair.connect_numbered(first + i);
      pair.carry_to_acceptor();
      pair.lose_what(pair.acceptor());
      for (std::uint32_t i = 0; i < batch; ++i) must(pair.opener().abort(handles[i], pair.now()), "abort");
    }
    const Counters& counters = pair.acceptor().counters();
    if (counters.segments_received != count || counters.segments_sent != count) fail("SYNs are missing");
    state.counters["bytes"] = static_cast<double>(pair.acceptor().memory_used() - used_before) / count;
    state.counters["allocated_bytes"] = static_cast<double>(allocated() - allocated_before) / count;
  }
  state.SetItemsProcessed(state.iterations() * count);
}
BENCHMARK(half_open)->ArgName("connections")->Arg(1000)->Arg(100000)->Arg(1000000)->Iterations(1);

}  // namespace
}  // namespace handfast::bench
