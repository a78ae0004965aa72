#include "script/commands.h"

#include <gtest/gtest.h>

namespace handfast::script {
namespace {

using Settings = std::vector<Setting>;

TEST(ScriptCommands, SettingsAreReadInEveryWayThatScriptsSetThem) {
  EXPECT_EQ(read_commands("sysctl -q net.ipv4.tcp_ecn=1").settings, (Settings{{"net.ipv4.tcp_ecn", "1"}}));
  EXPECT_EQ(read_commands("sysctl -q -w net.ipv4.tcp_sack=0 net.ipv4.tcp_ecn=2").settings,
            (Settings{{"net.ipv4.tcp_sack", "0"}, {"net.ipv4.tcp_ecn", "2"}}));
  EXPECT_EQ(read_commands("../common/set_sysctls.py /proc/sys/net/ipv4/tcp_wmem=\"4096 50000 4194304\"").settings,
            (Settings{{"net.ipv4.tcp_wmem", "4096 50000 4194304"}}));
}

TEST(ScriptCommands, LinesCommentsAndQuotesAreTheShells) {
  const Commands commands = read_commands(
      "# nothing but words\n"
      "sysctl -q net.ipv4.tcp_ecn=1 # and more words\n"
      "sysctl -q \\\n net.ipv4.tcp_sack=0; sysctl -q 'net.ipv4.tcp_timestamps=0'");
  EXPECT_TRUE(commands.unsupported.empty());
  EXPECT_EQ(commands.settings,
            (Settings{{"net.ipv4.tcp_ecn", "1"}, {"net.ipv4.tcp_sack", "0"}, {"net.ipv4.tcp_timestamps", "0"}}));
}

TEST(ScriptCommands, WhatPreparesAMachineMeansNothing) {
  const Commands commands =
      read_commands("../../common/defaults.sh\n/tmp/sysctl_restore_${PPID}.sh\ntc qdisc add dev tun0 root pfifo");
  EXPECT_TRUE(commands.settings.empty());
  EXPECT_TRUE(commands.unsupported.empty());
}

TEST(ScriptCommands, WhatFollowsOrRunsOnlyWhereSomethingFails) {
  const Commands commands = read_commands("sysctl -q net.ipv4.tcp_ecn=1 &> /dev/null || rm -rf / &> /dev/null");
  EXPECT_EQ(commands.settings.size(), 1u);
  EXPECT_TRUE(commands.unsupported.empty());
}

TEST(ScriptCommands, PeersAreForgotten) {
  EXPECT_TRUE(read_commands("ip tcp_metrics flush all > /dev/null 2>&1").forgets_peers);
  EXPECT_FALSE(read_commands("sysctl -q net.ipv4.tcp_ecn=1").forgets_peers);
}

TEST(ScriptCommands, EverythingElseIsToldAndNothingIsRun) {
  EXPECT_EQ(read_commands("rm -rf /").unsupported, std::vector<std::string>{"rm -rf /"});
  EXPECT_EQ(read_commands("echo 1 > /etc/passwd").unsupported, std::vector<std::string>{"echo 1 > /etc/passwd"});
  EXPECT_EQ(read_commands("sysctl net.ipv4.tcp_ecn").unsupported.size(), 1u) << "a question sets nothing";
}

}  // namespace
}  // namespace handfast::script
