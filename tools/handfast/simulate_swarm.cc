#include "handfast/simulate_swarm.h"

#include <fmt/format.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "handfast/file_sink.h"
#include "trace/annotated_pcap.h"
#include "trace/fan_out.h"
#include "trace/ladder.h"

namespace handfast::tool {

namespace {

// Deals seeds out to threads and hands their reports on in order. A thread that is far ahead of the slowest waits, so
// that the reports kept are few.
class Swarm {
 public:
  Swarm(const SeedRange& seeds, IpVersion version, const OnReport& on_report)
      : version_(version), last_(seeds.last), next_(seeds.first), due_(seeds.first), on_report_(on_report) {}

  void work() {
    while (const std::optional<std::uint64_t> seed = deal()) hand_in(sim::run_seed(*seed, version_));
  }
  const SwarmSummary& summary() const { return summary_; }

 private:
  static constexpr std::uint64_t kMostAhead = 1000;

  std::optional<std::uint64_t> deal() {
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [this] { return exhausted_ || next_ - due_ < kMostAhead; });
    if (exhausted_) return std::nullopt;
    exhausted_ = next_ == last_;  // Before counting on: the last seed may be the largest number there is.
    return next_++;
  }

  void hand_in(sim::Report report) {
    const std::lock_guard lock(mutex_);
    const std::uint64_t seed = report.seed;
    waiting_.emplace(seed, std::move(report));
    while (!waiting_.empty() && waiting_.begin()->first == due_) {
      const sim::Report first = std::move(waiting_.begin()->second);
      waiting_.erase(waiting_.begin());
      ++due_;
      count(first);
      if (on_report_) on_report_(first, summary_);
    }
    moved_.notify_all();
  }

  void count(const sim::Report& report) {
    ++(report.passed ? summary_.passed : summary_.failed);
    summary_.packets += report.packets;
    summary_.bytes_delivered += report.bytes_delivered;
    summary_.established += report.established;
    summary_.virtual_time += report.virtual_time;
  }

  std::mutex mutex_;
  std::condition_variable moved_;
  IpVersion version_;
  std::uint64_t last_;
  std::uint64_t next_;
  std::uint64_t due_;
  bool exhausted_ = false;
  std::map<std::uint64_t, sim::Report> waiting_;
  SwarmSummary summary_;
  const OnReport& on_report_;
};

}  // namespace

Parsed<SeedRange> parse_seed_range(std::string_view text) {
  const std::size_t dots = text.find("..");
  const Parsed<std::uint64_t> first = parse_seed(text.substr(0, dots));
  const Parsed<std::uint64_t> last = dots == std::string_view::npos ? first : parse_seed(text.substr(dots + 2));
  if (!first || !last) return std::unexpected(fmt::format("\"{}\" is not a range of seeds such as 1..100", text));
  if (*last < *first) return std::unexpected(fmt::format("\"{}\" ends before it begins", text));
  if (*last - *first >= std::uint64_t{1} << 32) return std::unexpected(fmt::format("\"{}\" has too many seeds", text));
  return SeedRange{*first, *last};
}

SwarmSummary run_swarm(const SeedRange& seeds, IpVersion version, unsigned threads, const OnReport& on_report) {
  Swarm swarm(seeds, version, on_report);
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back([&swarm] { swarm.work(); });
    swarm.work();
  }
  return swarm.summary();
}

std::expected<SeedTraces, Failure> leave_traces(std::uint64_t seed, IpVersion version, const std::string& folder) {
  const std::string base = fmt::format("{}/seed-{}", folder, seed);
  SeedTraces names{base + ".pcapng", base + ".txt"};
  auto capture_file = FileSink::create(names.capture);
  if (!capture_file) return std::unexpected(std::move(capture_file.error()));
  auto ladder_file = FileSink::create(names.ladder);
  if (!ladder_file) return std::unexpected(std::move(ladder_file.error()));

  const sim::Scenario scenario = sim::draw_scenario(seed, version);
  std::vector<trace::CapturePoint> points;
  points.reserve(scenario.nodes.size());
  for (std::uint32_t i = 0; i < scenario.nodes.size(); ++i) {
    points.push_back({.host_number = i, .link = scenario.nodes[i].link, .name = fmt::format("host{}", i)});
  }
  trace::AnnotatedPcap capture(**capture_file, points);
  trace::Ladder ladder(**ladder_file, {.both_ends = true});
  trace::FanOut readers{&capture, &ladder};
  sim::RunOptions options;
  options.extra_sinks.assign(scenario.nodes.size(), &readers);
  const sim::Report report = sim::run_scenario(scenario, options);
  capture.finish();
  ladder.finish();
  (*ladder_file)->write(fmt::format("\n{}\n", sim::to_line(report)));
  for (FileSink* file : {capture_file->get(), ladder_file->get()}) {
    if (std::string lost = file->close(); !lost.empty()) return std::unexpected(Failure{kEnvironment, std::move(lost)});
  }
  return names;
}

}  // namespace handfast::tool
