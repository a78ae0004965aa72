#include "script/parse_expression.h"

#include <gtest/gtest.h>

#include <string>

#include "script/limits.h"
#include "script/test_script.h"

namespace handfast::script {
namespace {

using Kind = Expression::Kind;

Expression expression_of(std::string_view text) {
  CallLine call = only<CallLine>("0 f(" + std::string(text) + ") = 0");
  EXPECT_EQ(call.arguments.size(), 1u) << text;
  return call.arguments.empty() ? Expression() : std::move(call.arguments[0]);
}

std::string expression_error(std::string_view text) { return error_of("0 f(" + std::string(text) + ") = 0"); }

TEST(ScriptExpression, WhatStandsAlone) {
  EXPECT_EQ(expression_of("...").kind, Kind::kEllipsis);
  EXPECT_EQ(expression_of("-12").number, -12);
  EXPECT_FALSE(expression_of("12").is_hexadecimal);
  EXPECT_EQ(expression_of("0xffffffff").number, 0xFFFFFFFF);
  EXPECT_TRUE(expression_of("0x10").is_hexadecimal);
  EXPECT_EQ(expression_of("SOCK_STREAM").kind, Kind::kWord);
  EXPECT_EQ(expression_of("SOCK_STREAM").text, "SOCK_STREAM");
  EXPECT_EQ(expression_of("  x").at, (Position{1, 7}));
}

TEST(ScriptExpression, StringsAreBytes) {
  EXPECT_EQ(expression_of(R"("a\n\t\r\f\v\\\"\'\x00\xfF")").text, std::string("a\n\t\r\f\v\\\"'\0\xff", 11));
  EXPECT_EQ(expression_of(R"("one" "two")").text, "onetwo");
  EXPECT_FALSE(expression_of("\"a\"").open_ended);
  EXPECT_TRUE(expression_of("\"a\"...").open_ended);
  const std::string wrong = " a string whose escapes are \\\\ \\\" \\n \\t \\r \\f \\v or \\xhh, seen ";
  EXPECT_EQ(expression_error(R"("\q")"), "t.pkt:1:5: expected" + wrong + R"("\q")");
  EXPECT_EQ(expression_error(R"("ok" "\x1")"), "t.pkt:1:10: expected" + wrong + R"("\x1")");
  EXPECT_EQ(expression_error(R"("\x1g")"), "t.pkt:1:5: expected" + wrong + R"("\x1g")");
}

TEST(ScriptExpression, AlternativesAndAssignments) {
  const Expression flags = expression_of("O_RDWR|O_NONBLOCK|1");
  EXPECT_EQ(flags.kind, Kind::kOr);
  ASSERT_EQ(flags.parts.size(), 3u);
  EXPECT_EQ(flags.parts[1].text, "O_NONBLOCK");

  const Expression event = expression_of("{events=EPOLLOUT|EPOLLIN, fd=4}");
  EXPECT_EQ(event.kind, Kind::kStruct);
  ASSERT_EQ(event.parts.size(), 2u);
  EXPECT_EQ(event.parts[0].kind, Kind::kAssign);
  EXPECT_EQ(event.parts[0].text, "events");
  EXPECT_EQ(event.parts[0].parts[0].kind, Kind::kOr) << "an assignment takes the alternatives";
  EXPECT_EQ(event.parts[1].parts[0].number, 4);
}

TEST(ScriptExpression, AMessageHasLengthsBehindItsNames) {
  const Expression message =
      expression_of("{msg_name(...)=..., msg_iov(2)=[{..., 10}, {..., 20}], msg_flags=0, msg_control=[]}");
  ASSERT_EQ(message.parts.size(), 4u);
  const Expression& vectors = message.parts[1];
  EXPECT_EQ(vectors.text, "msg_iov");
  ASSERT_EQ(vectors.parts.size(), 2u);
  EXPECT_EQ(vectors.parts[0].kind, Kind::kList);
  EXPECT_EQ(vectors.parts[1].number, 2);
  EXPECT_EQ(vectors.parts[0].parts[1].kind, Kind::kStruct);
  EXPECT_EQ(vectors.parts[0].parts[1].parts[1].number, 20);
  EXPECT_TRUE(message.parts[3].parts[0].parts.empty());
}

TEST(ScriptExpression, AnAddressOfASocket) {
  const Expression address =
      expression_of("{sa_family = AF_INET, sin_port = htons(8080), sin_addr = inet_addr(\"192.0.2.1\")}");
  ASSERT_EQ(address.parts.size(), 3u);
  const Expression& port = address.parts[1].parts[0];
  EXPECT_EQ(port.kind, Kind::kCall);
  EXPECT_EQ(port.text, "htons");
  EXPECT_EQ(port.parts[0].number, 8080);
  EXPECT_EQ(address.parts[2].parts[0].parts[0].text, "192.0.2.1");
  EXPECT_EQ(expression_error("htons(x)"), "t.pkt:1:11: expected a number, seen x");
  EXPECT_EQ(expression_error("inet_addr(1)"), "t.pkt:1:15: expected an address in quotes, seen 1");
}

TEST(ScriptExpression, SaysItselfAsItWasWritten) {
  for (const std::string_view text :
       {"...", "-7", "0x1f", "SOCK_STREAM", R"("a\"\\\x00\xff")", R"("a"...)", "A|B|0x3", "[]", "[1, 2]", "{..., 10}",
        "{events=A|B, fd=4}", "[{fd=4, events=POLLIN, revents=0}]", "htons(8080)",
        R"({sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("192.0.2.1")})",
        "{msg_name(...)=..., msg_iov(1)=[{..., 0}], msg_flags=0}"}) {
    const std::string once = expression_of(text).to_string();
    EXPECT_EQ(once, text);
    EXPECT_EQ(expression_of(once).to_string(), once);
  }
  EXPECT_EQ(expression_of("\"a\" \"\\n\"").to_string(), R"("a\x0a")");
}

TEST(ScriptExpression, WhatIsNone) {
  EXPECT_EQ(expression_error("1,"), "t.pkt:1:7: expected an expression, seen )");
  EXPECT_EQ(expression_error("1 2"), "t.pkt:1:7: expected , or ), seen 2");
  EXPECT_EQ(expression_error("[1"), "t.pkt:1:7: expected , or ], seen )");
  EXPECT_EQ(expression_error("{}"), "t.pkt:1:5: expected members between { and }, seen none");
  EXPECT_EQ(expression_error("{a=}"), "t.pkt:1:8: expected an expression, seen }");
  EXPECT_EQ(expression_error("a|"), "t.pkt:1:7: expected an expression, seen )");
  EXPECT_EQ(expression_error("1.5"), "t.pkt:1:5: expected an expression, seen 1.5");
  EXPECT_EQ(expression_error("9223372036854775808"),
            "t.pkt:1:5: expected a number that 64 bits hold, seen 9223372036854775808");
  EXPECT_EQ(expression_of("9223372036854775807").number, 9223372036854775807);
}

TEST(ScriptExpression, WhatTheLanguageHasAndWeDoNot) {
  EXPECT_EQ(expression_error("{(label 0, tc 0, ttl 0)}"), "t.pkt:1:5: not supported: a stack of MPLS labels");
  EXPECT_EQ(expression_error("{flags [none], sum 0}"), "t.pkt:1:5: not supported: a GRE header");
}

TEST(ScriptExpression, NestsThirtyTwoDeep) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(expression_of(nested(kMaxDepth)).kind, Kind::kList);
  EXPECT_EQ(expression_error(nested(kMaxDepth + 1)),
            "t.pkt:1:37: expected brackets and assignments at most 32 deep, seen more");
  std::string chain;
  for (int i = 0; i <= kMaxDepth; ++i) chain += "a=";
  EXPECT_EQ(expression_error(chain + "1").substr(0, 62),
            "t.pkt:1:71: expected brackets and assignments at most 32 deep,");
}

TEST(ScriptExpression, TheyAreCountedOverAScript) {
  std::string text = "0 f(1";
  for (std::size_t i = 1; i < kMaxExpressions - 1; ++i) text += ",1";
  EXPECT_EQ(error_of(text + ") = 0"), "none");
  EXPECT_TRUE(error_of(text + ",2) = 0").ends_with("expected a script with at most 250000 expressions, seen more"));
}

}  // namespace
}  // namespace handfast::script
