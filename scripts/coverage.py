#!/usr/bin/env python3
"""Runs the tests of the coverage build and prints which part of the lines they reached, folder by folder."""

import collections
import json
import os
import pathlib
import subprocess
import sys

BUILD = pathlib.Path("build/coverage")
COUNTED = ("include/", "src/", "tools/")


def reached_lines(root):
    """{file: {line: whether it ran}} over every object that ran, tests left out."""
    lines = collections.defaultdict(dict)
    notes = sorted(str(path.resolve()) for path in BUILD.rglob("*.gcda"))
    for begin in range(0, len(notes), 50):
        text = subprocess.run(
            ["gcov", "--json-format", "--stdout", *notes[begin : begin + 50]],
            capture_output=True, text=True, check=True, cwd=BUILD,
        ).stdout
        for report in text.splitlines():
            for entry in json.loads(report)["files"]:
                path = pathlib.Path(os.path.normpath(BUILD.resolve() / entry["file"]))
                if not path.is_relative_to(root):
                    continue
                name = path.relative_to(root).as_posix()
                if name.startswith(COUNTED) and not name.endswith("_test.cc"):
                    for line in entry["lines"]:
                        number = line["line_number"]
                        lines[name][number] = lines[name].get(number, False) or line["count"] > 0
    return lines


def main():
    os.chdir(pathlib.Path(__file__).resolve().parent.parent)
    for stale in BUILD.rglob("*.gcda"):
        stale.unlink()
    tests = subprocess.run(["ctest", "--preset", "coverage", "-j", str(os.cpu_count()), "--quiet"])
    if tests.returncode:
        sys.exit("coverage: a test failed; `ctest --preset coverage` tells which")
    lines = reached_lines(pathlib.Path.cwd())
    folders = collections.defaultdict(lambda: [0, 0])
    least = []
    for name, numbers in lines.items():
        ran = sum(numbers.values())
        for key in ("/".join(name.split("/")[:2]), "all"):
            folders[key][0] += ran
            folders[key][1] += len(numbers)
        least.append((ran / len(numbers), len(numbers) - ran, name))
    for folder, (ran, count) in sorted(folders.items(), key=lambda item: (item[0] == "all", item[0])):
        print(f"{folder:24} {100 * ran / count:5.1f} %  {ran:6} of {count} lines")
    print("\nFurthest from whole:")
    for part, missing, name in sorted(least)[:10]:
        print(f"  {100 * part:5.1f} %  {missing:4} lines not reached  {name}")


if __name__ == "__main__":
    main()
