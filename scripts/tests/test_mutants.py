"""mutants.py --check on small trees: each way in which a mutant can be wrong. What a run says is tried with a fake."""

import tempfile
import unittest
from pathlib import Path
from unittest import mock

import mutants

LIST = """[RFC 9293] TCP
MUST-1 | MUST | 3.1 | met | the window has no sign
MUST-2 | MUST | 3.1 | open | checksum | not built yet
U-1 | MUST | 3.4 | partly | four rows | two
SHLD-7 | SHOULD | 3.7.4 | met | Nagle
"""
PATCH = """MUST-1, U-1: The window has a sign.
Killed by: A.Exact A.Wide

--- a/src/tcp/tcb.h
+++ b/src/tcp/tcb.h
@@ -2,3 +2,3 @@
 struct Tcb {
-  unsigned window;
+  int window;
 };
"""
TREE = {
    "docs/rfc/requirements.txt": LIST,
    "src/tcp/tcb.h": "#pragma once\nstruct Tcb {\n  unsigned window;\n};\n",
    "tests/scene/x_test.cc": "TEST(A, Exact) {\n}\nTEST(A, Wide) {\n}\n",
    "tests/mutants/MUST-1.patch": PATCH,
}


class Mutants(unittest.TestCase):
    def tree(self, **changes):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in {**TREE, **changes}.items():
            path = Path(folder.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Path(folder.name)

    def findings(self, **changes):
        return [str(finding) for finding in mutants.check(self.tree(**changes))]

    def bad(self, *words, **changes):
        found = self.findings(**changes)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def patch(self, old, new):
        self.assertIn(old, PATCH)
        return {"tests/mutants/MUST-1.patch": PATCH.replace(old, new)}

    def test_a_good_one(self):
        self.assertEqual(self.findings(), [])

    def test_lines_may_move(self):
        self.assertEqual(self.findings(**{"src/tcp/tcb.h": "// more\n\n" + TREE["src/tcp/tcb.h"]}), [])

    def test_one_that_does_not_apply(self):
        self.bad("MUST-1.patch", "does not apply", **{"src/tcp/tcb.h": "#pragma once\nstruct Tcb {\n  long window;\n};\n"})

    def test_names(self):
        self.bad("A.Narrow", "no such test", **self.patch("A.Wide", "A.Narrow"))
        self.bad("MUST-9", "no such id", **self.patch("MUST-1, U-1:", "MUST-1, U-1, MUST-9:"))

    def test_each_requirement_that_is_met_has_one(self):
        self.bad("U-1", "no mutant", **self.patch("MUST-1, U-1:", "MUST-1:"))

    def test_the_head(self):
        found = " ".join(self.findings(**self.patch("Killed by", "Seen by")))
        self.assertIn("Killed by", found)

    def test_no_test_is_broken(self):
        patch = PATCH.replace("src/tcp/tcb.h", "tests/scene/x_test.cc").replace("unsigned window", "f()")
        self.assertTrue(any("no test" in one for one in self.findings(**{"tests/mutants/MUST-1.patch": patch})))

    def test_programs(self):
        self.assertEqual(mutants.program_of("tests/scene/x_test.cc"), ("scene_test", "tests/scene_test"))
        self.assertEqual(mutants.program_of("tests/sim/x_test.cc"), ("sim_scenarios_test", "tests/sim_scenarios_test"))
        self.assertEqual(mutants.program_of("src/tcp/congestion/x_test.cc"), ("tcp_test", "src/tcp_test"))

    def run_on(self, failing, build_code=0):
        """What a run on the small tree makes of it, with a build and tests that only pretend."""
        root = self.tree()
        seen = []

        def make(bench, programs):
            seen.append((bench.tree / "src/tcp/tcb.h").read_text())
            return mock.Mock(returncode=build_code if len(seen) > 1 else 0, stdout="")

        def failing_now(bench, tests):
            broken = "int window" in (bench.tree / "src/tcp/tcb.h").read_text()
            return ["scene_test"] if broken and set(tests) & set(failing) else []

        said = []
        with mock.patch.multiple(
            mutants.Bench, make=make, failing=failing_now, configure=lambda bench: mock.Mock(returncode=0)
        ), mock.patch.object(mutants, "tell", lambda *words: said.append(" ".join(words))):
            passed = mutants.run(root, None, 1)
        self.assertIn("int window", seen[-1])
        self.assertIn("unsigned window", (root / "build/mutants/1/src/tcp/tcb.h").read_text())
        self.assertIn("unsigned window", (root / "src/tcp/tcb.h").read_text())
        return passed, said[-1]

    def test_killed_by_all_the_tests_it_names(self):
        self.assertEqual(self.run_on(["A.Exact", "A.Wide"]), (True, "mutants: 1 killed"))

    def test_one_that_a_named_test_does_not_notice_survives(self):
        self.assertEqual(self.run_on(["A.Exact"]), (False, "mutants: 1 survived"))

    def test_one_that_does_not_build(self):
        self.assertEqual(self.run_on(["A.Exact", "A.Wide"], build_code=1), (False, "mutants: 1 does not build"))


if __name__ == "__main__":
    unittest.main()
