"""check_skips.py on results as ctest 3.25 writes them."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import check_skips

CASES = {
    "passed": '<testcase name="{}" classname="{}" time="0.1" status="run"><system-out>fine</system-out></testcase>',
    "failed": '<testcase name="{}" classname="{}" time="0.1" status="fail"><failure message="no"/></testcase>',
    "skipped": '<testcase name="{}" classname="{}" time="0" status="notrun"><skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/></testcase>',
    "disabled": '<testcase name="{}" classname="{}" time="0" status="disabled"><skipped message="Disabled"/></testcase>',
    "not run": '<testcase name="{}" classname="{}" time="0" status="notrun"><skipped message="Unable to find executable"/></testcase>',
}


def junit(**tests):
    cases = "".join(CASES[kind].format(name, name) for name, kind in tests.items())
    return f'<?xml version="1.0"?><testsuite name="(empty)">{cases}</testsuite>'


class Skips(unittest.TestCase):
    def run_main(self, allowed=None, *arguments, **tests):
        """(exit status, lines printed) of one run over one result."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "junit.xml").write_text(junit(**tests))
            if allowed is not None:
                Path(folder, "allowed").write_text(allowed)
            argv = ["check_skips.py", "--allowed", f"{folder}/allowed", *arguments, f"dev={folder}/junit.xml"]
            out = io.StringIO()
            with mock.patch.object(sys, "argv", argv), contextlib.redirect_stdout(out):
                with self.assertRaises(SystemExit) as end:
                    check_skips.main()
            return end.exception.code, out.getvalue().splitlines()

    def test_all_passed(self):
        status, lines = self.run_main(None, A="passed", B="passed")
        self.assertEqual((status, lines[-1]), (0, "2 passed, 0 failed"))

    def test_a_failed_test_fails(self):
        status, lines = self.run_main(None, A="passed", B="failed")
        self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"))
        self.assertIn("FAILED: dev: B", lines)

    def test_what_did_not_run_fails(self):
        for kind in ("skipped", "disabled", "not run"):
            status, lines = self.run_main(None, A="passed", B=kind)
            self.assertEqual((status, lines[-1]), (1, "1 passed, 1 failed"), kind)

    def test_allowed_skips(self):
        status, lines = self.run_main("# kernel\nB # needs a TUN device\n", A="passed", B="skipped")
        self.assertEqual((status, lines[-1]), (0, "1 passed, 0 failed"))

    def test_the_list_of_allowed_skips_is_kept_true(self):
        self.assertEqual(self.run_main("B\n", A="passed", B="skipped")[0], 1)
        self.assertEqual(self.run_main("Gone # reason\n", A="passed")[0], 1)

    def test_no_test_is_no_success(self):
        self.assertEqual(self.run_main(None)[0], 1)

    def test_checks_around_the_tests_are_counted(self):
        status, lines = self.run_main(None, "--checks-passed", "5", "--checks-failed", "1", A="passed")
        self.assertEqual((status, lines[-1]), (1, "6 passed, 1 failed"))

    def test_a_missing_result_fails(self):
        argv = ["check_skips.py", "--allowed", "none", "dev=missing.xml"]
        with mock.patch.object(sys, "argv", argv), contextlib.redirect_stdout(io.StringIO()):
            with self.assertRaises(SystemExit) as end:
                check_skips.main()
        self.assertEqual(end.exception.code, 1)


if __name__ == "__main__":
    unittest.main()
