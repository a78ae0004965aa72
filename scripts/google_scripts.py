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
    expected = {name: ours for name, _, ours in ROW.findall(PAGE.read_text())}
    command = [arguments.handfast.resolve(), "drill", "--json", "--no-ladder", "--ip", arguments.ip, *expected]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode not in (0, 1):
        sys.exit(run.stderr)
    passed, differences = 0, 0
    for line in run.stdout.splitlines():
        report = json.loads(line)
        outcome = "passes" if report["verdict"] == "passed" else "fails"
        passed += outcome == "passes"
        if outcome != expected[report["script"]] and arguments.ip == "ipv4":
            differences += 1
            print(f"{report['script']}: {outcome}, and the page says that it {expected[report['script']]}")
    print(f"{passed} of {len(expected)} scripts passed over {arguments.ip}")
    sys.exit(1 if differences else 0)


if __name__ == "__main__":
    main()
