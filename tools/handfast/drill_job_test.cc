#include "handfast/drill_job.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

// What `handfast drill` says of one script, and with which exit code.

namespace handfast::tool {
namespace {

constexpr const char* kPasses = "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 %{ print('hello') }%\n";
constexpr const char* kFails =
    "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
    "+0 < S 0:0(0) win 32792 <mss 1000>\n+0 > S. 0:0(0) ack 2 <mss 1460>\n";

class DrillJob : public testing::Test {
 protected:
  DrillJob() {
    std::string name = testing::TempDir() + "drillXXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~DrillJob() override { std::filesystem::remove_all(folder_); }

  DrillReport runs(const std::string& text, const DrillSettings& settings = {}) {
    std::ofstream(path()) << text;
    return run_script(path(), settings);
  }
  std::string path() const { return folder_ + "/a.pkt"; }

 private:
  std::string folder_;
};

TEST_F(DrillJob, AScriptThatPassesSaysSo) {
  const DrillReport report = runs(kPasses);
  EXPECT_TRUE(report.passed());
  EXPECT_EQ(report.code, kOk);
  EXPECT_EQ(text_of(report), "hello\nok  " + path() + "\n");
  const auto json = nlohmann::json::parse(json_line(report));
  EXPECT_EQ(json["script"], path());
  EXPECT_EQ(json["verdict"], "passed");
  EXPECT_EQ(json["printed"], nlohmann::json::array({"hello"}));
}

TEST_F(DrillJob, OneThatFailsSaysWhereAndShowsTheLadder) {
  const DrillReport report = runs(kFails);
  EXPECT_EQ(report.code, kFailed);
  const std::string text = text_of(report);
  EXPECT_TRUE(text.starts_with(path() + ":5:1: acknowledgment number: expected 2, seen 1\n")) << text;
  EXPECT_NE(text.find("  expected: 0.000000 > S. 0:0(0) ack 2"), std::string::npos) << text;
  EXPECT_NE(text.find("SYN-RECEIVED"), std::string::npos) << "the ladder";
  const auto json = nlohmann::json::parse(json_line(report));
  EXPECT_EQ(json["verdict"], "failed");
  EXPECT_EQ(json["line"], 5);
  EXPECT_EQ(json["column"], 1);
  DrillSettings bare;
  bare.ladder = false;
  EXPECT_TRUE(runs(kFails, bare).ladder.empty());
}

TEST_F(DrillJob, WhatIsNoScriptIsToldWithItsPlace) {
  const DrillReport syntax = runs("0 socket(\n");
  EXPECT_EQ(syntax.code, kFailed);
  EXPECT_TRUE(text_of(syntax).starts_with(path() + ":")) << text_of(syntax);
  EXPECT_EQ(nlohmann::json::parse(json_line(syntax))["verdict"], "broken");
  EXPECT_EQ(text_of(runs("")), path() + ":1:1: expected a time: 0.1, +0.1 or *, seen the end of the script\n");
  EXPECT_EQ(runs("// words alone\n").code, kFailed);
  const DrillReport missing = run_script(path() + ".none", {});
  EXPECT_EQ(missing.code, kEnvironment);
  EXPECT_EQ(text_of(missing), path() + ".none: cannot be read\n");
  const DrillReport unreadable = run_script("/proc/self/mem", {});  // it opens, and its first page is not there
  EXPECT_EQ(unreadable.code, kEnvironment);
  EXPECT_EQ(text_of(unreadable), "/proc/self/mem: cannot be read\n");
}

TEST_F(DrillJob, LimitsOfTimeEndAScript) {
  DrillSettings settings;
  settings.virtual_limit = 1s;
  EXPECT_EQ(runs("0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+2 close(3) = 0\n", settings).verdict.kind,
            script::Verdict::Kind::kTooLong);
}

TEST_F(DrillJob, TheSummaryCountsEachKind) {
  const std::vector<DrillReport> reports{runs(kPasses), runs(kFails), runs("`rm -rf /`\n0 close(3) = 0\n"), runs("?")};
  EXPECT_EQ(summary(reports), "1 of 4 scripts passed, 1 failed, 1 unsupported, 1 broken\n");
}

TEST(DrillOptions, AVirtualLimitMayBeInDays) {
  EXPECT_EQ(*parse_virtual_limit("30d"), 24h * 30);
  EXPECT_EQ(*parse_virtual_limit("90s"), 90s);
  for (const char* wrong : {"0d", "400d", "d", "-1d", "soon"}) EXPECT_FALSE(parse_virtual_limit(wrong)) << wrong;
}

}  // namespace
}  // namespace handfast::tool
