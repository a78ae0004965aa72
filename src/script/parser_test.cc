#include "script/parser.h"

#include <gtest/gtest.h>

#include <string>

#include "script/limits.h"
#include "script/test_script.h"

namespace handfast::script {
namespace {

using namespace std::chrono_literals;

TEST(ScriptParser, AScriptIsOptionsACommandLinesAndACommand) {
  const Script script = script_of(
      "--local_ip=192.168.0.1\n"
      "--remote_ip=fd3d::1 // said so\n"
      "--tolerance_usecs = 20000\n"
      "--strict_segments\n"
      "--cc=\"two words\"\n"
      "`set up\n  twice`\n"
      "0 close(3) = 0\n"
      "+0 `look`\n"
      "`clean up`\n");
  EXPECT_EQ(script.name, "t.pkt");
  ASSERT_EQ(script.options.size(), 5u);
  EXPECT_EQ(script.options[0].name, "local_ip");
  EXPECT_EQ(script.options[0].value, "192.168.0.1");
  EXPECT_EQ(script.options[1].value, "fd3d::1");
  EXPECT_EQ(script.options[1].at, (Position{2, 1}));
  EXPECT_EQ(script.options[2].value, "20000");
  EXPECT_EQ(script.options[3].name, "strict_segments");
  EXPECT_EQ(script.options[3].value, "");
  EXPECT_EQ(script.options[4].value, "two words");
  ASSERT_TRUE(script.first_command);
  EXPECT_EQ(script.first_command->text, "set up\n  twice");
  ASSERT_EQ(script.lines.size(), 2u);
  EXPECT_EQ(script.lines[0].at, (Position{8, 1}));
  EXPECT_EQ(std::get<CommandLine>(script.lines[1].what).text, "look");
  ASSERT_TRUE(script.last_command);
  EXPECT_EQ(script.last_command->text, "clean up");
}

TEST(ScriptParser, CommandsWithoutATimeAreAtTheEndsAlone) {
  EXPECT_FALSE(script_of("0 close(3) = 0").first_command);
  EXPECT_FALSE(script_of("`a`\n0 close(3) = 0").last_command);
  EXPECT_EQ(error_of("`a`\n`b`\n0 close(3) = 0"), "t.pkt:2:1: expected a time: 0.1, +0.1 or *, seen a command");
  EXPECT_EQ(error_of("0 `a`\n`b`\n+0 `c`"),
            "t.pkt:3:1: expected the end of the script behind its last command, seen +");
  EXPECT_EQ(error_of("`a`"), "t.pkt:1:4: expected a time: 0.1, +0.1 or *, seen the end of the script");
  EXPECT_EQ(error_of(""), "t.pkt:1:1: expected a time: 0.1, +0.1 or *, seen the end of the script");
  EXPECT_EQ(error_of("0 `a`\n--late=1"), "t.pkt:2:1: expected a time: 0.1, +0.1 or *, seen --late");
}

TEST(ScriptParser, DefinitionsOfTheScriptGiveWayToTheCallers) {
  const std::string text = "--define=FD=4\n--define=NAME=\"a\"\n0 close(FD, NAME) = 0";
  CallLine call = only<CallLine>(text);
  EXPECT_EQ(call.arguments[0].number, 4);
  EXPECT_EQ(call.arguments[1].text, "a");
  call = only<CallLine>(text, {{"FD", "5"}});
  EXPECT_EQ(call.arguments[0].number, 5);
  EXPECT_EQ(script_of(text).options[1].value, "NAME=\"a\"");
  EXPECT_EQ(error_of("--define=FD\n0 close(3) = 0"), "t.pkt:1:1: expected --define=NAME=value, seen --define=FD");
  EXPECT_EQ(error_of("--mtu=\n"), "t.pkt:2:1: expected the value of the option, seen the end of the script");
}

TEST(ScriptParser, TheTimesOfEvents) {
  const auto time = [](std::string_view text) { return line_of(std::string(text) + " > . 1:1(0) ack 1").time; };
  EXPECT_EQ(time("0.1").kind, TimeWords::Kind::kAbsolute);
  EXPECT_EQ(time("0.1").at, 100ms);
  EXPECT_EQ(time("12").at, 12s);
  EXPECT_EQ(time(".000001").at, 1us);
  EXPECT_EQ(time("1.50000000000").at, 1500ms);
  EXPECT_EQ(time("+.02").kind, TimeWords::Kind::kRelative);
  EXPECT_EQ(time("+.02").at, 20ms);
  EXPECT_EQ(time("*").kind, TimeWords::Kind::kAny);
  EXPECT_EQ(time("1~2.5").kind, TimeWords::Kind::kAbsoluteRange);
  EXPECT_EQ(time("1~2.5").end, 2500ms);
  EXPECT_EQ(time("1~1").end, 1s) << "a point is a range";
  EXPECT_EQ(time("+.1~+.2").kind, TimeWords::Kind::kRelativeRange);
  EXPECT_EQ(time("+.1~+.2").at, 100ms);
  EXPECT_EQ(time("+.1~+.2").end, 200ms);
}

TEST(ScriptParser, TimesThatAreNone) {
  EXPECT_EQ(error_of("\n -1 `a`"), "t.pkt:2:2: expected a time that is not negative, seen -1");
  EXPECT_EQ(error_of("+-.5 `a`"), "t.pkt:1:2: expected a time that is not negative, seen -.5");
  EXPECT_EQ(error_of("0.0000001 `a`"), "t.pkt:1:1: expected a time with at most six decimals, seen 0.0000001");
  EXPECT_EQ(error_of("1000000001 `a`"), "t.pkt:1:1: expected a time of at most a billion seconds, seen 1000000001");
  EXPECT_EQ(error_of("99999999999999999999 `a`").substr(0, 10), "t.pkt:1:1:");
  EXPECT_EQ(error_of("+x `a`"), "t.pkt:1:2: expected a time in seconds, seen x");
  EXPECT_EQ(error_of("+.1~.2 > . 1:1(0)"), "t.pkt:1:5: expected +, seen .2");
  EXPECT_EQ(error_of("+.2~+.1 > . 1:1(0)"),
            "t.pkt:1:1: expected a range that runs forward, seen its end before its start");
}

TEST(ScriptParser, OnlyWhatIsWaitedForHasARangeOfTimes) {
  EXPECT_EQ(error_of("* `a`"), "t.pkt:1:1: expected one point in time, since this is no outbound packet, seen *");
  EXPECT_EQ(error_of("1~2 < . 1:1(0) win 5"),
            "t.pkt:1:1: expected one point in time, since this is no outbound packet, seen a range of times");
  EXPECT_EQ(error_of("+0~+1 close(3) = 0"),
            "t.pkt:1:1: expected one point in time, since this is no outbound packet, seen a range of times");
}

TEST(ScriptParser, CallsWithResultsErrorsAndNotes) {
  CallLine call = only<CallLine>("+0 write(4, ..., 1000) = 1000");
  EXPECT_EQ(call.name, "write");
  ASSERT_EQ(call.arguments.size(), 3u);
  EXPECT_EQ(call.result.number, 1000);
  EXPECT_EQ(call.error, "");
  EXPECT_FALSE(call.until);

  call = only<CallLine>("+0 read(4, ..., 9) = -1 ECONNRESET(Connection reset by peer)");
  EXPECT_EQ(call.result.number, -1);
  EXPECT_EQ(call.error, "ECONNRESET");
  EXPECT_EQ(only<CallLine>("+0 read(4) = -1 EAGAIN").error, "EAGAIN");
  EXPECT_EQ(only<CallLine>("+0 setsockopt(4) = -1 (Invalid Argument)").error, "");
  EXPECT_EQ(only<CallLine>("+0 fcntl(4, F_GETFL) = 0x2 (flags O_RDWR)").result.number, 2);
  EXPECT_TRUE(only<CallLine>("+0 f() = 0").arguments.empty());
}

TEST(ScriptParser, ACallThatBlocksSaysWhenItReturns) {
  EXPECT_EQ(only<CallLine>("+.1...0.25 read(4) = 1").until, 250ms);
  EXPECT_EQ(only<CallLine>("0 ... 2 read(4) = 1").until, 2s);
  EXPECT_EQ(error_of("0...x read(4) = 1"), "t.pkt:1:5: expected a time in seconds, seen x");
  EXPECT_EQ(error_of("0...1 `a`"), "t.pkt:1:7: expected the name of a system call, seen a command");
}

TEST(ScriptParser, CallsThatAreNone) {
  EXPECT_EQ(error_of("0 close 3"), "t.pkt:1:9: expected (, seen 3");
  EXPECT_EQ(error_of("0 close(3 = 0"), "t.pkt:1:11: expected , or ), seen =");
  EXPECT_EQ(error_of("0 close(3) 0"), "t.pkt:1:12: expected =, seen 0");
  EXPECT_EQ(error_of("0 close(3) =\n"), "t.pkt:2:1: expected an expression, seen the end of the script");
  EXPECT_EQ(error_of("0 close(3) = -1 EIO (1)"), "t.pkt:1:22: expected the words of a note, seen 1");
  EXPECT_EQ(error_of("0 close(3) = -1 EIO (a 1)"), "t.pkt:1:24: expected a word or ), seen 1");
  EXPECT_EQ(error_of("0 ;"), "t.pkt:1:3: expected a packet, a call, a command or a block of code, seen ;");
}

TEST(ScriptParser, CodeKeepsItsLinesAndItsPlace) {
  const CodeLine code = only<CodeLine>("+0 %{\n  assert a == 1\n  }%");
  EXPECT_EQ(code.text, "\n  assert a == 1\n");
  EXPECT_EQ(code.begin, (Position{1, 6}));
}

TEST(ScriptParser, ErrorsShowWhatATerminalCannot) {
  EXPECT_EQ(error_of("0 \x01"), "t.pkt:1:3: expected a packet, a call, a command or a block of code, seen \\x01");
  EXPECT_EQ(error_of(std::string("0 f(a b") + std::string(200, 'x') + ") = 0"),
            "t.pkt:1:7: expected , or ), seen b" + std::string(39, 'x') + "...");
}

TEST(ScriptParser, AScriptHasLimits) {
  EXPECT_EQ(error_of(std::string(kMaxScriptBytes + 1, ' ')),
            "t.pkt:1:1: expected a script of at most 16 MiB, seen a longer one");
  std::string lines;
  for (std::size_t i = 0; i < kMaxLines; ++i) lines += "0`a`\n";
  EXPECT_EQ(error_of(lines), "none");
  EXPECT_EQ(error_of(lines + "0`a`"), "t.pkt:100001:1: expected at most 100000 lines with a time, seen 0");
  std::string options;
  for (std::size_t i = 0; i < kMaxScriptOptions; ++i) options += "--a\n";
  EXPECT_EQ(error_of(options + "0`a`"), "none");
  EXPECT_EQ(error_of(options + "--b\n0`a`"), "t.pkt:1001:1: expected at most 1000 options, seen --b");
}

}  // namespace
}  // namespace handfast::script
