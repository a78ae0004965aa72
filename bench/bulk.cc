#include "bulk.h"

#include <benchmark/benchmark.h>

// Bulk one way over one connection with the default buffers of 256 KiB. Text is copied into the send queue and out of
// the receive queue ("copying", what sockets do), or handed over as owned slices at both ends ("slices": the wire's
// gathering is the only copy). Frames are of one MSS of 1460 bytes less timestamps, or super-segments of up to 64 KiB.

namespace handfast::bench {
namespace {

void bulk(benchmark::State& state) {
  PairOptions options;
  if (state.range(0) != 0) options.super_segment = 65535;
  Pair pair(options);
  Bulk transfer(pair, state.range(1) != 0);
  for (int i = 0; i < 100; ++i) transfer.round();
  std::size_t bytes = 0;
  const std::uint64_t frames = pair.frames();
  for (auto _ : state) bytes += transfer.round();
  if (bytes < static_cast<std::size_t>(state.iterations()) * kChunk) fail("bulk transfer stalled");
  if (pair.opener().counters().segments_retransmitted != 0) fail("segments sent again on a wire that loses none");
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  state.counters["gbit"] = benchmark::Counter(static_cast<double>(bytes) * 8e-9, benchmark::Counter::kIsRate);
  state.counters["bytes_per_frame"] = static_cast<double>(bytes) / static_cast<double>(pair.frames() - frames);
}
BENCHMARK(bulk)->ArgNames({"super_segments", "slices"})->ArgsProduct({{0, 1}, {0, 1}});

}  // namespace
}  // namespace handfast::bench
