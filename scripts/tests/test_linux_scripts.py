"""linux_scripts.py without a kernel under test: what it reads in scripts, and a packetdrill that is made up."""

import contextlib
import io
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import linux_scripts
from linux_scripts import Outcome

SCRIPT = """// RFC 9293 §3.8.1: text that is not acknowledged goes again.
    0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
   +0 < S 0:0(0) win 65535 <mss 1000>
  +.5 > S. 0:0(0) ack 1 <...>
"""


class Reading(unittest.TestCase):
    def test_a_mark_is_a_comment_of_its_own(self):
        self.assertTrue(linux_scripts.marked("// RFC 9293\n// Handfast only: the sizes are ours.\n"))
        self.assertFalse(linux_scripts.marked(SCRIPT))
        self.assertFalse(linux_scripts.marked("// What is Handfast only: see the other one.\n"))

    def test_a_script_of_ipv6_gets_addresses_of_ipv6(self):
        self.assertIn("--ip_version=ipv4", linux_scripts.flags_of(SCRIPT))
        self.assertIn("--ip_version=ipv6", linux_scripts.flags_of("// Over IPv6.\n--ip_version=ipv6\n" + SCRIPT))

    def test_times_add_up(self):
        for text, seconds in (
            (SCRIPT, 0.5),
            ("0 a() = 0\n+1 b() = 0\n 0.5 c() = 0\n", 1),
            ("+1.25~+2 > . 1:1(0)\n+.5~+.75 > . 1:1(0)\n* > . 1:1(0)\n", 2.75),
            ("+1 a() = 0\n+0...4.5 b() = 0\n+.5 c() = 0\n", 5.5),
            ("// +100 is not said here\n+3 %{ print(5) }%\n", 3),
            ("+60 < . 1:1(0) ack 1\n+60. < . 1:1(0) ack 1\n", 120),
        ):
            self.assertAlmostEqual(linux_scripts.seconds_of(text), seconds, msg=text)

    def test_only(self):
        names = ["close/a.pkt", "close/ab.pkt", "close_by/a.pkt"]
        self.assertEqual(linux_scripts.chosen(names, []), names)
        self.assertEqual(linux_scripts.chosen(names, ["close/"]), names[:2])
        self.assertEqual(linux_scripts.chosen(names, ["close/a", "close_by/a.pkt"]), [names[0], names[2]])
        self.assertEqual(linux_scripts.chosen(names, ["clo"]), [])

    def test_the_sysctls_are_those_that_the_stack_knows(self):
        known = (linux_scripts.ROOT / "src/script/linux_profile.cc").read_text(encoding="utf-8")
        for name in linux_scripts.SYSCTLS:
            if name != "net.ipv4.tcp_syn_linear_timeouts":
                self.assertIn(f'"{name.removeprefix("net.ipv4.")}"', known)

    def test_what_a_kernel_refuses_is_said(self):
        sysctls, notes = linux_scripts.settle(lambda asked: [name for name in asked if name.endswith("_fack")])
        self.assertNotIn("net.ipv4.tcp_fack", sysctls)
        self.assertEqual(notes, ["net.ipv4.tcp_fack is left as it is: this kernel does not take 0"])
        name = "net.ipv4.tcp_congestion_control"
        sysctls, notes = linux_scripts.settle(lambda asked: [name] if asked.get(name) == "cubic" else [])
        self.assertEqual((sysctls[name], len(notes)), ("reno", 1))


class Running(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        patch = mock.patch.object(linux_scripts, "SCRIPTS", self.folder)
        patch.start()
        self.addCleanup(patch.stop)

    def runner(self, body, limit=30.0):
        """A Runner whose packetdrill is a shell script, without a namespace."""
        program = self.folder / "packetdrill"
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
        runner = linux_scripts.Runner(program, {}, limit)
        runner.start = [str(program)]
        return runner

    def script(self, name="a.pkt", text=SCRIPT):
        (self.folder / name).write_text(text)
        return name

    def test_the_end_of_packetdrill_decides(self):
        self.assertEqual(self.runner("exit 0").run(self.script()).verdict, "passed")
        outcome = self.runner("echo a.pkt:4: error handling packet >&2; exit 1").run(self.script())
        self.assertEqual((outcome.verdict, outcome.message), ("failed", "a.pkt:4: error handling packet"))
        outcome = self.runner("echo a.pkt: error executing init command: status 1; exit 1").run(self.script())
        self.assertEqual(outcome.verdict, "unset")
        outcome = self.runner("kill -9 $$").run(self.script())
        self.assertEqual((outcome.verdict, outcome.message), ("failed", "packetdrill ended with -9"))

    def test_the_script_is_the_last_word_and_is_in_the_folder(self):
        body = 'for last; do :; done; [ -f "$last" ] && [ "$1" = --ip_version=ipv4 ]'
        self.assertEqual(self.runner(body).run(self.script()).verdict, "passed")

    def test_what_takes_too_long_does_not_run(self):
        outcome = self.runner("exit 1", limit=10).run(self.script(text="+11 close(3) = 0\n"))
        self.assertEqual(outcome.verdict, "too long")

    def test_what_does_not_end_is_ended(self):
        with mock.patch.object(linux_scripts, "GRACE", 0):
            outcome = self.runner("sleep 60 & wait", limit=0.6).run(self.script())
        self.assertEqual((outcome.verdict, outcome.message), ("failed", "a.pkt: not over after 0.6 s"))

    def test_what_fails_is_tried_again_alone(self):
        names = [self.script("a.pkt"), self.script("b.pkt"), self.script("c.pkt")]
        body = "for last; do :; done\ncase $last in a.pkt) exit 0;; b.pkt) exit 1;; esac\nmkdir seen && exit 1; exit 0"
        with contextlib.redirect_stderr(io.StringIO()) as err:
            outcomes = linux_scripts.run_all(self.runner(body), names, 3, lambda outcomes: None)
        self.assertIn("2 of them again", err.getvalue())
        self.assertEqual([outcome.verdict for outcome in outcomes], ["passed", "failed", "passed"])
        self.assertEqual([outcome.alone for outcome in outcomes], [False, False, True])

    def test_after_a_stop_nothing_starts(self):
        runner = self.runner("exit 0")
        runner.stop()
        self.assertEqual(runner.run(self.script()).message, "interrupted")


class Telling(unittest.TestCase):
    def test_the_report(self):
        lines = list(
            linux_scripts.report(
                [
                    Outcome("close/a.pkt", "passed", 0.5, alone=True),
                    Outcome("close/b.pkt", "failed", 1.5, "b.pkt:4: error\n\nscript packet: ..."),
                    Outcome("close/c.pkt", "too long", 0.0),
                ],
                "3 marked",
            )
        )
        self.assertEqual(lines[:3], ["FAILED: close/b.pkt (1.5 s)", "    b.pkt:4: error", "    script packet: ..."])
        self.assertIn("too long: close/c.pkt", lines[3])
        self.assertIn("alone: close/a.pkt", lines[4])
        self.assertTrue(lines[5].endswith("1 take too long, 0 set what this kernel does not have; 3 marked"))

    def run_main(self, *words, user=0):
        err = io.StringIO()
        with mock.patch("sys.argv", ["linux_scripts.py", *words]), mock.patch("os.geteuid", return_value=user):
            with contextlib.redirect_stderr(err), self.assertRaises(SystemExit) as end:
                linux_scripts.main()
        return end.exception.code, err.getvalue()

    def test_errors_have_their_status(self):
        for words, user, status, said in (
            (("/nonexistent",), 0, 2, "/nonexistent is not a program"),
            (("/bin/sh", "--only", "no_such_folder"), 0, 2, "called that: no_such_folder"),
            (("/bin/sh", "--jobs", "0"), 0, 2, "--jobs"),
            (("/bin/sh", "--limit", "0"), 0, 2, "--limit"),
            ((), 0, 2, "packetdrill"),
            (("/bin/sh",), 1000, 3, "root is needed"),
        ):
            code, err = self.run_main(*words, user=user)
            self.assertEqual(code, status, words)
            self.assertIn(said, err)


if __name__ == "__main__":
    unittest.main()
