#include <benchmark/benchmark.h>

#include <vector>

#include "pair.h"

// Requests and replies of 64 bytes over connections that stay open: in each round every opener sends one request, the
// acceptor answers what its events tell, and the openers take the replies. One item is one request with its reply.

namespace handfast::bench {
namespace {

constexpr std::size_t kTextLength = 64;

class Talk {
 public:
  Talk(Pair& pair, std::uint32_t connections) : pair_(pair) {
    for (std::uint32_t i = 0; i < connections; ++i) {
      openers_.push_back(pair.connect_numbered(i));
      pair.carry_all();
      TcpHandle accepted;
      if (!pair.accept(accepted)) fail("not accepted");
    }
    for (Event event; pair.opener().poll_event(event);) {
    }
    for (Event event; pair.acceptor().poll_event(event);) {
    }
  }

  void round() {
    for (const TcpHandle handle : openers_) {
      if (must(pair_.opener().send(handle, text_, pair_.now()), "send") != kTextLength) fail("request cut short");
    }
    pair_.carry_to_acceptor();
    for (Event event; pair_.acceptor().poll_event(event);) {
      const TcpHandle handle = std::get<TcpHandle>(event.source);
      take(pair_.acceptor(), handle);
      must(pair_.acceptor().send(handle, text_, pair_.now()), "send");
    }
    pair_.carry_to_opener();
    std::size_t replies = 0;
    for (Event event; pair_.opener().poll_event(event); ++replies) {
      take(pair_.opener(), std::get<TcpHandle>(event.source));
    }
    if (replies != openers_.size()) fail("a reply is missing");
    pair_.pass(20us);
  }

 private:
  void take(Host& host, TcpHandle handle) {
    if (must(host.receive(handle, text_, pair_.now()), "receive") != kTextLength) fail("text cut short");
  }

  Pair& pair_;
  std::vector<TcpHandle> openers_;
  std::array<std::byte, kTextLength> text_{};
};

void request_response(benchmark::State& state) {
  const auto connections = static_cast<std::uint32_t>(state.range(0));
  Pair pair(PairOptions{});
  Talk talk(pair, connections);
  talk.round();
  for (auto _ : state) talk.round();
  state.SetItemsProcessed(state.iterations() * connections);
}
BENCHMARK(request_response)->ArgName("connections")->Arg(1)->Arg(64)->Arg(1000);

}  // namespace
}  // namespace handfast::bench
