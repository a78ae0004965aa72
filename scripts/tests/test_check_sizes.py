"""Each rule of check_sizes.py just below and just above its limit."""

import unittest

import check_sizes

RECORDS = {"0003-long-table.md": "The table in src/tcp/table.cc stays whole.", "0004-x.md": ""}


class Sizes(unittest.TestCase):
    def findings(self, name, text):
        return [str(finding) for finding in [*check_sizes.check_file(name, text, RECORDS), *check_sizes.names(name)]]

    def bad(self, name, text, *words):
        found = self.findings(name, text)
        self.assertEqual(len(found), 1, (name, found))
        for word in words:
            self.assertIn(word, found[0])

    def good(self, name, text):
        self.assertEqual(self.findings(name, text), [])

    def test_headers(self):
        self.good("src/tcp/tcb.h", "#pragma once\n" + "//\n" * 249)
        self.bad("src/tcp/tcb.h", "#pragma once\n" + "//\n" * 250, "251 lines")

    def test_sources(self):
        self.good("src/tcp/tcb.cc", "//\n" * 400)
        self.bad("src/tcp/tcb.cc", "//\n" * 401, "401 lines")
        self.good("src/tcp/table.cc", "//\n" * 700)
        self.bad("src/tcp/table.cc", "//\n" * 701, "701 lines")
        self.good("src/tcp/tcb_test.cc", "//\n" * 700)
        self.bad("src/tcp/tcb_test.cc", "//\n" * 701)

    def test_functions(self):
        self.good("src/tcp/x.cc", "void f() {\n" + "  g();\n" * 68 + "}\n")
        self.bad("src/tcp/x.cc", "\nvoid f() {\n" + "  g();\n" * 69 + "}\n", ":2:", "71 lines")
        self.bad("src/tcp/x.cc", "TEST(A, B) {\n" + "  g();\n" * 69 + "}\n", "71 lines")

    def test_silencers_name_a_record_that_exists(self):
        for silencer in ("f();  // NOLINT(misc-x)", "// NOLINTNEXTLINE(misc-x)", "// NOLINTBEGIN(misc-x)", "// clang-format off"):
            self.bad("src/tcp/x.cc", silencer + "\n", "docs/decisions/")
            self.bad("src/tcp/x.cc", silencer + ": docs/decisions/0009-gone.md\n", "does not exist")
            self.good("src/tcp/x.cc", silencer + ": docs/decisions/0004-x.md\n")
        pragma = '#pragma GCC diagnostic ignored "-Wfoo"'
        self.bad("src/tcp/x.cc", pragma + "\n")
        self.good("src/tcp/x.cc", pragma + "  // docs/decisions/0004-x.md\n#pragma GCC diagnostic push\n")
        self.bad("src/tcp/x.cc", "f();  // NOLINT: docs/decisions/0004-x.md\n", "name the check")
        self.good("src/tcp/x.cc", "// NOLINTEND(misc-x)\n")

    def test_file_names(self):
        self.bad("src/tcp/Tcb.cc", "", "snake_case")
        self.bad("src/tcp/tcb-x.cc", "", "snake_case")
        self.bad("src/tcp/tcb.cpp", "", "headers end in .h")
        self.bad("src/tcp/tcp_utils.cc", "", "utils")
        self.bad("src/tcp/timer_manager.cc", "", "manager")
        self.good("src/tcp/congestion/new_reno.cc", "")

    def test_type_names(self):
        self.bad("src/tcp/x.cc", "class TimerManager {};\n", "TimerManager")
        self.bad("src/tcp/x.cc", "struct ConnectionImpl;\n", "ConnectionImpl")
        self.good("src/tcp/x.cc", "class TimerTable {};\n")

    def test_headers_guard_themselves_and_live_in_their_namespace(self):
        self.bad("src/tcp/x.h", "int a;\n", "#pragma once")
        self.bad("src/tcp/x.h", "#pragma once\nnamespace handfast::wire {\n}\n", "namespace")
        self.good("src/tcp/x.h", "#pragma once\nnamespace handfast::tcp {\n}\n")
        self.good("src/tcp/x.h", "#pragma once\nnamespace handfast {\n}\n")


if __name__ == "__main__":
    unittest.main()
