#include "script/parse_code.h"

#include <gtest/gtest.h>

#include <string>

#include "script/limits.h"

namespace handfast::script {
namespace {

using Kind = CodeStatement::Kind;

Code code_of(const std::string& text) {
  const auto code = parse_code({text, {3, 8}}, "t.pkt");
  EXPECT_TRUE(code) << code.error().to_string();
  return code.value_or(Code());
}

std::string code_error(const std::string& text) {
  const auto code = parse_code({text, {3, 8}}, "t.pkt");
  return code ? "none" : code.error().to_string();
}

TEST(ScriptCode, StatementsEndWithTheirLinesOrSemicolons) {
  const Code code = code_of("\n  a = 1; ;b = 2 # ; c = 3\n\nprint(a); assert a == 1, 'a' ;");
  ASSERT_EQ(code.statements.size(), 4u);
  EXPECT_EQ(code.statements[0].kind, Kind::kAssign);
  EXPECT_EQ(code.statements[0].name, "a");
  EXPECT_EQ(code.statements[0].at, (Position{4, 3}));
  EXPECT_EQ(code.statements[1].at, (Position{4, 11}));
  EXPECT_EQ(code.statements[2].kind, Kind::kPrint);
  EXPECT_EQ(code.statements[3].kind, Kind::kAssert);
  EXPECT_EQ(code.statements[3].text, "assert a == 1, 'a'");
  EXPECT_EQ(code.statements[3].terms.size(), 2u);
  EXPECT_TRUE(code_of("").statements.empty());
}

TEST(ScriptCode, LinesGoOnInBracketsAndBehindABackslash) {
  const Code code = code_of("assert (a\n == 1 # one\n)\nb = \\\n  2; \\\n c = [1,\n2]");
  ASSERT_EQ(code.statements.size(), 3u);
  EXPECT_EQ(code.statements[1].at, (Position{6, 1}));
  EXPECT_EQ(code.statements[2].at, (Position{8, 2}));
}

TEST(ScriptCode, PrintHasAnyNumberOfValuesAndEitherForm) {
  EXPECT_EQ(code_of("print").statements[0].terms.size(), 0u);
  EXPECT_EQ(code_of("print()").statements[0].terms.size(), 0u);
  EXPECT_EQ(code_of("print(a)").statements[0].terms.size(), 1u);
  EXPECT_EQ(code_of("print(a, 'b')").statements[0].terms.size(), 2u);
  EXPECT_EQ(code_of("print a, 'b'").statements[0].terms.size(), 2u);
}

TEST(ScriptCode, WhatIsNone) {
  EXPECT_EQ(code_error("1 == 1"), "t.pkt:3:8: expected a statement: assert, print, or name = value, seen 1");
  EXPECT_EQ(code_error("assert"), "t.pkt:3:14: expected a value, seen the end of the statement");
  EXPECT_EQ(code_error("assert a ==\nb"), "t.pkt:3:19: expected a value, seen the end of the statement");
  EXPECT_EQ(code_error("assert a b"), "t.pkt:3:17: expected an operator or the end of the statement, seen b");
  EXPECT_EQ(code_error("a == 1"), "t.pkt:3:10: expected = or an operator that assigns, seen ==");
  EXPECT_EQ(code_error("assert (a"), "t.pkt:3:17: expected , or ), seen the end of the statement");
  EXPECT_EQ(code_error("assert a)"), "t.pkt:3:16: expected an operator or the end of the statement, seen )");
  EXPECT_EQ(code_error("assert a\n  assert a not b"), "t.pkt:4:16: expected in, seen b");
  EXPECT_EQ(code_error("assert 'a"), "t.pkt:3:15: expected a string that ends on its line, seen one that does not");
  EXPECT_EQ(code_error("assert 'a\\"), "t.pkt:3:15: expected a string that ends on its line, seen one that does not");
  EXPECT_EQ(code_error("assert 1x"), "t.pkt:3:15: expected a number that 64 bits hold, seen 1x");
  EXPECT_EQ(code_error("assert a ? b"), "t.pkt:3:17: expected a name, a number, a string or an operator, seen ?");
  EXPECT_EQ(code_error("assert and"), "t.pkt:3:15: expected a value, seen and");
  EXPECT_EQ(code_error("assert '\\q'").substr(0, 49), "t.pkt:3:15: expected a string of at most 1024 let");
}

TEST(ScriptCode, WhatPythonHasAndWeDoNot) {
  EXPECT_EQ(code_error("import os"), "t.pkt:3:8: not supported: the statement import of Python");
  EXPECT_EQ(code_error("a = 1\nfor x in (1, 2): print(x)"), "t.pkt:4:1: not supported: the statement for of Python");
  EXPECT_EQ(code_error("assert 2 ** 3"), "t.pkt:3:17: not supported: the operator **");
  EXPECT_EQ(code_error("assert a is b"), "t.pkt:3:17: not supported: the operator is");
  EXPECT_EQ(code_error("assert sum(a)"), "t.pkt:3:15: not supported: the function sum");
  EXPECT_EQ(code_error("assert a.b"), "t.pkt:3:16: not supported: a member of a value");
  EXPECT_EQ(code_error("not a"), "t.pkt:3:8: not supported: a statement that begins with not");
}

TEST(ScriptCode, HasLimits) {
  const auto nested = [](int depth) {
    return "x = " + std::string(static_cast<std::size_t>(depth), '(') + "1" +
           std::string(static_cast<std::size_t>(depth), ')');
  };
  EXPECT_EQ(code_error(nested(kMaxDepth)), "none");
  EXPECT_EQ(code_error(nested(kMaxDepth + 1)), "t.pkt:3:45: expected brackets and signs at most 32 deep, seen 1");
  EXPECT_EQ(code_error("x = " + std::string(kMaxDepth, '-') + "1"), "none");
  EXPECT_NE(code_error("x = " + std::string(kMaxDepth + 1, '-') + "1"), "none");
  std::string sum = "x = 1";
  for (std::size_t i = 2; i < kMaxTerms; ++i) sum += "+1";
  EXPECT_EQ(code_error(sum), "none");
  EXPECT_NE(code_error(sum + "+1").find("a statement of at most 4096 terms"), std::string::npos);
  std::string statements;
  for (std::size_t i = 0; i < kMaxBlockTerms; ++i) statements += "x = 1\n";
  EXPECT_EQ(code_error(statements), "none");
  EXPECT_NE(code_error(statements + "x = 1").find("a block of at most 100000 terms"), std::string::npos);
  EXPECT_NE(code_error("x = " + std::string(kMaxTextBytes + 1, 'a')).find("a word of at most 1024"), std::string::npos);
}

}  // namespace
}  // namespace handfast::script
