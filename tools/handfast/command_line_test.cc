#include "handfast/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

#include "handfast/stack_options.h"

namespace handfast::tool {
namespace {

using testing::AllOf;
using testing::HasSubstr;

constexpr AddSubcommand kSubcommands[] = {add_listen, add_connect, add_serve};

struct Ended {
  ExitCode code = kOk;
  std::string out, err;
};

Ended run(std::vector<std::string> arguments) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Ended ended;
  ended.code = run_command_line(kSubcommands, std::move(arguments));
  ended.out = testing::internal::GetCapturedStdout();
  ended.err = testing::internal::GetCapturedStderr();
  return ended;
}

TEST(CommandLine, HelpNamesTheSubcommandsAndTheExitCodes) {
  const Ended ended = run({"--help"});
  EXPECT_EQ(ended.code, kOk);
  EXPECT_THAT(ended.out, AllOf(HasSubstr("listen"), HasSubstr("connect"), HasSubstr("Exit codes:")));
  EXPECT_EQ(ended.err, "");
}

TEST(CommandLine, EverySubcommandHasHelpWithExitCodes) {
  for (const char* name : {"listen", "connect", "serve"}) {
    const Ended ended = run({name, "--help"});
    EXPECT_EQ(ended.code, kOk);
    EXPECT_THAT(ended.out, AllOf(HasSubstr("--device"), HasSubstr("--loss"), HasSubstr("--ladder"),
                                 HasSubstr("--timeout"), HasSubstr("reset or timed out")));
  }
}

TEST(CommandLine, TellsItsVersion) {
  const Ended ended = run({"--version"});
  EXPECT_EQ(ended.code, kOk);
  EXPECT_THAT(ended.out, HasSubstr("handfast 0."));
}

TEST(CommandLine, WhateverIsWrongIsOneSentenceAndTwo) {
  const std::vector<std::pair<std::vector<std::string>, std::string>> lines = {
      {{}, "subcommand"},
      {{"dance"}, "dance"},
      {{"listen"}, "PORT"},
      {{"listen", "0"}, "\"0\" is not a port"},
      {{"listen", "7", "--loss", "200"}, "\"200\" is not a percentage"},
      {{"listen", "7", "--address", "10.0.0.0/24"}, "names the whole network"},
      {{"listen", "7", "--mtu", "9"}, "\"9\" is not an MTU"},
      {{"listen", "7", "--mac", "zz"}, "\"zz\" is not a MAC address"},
      {{"listen", "7", "--backlog", "0"}, "--backlog"},
      {{"listen", "7", "--echo", "-k"}, "--echo"},
      {{"listen", "7", "--nonsense"}, "--nonsense"},
      {{"listen", "7", "--device", ""}, "must not be empty"},
      {{"listen", "7", "--device", "a-name-that-is-too-long"}, "at most 15 characters"},
      {{"connect", "10.0.0.1"}, "PORT"},
      {{"connect", "example.com", "80"}, "names are not looked up"},
      {{"connect", "10.0.0.1", "80", "--timeout", "soon"}, "\"soon\" is not a span of time"},
      {{"listen", "7", "--timeout", "999ms"}, "\"999ms\" is too short a time"},
      {{"serve", ".", "--timeout", "-1"}, "\"-1\" is not a span of time"},
      {{"connect", "10.0.0.1", "80", "--seed", "salt"}, "\"salt\" is not a seed"},
      {{"connect", "10.0.0.1", "80", "--mac", "02:00:00:00:00:01"}, "--mac needs --tap"},
  };
  for (const auto& [arguments, part] : lines) {
    const Ended ended = run(arguments);
    EXPECT_EQ(ended.code, kUsage) << part;
    EXPECT_THAT(ended.err, HasSubstr(part));
    EXPECT_THAT(ended.err, testing::StartsWith("handfast: "));
    EXPECT_EQ(ended.out, "") << part;
  }
}

TEST(CommandLine, AFileThatCannotBeReadIsTheMachinesFault) {
  const Ended ended = run({"listen", "7", "--input", "/nowhere/file"});
  EXPECT_EQ(ended.code, kEnvironment);
  EXPECT_EQ(ended.err, "handfast: cannot read /nowhere/file: No such file or directory\n");
}

TEST(CommandLine, AnExceptionIsASentence) {
  constexpr AddSubcommand kThrowing[] = {[](CLI::App& app, Job& job) {
    app.add_subcommand("burst", "")->callback([&job] {
      job = []() -> ExitCode { throw std::runtime_error("it burst"); };
    });
  }};
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_command_line(kThrowing, {"burst"}), kFailed);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "handfast: it burst\n");
}

// Reads the options of a stack without running one.
StackOptions read_options(const std::vector<std::string>& arguments) {
  StackOptions options;
  CLI::App app;
  add_stack_options(app, options);
  app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  return options;
}

TEST(StackOptions, FaultsGoToTheirDirection) {
  const StackOptions options = read_options({"--loss", "1,2", "--reorder", "3", "--corrupt", "0,0.5"});
  EXPECT_EQ(options.faults_in.loss, 10'000u);
  EXPECT_EQ(options.faults_out.loss, 20'000u);
  EXPECT_EQ(options.faults_in.reorder, 30'000u);
  EXPECT_EQ(options.faults_out.reorder, 30'000u);
  EXPECT_EQ(options.faults_in.corrupt, 0u);
  EXPECT_EQ(options.faults_out.corrupt, 5'000u);
  EXPECT_EQ(options.faults_in.duplicate, 0u);
}

TEST(StackOptions, ATimeoutIsTheConnectionsR2) {
  EXPECT_FALSE(read_options({}).timeout);
  EXPECT_EQ(read_options({}).config.tcp.r2, std::chrono::seconds(100)) << "as --help says";
  const StackOptions options = read_options({"--timeout", "2.5s"});
  EXPECT_EQ(options.timeout, std::chrono::milliseconds(2500));
  EXPECT_EQ(options.config.tcp.r2, std::chrono::milliseconds(2500));
  EXPECT_EQ(find_contradiction(options), "");
}

TEST(StackOptions, NegatedFlagsSwitchOff) {
  const StackOptions plain = read_options({});
  EXPECT_TRUE(plain.config.tcp.sack && plain.config.tcp.timestamps && plain.config.tcp.window_scale &&
              plain.config.tcp.nagle);
  const StackOptions bare = read_options({"--no-sack", "--no-timestamps", "--no-window-scale", "--no-nagle"});
  EXPECT_FALSE(bare.config.tcp.sack || bare.config.tcp.timestamps || bare.config.tcp.window_scale ||
               bare.config.tcp.nagle);
}

TEST(StackOptions, TheCongestionControlIsNamed) {
  EXPECT_EQ(read_options({"--congestion", "none"}).config.tcp.congestion_control, CongestionControl::kNone);
  EXPECT_THROW(read_options({"--congestion", "reno"}), CLI::ValidationError);
  EXPECT_EQ(read_options({"--ecn", "offer"}).config.tcp.ecn, Ecn::kOffer);
  EXPECT_THROW(read_options({"--ecn", "maybe"}), CLI::ValidationError);
}

TEST(StackOptions, ContradictionsAreFoundBeforeAnythingIsOpened) {
  const auto contradiction = [](const std::vector<std::string>& line) {
    return find_contradiction(read_options(line));
  };
  EXPECT_EQ(contradiction({}), "");
  EXPECT_EQ(contradiction({"--peer-address", "10.0.0.1/24"}), "");
  EXPECT_THAT(contradiction({"--peer-address", "10.0.0.2/24"}), HasSubstr("need one each"));
  EXPECT_THAT(contradiction({"--peer-address", "10.0.9.1/24"}), HasSubstr("outside the stack's network"));
  EXPECT_THAT(contradiction({"--gateway", "10.0.9.1"}), HasSubstr("a gateway is a neighbor"));
  EXPECT_THAT(contradiction({"--gateway", "10.0.0.2"}), HasSubstr("both 10.0.0.2"));
  EXPECT_THAT(contradiction({"--offload", "--loss", "1"}), HasSubstr("cannot be joined"));
  EXPECT_EQ(contradiction({"--address", "fd00::2/64", "--peer-address", "fd00::1/64", "--mtu", "1280"}), "");
  EXPECT_EQ(contradiction({"--address", "fd00::2/64", "--tap"}), "");
  EXPECT_THAT(contradiction({"--address", "fd00::2/64", "--mtu", "1279"}), HasSubstr("too small for IPv6"));
  EXPECT_THAT(contradiction({"--address", "fd00::2/64", "--peer-address", "10.0.0.1/24"}),
              HasSubstr("of different versions"));
  EXPECT_THAT(contradiction({"--address", "fd00::2/64", "--gateway", "10.0.0.1"}),
              HasSubstr("a gateway is a neighbor"));
  EXPECT_EQ(contradiction({"--tap", "--mac", "02:00:00:00:00:01"}), "");
}

TEST(StackOptions, TheDefaultMacIsLocalAndFollowsTheAddress) {
  const MacAddress mac = default_mac(IpAddress::v4(192, 0, 2, 7));
  EXPECT_EQ(mac.bytes[0] & 3, 2) << "locally administered, one station";
  EXPECT_EQ(mac, default_mac(IpAddress::v4(192, 0, 2, 7)));
  EXPECT_NE(mac, default_mac(IpAddress::v4(192, 0, 2, 8)));
}

}  // namespace
}  // namespace handfast::tool
