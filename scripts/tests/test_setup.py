"""setup.sh against a made-up system: a dpkg, an apt, a sudo and an id that write down what they are asked."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

SETUP = Path(__file__).resolve().parent.parent / "setup.sh"
TOOLS = ("bash", "mktemp", "rm", "tail", "cat", "chmod", "grep")


class Setup(unittest.TestCase):
    def run_setup(self, *groups, missing=(), user=0, sudo=False, apt=True, installs=True, environment=None):
        """The finished process, and what apt-get was asked, line by line."""
        with tempfile.TemporaryDirectory() as folder:
            programs, missing_list, log = Path(folder, "bin"), Path(folder, "missing"), Path(folder, "log")
            programs.mkdir()
            missing_list.write_text("".join(f"{name}\n" for name in missing))
            log.touch()

            def program(name, body):
                path = programs / name
                path.write_text(f"#!/bin/bash\n{body}\n")
                path.chmod(0o755)

            for tool in TOOLS:
                (programs / tool).symlink_to(subprocess.check_output(["which", tool], text=True).strip())
            program("id", f"echo {user}")
            if apt:
                program("dpkg-query", f'grep -qx -- "${{@: -1}}" {missing_list} && exit 1; echo -n installed')
                forget = f": >{missing_list}" if installs else ":"
                program("apt-get", f'echo "$*" >>{log}; case " $* " in *" install "*) {forget};; esac')
            if sudo:
                program("sudo", f'echo sudo >>{log}; exec "$@"')
            # The part that runs as root would write to the system; here it only calls apt-get.
            script = Path(folder, "setup.sh")
            text = SETUP.read_text().replace("/usr/sbin/policy-rc.d", f"{folder}/policy-rc.d")
            text = text.replace("/etc/init.d/", f"{folder}/init.d/").replace("/run/systemd/system", f"{folder}/none")
            script.write_text(text)
            result = subprocess.run(
                [str(programs / "bash"), str(script), *groups],
                env={"PATH": str(programs), "TMPDIR": folder, **(environment or {})},
                capture_output=True,
                text=True,
            )
            self.assertFalse(os.path.exists(f"{folder}/policy-rc.d"), "policy-rc.d is left behind")
            return result, log.read_text().splitlines()

    def test_nothing_missing_is_silent_and_asks_nothing(self):
        result, asked = self.run_setup("build", "test", "bench")
        self.assertEqual((result.returncode, result.stdout, result.stderr, asked), (0, "", "", []))

    def test_only_what_is_missing_is_installed(self):
        result, asked = self.run_setup("build", missing=["ccache", "libfmt-dev", "tshark"])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(asked), 2)
        self.assertIn("update", asked[0])
        self.assertTrue(asked[1].endswith("ccache libfmt-dev"), asked[1])

    def test_sudo_where_not_root(self):
        result, asked = self.run_setup("build", missing=["ccache"], user=1000, sudo=True)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(asked[0], "sudo")
        self.assertEqual(len(asked), 3)

    def test_neither_root_nor_sudo(self):
        result, asked = self.run_setup("build", missing=["ccache"], user=1000)
        self.assertEqual((result.returncode, asked), (1, []))
        self.assertIn("apt-get install ccache", result.stderr)

    def test_an_installation_that_did_not_help(self):
        result, _ = self.run_setup("build", missing=["ccache"], installs=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("still missing", result.stderr)

    def test_no_apt(self):
        result, _ = self.run_setup("build", apt=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("libfmt-dev", result.stderr)
        result, _ = self.run_setup("build", apt=False, environment={"HANDFAST_SKIP_SETUP": "1"})
        self.assertEqual(result.returncode, 0)

    def test_unknown_group(self):
        result, _ = self.run_setup("dance")
        self.assertEqual(result.returncode, 1)
        self.assertIn("dance", result.stderr)
        self.assertEqual(self.run_setup()[0].returncode, 1)


if __name__ == "__main__":
    unittest.main()
