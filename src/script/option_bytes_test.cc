#include "script/option_bytes.h"

#include <gtest/gtest.h>

namespace handfast::script {
namespace {

using Kind = OptionWords::Kind;

std::vector<OptionWords> all_kinds() {
  return {{.kind = Kind::kMss, .value = 1460},
          {.kind = Kind::kSackPermitted},
          {.kind = Kind::kTimestamps, .value = 100, .echo = 7},
          {.kind = Kind::kNop},
          {.kind = Kind::kWindowScale, .value = 8},
          {.kind = Kind::kSack, .blocks = {{1, 2}, {0xFFFFFFFF, 3}}},
          {.kind = Kind::kFastOpen, .cookie = {0xAB, 0xCD, 0, 1}},
          {.kind = Kind::kFastOpenExperimental},
          {.kind = Kind::kAccEcn, .counters = {{EcnWord::kEct1, 5}, {EcnWord::kCe, 0xFFFFFF}, {EcnWord::kEct0, 0}}}};
}

TEST(ScriptOptions, ComeBackInTheirOrder) {
  for (const OptionWords& option : all_kinds()) {
    const auto bytes = option_bytes(std::span(&option, 1));
    EXPECT_EQ(bytes.size() % 4, 0u);
    const auto read = read_options(bytes);
    ASSERT_TRUE(read) << read.error();
    // Behind it there is nothing but padding.
    EXPECT_EQ(to_string(std::span(*read).first(1)), to_string(std::span(&option, 1)));
    for (const OptionWords& padding : std::span(*read).subspan(1)) EXPECT_EQ(padding.kind, Kind::kEol);
  }
}

TEST(ScriptOptions, AreWrittenAsInAScript) {
  EXPECT_EQ(to_string(std::span<const OptionWords>(all_kinds())),
            "<mss 1460,sackOK,TS val 100 ecr 7,nop,wscale 8,sack 1:2 4294967295:3,FO abcd0001,FOEXP,"
            "ECN e1b 5 ceb 16777215 e0b 0>");
  EXPECT_EQ(to_string(std::span<const OptionWords>()), "");
}

TEST(ScriptOptions, WhatDoesNotFitIsTold) {
  const auto bytes = [](std::initializer_list<int> values) {
    std::vector<std::byte> out;
    for (const int value : values) out.push_back(static_cast<std::byte>(value));
    return out;
  };
  EXPECT_FALSE(read_options(bytes({2})));                                    // a kind without its length
  EXPECT_FALSE(read_options(bytes({2, 1, 0, 0})));                           // shorter than itself
  EXPECT_FALSE(read_options(bytes({2, 4, 5})));                              // cut off
  EXPECT_FALSE(read_options(bytes({3, 4, 7, 7})));                           // a window scale of two bytes
  EXPECT_FALSE(read_options(bytes({4, 3, 0})));                              // SACK-permitted with a value
  EXPECT_FALSE(read_options(bytes({5, 2})));                                 // no block
  EXPECT_FALSE(read_options(bytes({5, 12, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0})));  // a block and a quarter
  EXPECT_FALSE(read_options(bytes({99, 2})));                                // unknown
}

}  // namespace
}  // namespace handfast::script
