#!/usr/bin/env python3
"""Runs the scripts of a checkout of google/packetdrill that docs/google_scripts.md names, and holds the outcome against it.

The scripts are GPL and not part of this project. With a checkout beside it:

    scripts/google_scripts.py ../packetdrill
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "google_scripts.md"
ROW = re.compile(r"^\| `([\w./-]+\.pkt)` \| (\w+) \| (\w+) \|", re.MULTILINE)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=pathlib.Path, help="of google/packetdrill")
    parser.add_argument("--handfast", type=pathlib.Path, default=ROOT / "build/release/tools/handfast/handfast")
    parser.add_argument("--ip", default="ipv4", choices=("ipv4", "ipv6", "mapped"))
    arguments = parser.parse_args()
    folder = arguments.checkout / "gtests" / "net" / "tcp"
    if not folder.is_dir():
        parser.error(f"{folder} is not there")
    rows = ROW.findall(PAGE.read_text())
    command = [arguments.handfast.resolve(), "drill", "--json", "--no-ladder", "--ip", arguments.ip]
    names = [name for name, _, _ in rows]
    strictly = passing(command, names, folder)
    leniently = passing([*command, "--lenient"], names, folder)
    differences = 0
    for name, _, expected in rows:
        outcome = "passes" if name in strictly else "leniently" if name in leniently else "fails"
        if outcome != expected and arguments.ip == "ipv4":
            differences += 1
            print(f"{name}: {outcome}, and the page says {expected}")
    on_linux = {name for name, linux, _ in rows if linux == "passes"}
    for what, those in (("passed", strictly), ("passed with --lenient", leniently)):
        print(f"{len(those)} of {len(rows)} scripts {what} over {arguments.ip}, {len(those & on_linux)} of the "
              f"{len(on_linux)} that pass on Linux")
    sys.exit(1 if differences else 0)


def passing(command, names, folder):
    """The names of the scripts that pass."""
    run = subprocess.run([*command, *names], cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    reports = map(json.loads, run.stdout.splitlines())
    return {report["script"] for report in reports if report["verdict"] == "passed"}


if __name__ == "__main__":
    main()
