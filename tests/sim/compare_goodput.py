#!/usr/bin/env python3
"""The goodput of the simulated paths is what tests/sim/goodput.txt says: compare_goodput.py --handfast BINARY.

The figures follow from seeds and integers, so any difference is a change of behaviour. --update writes the file anew.
"""

import argparse
import subprocess
import sys
from pathlib import Path

WANTED = Path(__file__).resolve().parent / "goodput.txt"


def measured(binary):
    done = subprocess.run([binary, "goodput", "--cells", "snapshot"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"handfast goodput ended with {done.returncode}: {done.stderr}")
    return done.stdout


def cells(text):
    """The rows by what they measure: congestion control, round trip, queue, loss, kind of loss, length."""
    rows = [line.split() for line in text.splitlines()]
    return {tuple(row[:6]): row[6:] for row in rows if len(row) == 12 and row[6].isdigit()}


def tell(old, new):
    for cell in [*old, *(cell for cell in new if cell not in old)]:
        name = "{} {}ms queue {} loss {}% {}".format(*cell)
        if cell not in new:
            print(f"  {name}: gone")
        elif cell not in old:
            print(f"  {name}: new, {new[cell][0]} kbit/s")
        elif old[cell] != new[cell]:
            before, after = int(old[cell][0]), int(new[cell][0])
            change = 100 * (after - before) / max(before, 1)
            print(f"  {name}: {before} -> {after} kbit/s ({change:+.1f} %), sent again {old[cell][3]} -> {new[cell][3]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--handfast", required=True, help="the program")
    parser.add_argument("--update", action="store_true", help="write tests/sim/goodput.txt")
    arguments = parser.parse_args()
    got = measured(arguments.handfast)
    wanted = WANTED.read_text() if WANTED.exists() else ""
    if got == wanted:
        print("as tests/sim/goodput.txt has it")
        return 0
    tell(cells(wanted), cells(got))
    if arguments.update:
        WANTED.write_text(got)
        print("tests/sim/goodput.txt is written: review the change with git diff")
        return 0
    print(
        "The goodput under loss differs from tests/sim/goodput.txt. If that is what your change is meant to do, run\n"
        f"  tests/sim/compare_goodput.py --update --handfast {arguments.handfast}\n"
        "review the figures, say in the commit what moved and why, and commit the file with the change."
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
