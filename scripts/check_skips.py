#!/usr/bin/env python3
"""Reads what ctest wrote about its runs: a test that did not run is a failure, unless the list of allowed skips says why.

A line of that list is `name # reason`. A name that no longer is a test, or that has no reason, is a failure too.
The last line printed counts every test of every run: "N passed, N failed".
"""

import argparse
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Run:
    """The tests of one ctest run, by how they ended."""

    label: str
    passed: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    skipped: dict = field(default_factory=dict)  # name: why, in ctest's words

    def names(self):
        return {*self.passed, *self.failed, *self.skipped}


def read_run(label, text):
    run = Run(label)
    for case in ElementTree.fromstring(text).iter("testcase"):
        name, status = case.get("name"), case.get("status", "run")
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None or status == "fail":
            run.failed.append(name)
        elif skipped is not None or status in ("notrun", "disabled"):
            why = (skipped.get("message") if skipped is not None else None) or status
            run.skipped[name] = " ".join(why.split())
        else:
            run.passed.append(name)
    return run


def read_allowed(text):
    """The allowed names with their reasons, and the lines that make no sense."""
    allowed, problems = {}, []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, reason = (part.strip() for part in line.partition("#"))
        if reason:
            allowed[name] = reason
        else:
            problems.append(f"line {number}: {name}: no reason given (name # reason)")
    return allowed, problems


def judge(runs, allowed):
    """The complaints about the runs."""
    complaints = []
    for run in runs:
        if not run.names():
            complaints.append(f"{run.label}: not one test ran")
        for name, why in sorted(run.skipped.items()):
            if name not in allowed:
                complaints.append(f"{run.label}: {name} did not run: {why}")
    known = set().union(*(run.names() for run in runs)) if runs else set(allowed)
    complaints += [f"allowed to be skipped, but no test: {name}" for name in sorted(set(allowed) - known)]
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--allowed", type=Path, required=True, help="the list of allowed skips; it may be missing")
    parser.add_argument("--checks-passed", type=int, default=0, help="what else passed, to be counted")
    parser.add_argument("--checks-failed", type=int, default=0, help="what else failed, to be counted")
    parser.add_argument("runs", nargs="*", metavar="LABEL=JUNIT.XML")
    options = parser.parse_args()

    allowed, complaints = read_allowed(options.allowed.read_text()) if options.allowed.exists() else ({}, [])
    complaints = [f"{options.allowed}: {problem}" for problem in complaints]
    runs = []
    for argument in options.runs:
        label, _, path = argument.partition("=")
        try:
            runs.append(read_run(label, Path(path).read_text()))
        except (OSError, ElementTree.ParseError) as error:
            complaints.append(f"{label}: no result can be read: {error}")
    complaints += judge(runs, allowed)

    for run in runs:
        for name in run.failed:
            print(f"FAILED: {run.label}: {name}")
    for complaint in complaints:
        print(f"FAILED: {complaint}")
    for run in runs:
        print(f"{run.label}: {len(run.passed)} passed, {len(run.failed)} failed, {len(run.skipped)} skipped")
    passed = options.checks_passed + sum(len(run.passed) for run in runs)
    failed = options.checks_failed + len(complaints) + sum(len(run.failed) for run in runs)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
