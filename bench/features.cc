#include <benchmark/benchmark.h>

#include "bulk.h"

// What each feature costs a segment: bulk at an MSS of 1460 between two Hosts that have nothing but what RFC 9293 wants
// of them, and then one thing more each. A figure is the time of both ends and of the wire between them, for each
// segment of text, its share of acknowledgments included.

namespace handfast::bench {
namespace {

Config plain() {
  Config config;
  config.tcp.timestamps = false;
  config.tcp.sack = false;
  config.tcp.congestion_control = CongestionControl::kNone;
  config.tcp.ecn = Ecn::kOff;
  config.tcp.path_mtu_probing = PathMtuProbing::kOff;
  return config;
}

void segment(benchmark::State& state, void (*add)(TcpConfig&)) {
  PairOptions options;
  options.config = plain();
  add(options.config.tcp);
  Pair pair(options);
  Bulk transfer(pair, false);
  for (int i = 0; i < 100; ++i) transfer.round();
  std::uint64_t segments = 0;
  const double start = thread_nanoseconds();
  for (auto _ : state) segments += (transfer.round() + 1459) / 1460;
  state.counters["ns_each"] = (thread_nanoseconds() - start) / static_cast<double>(segments);
}

BENCHMARK_CAPTURE(segment, plain, [](TcpConfig&) {});
BENCHMARK_CAPTURE(segment, timestamps, [](TcpConfig& tcp) { tcp.timestamps = true; });
BENCHMARK_CAPTURE(segment, sack, [](TcpConfig& tcp) { tcp.sack = true; });
BENCHMARK_CAPTURE(segment, newreno, [](TcpConfig& tcp) { tcp.congestion_control = CongestionControl::kNewReno; });
BENCHMARK_CAPTURE(segment, cubic, [](TcpConfig& tcp) { tcp.congestion_control = CongestionControl::kCubic; });
BENCHMARK_CAPTURE(segment, bbr, [](TcpConfig& tcp) { tcp.congestion_control = CongestionControl::kBbr; });
BENCHMARK_CAPTURE(segment, ecn, [](TcpConfig& tcp) { tcp.ecn = Ecn::kOffer; });
BENCHMARK_CAPTURE(segment, accurate_ecn, [](TcpConfig& tcp) { tcp.ecn = Ecn::kAccurate; });
// Only where SACK is agreed, so its cost is in this.
BENCHMARK_CAPTURE(segment, path_mtu_probing, [](TcpConfig& tcp) {
  tcp.sack = true;
  tcp.path_mtu_probing = PathMtuProbing::kAlways;
});
BENCHMARK_CAPTURE(segment, keep_alive, [](TcpConfig& tcp) { tcp.keep_alive = true; });
BENCHMARK_CAPTURE(segment, the_default, [](TcpConfig& tcp) { tcp = TcpConfig(); });

}  // namespace
}  // namespace handfast::bench
