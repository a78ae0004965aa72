#include "script/interpreter.h"

#include <gtest/gtest.h>

#include <string>

#include "script/parser.h"

// Scripts as texts. What the stack does is the subject of tests/scripts; here it is whether a script is judged rightly.

namespace handfast::script {
namespace {

using Kind = Verdict::Kind;

// A listener and a connection to it, by the time of 0.1 s.
constexpr const char* kOpened = R"(
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>
+0 > S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,nop,wscale 8>
+.1 < . 1:1(0) ack 1 win 257
+0 accept(3, ..., ...) = 4
)";

Verdict judged(const std::string& text, RunOptions options = {}) {
  const auto script = parse(text, "test.pkt", default_definitions(options.form));
  if (!script) return {.kind = Kind::kBroken, .what = script.error().to_string()};
  return run(*script, options);
}

Verdict opened(const std::string& text, RunOptions options = {}) { return judged(kOpened + text, options); }

TEST(Interpreter, AScriptThatSaysWhatHappensPasses) {
  const Verdict verdict = opened(
      "+0 write(4, ..., 1000) = 1000\n"
      "+0 > P. 1:1001(1000) ack 1\n"
      "+.1 < . 1:1(0) ack 1001 win 257\n");
  EXPECT_TRUE(verdict.passed()) << report("test.pkt", verdict);
}

TEST(Interpreter, ADifferenceNamesTheFieldAndShowsBothSides) {
  const Verdict verdict = opened("+0 write(4, ..., 1000) = 1000\n+0 > . 1:1001(1000) ack 1\n");
  EXPECT_EQ(verdict.kind, Kind::kFailed);
  EXPECT_EQ(verdict.at.line, 10u);
  EXPECT_EQ(verdict.what, "flags: expected ., seen P.");
  EXPECT_EQ(verdict.expected, "0.100000 > . 1:1001(1000) ack 1");
  EXPECT_EQ(verdict.seen, "0.100000 > P. 1:1001(1000) ack 1");
  EXPECT_EQ(report("test.pkt", verdict).substr(0, 12), "test.pkt:10:");
}

// packetdrill compares no echo; a script that is to be judged as packetdrill judges it gets away with one.
TEST(Interpreter, EchoedTimestampsAreComparedUnlessItIsLenient) {
  const auto opening = [](const std::string& echo) {
    return "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n+0 bind(3, ..., ...) = 0\n+0 listen(3, 1) = 0\n"
           "+0 < S 0:0(0) win 32792 <mss 1000,sackOK,TS val 700 ecr 0>\n"
           "+0 > S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 100 ecr " +
           echo + ">\n";
  };
  EXPECT_TRUE(judged(opening("700")).passed());
  EXPECT_EQ(judged(opening("701")).what, "echoed timestamp: expected 701, seen 700");
  RunOptions options;
  options.unclaimed = Unclaimed::kIsNotHeeded;
  EXPECT_TRUE(judged(opening("701"), options).passed());
}

TEST(Interpreter, TooEarlyAndTooLateAreBeyondTheTolerance) {
  const std::string sent = "+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n";
  // The retransmission timer runs out after 300 ms, the probe before it.
  EXPECT_TRUE(opened(sent + "+.3 > P. 1:1001(1000) ack 1\n").passed());
  EXPECT_TRUE(opened(sent + "+.33 > P. 1:1001(1000) ack 1\n").passed()) << "an eighth is allowed";
  EXPECT_EQ(opened(sent + "+.4 > P. 1:1001(1000) ack 1\n").kind, Kind::kFailed);
  EXPECT_EQ(opened(sent + "+.2 > P. 1:1001(1000) ack 1\n").what, "nothing was sent");
  EXPECT_TRUE(opened(sent + "+.2~+.35 > P. 1:1001(1000) ack 1\n").passed());
  EXPECT_TRUE(opened(sent + "* > P. 1:1001(1000) ack 1\n").passed());
}

TEST(Interpreter, ASegmentThatNoLineExpectsFailsTheScript) {
  const Verdict verdict = opened("+0 write(4, ..., 1000) = 1000\n+.1 < . 1:1(0) ack 1001 win 257\n");
  EXPECT_EQ(verdict.what, "a segment that no line expects");
  EXPECT_EQ(verdict.seen.substr(0, 37), "0.100000 > P. 1:1001(1000) ack 1 win ");
}

TEST(Interpreter, TheInstantInWhichAScriptEndsCountsOnlyWhereAsked) {
  const std::string text = "+0 < . 1:1001(1000) ack 1 win 257\n";
  EXPECT_TRUE(opened(text).passed());
  RunOptions options;
  options.unclaimed = Unclaimed::kFails;
  EXPECT_EQ(opened(text, options).what, "a segment that no line expects");
}

TEST(Interpreter, SysctlsBeyondTheirBoundsAreRefused) {
  for (const std::string setting :
       {"tcp_keepalive_time=65536", "tcp_keepalive_time=0", "tcp_keepalive_intvl=32768", "tcp_keepalive_probes=128"}) {
    EXPECT_EQ(opened("+0 `sysctl -q net.ipv4." + setting + "`\n").kind, Kind::kUnsupported) << setting;
  }
  EXPECT_TRUE(opened("+0 `sysctl -q net.ipv4.tcp_keepalive_time=32767`\n").passed());
}

TEST(Interpreter, HabitsOfLinuxAreOnOrOff) {
  // Behind a shut window Linux probes with the number before the first that was not acknowledged, the RFC with an
  // octet.
  const std::string shut =
      "+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n+.1 < . 1:1(0) ack 1001 win 0\n"
      "+0 write(4, ..., 1000) = 1000\n";
  const std::string off = "`sysctl -q handfast.linux_habits=0`\n";
  EXPECT_TRUE(opened(shut + "+.3 > . 1000:1000(0) ack 1\n").passed());
  EXPECT_TRUE(judged(off + kOpened + shut + "+.3 > . 1001:1002(1) ack 1\n").passed());
  EXPECT_EQ(judged("`sysctl -q handfast.linux_habits=2`\n" + std::string(kOpened)).what,
            "handfast.linux_habits: 0 or 1 is expected, not 2");
}

TEST(Interpreter, TheVerdictHasWhatWasPrinted) {
  const Verdict passed = opened("+0 %{ print(tcpi_snd_cwnd) }%\n+0 %{ print('behind', 2) }%\n");
  EXPECT_EQ(passed.printed, (std::vector<std::string>{"10", "behind 2"}));
  const Verdict failed = opened("+0 %{ print(1); assert 0 == 1, 0 }%\n");
  EXPECT_FALSE(failed.passed());
  EXPECT_EQ(failed.printed, std::vector<std::string>{"1"});
  std::string endless = "+0 %{\n";
  for (int i = 0; i < 2000; ++i) endless += "print(1)\n";
  EXPECT_LE(opened(endless + "}%\n").printed.size(), 1000u);
}

TEST(Interpreter, SegmentsThatAreLeftOverAreNotHeededWhereTheyNeedNotBe) {
  RunOptions options;
  options.unclaimed = Unclaimed::kIsNotHeeded;
  EXPECT_TRUE(opened("+0 write(4, ..., 1000) = 1000\n+.1 < . 1:1(0) ack 1001 win 257\n", options).passed());
}

TEST(Interpreter, SegmentsAreJoinedAndCutAsTheScriptHasThem) {
  const std::string sent = "+0 write(4, ..., 4000) = 4000\n";
  EXPECT_TRUE(opened(sent + "+0 > P. 1:4001(4000) ack 1\n").passed());
  EXPECT_TRUE(opened(sent + "+0 > . 1:1001(1000) ack 1\n+0 > P. 1001:4001(3000) ack 1\n").passed());
  EXPECT_EQ(judged("--strict_segments\n" + std::string(kOpened) + sent + "+0 > P. 1:4001(4000) ack 1\n").what,
            "length: expected 4000, seen 2000");
}

TEST(Interpreter, ACallThatBlocksComesBackWhenTheLineSays) {
  EXPECT_TRUE(
      opened("+0...0.1 read(4, ..., 100) = 100\n+.1 < P. 1:101(100) ack 1 win 257\n+0 > . 1:1(0) ack 101\n").passed());
  // Its own time comes while the next line is waited for.
  EXPECT_TRUE(opened("+0...0.05 poll([{fd=4, events=POLLIN, revents=0}], 1, 50) = 0\n"
                     "+1 < P. 1:101(100) ack 1 win 257\n")
                  .passed());
  // Or in the very instant of that line.
  EXPECT_TRUE(opened("+0...0.05 poll([{fd=4, events=POLLIN, revents=0}], 1, 50) = 0\n"
                     "+.05 %{ x = 1 }%\n"
                     "+0 write(4, ..., 1000) = 1000\n")
                  .passed());
  const Verdict late = opened("+0...0.1 read(4, ..., 100) = 100\n+.2 < P. 1:101(100) ack 1 win 257\n");
  EXPECT_EQ(late.kind, Kind::kFailed);
  const Verdict forever = opened("+0 read(4, ..., 100) = 100\n");
  EXPECT_EQ(forever.what, "the call blocks, and the line does not say until when");
}

TEST(Interpreter, ResultsAndErrorsOfCallsAreCompared) {
  const std::string nonblocking = "+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n";
  EXPECT_TRUE(opened(nonblocking + "+0 read(4, ..., 100) = -1 EAGAIN (Resource temporarily unavailable)\n").passed());
  EXPECT_EQ(opened(nonblocking + "+0 read(4, ..., 100) = 100\n").what,
            "result: expected 100, seen -1 EAGAIN (Resource temporarily unavailable)");
  EXPECT_EQ(opened("+0 getsockopt(4, SOL_TCP, TCP_NODELAY, [1], [4]) = 0\n").what, "value: expected [1], seen [0]");
}

TEST(Interpreter, AssertionsTellWhatTheNamesWere) {
  EXPECT_TRUE(opened("+0 %{ assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd }%\n").passed());
  const Verdict verdict = opened("+0 %{ assert tcpi_snd_cwnd == 11 }%\n");
  EXPECT_EQ(verdict.kind, Kind::kFailed);
  EXPECT_EQ(verdict.expected, "assert tcpi_snd_cwnd == 11");
  EXPECT_EQ(verdict.seen, "tcpi_snd_cwnd = 10");
  EXPECT_EQ(opened("+0 %{ assert tcpi_nothing == 11 }%\n").kind, Kind::kBroken);
  EXPECT_EQ(opened("+0 %{ assert }%\n").what, "expected a value, seen the end of the statement");
  // The time-out is due in the instant of the block, which asks after it.
  EXPECT_TRUE(opened("+0 write(4, ..., 1000) = 1000\n"
                     "+0 > P. 1:1001(1000) ack 1\n"
                     "+.3 %{ assert tcpi_lost == 0 }%\n"
                     "+0 > P. 1:1001(1000) ack 1\n"
                     "+0 %{ assert tcpi_unacked == 1 }%\n"
                     "+.1 < . 1:1(0) ack 1001 win 257\n")
                  .passed());
}

TEST(Interpreter, WhatItDoesNotHaveIsSaidSo) {
  EXPECT_EQ(judged("0 `rm -rf /`\n").kind, Kind::kUnsupported);
  EXPECT_EQ(judged("`sysctl -q net.ipv4.tcp_ecn=7`\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n").kind,
            Kind::kUnsupported);
  EXPECT_EQ(judged("0 splice(3, 4) = 0\n").kind, Kind::kUnsupported);
  EXPECT_EQ(judged("--no_such_option=1\n0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n").kind, Kind::kUnsupported);
  EXPECT_EQ(judged("0 socket(..., SOCK_NONSENSE, IPPROTO_TCP) = 3\n").kind, Kind::kBroken);
  EXPECT_EQ(judged("0 socket(...) = 3\n").kind, Kind::kBroken);
}

TEST(Interpreter, NoScriptRunsForEver) {
  RunOptions options;
  options.virtual_limit = 10s;
  EXPECT_EQ(opened("+20 write(4, ..., 1) = 1\n", options).kind, Kind::kTooLong);
  options = {};
  options.is_out_of_time = [] { return true; };
  const std::string waits = "+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n* > . 5:5(0) ack 1\n";
  EXPECT_FALSE(opened(waits, options).passed());
}

TEST(Interpreter, TheHostIsConfiguredByCommands) {
  EXPECT_TRUE(judged("`sysctl -q net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0`\n"
                     "0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3\n"
                     "+0 fcntl(3, F_SETFL, O_RDWR|O_NONBLOCK) = 0\n"
                     "+0 connect(3, ..., ...) = -1 EINPROGRESS (Operation now in progress)\n"
                     "+0 > S 0:0(0) <mss 1460,nop,wscale 8>\n")
                  .passed());
}

TEST(Interpreter, EveryFormOfIpCarriesTheSameScript) {
  for (const IpForm form : {IpForm::kV4, IpForm::kMapped, IpForm::kV6}) {
    RunOptions options;
    options.form = form;
    const Verdict verdict = opened("+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n", options);
    EXPECT_TRUE(verdict.passed()) << static_cast<int>(form) << ": " << report("test.pkt", verdict);
  }
}

TEST(Interpreter, AScriptRunsTheSameWayAgain) {
  const std::string text = "+0 write(4, ..., 1000) = 1000\n+0 > P. 1:1001(1000) ack 1\n+0 > . 5:5(0) ack 1\n";
  const Verdict first = opened(text);
  const Verdict second = opened(text);
  EXPECT_EQ(report("test.pkt", first), report("test.pkt", second));
}

}  // namespace
}  // namespace handfast::script
