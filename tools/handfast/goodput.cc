#include <fmt/format.h>

#include <memory>

#include "handfast/file_sink.h"
#include "handfast/goodput_matrix.h"
#include "handfast/parsed_option.h"
#include "handfast/progress.h"
#include "handfast/subcommands.h"
#include "trace/json_lines.h"

// `handfast goodput`: how much text a bulk transfer brings over paths that lose, in virtual time.

namespace handfast::tool {

namespace {

struct GoodputCommand {
  CellSet cells = CellSet::kAll;
  TableForm form = TableForm::kText;
  std::optional<std::vector<CongestionControl>> algorithms;
  std::string only;
  std::string trace;
  std::uint64_t rate_mbits = 100;
  bool list = false;
};

// Runs a cell, with its sender's events in a file where asked.
std::expected<sim::BulkReport, Failure> measure(sim::BulkPlan plan, const std::string& trace_path) {
  if (trace_path.empty()) return sim::run_bulk(plan);
  auto file = FileSink::create(trace_path);
  if (!file) return std::unexpected(file.error());
  trace::JsonLines lines(**file);
  plan.sender_sink = &lines;
  const sim::BulkReport report = sim::run_bulk(plan);
  const std::string complaint = (*file)->close();
  if (!complaint.empty()) return std::unexpected(Failure{kEnvironment, complaint});
  return report;
}

ExitCode list(const std::vector<sim::BulkPlan>& cells) {
  fmt::print("{}", list_head());
  for (const sim::BulkPlan& plan : cells) fmt::print("{}\n", list_row(plan));
  return kOk;
}

ExitCode run(const GoodputCommand& command) {
  const std::uint64_t rate = command.rate_mbits * 1'000'000;
  const auto algorithms = command.algorithms ? *command.algorithms : measured_algorithms();
  if (command.list) return list(cells_of(command.cells, algorithms, rate));
  fmt::print("{}", table_head(command.form, rate));
  bool first = true;
  for (const sim::BulkPlan& plan : cells_of(command.cells, algorithms, rate)) {
    if (!command.only.empty() && name_of(plan) != command.only) continue;
    const std::expected<sim::BulkReport, Failure> report = measure(plan, command.trace);
    if (!report || !report->connected) {
      const Failure failure = report ? Failure{kFailed, name_of(plan) + ": no connection"} : report.error();
      Progress::complain("{}", failure.text);
      return failure.code;
    }
    fmt::print("{}", table_row(command.form, plan, *report, first));
    std::fflush(stdout);
    first = false;
  }
  fmt::print("{}", table_end(command.form));
  if (!first) return kOk;
  Progress::complain("no cell of that name: CC RTT QUEUE KIND LOSS, as in 'cubic 20ms 0.5 burst 1'");
  return kUsage;
}

}  // namespace

void add_goodput(CLI::App& app, Job& job) {
  const auto command = std::make_shared<GoodputCommand>();
  CLI::App* sub = app.add_subcommand("goodput", "Measure bulk transfers over paths that lose, in virtual time");
  add_parsed(*sub, "--cells", command->cells, parse_cell_set, "Which cells: all, compared (with Linux) or snapshot")
      ->default_str("all")
      ->type_name("SET");
  add_parsed(*sub, "--form", command->form, parse_table_form, "text, csv or json")
      ->default_str("text")
      ->type_name("FORM");
  add_parsed(*sub, "--congestion", command->algorithms, parse_congestion_list, "Names, with commas between")
      ->default_str("all that this build has")
      ->type_name("NAMES");
  sub->add_option("--only", command->only, "One cell: 'cubic 20ms 0.5 burst 1'")->type_name("CELL");
  sub->add_flag("--list", command->list, "Name the cells as CSV and measure nothing");
  sub->add_option("--trace", command->trace, "Write the sender's events as JSON lines (with --only)")
      ->type_name("FILE");
  sub->add_option("--rate", command->rate_mbits, "Mbit/s of the bottleneck")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str()
      ->type_name("NUMBER");
  sub->callback([command, &job] { job = [command] { return run(*command); }; });
}

}  // namespace handfast::tool
