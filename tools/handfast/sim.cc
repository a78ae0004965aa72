#include <unistd.h>

#include <memory>

#include "handfast/parsed_option.h"
#include "handfast/progress.h"
#include "handfast/simulate_swarm.h"
#include "handfast/subcommands.h"

// `handfast sim`: runs seeds of the simulator, on several threads where asked, and keeps what a failure left.

namespace handfast::tool {

namespace {

struct SimCommand {
  SeedRange seeds{1, 100};
  std::optional<std::uint64_t> seed;
  unsigned threads = 1;
  bool hash = false;
  bool ipv6 = false;
  std::string out = ".";

  IpVersion version() const { return ipv6 ? IpVersion::kV6 : IpVersion::kV4; }
};

Parsed<std::uint64_t> some_seed(std::string_view text) { return parse_seed(text); }

std::string speed(std::uint64_t packets, Duration real) {
  const std::int64_t milliseconds = std::max<std::int64_t>(real / std::chrono::milliseconds(1), 1);
  return fmt::format("{} packets/s", packets * 1000 / static_cast<std::uint64_t>(milliseconds));
}

void tell_summary(const SwarmSummary& summary, Duration real) {
  const double seconds = std::chrono::duration<double>(real).count();
  fmt::print(
      "{} passed, {} failed: {} packets, {} bytes delivered, {} connections, {} s of virtual time in {:.1f} s ({})\n",
      summary.passed, summary.failed, summary.packets, summary.bytes_delivered, summary.established / 2,
      summary.virtual_time / std::chrono::seconds(1), seconds, speed(summary.packets, real));
}

ExitCode run_one(std::uint64_t seed, const SimCommand& command) {
  const sim::Report report = sim::run_seed(seed, command.version());
  if (command.hash) fmt::print("{} {:016x}\n", report.seed, report.hash);
  fmt::print("{}\n", sim::to_line(report));
  const std::expected<SeedTraces, Failure> traces = leave_traces(seed, command.version(), command.out);
  if (!traces) {
    Progress::complain("{}", traces.error().text);
    return traces.error().code;
  }
  fmt::print("the ladder is in {}, a capture with comments in {}\n", traces->ladder, traces->capture);
  return report.passed ? kOk : kFailed;
}

class Telling {
 public:
  explicit Telling(const SimCommand& command) : command_(command), terminal_(::isatty(STDERR_FILENO) != 0) {}

  void on_report(const sim::Report& report, const SwarmSummary& summary) {
    if (command_.hash) fmt::print("{} {:016x}\n", report.seed, report.hash);
    if (!report.passed) tell_failure(report);
    if (!terminal_) return;
    fmt::print(stderr, "\r{} of {} seeds, {} failed ", summary.passed + summary.failed, command_.seeds.count(),
               summary.failed);
    std::fflush(stderr);
    written_ = true;
  }
  void end_line() {
    if (written_) fmt::print(stderr, "\n");
    written_ = false;
  }
  ExitCode worst() const { return worst_; }

 private:
  void tell_failure(const sim::Report& report) {
    end_line();
    fmt::print("{}\n", sim::to_line(report));
    if (++told_ > kMostTraces) return;
    const std::expected<SeedTraces, Failure> traces = leave_traces(report.seed, report.version, command_.out);
    if (traces) {
      fmt::print("  left: {}, {}\n", traces->capture, traces->ladder);
      return;
    }
    Progress::complain("{}", traces.error().text);
    worst_ = traces.error().code;
  }

  // A swarm in which everything fails must not fill the disk.
  static constexpr int kMostTraces = 20;
  const SimCommand& command_;
  bool terminal_;
  bool written_ = false;
  int told_ = 0;
  ExitCode worst_ = kOk;
};

ExitCode run(const SimCommand& command) {
  if (command.seed) return run_one(*command.seed, command);
  Telling telling(command);
  const auto begun = std::chrono::steady_clock::now();
  const SwarmSummary summary =
      run_swarm(command.seeds, command.version(), command.threads,
                [&](const sim::Report& report, const SwarmSummary& so_far) { telling.on_report(report, so_far); });
  telling.end_line();
  tell_summary(summary, std::chrono::steady_clock::now() - begun);
  return summary.failed != 0 ? kFailed : telling.worst();
}

}  // namespace

void add_sim(CLI::App& app, Job& job) {
  const auto command = std::make_shared<SimCommand>();
  CLI::App* sub = app.add_subcommand("sim", "Run seeds of the simulator: hosts, bad links and every invariant watched");
  CLI::Option* seeds = add_parsed(*sub, "--seeds", command->seeds, parse_seed_range, "The first and the last seed");
  seeds->default_str("1..100")->type_name("A..B");
  add_parsed(*sub, "--seed", command->seed, some_seed, "One seed; its ladder and capture are left in --out")
      ->type_name("NUMBER")
      ->excludes(seeds);
  sub->add_option("-j,--threads", command->threads, "How many seeds run at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str()
      ->type_name("NUMBER");
  sub->add_flag("--ipv6", command->ipv6, "Over IPv6 instead of IPv4, with the same draws");
  sub->add_flag("--hash", command->hash, "Print the hash of each seed's trace, the same on every machine");
  sub->add_option("--out", command->out, "Where a failed seed leaves seed-N.pcapng and seed-N.txt")
      ->capture_default_str()
      ->type_name("DIR");
  sub->callback([command, &job] { job = [command] { return run(*command); }; });
}

}  // namespace handfast::tool
