#include <benchmark/benchmark.h>

#include "pair.h"

// Connections per second: handshake, a request of 64 bytes, a reply of 64 bytes, both ends closed, nothing left but
// the opener's TIME-WAIT entry. Virtual time passes between connections, so that those entries age: with 5 ms and
// 2 MSL = 60 s, some 12,000 linger at any time and each is expired by its timer.

namespace handfast::bench {
namespace {

constexpr std::size_t kTextLength = 64;
using Text = std::array<std::byte, kTextLength>;

class Exchange {
 public:
  explicit Exchange(Pair& pair) : pair_(pair) {}

  // Opens `at_once` connections and goes on until every one of them has ended at both ends.
  void run(std::uint32_t at_once) {
    for (std::uint32_t i = 0; i < at_once; ++i) {
      pair_.connect();
    }
    while (pair_.carry_to_acceptor() > 0) {
      serve_acceptor();
      pair_.carry_to_opener();
      serve_opener();
    }
    if (pair_.opener().connection_count() != 0 || pair_.acceptor().connection_count() != 0) fail("still connected");
  }
  std::uint64_t replies() const { return replies_; }

 private:
  void serve_acceptor() {
    Host& host = pair_.acceptor();
    for (Event event; host.poll_event(event);) {
      if (const auto* listener = std::get_if<ListenerHandle>(&event.source)) {
        for (Result<TcpHandle> one = host.accept(*listener, pair_.now()); one;
             one = host.accept(*listener, pair_.now())) {
        }
      } else if ((event.readiness & Readiness::kReadable) != 0) {
        answer(std::get<TcpHandle>(event.source));
      }
    }
  }

  // The request comes and is answered; or there is no more, and then this end closes too.
  void answer(TcpHandle handle) {
    Host& host = pair_.acceptor();
    const Result<std::size_t> got = host.receive(handle, text_, pair_.now());
    if (!got) return;
    if (*got == 0) return must(host.close(handle, pair_.now()), "close");
    if (*got != kTextLength || must(host.send(handle, text_, pair_.now()), "send") != kTextLength) fail("reply");
  }

  void serve_opener() {
    Host& host = pair_.opener();
    for (Event event; host.poll_event(event);) {
      const TcpHandle handle = std::get<TcpHandle>(event.source);
      if ((event.readiness & Readiness::kFailed) != 0) fail("a connection failed");
      if ((event.readiness & Readiness::kConnected) != 0) must(host.send(handle, request_, pair_.now()), "send");
      if ((event.readiness & Readiness::kReadable) == 0) continue;
      if (must(host.receive(handle, text_, pair_.now()), "receive") != kTextLength) fail("reply cut short");
      must(host.close(handle, pair_.now()), "close");
      ++replies_;
    }
  }

  Pair& pair_;
  Text request_{};
  Text text_{};
  std::uint64_t replies_ = 0;
};

void connections(benchmark::State& state) {
  const auto at_once = static_cast<std::uint32_t>(state.range(0));
  Pair pair(PairOptions{});
  Exchange exchange(pair);
  const std::uint64_t warm_up = 16384 / at_once;
  for (std::uint64_t i = 0; i < warm_up; ++i) {
    exchange.run(at_once);
    pair.pass(5ms * at_once);
  }
  const std::uint64_t frames = pair.frames();
  for (auto _ : state) {
    exchange.run(at_once);
    pair.pass(5ms * at_once);
  }
  const auto count = static_cast<std::uint64_t>(state.iterations()) * at_once;
  if (exchange.replies() != count + warm_up * at_once) fail("a reply is missing");
  state.SetItemsProcessed(static_cast<std::int64_t>(count));
  state.counters["segments_each"] = static_cast<double>(pair.frames() - frames) / static_cast<double>(count);
}
BENCHMARK(connections)->ArgName("at_once")->Arg(1)->Arg(64);

}  // namespace
}  // namespace handfast::bench
