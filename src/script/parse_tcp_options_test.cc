#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "script/parse_packet.h"
#include "script/test_script.h"

namespace handfast::script {
namespace {

using Kind = OptionWords::Kind;
using Bytes = std::vector<std::uint8_t>;

std::vector<OptionWords> options_of(std::string_view text, const Definitions& definitions = {}) {
  return segment_of("0 > . 1:1(0) <" + std::string(text) + ">", definitions).options;
}

std::string option_error(std::string_view text, const Definitions& definitions = {}) {
  return error_of("0 > . 1:1(0) <" + std::string(text) + ">", definitions);
}

TEST(ScriptTcpOptions, InTheOrderOfTheLine) {
  const auto options = options_of("mss 1460,sackOK,TS val 1 ecr 4294967295, nop, wscale 255");
  ASSERT_EQ(options.size(), 5u);
  EXPECT_EQ(options[0].kind, Kind::kMss);
  EXPECT_EQ(options[0].value, 1460u);
  EXPECT_EQ(options[1].kind, Kind::kSackPermitted);
  EXPECT_EQ(options[2].kind, Kind::kTimestamps);
  EXPECT_EQ(options[2].value, 1u);
  EXPECT_EQ(options[2].echo, 0xFFFFFFFF);
  EXPECT_EQ(options[3].kind, Kind::kNop);
  EXPECT_EQ(options[4].kind, Kind::kWindowScale);
  EXPECT_EQ(options[4].value, 255u);
  EXPECT_EQ(options_of("nop,nop,nop,eol")[3].kind, Kind::kEol);
}

TEST(ScriptTcpOptions, SackBlocks) {
  const auto options = options_of("nop,nop,sack 1:2 3:4294967295");
  EXPECT_EQ(options[2].kind, Kind::kSack);
  EXPECT_EQ(options[2].blocks, (std::vector<std::pair<std::uint32_t, std::uint32_t>>{{1, 2}, {3, 0xFFFFFFFF}}));
  EXPECT_EQ(option_error("nop,nop,sack"),
            "t.pkt:1:27: expected the left edge of a SACK block from 0 to 4294967295, seen >");
}

TEST(ScriptTcpOptions, Cookies) {
  EXPECT_EQ(options_of("FO,nop,nop")[0].cookie, Bytes());
  EXPECT_EQ(options_of("FO 12abcdEF,nop,nop")[0].cookie, (Bytes{0x12, 0xAB, 0xCD, 0xEF}));
  EXPECT_EQ(options_of("FO 1234,nop,nop,nop,nop")[0].cookie, (Bytes{0x12, 0x34})) << "digits alone";
  EXPECT_EQ(options_of("FOEXP abcd,nop,nop")[0].kind, Kind::kFastOpenExperimental);
  EXPECT_EQ(options_of("FOEXP")[0].cookie, Bytes());
  EXPECT_EQ(options_of("FO COOKIE,nop,nop", {{"COOKIE", "3021b9d8"}})[0].cookie, (Bytes{0x30, 0x21, 0xB9, 0xD8}));
  EXPECT_EQ(options_of("FO COOKIE,nop,nop", {{"COOKIE", "30219988"}})[0].cookie, (Bytes{0x30, 0x21, 0x99, 0x88}));
  EXPECT_EQ(option_error("FO abc,nop"),
            "t.pkt:1:18: expected a cookie of at most 38 bytes, two hexadecimal digits each, seen abc");
  EXPECT_EQ(option_error("FO COOKIE"),
            "t.pkt:1:18: expected a cookie of at most 38 bytes, two hexadecimal digits each, seen COOKIE");
  EXPECT_EQ(option_error("FO -1"),
            "t.pkt:1:18: expected a cookie of at most 38 bytes, two hexadecimal digits each, seen -1");
  EXPECT_NE(option_error("FO " + std::string(78, 'a')).find("a cookie of at most 38 bytes"), std::string::npos);
  EXPECT_EQ(options_of("FO " + std::string(76, 'a'))[0].cookie.size(), 38u);
  EXPECT_NE(option_error("FOEXP " + std::string(74, 'a')).find("a cookie of at most 36 bytes"), std::string::npos);
}

TEST(ScriptTcpOptions, Digests) {
  EXPECT_EQ(options_of("md5 a0b1,nop,nop,nop,nop")[0].cookie, (Bytes{0xA0, 0xB1}));
  EXPECT_EQ(options_of("md5 " + std::string(32, '0') + ",nop,nop")[0].cookie.size(), 16u);
  EXPECT_NE(option_error("md5 " + std::string(34, '0')).find("a digest of at most 16 bytes"), std::string::npos);
  EXPECT_EQ(option_error("md5,nop"), "t.pkt:1:18: expected a digest in hexadecimal digits, seen ,");
}

TEST(ScriptTcpOptions, CountersOfAccurateEcn) {
  const auto counters = [](std::string_view text) {
    std::vector<std::pair<EcnWord, std::uint32_t>> out;
    const auto options = options_of(text);
    for (const auto& counter : options[0].counters) out.emplace_back(counter.of, counter.value);
    return out;
  };
  using Counters = std::vector<std::pair<EcnWord, std::uint32_t>>;
  EXPECT_EQ(counters("ECN e0b 1 ceb 2 e1b 16777215,nop"),
            (Counters{{EcnWord::kEct0, 1}, {EcnWord::kCe, 2}, {EcnWord::kEct1, 0xFFFFFF}}));
  EXPECT_EQ(counters("ECN e1b 1 ceb 2 e0b 3,nop"),
            (Counters{{EcnWord::kEct1, 1}, {EcnWord::kCe, 2}, {EcnWord::kEct0, 3}}));
  EXPECT_EQ(counters("ECN e0b 1 ceb 2"), (Counters{{EcnWord::kEct0, 1}, {EcnWord::kCe, 2}}));
  EXPECT_EQ(counters("ECN e1b 1,nop,nop,nop"), (Counters{{EcnWord::kEct1, 1}}));
  EXPECT_EQ(option_error("ECN ceb 1"), "t.pkt:1:19: expected e0b or e1b, seen ceb");
  EXPECT_EQ(option_error("ECN e0b 16777216"), "t.pkt:1:23: expected a counter from 0 to 16777215, seen 16777216");
  EXPECT_EQ(option_error("ECN e0b 1 ceb 1 e0b 1,nop"), "t.pkt:1:31: expected >, seen e0b");
}

TEST(ScriptTcpOptions, NumbersHaveTheirRanges) {
  EXPECT_EQ(option_error("mss 65536"), "t.pkt:1:19: expected an MSS from 0 to 65535, seen 65536");
  EXPECT_EQ(option_error("wscale 256"), "t.pkt:1:22: expected a shift count from 0 to 255, seen 256");
  EXPECT_EQ(option_error("TS val 4294967296 ecr 0"),
            "t.pkt:1:22: expected a timestamp from 0 to 4294967295, seen 4294967296");
  EXPECT_EQ(option_error("TS 1"), "t.pkt:1:18: expected val, seen 1");
  EXPECT_EQ(
      option_error("nonsense"),
      "t.pkt:1:15: expected an option: nop, eol, mss, wscale, sackOK, sack, TS, FO, FOEXP, md5 or ECN, seen nonsense");
}

TEST(ScriptTcpOptions, TheyFillWholeWordsOfAHeader) {
  EXPECT_EQ(option_error("mss 1460,nop"), "t.pkt:1:15: expected options that fill a multiple of 4 bytes, seen 5 bytes");
  EXPECT_EQ(option_error("sackOK"), "t.pkt:1:15: expected options that fill a multiple of 4 bytes, seen 2 bytes");
  EXPECT_EQ(options_of("mss 1,mss 2,mss 3,mss 4,mss 5,mss 6,mss 7,mss 8,mss 9,mss 10").size(), 10u);
  EXPECT_EQ(option_error("sack 1:2 1:2 1:2 1:2,nop,nop,mss 1,nop"),
            "t.pkt:1:50: expected options of at most 40 bytes, seen 41 bytes");
  EXPECT_EQ(option_error("sack 1:2 1:2 1:2 1:2 1:2,nop,nop"),
            "t.pkt:1:15: expected options of at most 40 bytes, seen 42 bytes");
}

TEST(ScriptTcpOptions, OnlyAnOutboundSegmentMayHaveAny) {
  EXPECT_TRUE(segment_of("0 > S 0:0(0) <...>").any_options);
  EXPECT_EQ(error_of("0 < S 0:0(0) win 5 <...>"), "t.pkt:1:21: expected the options of an inbound packet, seen ...");
  EXPECT_EQ(option_error("... , nop"), "t.pkt:1:19: expected >, seen ,");
}

}  // namespace
}  // namespace handfast::script
