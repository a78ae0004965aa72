"""check_repo.py on small trees, each wrong in one way."""

import tempfile
import unittest
from pathlib import Path

import check_repo

MAKEFILE = "demo: ## x\n\ttrue\ntest:\n\ttrue\n"


class Repo(unittest.TestCase):
    def findings(self, files):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {"Makefile": MAKEFILE, **files}.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return [str(finding) for finding in check_repo.check(folder)]

    def bad(self, files, *words):
        found = self.findings(files)
        self.assertEqual(len(found), 1, found)
        for word in words:
            self.assertIn(word, found[0])

    def good(self, files):
        self.assertEqual(self.findings(files), [])

    def test_links(self):
        self.bad({"README.md": "x\n\nSee [it](docs/gone.md)."}, "README.md:3:", "docs/gone.md")
        self.bad({"README.md": "[a]: gone.md\n"}, "gone.md")
        self.bad({"README.md": "![picture](gone.svg)"}, "gone.svg")
        self.bad({"README.md": "[a](Makefile) [b](/Makefile)"}, "relative")
        self.bad({"README.md": "[a](#no-such)", "a.md": "[b](README.md)"}, "heading")
        self.good({"README.md": "# One *two*: `three`!\n[a](#one-two-three) [b](docs/a.md#x) [c](https://example.org/x)", "docs/a.md": "# X\n[r](../README.md)"})
        self.good({"README.md": "```\n[a](gone.md)\n```\nand `[b](gone.md)`"})

    def test_commands(self):
        self.bad({"README.md": "Run `make dance`."}, "make dance")
        self.bad({"README.md": "```sh\n$ make test dance\n```"}, "README.md:2:", "dance")
        self.bad({"README.md": "Run scripts/gone.sh now."}, "scripts/gone.sh")
        self.good({"README.md": "Run `make demo`:\n```\nmake test   # all\n```\nWe make progress, `make` alone too; scripts/a.sh.", "scripts/a.sh": ""})

    def test_paths_of_one_machine(self):
        for top in check_repo.HOMES:
            self.bad({"a.txt": f"x\nsee /{top}/me/file"}, "a.txt:2:", "path of one machine")
        self.good({"a.txt": "src/" + "work/x and ~/" + "work/x, $HOME/" + "work/y, a/" + "home/b"})

    def test_build_output_and_large_files(self):
        self.bad({"src/x.o": "x"}, "build output")
        self.bad({"CMakeCache.txt": "x"}, "build output")
        self.bad({"a.txt": "x" * (check_repo.LARGEST_FILE + 1)}, "bytes")

    def test_programs_can_run(self):
        self.bad({"run": "#!/bin/sh\n"}, "chmod")

    def test_what_comments_cite(self):
        self.bad({"src/a.cc": "// RFC 793 §3.4\n"}, "9293")
        self.bad({"src/a.cc": "// see https://example.org\n"}, "URL")
        self.good({"src/a.cc": '// RFC 7937, RFC 9293 §3.4\nauto x = "https://example.org";\n', "docs/a.md": "RFC 793"})


if __name__ == "__main__":
    unittest.main()
