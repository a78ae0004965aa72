#include "handfast/goodput_matrix.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/expected_rate.h"

namespace handfast::tool {

namespace {

using namespace std::chrono_literals;

// Millionths, of both kinds; without any loss there is only one kind.
constexpr std::uint32_t kLosses[] = {0, 1'000, 10'000, 20'000, 50'000, 100'000};
constexpr Duration kRtts[] = {1ms, 20ms, 100ms};
constexpr std::uint32_t kBuffers[] = {50, 100, 400};

// Text of an IP packet of 1500 bytes with timestamps.
constexpr std::uint64_t kText = 1448;
constexpr std::uint64_t kPacket = 1500;

// Long enough for many episodes of loss: a Reno window that fills 100 ms needs most of a minute to double.
Duration length_of(Duration rtt, bool shorter) {
  if (shorter) return rtt >= 100ms ? 20s : rtt >= 20ms ? 8s : 2s;
  return rtt >= 100ms ? 60s : rtt >= 20ms ? 20s : 5s;
}

// A third of all: every loss, every round trip, every queue and both kinds of loss are among them.
bool is_compared(const sim::PathPlan& path) {
  const auto is = [&](std::uint32_t loss, bool bursts, std::uint32_t buffer) {
    return path.loss == loss && path.bursts == bursts && path.buffer_percent == buffer;
  };
  return is(0, false, 100) || is(0, false, 400) || is(1'000, false, 100) || is(1'000, true, 400) ||
         is(10'000, false, 50) || is(10'000, false, 100) || is(10'000, true, 100) || is(20'000, false, 100) ||
         is(20'000, true, 50) || is(50'000, true, 100) || is(100'000, false, 400);
}

bool is_in_snapshot(const sim::PathPlan& path) {
  if (path.loss == 0) return path.buffer_percent == 100;
  if (path.buffer_percent != 100) return path.loss == 10'000 && !path.bursts && path.rtt == 20ms;
  return path.loss == 10'000 || (path.loss == 50'000 && path.bursts) || (path.loss == 1'000 && !path.bursts);
}

bool is_in(CellSet set, const sim::PathPlan& path) {
  switch (set) {
    case CellSet::kAll:
      return true;
    case CellSet::kCompared:
      return is_compared(path);
    case CellSet::kSnapshot:
      return is_in_snapshot(path);
  }
  return false;
}

std::string percent(std::uint32_t millionths) {
  const std::string whole = fmt::format("{}", millionths / 10'000);
  const std::uint32_t rest = millionths % 10'000 / 1'000;
  return rest == 0 ? whole : fmt::format("{}.{}", whole, rest);
}

std::string_view kind_of(const sim::PathPlan& path) { return path.loss == 0 ? "-" : path.bursts ? "burst" : "random"; }

std::string queue_of(const sim::PathPlan& path) {
  return path.buffer_percent % 100 == 0
             ? fmt::format("{}", path.buffer_percent / 100)
             : fmt::format("{}.{}", path.buffer_percent / 100, path.buffer_percent % 100 / 10);
}

// What theory expects, as far as the bottleneck carries it; 0: it says nothing.
std::uint64_t expected(const sim::BulkPlan& plan) {
  if (plan.path.bursts) return 0;
  const std::uint64_t most = plan.path.rate / 1000 * kText / kPacket;
  return std::min(sim::expected_kbits(plan.congestion_control, {.loss = plan.path.loss, .rtt = plan.path.rtt}), most);
}

}  // namespace

Parsed<CellSet> parse_cell_set(std::string_view text) {
  if (text == "all") return CellSet::kAll;
  if (text == "compared") return CellSet::kCompared;
  if (text == "snapshot") return CellSet::kSnapshot;
  return std::unexpected("one of all, compared and snapshot");
}

Parsed<TableForm> parse_table_form(std::string_view text) {
  if (text == "text") return TableForm::kText;
  if (text == "csv") return TableForm::kCsv;
  if (text == "json") return TableForm::kJson;
  return std::unexpected("one of text, csv and json");
}

Parsed<std::vector<CongestionControl>> parse_congestion_list(std::string_view text) {
  std::vector<CongestionControl> algorithms;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const Parsed<CongestionControl> algorithm = parse_congestion(text.substr(0, comma));
    if (!algorithm) return std::unexpected(algorithm.error());
    algorithms.push_back(*algorithm);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  if (algorithms.empty()) return std::unexpected("at least one name");
  return algorithms;
}

std::vector<CongestionControl> measured_algorithms() {
  std::vector<CongestionControl> algorithms = {CongestionControl::kNewReno, CongestionControl::kCubic};
  if (const auto bbr = congestion_control_named("bbr")) algorithms.push_back(*bbr);
  return algorithms;
}

std::vector<sim::BulkPlan> cells_of(CellSet set, const std::vector<CongestionControl>& algorithms, std::uint64_t rate) {
  std::vector<sim::BulkPlan> cells;
  for (const CongestionControl algorithm : algorithms) {
    for (const Duration rtt : kRtts) {
      for (const std::uint32_t buffer : kBuffers) {
        for (const bool bursts : {false, true}) {
          for (const std::uint32_t loss : kLosses) {
            const sim::PathPlan path{
                .rate = rate, .rtt = rtt, .buffer_percent = buffer, .loss = loss, .bursts = bursts, .seed = 1};
            if ((loss == 0 && bursts) || !is_in(set, path)) continue;
            cells.push_back(
                {.path = path, .congestion_control = algorithm, .length = length_of(rtt, set == CellSet::kSnapshot)});
          }
        }
      }
    }
  }
  return cells;
}

std::string name_of(const sim::BulkPlan& plan) {
  return fmt::format("{} {}ms {} {} {}", to_string(plan.congestion_control), plan.path.rtt / 1ms, queue_of(plan.path),
                     kind_of(plan.path), percent(plan.path.loss));
}

std::string_view list_head() { return "cc,rtt_ms,queue_percent_of_bdp,loss_per_million,loss_kind\n"; }

std::string list_row(const sim::BulkPlan& plan) {
  return fmt::format("{},{},{},{},{}", to_string(plan.congestion_control), plan.path.rtt / 1ms,
                     plan.path.buffer_percent, plan.path.loss, kind_of(plan.path));
}

std::string table_head(TableForm form, std::uint64_t rate) {
  switch (form) {
    case TableForm::kText:
      return fmt::format(
          "goodput in kbit/s of text; bottleneck {} kbit/s, text {} of each {} bytes; seed 1\n"
          "cc       RTT  queue  loss          length   goodput  formula    sent  again  queue drops  lost\n"
          "          ms    BDP     %                s    kbit/s   kbit/s\n",
          rate / 1000, kText, kPacket);
    case TableForm::kCsv:
      return "cc,rtt_ms,queue_percent_of_bdp,loss_per_million,loss_kind,seconds,goodput_kbits,formula_kbits,"
             "segments_sent,segments_sent_again,queue_drops,path_drops\n";
    case TableForm::kJson:
      return fmt::format("{{\"rate_kbits\": {}, \"seed\": 1, \"cells\": [\n", rate / 1000);
  }
  return {};
}

std::string table_row(TableForm form, const sim::BulkPlan& plan, const sim::BulkReport& report, bool first) {
  const std::uint64_t theory = expected(plan);
  switch (form) {
    case TableForm::kText:
      return fmt::format("{:<8} {:>3} {:>6} {:>5} {:<7} {:>7} {:>9} {:>8} {:>7} {:>6} {:>12} {:>5}\n",
                         to_string(plan.congestion_control), plan.path.rtt / 1ms, queue_of(plan.path),
                         percent(plan.path.loss), kind_of(plan.path), plan.length / 1s, report.kbits,
                         theory == 0 ? "-" : fmt::format("{}", theory), report.sent, report.sent_again,
                         report.queue_drops, report.random_drops);
    case TableForm::kCsv:
      return fmt::format("{},{},{},{},{},{},{},{}\n", list_row(plan), plan.length / 1s, report.kbits, theory,
                         report.sent, report.sent_again, report.queue_drops, report.random_drops);
    case TableForm::kJson:
      return fmt::format(
          "{}{{\"cc\": \"{}\", \"rtt_ms\": {}, \"queue_percent_of_bdp\": {}, \"loss_per_million\": {}, "
          "\"loss_kind\": \"{}\", \"seconds\": {}, \"goodput_kbits\": {}, \"formula_kbits\": {}, \"segments_sent\": "
          "{}, "
          "\"segments_sent_again\": {}, \"queue_drops\": {}, \"path_drops\": {}}}",
          first ? "" : ",\n", to_string(plan.congestion_control), plan.path.rtt / 1ms, plan.path.buffer_percent,
          plan.path.loss, kind_of(plan.path), plan.length / 1s, report.kbits, theory, report.sent, report.sent_again,
          report.queue_drops, report.random_drops);
  }
  return {};
}

std::string table_end(TableForm form) { return form == TableForm::kJson ? "\n]}\n" : ""; }

}  // namespace handfast::tool
