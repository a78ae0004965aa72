#include "script/lexer.h"

#include <gtest/gtest.h>

#include <vector>

#include "script/test_script.h"

namespace handfast::script {
namespace {

using Kind = Token::Kind;
using Told = std::pair<Kind, std::string>;

std::vector<Told> tokens_of(std::string_view text) {
  Lexer lexer(text, "t.pkt");
  std::vector<Told> out;
  for (;;) {
    const auto token = lexer.next();
    if (!token) return {{Kind::kEnd, token.error().to_string()}};
    if (token->kind == Kind::kEnd) return out;
    out.emplace_back(token->kind, token->text);
  }
}

TEST(ScriptLexer, TheLongestReadingOfDigitsAndLettersHolds) {
  EXPECT_EQ(tokens_of("12 -12 12ab 0x1F 0x1Fg"), (std::vector<Told>{{Kind::kInteger, "12"},
                                                                    {Kind::kInteger, "-12"},
                                                                    {Kind::kWord, "12ab"},
                                                                    {Kind::kHexadecimal, "0x1F"},
                                                                    {Kind::kWord, "0x1Fg"}}));
  EXPECT_EQ(tokens_of("1.5 .5 -.5 S.5"), (std::vector<Told>{{Kind::kDecimal, "1.5"},
                                                            {Kind::kDecimal, ".5"},
                                                            {Kind::kDecimal, "-.5"},
                                                            {Kind::kWord, "S"},
                                                            {Kind::kDecimal, ".5"}}));
  EXPECT_EQ(tokens_of("-12ab"), (std::vector<Told>{{Kind::kInteger, "-12"}, {Kind::kWord, "ab"}}));
}

TEST(ScriptLexer, AnEllipsisEndsATime) {
  EXPECT_EQ(tokens_of("+.1...0.2"),
            (std::vector<Told>{
                {Kind::kSymbol, "+"}, {Kind::kDecimal, ".1"}, {Kind::kEllipsis, "..."}, {Kind::kDecimal, "0.2"}}));
  EXPECT_EQ(tokens_of("0...1"),
            (std::vector<Told>{{Kind::kInteger, "0"}, {Kind::kEllipsis, "..."}, {Kind::kInteger, "1"}}));
}

TEST(ScriptLexer, QuotesHoldWhatABackslashProtects) {
  EXPECT_EQ(tokens_of(R"("a\"b" `c\`d`)"),
            (std::vector<Told>{{Kind::kString, R"(a\"b)"}, {Kind::kCommand, R"(c\`d)"}}));
  EXPECT_EQ(tokens_of("`two\n lines`"), (std::vector<Told>{{Kind::kCommand, "two\n lines"}}));
}

TEST(ScriptLexer, CommentsAndJoinedLinesAreBlanks) {
  EXPECT_EQ(tokens_of("a // b\nc /* d\n * e **/ f \\\ng // h"),
            (std::vector<Told>{{Kind::kWord, "a"}, {Kind::kWord, "c"}, {Kind::kWord, "f"}, {Kind::kWord, "g"}}));
  EXPECT_EQ(tokens_of("/**/ a\r\n"), (std::vector<Told>{{Kind::kWord, "a"}}));
}

TEST(ScriptLexer, ABlockOfCodeLosesTheBlanksAtItsEndsButNoLines) {
  Lexer lexer("\n  %{ \t\n x } % \n }%", "t.pkt");
  const auto token = lexer.next();
  ASSERT_TRUE(token);
  EXPECT_EQ(token->kind, Kind::kCode);
  EXPECT_EQ(token->text, "\n x } % \n");
  EXPECT_EQ(token->at, (Position{2, 3}));
  EXPECT_EQ(token->begin, (Position{2, 7}));
}

TEST(ScriptLexer, WhatIsNotEndedIsToldWhereItBegins) {
  const auto message = [](std::string_view text) { return tokens_of(text).front().second; };
  EXPECT_EQ(message("a\n  \"b"), "t.pkt:2:3: expected \" at the end of what it begins, seen the end of the script");
  EXPECT_EQ(message("`b\\`"), "t.pkt:1:1: expected ` at the end of what it begins, seen the end of the script");
  EXPECT_EQ(message(" /* b */ /* *"), "t.pkt:1:10: expected */ behind a comment's /*, seen the end of the script");
  EXPECT_EQ(message("%{ x %}"), "t.pkt:1:1: expected }% behind a block's %{, seen the end of the script");
  EXPECT_EQ(message("\"a\\"), "t.pkt:1:1: expected \" at the end of what it begins, seen the end of the script");
}

TEST(ScriptLexer, WordsHaveALimit) {
  EXPECT_EQ(tokens_of(std::string(255, 'a')).front().first, Kind::kWord);
  EXPECT_EQ(tokens_of(" " + std::string(256, 'a')).front().second,
            "t.pkt:1:2: expected a word of at most 255 letters, seen a longer one");
  EXPECT_EQ(tokens_of(std::string(256, '1')).front().second,
            "t.pkt:1:1: expected a number of at most 255 digits, seen a longer one");
  EXPECT_EQ(tokens_of("--" + std::string(256, 'a')).front().second,
            "t.pkt:1:1: expected an option's name of at most 255 letters, seen a longer one");
}

TEST(ScriptLexer, ADefinedWordStandsForItsValue) {
  const Definitions definitions{
      {"N", "12"},    {"M", "-1"}, {"H", "0x1f"}, {"W", "3021b9d889017eeb"},   {"S", "\"a b\""},
      {"C", "`a b`"}, {"E", ""},   {"Q", "a b"},  {"L", std::string(256, 'a')}};
  const auto token = [&](std::string_view text) {
    Lexer lexer(text, "t.pkt");
    for (const auto& [name, value] : definitions) lexer.define(name, value);
    const auto next = lexer.next();
    return next ? Told(next->kind, next->text) : Told(Kind::kEnd, next.error().to_string());
  };
  EXPECT_EQ(token("N"), Told(Kind::kInteger, "12"));
  EXPECT_EQ(token("M"), Told(Kind::kInteger, "-1"));
  EXPECT_EQ(token("H"), Told(Kind::kHexadecimal, "0x1f"));
  EXPECT_EQ(token("W"), Told(Kind::kWord, "3021b9d889017eeb"));
  EXPECT_EQ(token("S"), Told(Kind::kString, "a b"));
  EXPECT_EQ(token("C"), Told(Kind::kCommand, "a b"));
  EXPECT_EQ(token("NN"), Told(Kind::kWord, "NN"));
  const std::string wrong =
      "t.pkt:1:1: expected a word defined as a number, a word, \"a string\" or `a command`, seen ";
  EXPECT_EQ(token("E").second, wrong + "nothing");
  EXPECT_EQ(token("Q").second, wrong + "a b");
  EXPECT_EQ(token("L").second, "t.pkt:1:1: expected a definition of at most 255 letters, seen a longer one");
}

}  // namespace
}  // namespace handfast::script
