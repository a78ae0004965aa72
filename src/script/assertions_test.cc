#include "script/assertions.h"

#include <gtest/gtest.h>

#include <string>

namespace handfast::script {
namespace {

std::optional<std::int64_t> connection(std::string_view name) {
  if (name == "tcpi_snd_cwnd") return 10;
  if (name == "tcpi_options") return 32 | 2;
  if (name == "tcpi_rtt") return 100'200;
  return std::nullopt;
}

CodeOutcome outcome_of(const std::string& text, Variables& variables) {
  const auto code = parse_code({text, {5, 3}}, "t.pkt");
  EXPECT_TRUE(code) << code.error().to_string();
  return code ? evaluate(*code, variables, connection) : CodeOutcome();
}

CodeOutcome outcome_of(const std::string& text) {
  Variables variables;
  return outcome_of(text, variables);
}

bool holds(const std::string& condition) {
  const CodeOutcome outcome = outcome_of("assert " + condition);
  EXPECT_NE(outcome.kind, CodeOutcome::Kind::kError) << outcome.to_string();
  return outcome.passed();
}

std::string error_in(const std::string& condition) {
  const CodeOutcome outcome = outcome_of("assert " + condition);
  EXPECT_EQ(outcome.kind, CodeOutcome::Kind::kError) << condition;
  return outcome.message;
}

TEST(ScriptAssertions, TheFormsOfTheScripts) {
  EXPECT_TRUE(holds("tcpi_snd_cwnd == 10, tcpi_snd_cwnd"));
  EXPECT_FALSE(holds("tcpi_snd_cwnd == 11,tcpi_snd_cwnd"));
  EXPECT_TRUE(holds("(tcpi_options & TCPI_OPT_SYN_DATA) != 0, tcpi_options"));
  EXPECT_FALSE(holds("(tcpi_options & TCPI_OPT_ECN) != 0"));
  EXPECT_TRUE(holds("100000 <= tcpi_rtt <= 101000, 'rtt=%d us' % tcpi_rtt"));
  EXPECT_FALSE(holds("100201 <= tcpi_rtt <= 101000"));
  EXPECT_FALSE(holds("100000 <= tcpi_rtt <= 100199"));
  EXPECT_TRUE(holds("TCP_CA_Recovery == 3"));
}

TEST(ScriptAssertions, AFailureTellsWhatWasSeen) {
  const CodeOutcome outcome =
      outcome_of("a = 3\n  assert tcpi_snd_cwnd <= a + 1, 'cwnd: %d of %d' % (tcpi_snd_cwnd, a)");
  EXPECT_EQ(outcome.kind, CodeOutcome::Kind::kFailed);
  EXPECT_EQ(outcome.at, (Position{6, 3}));
  EXPECT_EQ(outcome.message, "cwnd: 10 of 3");
  EXPECT_EQ(outcome.values, (std::vector<std::pair<std::string, std::string>>{{"tcpi_snd_cwnd", "10"}, {"a", "3"}}));
  EXPECT_EQ(outcome.to_string(),
            "t.pkt:6:3: assert tcpi_snd_cwnd <= a + 1, 'cwnd: %d of %d' % (tcpi_snd_cwnd, a) does not hold "
            "(tcpi_snd_cwnd = 10, a = 3): cwnd: 10 of 3");
  EXPECT_EQ(outcome_of("assert 1 == 2").to_string(), "t.pkt:5:3: assert 1 == 2 does not hold");
  EXPECT_EQ(outcome_of("assert 0, nothing").message, "no message: nothing is called nothing");
}

TEST(ScriptAssertions, NothingRunsBehindAFailure) {
  const CodeOutcome outcome = outcome_of("print(1)\nassert 0\nprint(2)");
  EXPECT_EQ(outcome.printed, (std::vector<std::string>{"1"}));
  EXPECT_EQ(outcome.at, (Position{6, 1}));
}

TEST(ScriptAssertions, AnUnknownNameIsAnError) {
  const CodeOutcome outcome = outcome_of("assert tcpi_snd_cwnd + tcpi_nothing == 1");
  EXPECT_EQ(outcome.kind, CodeOutcome::Kind::kError);
  EXPECT_EQ(outcome.at, (Position{5, 26}));
  EXPECT_EQ(outcome.to_string(),
            "t.pkt:5:26: assert tcpi_snd_cwnd + tcpi_nothing == 1: nothing is called tcpi_nothing");
  EXPECT_TRUE(holds("1 or nothing")) << "what is not needed is not looked at";
  EXPECT_FALSE(holds("0 and nothing"));
  EXPECT_FALSE(holds("2 < 1 < nothing"));
}

TEST(ScriptAssertions, OperatorsBindAsInPython) {
  EXPECT_TRUE(holds("1 + 2 * 3 == 7"));
  EXPECT_TRUE(holds("(1 + 2) * 3 == 9"));
  EXPECT_TRUE(holds("10 - 3 - 2 == 5")) << "from the left";
  EXPECT_TRUE(holds("(1 | 3 ^ 1) == 3 and (3 ^ 1 & 2) == 3 and (6 & 1 << 1) == 2"));
  EXPECT_TRUE(holds("1 << 2 + 1 == 8"));
  EXPECT_TRUE(holds("-2 * -3 == 6 and not 0 == 1"));
  EXPECT_TRUE(holds("~0 == -1 and +5 == 5 and - - 5 == 5"));
  EXPECT_TRUE(holds("0 or 1 and 1"));
  EXPECT_TRUE(holds("not 1 == 2"));
  EXPECT_TRUE(holds("7 // 2 == 3 and -7 // 2 == -4 and -7 % 3 == 2 and 7 / 2 == 3.5"));
  EXPECT_TRUE(holds("0.1 + 0.2 == 0.3")) << "exact, as nowhere else";
  EXPECT_TRUE(holds("0x10 == 16 and 1e3 == 1000 and 64 >> 3 == 8 and -1 >> 70 == -1"));
  EXPECT_TRUE(holds("(5 or 6) == 5 and (0 or 6) == 6 and (5 and 6) == 6"));
  EXPECT_TRUE(holds("True and not False and True == 1"));
}

TEST(ScriptAssertions, ComparisonsOfAllKinds) {
  EXPECT_TRUE(holds("1 < 2 <= 2 != 3 > 1 >= 1"));
  EXPECT_FALSE(holds("1 < 3 < 2"));
  EXPECT_TRUE(holds("2 in (1, 2) and 3 not in [1, 2] and 1 in (1,)"));
  EXPECT_TRUE(holds("'a' in 'cat' and 'a' < 'b' and 'a' != 1"));
  EXPECT_TRUE(holds("(1, 'a') == (1, 'a')"));
  EXPECT_FALSE(holds("()"));
  EXPECT_FALSE(holds("''"));
  EXPECT_TRUE(
      holds("abs(-3) == 3 and min(3, 1, 2) == 1 and max((1, 5)) == 5 and len('abc') == 3 and int(-7 / 2) == -3"));
}

TEST(ScriptAssertions, WhatCannotBeEvaluated) {
  EXPECT_EQ(error_in("1 / 0"), "a division by zero");
  EXPECT_EQ(error_in("1 // 0"), "a division by zero");
  EXPECT_EQ(error_in("1 % 0"), "a division by zero");
  EXPECT_EQ(error_in("9223372036854775807 + 1"), "a number that 64 bits do not hold");
  EXPECT_EQ(error_in("1 << 63"), "a number that 64 bits do not hold");
  EXPECT_EQ(error_in("1 << -1"), "a shift by a negative number");
  EXPECT_EQ(error_in("'a' + 1"), "the operator + needs numbers");
  EXPECT_EQ(error_in("1.5 & 1"), "the operator & needs whole numbers");
  EXPECT_EQ(error_in("-'a'"), "- needs a number");
  EXPECT_EQ(error_in("~1.5"), "~ needs a number");
  EXPECT_EQ(error_in("1 < 'a'"), "only numbers, or two strings, have an order");
  EXPECT_EQ(error_in("1 in 2"), "in needs several values, or two strings");
  EXPECT_EQ(error_in("1 not in 2"), "in needs several values, or two strings");
  EXPECT_EQ(error_in("abs('a')"), "abs needs a number");
  EXPECT_EQ(error_in("abs(1, 2)"), "abs needs one value");
  EXPECT_EQ(error_in("len(1)"), "len needs a string or several values");
  EXPECT_EQ(error_in("min()"), "min and max need a value");
  EXPECT_EQ(error_in("min(1, 'a')"), "only numbers, or two strings, have an order");
}

TEST(ScriptAssertions, MessagesAreFormatted) {
  const auto message = [](const std::string& text) { return outcome_of("assert 0, " + text).message; };
  EXPECT_EQ(message("'%d|%5d|%-5d|%05d' % (1, 2, 3, -4)"), "1|    2|3    |-0004");
  EXPECT_EQ(message("'%s %s %r' % ('a', 1.5, 'b')"), "a 1.5 'b'");
  EXPECT_EQ(message("'%x %X %x' % (255, 255, -16)"), "ff FF -10");
  EXPECT_EQ(message("'%f %.2f %d %%' % (1, 2/3, 7/2)"), "1.000000 0.67 3 %");
  EXPECT_EQ(message("'a' \"b\\n\" + 'c'"), "ab\nc");
  EXPECT_EQ(message("(1, 'a', (2,))"), "(1, 'a', (2,))");
  EXPECT_EQ(message("'%d' % ()"), "no message: more places than values in a string");
  EXPECT_EQ(message("'%d' % (1, 2)"), "no message: more values than places in a string");
  EXPECT_EQ(message("'%d' % 'a'"), "no message: %d needs a number");
  EXPECT_EQ(message("'%q' % 1"), "no message: the format %q is not supported");
  EXPECT_EQ(message("'%x' % 1.5"), "no message: %x needs a whole number");
  EXPECT_EQ(message("'50%' % 1"), "no message: a string that ends in %");
  EXPECT_EQ(message("'%999999999999d' % 1").size(), 64u);
}

TEST(ScriptAssertions, PrintIsKept) {
  const CodeOutcome outcome = outcome_of("print(tcpi_snd_cwnd); print('a', 1, (2, 'b')); print");
  EXPECT_TRUE(outcome.passed());
  EXPECT_EQ(outcome.printed, (std::vector<std::string>{"10", "a 1 (2, 'b')", ""}));
}

TEST(ScriptAssertions, ALaterBlockSeesWhatAnEarlierAssigned) {
  Variables variables;
  EXPECT_TRUE(outcome_of("cwnd = 10", variables).passed());
  EXPECT_TRUE(outcome_of("cwnd += 5; cwnd -= 1; cwnd *= 4; cwnd //= 2; assert cwnd == 28", variables).passed());
  EXPECT_TRUE(outcome_of("cwnd |= 3; cwnd &= 0xf; cwnd ^= 1; cwnd <<= 2; cwnd >>= 1; cwnd %= 10", variables).passed());
  EXPECT_TRUE(outcome_of("assert cwnd == 8; cwnd /= 16; assert cwnd == 0.5", variables).passed());
  EXPECT_EQ(outcome_of("x += 1", variables).message, "nothing is called x");
}

TEST(ScriptAssertions, TheConnectionsFiguresAreNewInEachBlock) {
  Variables variables;
  EXPECT_TRUE(outcome_of("tcpi_snd_cwnd = 99; assert tcpi_snd_cwnd == 99", variables).passed());
  EXPECT_TRUE(outcome_of("assert tcpi_snd_cwnd == 10", variables).passed());
  EXPECT_TRUE(outcome_of("TCP_CA_Open = 5", variables).passed());
  EXPECT_TRUE(outcome_of("assert TCP_CA_Open == 5", variables).passed()) << "before the numbers of Linux";
}

TEST(ScriptAssertions, WhatTheyMakeHasLimits) {
  Variables variables;
  EXPECT_EQ(outcome_of("x = (1, 2)", variables).message, "a name can stand for a number or a string only");
  EXPECT_TRUE(outcome_of("s = '" + std::string(600, 'a') + "'", variables).passed());
  EXPECT_EQ(outcome_of("s += s", variables).message, "a string of more than 1024 letters");
  EXPECT_EQ(outcome_of("s = '%s%s' % (s, s)", variables).message, "a string of more than 1024 letters");
  EXPECT_EQ(outcome_of("print(s, s)", variables).printed[0].size(), 1024u);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "v" + std::to_string(i) + " = 1\n";
  EXPECT_EQ(outcome_of(many, variables).message, "more than 1000 names are assigned");
}

}  // namespace
}  // namespace handfast::script
