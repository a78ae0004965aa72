#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "handfast/option_values.h"
#include "sim/bulk_transfer.h"

namespace handfast::tool {

/// Which cells of loss, round trip, queue and congestion control are measured.
enum class CellSet : std::uint8_t {
  kAll,       ///< every combination
  kCompared,  ///< those that are compared with Linux
  kSnapshot,  ///< those that the tests hold, shorter, so that a checked build runs them in seconds
};

/// "all", "compared" or "snapshot".
Parsed<CellSet> parse_cell_set(std::string_view text);
/// "newreno,cubic": names of congestion controls.
Parsed<std::vector<CongestionControl>> parse_congestion_list(std::string_view text);
/// Every algorithm that reacts to the network, as far as this build has it.
std::vector<CongestionControl> measured_algorithms();

/// The cells of a set in the order of the table.
std::vector<sim::BulkPlan> cells_of(CellSet set, const std::vector<CongestionControl>& algorithms, std::uint64_t rate);

/// "newreno 1% burst 20ms 0.5": names a cell in tables and for the comparison.
std::string name_of(const sim::BulkPlan& plan);

enum class TableForm : std::uint8_t { kText, kCsv, kJson };
Parsed<TableForm> parse_table_form(std::string_view text);

/// What a cell is, as CSV.
std::string_view list_head();
std::string list_row(const sim::BulkPlan& plan);

/// Lines of a table. Figures are integers, so that every compiler and machine prints the same.
std::string table_head(TableForm form, std::uint64_t rate);
std::string table_row(TableForm form, const sim::BulkPlan& plan, const sim::BulkReport& report, bool first);
std::string table_end(TableForm form);

}  // namespace handfast::tool
