"""ledger.py on small trees: what counts as built, what as proved, and each way in which it fails."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import ledger

LIST = """# a comment
[RFC 9293] TCP
MUST-1 | MUST | 3.1 | met | the window has no sign
SHLD-7 | SHOULD | 3.7.4 | partly | Nagle | not on Sundays
MUST-51 | MUST | 3.9.2.1 | declined | source routes | refused
MAY-4 | MAY | 3.8.1 | unused | the same identification | needs none
U-1 | MUST | 3.4 | open | four rows | not built yet

[RFC 5961] Attacks
5961-1 | MUST | 3.2 | met | resets
"""

TREE = {
    "docs/rfc/requirements.txt": LIST,
    "docs/rfc/deviations.md": "| RFC 9293 (MUST-51) | ... |",
    "src/tcp/tcb.h": "// MUST-1: unsigned. RFC 5961 §3.2 (5961-1).\nint a;\n/// Nagle (SHLD-7).\n",
    "tests/scene/x_test.cc": (
        "// About MUST-1.\n\n// 5961-1\nTEST(A, Exact) {\n  f();\n}\n\nTEST_P(B, Wide) {  // MUST-1\n  f();  // SHLD-7\n}\n"
    ),
}


class Ledger(unittest.TestCase):
    def tree(self, **changes):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in {**TREE, **changes}.items():
            path = Path(folder.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return Path(folder.name)

    def findings(self, root):
        return [str(finding) for finding in ledger.load(root).findings]

    def bad(self, *words, **changes):
        found = self.findings(self.tree(**changes))
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def test_citations_are_found(self):
        found = ledger.load(self.tree())
        self.assertEqual(found.findings, [])
        rows = found.requirements
        self.assertEqual(rows["MUST-1"].proofs, ["B.Wide"])
        self.assertEqual(rows["5961-1"].proofs, ["A.Exact"])
        self.assertEqual(rows["SHLD-7"].proofs, ["B.Wide"])
        self.assertEqual(rows["MUST-1"].built, ["src/tcp/tcb.h"])

    def test_a_met_requirement_has_a_proof(self):
        gone = TREE["tests/scene/x_test.cc"].replace("// 5961-1", "// nothing")
        self.bad("5961-1", "no test cites it", **{"tests/scene/x_test.cc": gone})

    def test_outside_a_test_nothing_is_proved(self):
        moved = TREE["tests/scene/x_test.cc"].replace("// 5961-1\n", "// 5961-1\n\n")
        self.bad("5961-1", "no test cites it", **{"tests/scene/x_test.cc": moved})

    def test_a_met_requirement_is_built_somewhere(self):
        self.bad("5961-1", "no comment", **{"src/tcp/tcb.h": "// MUST-1 and SHLD-7\n"})

    def test_code_and_strings_are_no_citations(self):
        strings = 'const char* a = "5961-1";\nint b = 5961-1;\n// MUST-1, SHLD-7\n'
        self.bad("5961-1", "no comment", **{"src/tcp/tcb.h": strings})

    def test_an_unknown_id_is_told(self):
        for unknown in ("MUST-99", "U-13", "5962-1"):
            text = TREE["src/tcp/tcb.h"] + f"// {unknown}\n"
            self.bad("src/tcp/tcb.h:4", unknown, "no such id", **{"src/tcp/tcb.h": text})

    def test_other_numbers_are_no_ids(self):
        text = TREE["src/tcp/tcb.h"] + "// CVE-2016-5696, I-S1, 0001-name, UTF-8, a 4-tuple, 2026-11-24\n"
        self.assertEqual(self.findings(self.tree(**{"src/tcp/tcb.h": text})), [])

    SCRIPT = "// RFC 5961 §3.2 (5961-1): exact.\n`sysctl -q net.ipv4.tcp_ecn=1`\n    0 close(3) = 0\n"

    def test_a_script_proves_what_it_cites(self):
        gone = TREE["tests/scene/x_test.cc"].replace("// 5961-1", "// nothing")
        script = {"tests/scripts/reset/exact.pkt": self.SCRIPT, "tests/scene/x_test.cc": gone}
        found = ledger.load(self.tree(**script))
        self.assertEqual(found.findings, [])
        self.assertEqual(found.requirements["5961-1"].proofs, ["tests/scripts/reset/exact.pkt"])

    def test_a_script_elsewhere_proves_nothing(self):
        gone = TREE["tests/scene/x_test.cc"].replace("// 5961-1", "// nothing")
        for place in ("tests/scripts_failing/reset/exact.pkt", "tests/scripts/reset/exact.txt"):
            self.bad("5961-1", "no test cites it", **{place: self.SCRIPT, "tests/scene/x_test.cc": gone})

    def test_only_comments_of_a_script_are_citations(self):
        text = "    0 write(3, ..., 5961-1) = 0\n`echo U-99`\n"
        found = ledger.load(self.tree(**{"tests/scripts/a/b.pkt": text}))
        self.assertEqual(found.findings, [])
        self.assertEqual(found.requirements["5961-1"].proofs, ["A.Exact"])

    def test_an_unknown_id_in_a_script_is_told(self):
        self.bad("tests/scripts/a/b.pkt:2", "U-13", "no such id", **{"tests/scripts/a/b.pkt": "//\n// U-13\n"})

    def test_what_is_open_is_not_proved(self):
        text = TREE["tests/scene/x_test.cc"].replace("// 5961-1", "// 5961-1, U-1")
        self.bad("U-1", "open, yet A.Exact", **{"tests/scene/x_test.cc": text})

    def test_what_is_declined_is_a_declared_deviation(self):
        self.bad("MUST-51", "deviations.md does not name it", **{"docs/rfc/deviations.md": "MUST-5, MUST-511"})

    def test_the_list_itself(self):
        for line, word in (
            ("MUST-1 | MUST | 3.1 | met | again", "twice"),
            ("MUST-2 | MUST | 3.1 | open | no reason", "say why"),
            ("MUST-2 | MUST | 3.1 | done | a word", "status"),
            ("MUST-2 | OUGHT | 3.1 | open | a word | why", "level"),
            ("MUST2 | MUST | 3.1 | open | a word | why", "an id is"),
            ("MUST-2 | MUST | 3.1", "id | level"),
        ):
            found = " ".join(str(finding) for finding in ledger.read_list(LIST + line + "\n").findings)
            self.assertIn(word, found)

    def main(self, root, *arguments):
        out = io.StringIO()
        with mock.patch.object(sys, "argv", ["ledger.py", "--root", str(root), *arguments]), contextlib.redirect_stdout(out):
            with self.assertRaises(SystemExit) as end:
                ledger.main()
        return end.exception.code, out.getvalue()

    def test_the_page_is_held_to_the_tree(self):
        root = self.tree()
        code, said = self.main(root, "--check")
        self.assertEqual(code, 1)
        self.assertIn("out of date", said)
        self.assertEqual(self.main(root)[0], 0)
        self.assertEqual(self.main(root, "--check")[0], 0)
        text = (root / ledger.PAGE).read_text(encoding="utf-8")
        self.assertIn("`B.Wide`", text)
        self.assertIn("| [RFC 9293](#rfc-9293-tcp) | 1 of 3 | 0 of 1 | 0 of 1 | 1 | 1 | 1 | 1 | 1 |  |", text)
        (root / "tests/scene/x_test.cc").write_text(TREE["tests/scene/x_test.cc"].replace("Wide", "Wider"))
        self.assertIn("out of date", self.main(root, "--check")[1])


if __name__ == "__main__":
    unittest.main()
