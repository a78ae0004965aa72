#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/test_random.h"
#include "script/assertions.h"
#include "script/parse_code.h"
#include "script/parser.h"
#include "script/script.h"

// A script that somebody broke is a script still, or an error within its text; and nothing else happens.

namespace handfast::script {
namespace {

constexpr std::string_view kSeed = R"script(--local_ip=192.0.2.1 // where we are
--define=PORT=8080
`sysctl -q net.ipv4.tcp_timestamps=0
 echo "two lines"`
/* a connection */
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 bind(3, {sa_family=AF_INET, sin_port=htons(PORT), sin_addr=inet_addr("192.0.2.1")}, 16) = 0
 +.1...0.25 read(4, ..., 1000) = -1 ECONNRESET (Connection reset by peer)
   +0 epoll_ctl(5, EPOLL_CTL_ADD, 4, {events=EPOLLOUT|EPOLLET, fd=4}) = 0
   +0 setsockopt(3, SOL_TCP, TCP_FASTOPEN_KEY, "\xf7\x63" "abc"..., 16) = 0
 +.1 < S 0:10(10) win 32792 <mss 1460,sackOK,nop,nop,FO aabbccdd,nop,nop>
 +.1~+.2 > [ect01, flowlabel 0x1] SE. 0:0(0) ack 1 <...>
   * > P.5 1:1001(1000) ack 1 win 5 urg 2 <TS val 1 ecr 2,nop,nop,ECN e0b 1 ceb 2,sack 1:2 3:4,nop,nop>
   +0 < icmp unreachable frag_needed mtu 1200 [1:1001(1000)]
   +0 < udp 5 > 6 (100)
   +0 %{
x = (tcpi_options & TCPI_OPT_SYN_DATA) != 0 # kept
assert 10 <= tcpi_snd_cwnd <= 12, 'cwnd=%d of %s' % (tcpi_snd_cwnd, "x"); \
print(x, -1 // 2, not x in (1, 2.5))
}%
`sysctl -q net.ipv4.tcp_timestamps=1`
)script";

constexpr std::string_view kPieces[] = {"(",
                                        ")",
                                        "[",
                                        "]",
                                        "{",
                                        "}",
                                        "%{",
                                        "}%",
                                        "`",
                                        "\"",
                                        "\\",
                                        "\n",
                                        ",",
                                        "=",
                                        "|",
                                        "...",
                                        "+",
                                        "~",
                                        "*",
                                        "<",
                                        ">",
                                        ".",
                                        "-1",
                                        "/*",
                                        "*/",
                                        "//",
                                        "0x",
                                        "65536",
                                        "99999999999999999999",
                                        "FO",
                                        "sack",
                                        "--a=",
                                        "1:2(1)",
                                        "@",
                                        "\xff",
                                        "x ",
                                        "not",
                                        "**",
                                        "'",
                                        "%",
                                        "%d",
                                        "<<",
                                        ";",
                                        "#"};

std::string mutated(base::TestRandom& random) {
  std::string text(kSeed);
  for (std::uint64_t left = 1 + random.below(4); left > 0 && !text.empty(); --left) {
    const std::size_t at = random.below(text.size());
    const std::size_t length = random.below(20);
    switch (random.below(5)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, kPieces[random.below(std::size(kPieces))]);
        break;
      case 2:
        text.insert(at, text.substr(random.below(text.size()), length));
        break;
      case 3:
        text[at] = static_cast<char>(random.below(256));
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

// Whether there is a character there, or the end of a line.
bool is_within(std::string_view text, Position at) {
  for (std::uint32_t line = 1; line < at.line; ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return false;
    text.remove_prefix(end + 1);
  }
  const std::size_t end = std::min(text.find('\n'), text.size());
  return at.line > 0 && at.column > 0 && at.column <= end + 1;
}

// Runs what code there is; every name but one is known.
void run_code(const Script& script, std::string_view text) {
  Variables variables;
  const auto names = [](std::string_view name) {
    return name == "x" ? std::nullopt : std::optional<std::int64_t>(static_cast<std::int64_t>(name.size()));
  };
  for (const ScriptLine& line : script.lines) {
    const auto* block = std::get_if<CodeLine>(&line.what);
    if (block == nullptr) continue;
    const auto code = parse_code(*block, script.name);
    if (!code) {
      EXPECT_TRUE(is_within(text, code.error().at)) << code.error().to_string() << "\n" << text;
      continue;
    }
    const CodeOutcome outcome = evaluate(*code, variables, names);
    EXPECT_TRUE(outcome.passed() || is_within(text, outcome.at)) << outcome.to_string() << "\n" << text;
  }
}

// Expressions say themselves in a form that reads as the same.
void check_round_trips(const Script& script) {
  for (const ScriptLine& line : script.lines) {
    const auto* call = std::get_if<CallLine>(&line.what);
    if (call == nullptr) continue;
    std::string text = "0 f(";
    for (const Expression& argument : call->arguments) {
      text += &argument == call->arguments.data() ? "" : ", ";
      text += argument.to_string();
    }
    const auto again = parse(text + ") = 0", "again");
    ASSERT_TRUE(again) << again.error().to_string() << "\n" << text;
    const auto& arguments = std::get<CallLine>(again->lines[0].what).arguments;
    ASSERT_EQ(arguments.size(), call->arguments.size()) << text;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
      EXPECT_EQ(arguments[i].kind, call->arguments[i].kind) << text;
      EXPECT_EQ(arguments[i].to_string(), call->arguments[i].to_string());
    }
  }
}

TEST(MutatedScript, TheSeedIsAScript) {
  const auto script = parse(kSeed, "seed");
  ASSERT_TRUE(script) << script.error().to_string();
  EXPECT_EQ(script->lines.size(), 11u);
  check_round_trips(*script);
  run_code(*script, kSeed);
}

TEST(MutatedScript, IsAScriptOrAnErrorWithinItsText) {
  base::TestRandom random(20261125);
  int scripts = 0;
  constexpr int kRounds = 10'000;
  for (int round = 0; round < kRounds && !testing::Test::HasFailure(); ++round) {
    const std::string text = mutated(random);
    const auto script = parse(text, "m");
    if (script) {
      ++scripts;
      run_code(*script, text);
      check_round_trips(*script);
    } else {
      EXPECT_TRUE(is_within(text, script.error().at)) << script.error().to_string() << "\n" << text;
    }
  }
  EXPECT_GT(scripts, kRounds / 20) << "hardly any that reads";
  EXPECT_LT(scripts, kRounds - kRounds / 20) << "hardly any that does not";
}

TEST(MutatedScript, EveryBeginningOfAScriptIsReadToAnEnd) {
  for (std::size_t length = 0; length < kSeed.size(); ++length) {
    const std::string_view text = kSeed.substr(0, length);
    const auto script = parse(text, "m");
    if (!script) {
      EXPECT_TRUE(is_within(text, script.error().at)) << script.error().to_string();
    }
  }
}

TEST(MutatedScript, LengthCostsTimeInProportionOnly) {
  // Each would take minutes if anything here were quadratic.
  const std::string deep(1'000'000, '(');
  EXPECT_FALSE(parse("0 f" + deep, "m"));
  EXPECT_FALSE(parse("0 f([" + std::string(1'000'000, '{'), "m"));
  std::string chain = "0 %{ x = 1";
  for (int i = 0; i < 100'000; ++i) chain += " + 1";
  const auto script = parse(chain + " }%", "m");
  ASSERT_TRUE(script);
  EXPECT_FALSE(parse_code(std::get<CodeLine>(script->lines[0].what), "m")) << "more terms than a statement may have";
  std::string words = "0 %{\n";
  for (int i = 0; i < 20'000; ++i) words += "x=1;assert x==1\n";
  const auto many = parse(words + " }%", "m");
  ASSERT_TRUE(many);
  const auto code = parse_code(std::get<CodeLine>(many->lines[0].what), "m");
  ASSERT_TRUE(code);
  Variables variables;
  EXPECT_TRUE(evaluate(*code, variables, {}).passed());
}

}  // namespace
}  // namespace handfast::script
