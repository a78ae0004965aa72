"""Each rule of check_layers.py on a line that breaks it and on one beside it that does not."""

import unittest

import check_layers


class Layers(unittest.TestCase):
    def findings(self, name, text):
        return [str(finding) for finding in check_layers.check_file(name, text, {"handfast/commands.h"})]

    def bad(self, name, text, *words):
        found = self.findings(name, text)
        self.assertEqual(len(found), 1, (name, text, found))
        for word in words:
            self.assertIn(word, found[0])

    def good(self, name, text):
        self.assertEqual(self.findings(name, text), [], (name, text))

    def test_the_table(self):
        self.bad("src/tcp/rtt.cc", '#include "ip/output.h"\n', "src/tcp/rtt.cc:1:", "base, wire")
        self.bad("src/wire/tcp.h", '#pragma once\n#include "tcp/tcb.h"\n', ":2:")
        self.bad("src/host/host.cc", '#include "sockets/tcp_socket.h"\n')
        self.bad("src/drivers/tun.cc", '#include "host/demux.h"\n')
        self.bad("src/sockets/listener.cc", '#include "tcp/connection.h"\n')
        self.bad("include/handfast/host.h", '#include "base/bytes.h"\n')
        self.bad("tools/handfast/demo.cc", '#include "tcp/connection.h"\n')
        self.bad("examples/echo.cc", '#include "sim/simulator.h"\n')
        self.good("src/tcp/rtt.cc", '#include "tcp/rtt.h"\n#include "handfast/time.h"\n#include "base/check.h"\n#include <chrono>\n')
        self.good("src/trace/ladder.cc", '#include "tcp/state.h"\n')
        self.good("src/sim/simulator.cc", '#include "ip/output.h"\n#include "trace/ladder.h"\n')
        self.good("src/script/run.cc", '#include "posix/calls.h"\n#include "sim/link.h"\n')
        self.good("tools/handfast/demo.cc", '#include "sim/simulator.h"\n#include "handfast/commands.h"\n#include <unistd.h>\n')
        self.good("fuzz/segment.cc", '#include "tcp/connection.h"\n#include <unistd.h>\n')

    def test_every_pair_of_folders_follows_the_table(self):
        for folder, allowed in check_layers.MAY_INCLUDE.items():
            for other in check_layers.FOLDERS - {"include", folder}:
                name = {"include": "include/handfast/x.h", "tools": "tools/handfast/x.cc", "examples": "examples/x.cc"}.get(
                    folder, f"src/{folder}/x.cc"
                )
                found = self.findings(name, f'#include "{other}/y.h"\n')
                self.assertEqual(bool(found), other not in allowed, (folder, other, found))

    def test_paths_tell_the_layer(self):
        self.bad("src/tcp/rtt.cc", '#include "rtt.h"\n')
        self.bad("src/tcp/rtt.cc", '#include "../ip/output.h"\n')
        self.bad("src/tcp/rtt.cc", '#include "handfast/commands.h"\n', "tool")

    def test_the_core_knows_no_system(self):
        for header in ("sys/socket.h", "unistd.h", "netinet/in.h", "linux/if_tun.h", "thread", "mutex", "fstream", "fmt/core.h"):
            self.bad("src/host/host.cc", f"#include <{header}>\n", header)
            self.good("bench/pair.cc", f"#include <{header}>\n")
        self.bad("src/host/host.cc", "#include <stdint.h>\n", "<cstdint>")
        self.bad("src/drivers/tun.cc", "#include <format>\n", "compiler")
        self.good("src/drivers/tun.cc", "#include <sys/socket.h>\n#include <thread>\n")
        self.good("src/base/address_test.cc", "#include <gtest/gtest.h>\n#include <arpa/inet.h>\n")
        self.bad("src/base/address_test.cc", "#include <thread>\n")

    def test_clocks_and_threads(self):
        for code in (
            "auto t = std::chrono::steady_clock::now();",
            "clock_gettime(CLOCK_MONOTONIC, &t);",
            "auto t = std::time(nullptr);",
            "std::this_thread::sleep_for(d);",
            "thread_local int x;",
        ):
            self.assertTrue(self.findings("src/tcp/timeouts.cc", code), code)
            self.assertTrue(self.findings("src/sim/simulator_test.cc", code), code)
            self.good("src/drivers/system_clock.cc", code)
        self.good("src/tcp/timeouts.cc", "// std::time(nullptr) is what we never call\nInstant time(int x);")

    def test_parts_of_tcp_never_see_the_connection(self):
        self.bad("src/tcp/receiver.cc", '#include "tcp/connection.h"\n', "Connection")
        self.bad("src/tcp/congestion/cubic.h", "class Connection;\n", "Connection")
        self.good("src/tcp/transmit.cc", '#include "tcp/connection.h"\n')

    def test_five_files_change_the_state(self):
        self.bad("src/tcp/close.cc", "enter(State::kClosed, why);")
        self.good("src/tcp/user_calls.cc", "enter(State::kClosed, why);")

    def test_comments_are_not_code(self):
        self.good("src/tcp/rtt.cc", '// #include "ip/output.h"\n/* steady_clock */\n')

    def test_a_decision_excuses_one_line(self):
        line = '#include "ip/output.h"  // NOLINT(handfast-layers): docs/decisions/0009-x.md\n'
        self.good("src/tcp/rtt.cc", line)
        self.bad("src/tcp/rtt.cc", line + '#include "ip/input.h"\n', ":2:")


if __name__ == "__main__":
    unittest.main()
