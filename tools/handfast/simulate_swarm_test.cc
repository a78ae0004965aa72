#include "handfast/simulate_swarm.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace handfast::tool {
namespace {

TEST(SeedRange, ReadsOneSeedAndMany) {
  EXPECT_EQ(parse_seed_range("7"), (SeedRange{7, 7}));
  EXPECT_EQ(parse_seed_range("1..100"), (SeedRange{1, 100}));
  EXPECT_EQ(parse_seed_range("18446744073709551615..18446744073709551615")->count(), 1u);
  for (const char* text : {"", "..", "1..", "..2", "2..1", "1...3", "a..b", "0..18446744073709551615"}) {
    EXPECT_FALSE(parse_seed_range(text)) << text;
  }
}

TEST(Swarm, ReportsInOrderWhateverTheThreads) {
  const auto hashes_of = [](unsigned threads) {
    std::vector<std::uint64_t> seeds;
    std::vector<std::uint64_t> hashes;
    const SwarmSummary summary =
        run_swarm({41, 52}, IpVersion::kV4, threads, [&](const sim::Report& report, const SwarmSummary& so_far) {
          seeds.push_back(report.seed);
          hashes.push_back(report.hash);
          EXPECT_EQ(so_far.passed + so_far.failed, seeds.size());
        });
    for (std::size_t i = 0; i < seeds.size(); ++i) EXPECT_EQ(seeds[i], 41 + i);
    EXPECT_EQ(seeds.size(), 12u);
    EXPECT_EQ(summary.passed + summary.failed, 12u);
    EXPECT_GT(summary.packets, 0u);
    return hashes;
  };
  EXPECT_EQ(hashes_of(1), hashes_of(3));
}

TEST(Swarm, EndsAtTheLargestSeed) {
  int reports = 0;
  (void)run_swarm({UINT64_MAX - 1, UINT64_MAX}, IpVersion::kV6, 2,
                  [&](const sim::Report&, const SwarmSummary&) { ++reports; });
  EXPECT_EQ(reports, 2);
}

TEST(Swarm, LeavesACaptureAndALadder) {
  std::string folder = (std::filesystem::temp_directory_path() / "handfast-swarm-XXXXXX").string();
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const auto traces = leave_traces(3, IpVersion::kV4, folder);
  ASSERT_TRUE(traces);
  EXPECT_GT(std::filesystem::file_size(traces->capture), 100u);
  std::ifstream file(traces->ladder);
  const std::string ladder((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(ladder.find("SYN"), std::string::npos);
  EXPECT_NE(ladder.find("seed 3 "), std::string::npos);
  std::filesystem::remove_all(folder);
  EXPECT_EQ(leave_traces(3, IpVersion::kV4, folder + "/nothing").error().code, kEnvironment);
}

}  // namespace
}  // namespace handfast::tool
