#include "matrix/grid.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "matrix/drops.h"
#include "matrix/grid_run.h"
#include "matrix/rules.h"

// The grid (grid.h): every case of every state, judged by the textbook and compared with what outcomes/ says about it.
// `make outcomes` writes those files anew; tests/matrix/README.md says how to read them.

namespace handfast::matrix {
namespace {

constexpr std::size_t kMostLines = 20;

std::string path_of(const std::string& table) { return std::string(HANDFAST_OUTCOMES) + "/" + table + ".txt"; }

std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string page_of(const std::string& table, const Outcomes& outcomes) {
  return "# " + table + ": what a segment does. Written by `make outcomes`; how to read it: tests/matrix/README.md.\n" +
         "# RSAFUPECN | seq | ack | text => state | sends | does | dropped\n" + rules_of(outcomes);
}

// Where the stack may differ from the textbook in this table (allowed.h), and does.
std::set<Rule> expected_rules(const std::string& table) {
  if (table == "SYN-SENT") return {Rule::kWindowAfterFin, Rule::kRefusedInSynSent};
  if (table == "SYN-RECEIVED") return {Rule::kWindowAfterFin};
  if (table == "SYN-RECEIVED-both-opened") return {Rule::kWindowAfterFin, Rule::kSynAckIsReset};
  if (table == "ESTABLISHED" || table == "FIN-WAIT-1" || table == "FIN-WAIT-2" || table == "CLOSE-WAIT") {
    return {Rule::kWindowAfterFin};
  }
  if (table == "CLOSING") return {Rule::kWindowAfterFin, Rule::kEndIsTold, Rule::kNothingBehindFin};
  if (table == "LAST-ACK") return {Rule::kWindowAfterFin, Rule::kEndIsTold};
  if (table == "TIME-WAIT") return {Rule::kWindowAfterFin};
  return {};
}

class Grid : public testing::TestWithParam<std::string_view> {
 protected:
  std::string table() const { return std::string(GetParam()); }

  Outcomes judged(bool compact) {
    Played played = play(GetParam(), compact, uses_);
    for (const std::string& line : played.strange) ADD_FAILURE() << table() << " | " << line;
    EXPECT_EQ(played.strange_count, 0u) << "cases in which the textbook says otherwise";
    EXPECT_EQ(played.cases, std::size_t{512} * 5 * 4 * 2);
    return std::move(played.outcomes);
  }

  void compare_rules() {
    const std::set<Rule> expected = expected_rules(table());
    for (std::size_t i = 0; i < static_cast<std::size_t>(Rule::kCount); ++i) {
      const Rule rule = static_cast<Rule>(i);
      EXPECT_EQ(uses_.count(rule) > 0, expected.contains(rule)) << table() << ": " << RuleUses::about(rule).name;
    }
  }

  void compare(const Outcomes& written, const Outcomes& outcomes) {
    std::size_t others = 0;
    for (std::size_t number = 0; number < kCases; ++number) {
      if (written[number] == outcomes[number]) continue;
      if (++others > kMostLines) continue;
      ADD_FAILURE() << table() << ": " << describe(case_at(number)) << "\n  written: " << written[number]
                    << "\n  now:     " << outcomes[number];
    }
    EXPECT_EQ(others, 0u) << "cases of " << table() << " do not end as " << path_of(table())
                          << " says. If that is meant, run `make outcomes` and read the difference.";
  }

  RuleUses uses_;
};

TEST_P(Grid, EveryCaseEndsAsTheTextbookSaysAndAsWritten) {
  const Outcomes outcomes = judged(true);
  compare_rules();
  const std::string page = page_of(table(), outcomes);
  if (std::getenv("HANDFAST_WRITE_OUTCOMES") != nullptr) {
    ASSERT_FALSE(HasFailure()) << "nothing is written down that the textbook calls wrong";
    std::ofstream(path_of(table())) << page;
  }
  const std::string text = read(path_of(table()));
  const auto written = outcomes_of(text);
  ASSERT_TRUE(written.has_value()) << path_of(table()) << ": " << written.error();
  compare(*written, outcomes);
  if (!HasFailure()) {
    EXPECT_EQ(text, page) << "the same outcomes, but not as `make outcomes` writes them";
  }
}

// The two states that have a compact form end every case the same in full.
TEST(GridForms, CompactAndFullEndTheSame) {
  for (const std::string_view table : {"SYN-RECEIVED", "TIME-WAIT"}) {
    RuleUses uses;
    const Played compact = play(table, true, uses);
    const Played full = play(table, false, uses);
    EXPECT_EQ(full.strange_count, 0u) << table;
    for (std::size_t number = 0; number < kCases; ++number) {
      EXPECT_EQ(compact.outcomes[number], full.outcomes[number]) << table << ": " << describe(case_at(number));
      if (HasFailure()) return;
    }
  }
}

TEST(GridDrops, EveryStepMeetsItsReason) {
  std::set<std::size_t> met;
  RuleUses uses;
  for (const std::string_view table : kTables) met.merge(play(table, true, uses).pairs);
  for (std::size_t i = 0; i < kStepsAndDrops.size(); ++i) {
    EXPECT_TRUE(met.contains(i)) << kStepsAndDrops[i].step << " with "
                                 << handfast::describe(kStepsAndDrops[i].drop).name;
  }
}

// The textbook knows nothing of ECN. RFC 3168 §6.1.1: a SYN that asks has both ECE and CWR; only its SYN-ACK grants.
TEST(GridEcn, IsGrantedToASynThatAsksAndToNothingElse) {
  for (const std::string_view table : kTables) {
    const auto written = outcomes_of(read(path_of(std::string(table))));
    ASSERT_TRUE(written.has_value()) << written.error();
    for (std::size_t number = 0; number < kCases; ++number) {
      const Case one = case_at(number);
      const std::string& outcome = (*written)[number];
      const bool opens = outcome.starts_with("SYN-RECEIVED | SYN-ACK") && table != "SYN-SENT";
      const bool asks = one.has(kEceBit) && one.has(kCwrBit);
      EXPECT_EQ(outcome.find(" ECE") != std::string::npos, opens && asks) << table << ": " << describe(one);
      EXPECT_EQ(outcome.find(" CWR"), std::string::npos) << table << ": " << describe(one);
      if (HasFailure()) return;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(States, Grid, testing::ValuesIn(kTables), [](const auto& table) {
  std::string name;
  for (const char letter : table.param) {
    if (letter != '-') name += letter;
  }
  return name;
});

// --- the rules themselves ---

// A case and its number name each other, and no two cases are the same segment where the places are distinct.
TEST(GridCases, NumberAndCaseNameEachOther) {
  std::set<std::string> names;
  for (std::size_t number = 0; number < kCases; ++number) {
    EXPECT_EQ(number_of(case_at(number)), number);
    names.insert(describe(case_at(number)));
  }
  EXPECT_EQ(names.size(), kCases);
}

Outcomes all(const std::string& outcome) { return Outcomes(kCases, outcome); }

TEST(GridRules, OneOutcomeIsOneRule) {
  EXPECT_EQ(rules_of(all("x")), "......... | *                      | *              | * => x\n");
}

TEST(GridRules, ThereAndBack) {
  Outcomes outcomes = all("usual");
  std::uint64_t state = 1;
  for (int i = 0; i < 200; ++i) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    outcomes[(state >> 33) % kCases] = "odd " + std::to_string(i % 7);
  }
  const auto back = outcomes_of("# a comment\n\n" + rules_of(outcomes));
  ASSERT_TRUE(back.has_value()) << back.error();
  EXPECT_EQ(*back, outcomes);
}

TEST(GridRules, ATableMustBeWholeAndUnambiguous) {
  const std::string half = "R........ | * | * | * => x\n";
  EXPECT_TRUE(outcomes_of(half).error().starts_with("in no rule: (no flags)"));
  EXPECT_TRUE(outcomes_of(half + "-........ | * | * | * => y\n").has_value());
  EXPECT_TRUE(outcomes_of(half + half).error().starts_with("in two rules: RST"));
  for (const char* wrong : {"S........ | * | * | * => x", "R........ | near | * | * => x", "R........ | * | * | 1 => x",
                            "R........ | * | * | * =>", "R....... | * | * | * => x", "R........ | * | * => x"}) {
    EXPECT_TRUE(outcomes_of(wrong).error().starts_with("this is no rule")) << wrong;
  }
}

}  // namespace
}  // namespace handfast::matrix
