#include "script/number.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/test_random.h"

namespace handfast::script {
namespace {

constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

TEST(ScriptNumber, ReadsWhatPythonWrites) {
  EXPECT_EQ(read_number("12"), (Number{12, 1}));
  EXPECT_EQ(read_number("0x1F"), (Number{31, 1}));
  EXPECT_EQ(read_number("0b101"), (Number{5, 1}));
  EXPECT_EQ(read_number("0o17"), (Number{15, 1}));
  EXPECT_EQ(read_number("1.5"), (Number{3, 2}));
  EXPECT_EQ(read_number(".25"), (Number{1, 4}));
  EXPECT_EQ(read_number("2."), (Number{2, 1}));
  EXPECT_EQ(read_number("0.000"), (Number{0, 1}));
  EXPECT_EQ(read_number("2e6"), (Number{2'000'000, 1}));
  EXPECT_EQ(read_number("5E-1"), (Number{1, 2}));
  EXPECT_EQ(read_number("1.5e+1"), (Number{15, 1}));
  EXPECT_EQ(read_number("9223372036854775807"), (Number{kMost, 1}));
  for (const std::string_view wrong : {"", ".", "1x", "0x", "0xg", "1e", "1e99", "1.2.3", "9223372036854775808", "-1",
                                       "0x-1", "1e--1", "0b2", "1e5e5", "0.0000000000000000001"}) {
    EXPECT_EQ(read_number(wrong), std::nullopt) << wrong;
  }
}

TEST(ScriptNumber, IsExact) {
  EXPECT_EQ(add(*read_number("0.1"), *read_number("0.2")), read_number("0.3"));
  EXPECT_EQ(divide({1, 1}, {3, 1}), (Number{1, 3}));
  EXPECT_EQ(divide({1, 1}, {-2, 1}), (Number{-1, 2}));
  EXPECT_EQ(multiply({1, 3}, {3, 1}), (Number{1, 1}));
  EXPECT_EQ(subtract({1, 2}, {1, 2}), Number());
  EXPECT_TRUE(is_below({1, 3}, {1, 2}));
  EXPECT_FALSE(is_below({1, 2}, {1, 2}));
  EXPECT_TRUE(is_below({kLeast, 1}, {kMost, 1}));
}

TEST(ScriptNumber, SaysWhatDoesNotFit) {
  EXPECT_EQ(add({kMost, 1}, {1, 1}), std::nullopt);
  EXPECT_EQ(subtract({kLeast, 1}, {1, 1}), std::nullopt);
  EXPECT_EQ(multiply({kMost, 1}, {2, 1}), std::nullopt);
  EXPECT_EQ(multiply({1, kMost}, {1, 2}), std::nullopt);
  EXPECT_EQ(subtract({}, {kLeast, 1}), std::nullopt);
  EXPECT_EQ(divide({1, 1}, {}), std::nullopt);
  EXPECT_EQ(floor_divide({1, 1}, {}), std::nullopt);
  EXPECT_EQ(modulo({1, 1}, {}), std::nullopt);
  EXPECT_EQ(divide({1, 1}, {kLeast, 1}), std::nullopt);
  EXPECT_EQ(floor_divide({kLeast, 1}, {-1, 1}), std::nullopt);
  EXPECT_EQ(multiply({kLeast, 1}, {1, 1}), (Number{kLeast, 1}));
}

TEST(ScriptNumber, DividesDownwardAsPythonDoes) {
  EXPECT_EQ(floor_divide({7, 1}, {2, 1}), (Number{3, 1}));
  EXPECT_EQ(floor_divide({-7, 1}, {2, 1}), (Number{-4, 1}));
  EXPECT_EQ(modulo({-7, 1}, {2, 1}), (Number{1, 1}));
  EXPECT_EQ(modulo({7, 1}, {-2, 1}), (Number{-1, 1}));
  EXPECT_EQ(modulo({3, 2}, {1, 1}), (Number{1, 2}));
}

TEST(ScriptNumber, QuotientAndRestMakeTheWhole) {
  base::TestRandom random(7);
  for (int round = 0; round < 2000; ++round) {
    const auto a = static_cast<std::int64_t>(random.below(2'000'001)) - 1'000'000;
    const auto b = static_cast<std::int64_t>(random.below(1'000)) + 1;
    const Number by{random.chance(1, 2) ? b : -b, 1};
    const Number rest = *modulo({a, 1}, by);
    EXPECT_EQ(*add(*multiply(*floor_divide({a, 1}, by), by), rest), (Number{a, 1}));
    EXPECT_TRUE(rest.numerator == 0 || (rest.numerator < 0) == (by.numerator < 0));
    EXPECT_LT(rest.numerator < 0 ? -rest.numerator : rest.numerator, b);
  }
}

TEST(ScriptNumber, WritesDecimals) {
  EXPECT_EQ((Number{-7, 1}).to_string(), "-7");
  EXPECT_EQ((Number{10, 1}).to_string(), "10");
  EXPECT_EQ((Number{3, 2}).to_string(), "1.5");
  EXPECT_EQ((Number{1, 3}).to_string(), "0.333333");
  EXPECT_EQ((Number{2, 3}).to_string(), "0.666667");
  EXPECT_EQ((Number{-1, 3}).to_string(2), "-0.33");
  EXPECT_EQ((Number{3, 1}).to_string(2, false), "3.00");
  EXPECT_EQ((Number{30, 1}).to_string(0, false), "30");
  EXPECT_EQ((Number{61, 2}).to_string(0), "31");
  EXPECT_EQ((Number{kLeast, 1}).to_string(18, false), "-9223372036854775808.000000000000000000");
}

}  // namespace
}  // namespace handfast::script
