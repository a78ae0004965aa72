#!/usr/bin/env python3
"""Breaks one requirement at a time and sees that the tests which prove it notice.

Each tests/mutants/*.patch is a small diff of src/ that takes one behaviour away. Its first lines say which requirement
that is and which tests must fail:

    MUST-13: TIME-WAIT lasts one MSL.
    Killed by: Close.TheHostClosesFirst

Without --check each mutant is applied to a scratch copy in build/mutants, built and tested. --check only looks whether
each patch still applies, names an id of the ledger and tests that exist, and whether every MUST and U requirement that
is met has one.
"""

import argparse
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import ledger
import lint_common
from lint_common import Finding

FOLDER = "tests/mutants"
SCRATCH = "build/mutants"
TEST_SECONDS = 120

HEAD = re.compile(r"\A(?P<ids>[A-Z\d-]+(?:, [A-Z\d-]+)*): (?P<what>[^\n]+)\nKilled by: (?P<tests>[^\n]+)\n")
CHANGED = re.compile(r"^\+\+\+ b/(\S+)", re.MULTILINE)


@dataclass
class Mutant:
    path: str  # of the patch
    ids: list
    what: str
    tests: list
    files: list  # that it changes

    @property
    def name(self):
        return Path(self.path).stem


def parse(path, text):
    """The mutant, or None where the head is not as it should be."""
    match = HEAD.match(text)
    if not match:
        return None
    return Mutant(path, match["ids"].split(", "), match["what"], match["tests"].split(), CHANGED.findall(text))


def patches(root):
    return [name for name in lint_common.project_files(root) if name.startswith(f"{FOLDER}/") and name.endswith(".patch")]


# --- The check ---


def applies(root, path, *options):
    command = ["git", "apply", *options, str(Path(root, path).resolve())]
    return subprocess.run(command, cwd=root, capture_output=True, text=True)


def faults_of(root, mutant, requirements, tests):
    for cited in mutant.ids:
        if cited not in requirements:
            yield Finding(mutant.path, 1, cited, f"{ledger.LIST} has no such id")
    for test in mutant.tests:
        if test not in tests:
            yield Finding(mutant.path, 2, test, "there is no such test")
    for file in mutant.files:
        if not file.startswith(("src/", "include/")) or file.endswith("_test.cc"):
            yield Finding(mutant.path, 3, file, "a mutant changes src/ or include/ and no test")
    result = applies(root, mutant.path, "--check")
    if result.returncode != 0:
        yield Finding(mutant.path, 3, "the patch", f"it does not apply: {result.stderr.splitlines()[0]}")


def needs_mutant(row):
    return row.status in ledger.PROVED and re.match(r"(?:MUST|U)-", row.id)


def check(root):
    requirements = ledger.read_list(lint_common.read(root, ledger.LIST)).requirements
    tests = ledger.all_tests(root)
    findings, have = [], set()
    for path in patches(root):
        mutant = parse(path, lint_common.read(root, path))
        if mutant is None:
            findings.append(Finding(path, 1, "the head", "first `ID: what is broken`, then `Killed by: Suite.Test ...`"))
            continue
        have.update(mutant.ids)
        findings += faults_of(root, mutant, requirements, tests)
    for row in requirements.values():
        if needs_mutant(row) and row.id not in have:
            findings.append(Finding(ledger.LIST, row.line, row.id, f"no mutant in {FOLDER} breaks it"))
    return sorted(findings)


# --- The run ---


def program_of(file):
    """The test program that a test file is part of, as a target and as a path in the build directory."""
    top, folder = file.split("/")[:2]
    name = {"sim": "sim_scenarios_test"}.get(folder, f"{folder}_test") if top == "tests" else f"{folder}_test"
    return name, f"{top}/{name}"


class Bench:
    """A scratch copy of the tree with a build directory of its own."""

    def __init__(self, root, number):
        self.root = root
        self.tree = Path(root, SCRATCH, str(number)).resolve()
        self.build = self.tree / "build"
        # As scripts/build.sh has it, for this tree.
        ccache = {"BASEDIR": str(self.tree), "NOHASHDIR": "1", "SLOPPINESS": "pch_defines,time_macros"}
        self.environment = {**os.environ, **{f"CCACHE_{name}": value for name, value in ccache.items()}}

    def sync(self):
        """Makes the copy equal to the tree; files that are equal keep their times, so nothing is built for them."""
        names = {name for name in lint_common.project_files(self.root) if not name.startswith((FOLDER, "docs/"))}
        for name in names:
            source, copy = Path(self.root, name), self.tree / name
            if copy.exists() and copy.read_bytes() == source.read_bytes():
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
        for copy in self.tree.rglob("*"):
            if copy.is_file() and self.build not in copy.parents and str(copy.relative_to(self.tree)) not in names:
                copy.unlink()

    def run(self, *command, seconds=None):
        return subprocess.run(
            [str(part) for part in command],
            cwd=self.tree,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=seconds,
        )

    def configure(self):
        # Unoptimised, and without warnings: a mutant may well leave a parameter unused.
        options = ["-G", "Ninja", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS=-w", "-DCMAKE_CXX_FLAGS_DEBUG=-O0"]
        options += ["-DHANDFAST_INTEROP=OFF", "-DHANDFAST_INVARIANTS=ON", "-DHANDFAST_PRECOMPILE=ON"]
        if shutil.which("ccache"):
            options.append("-DCMAKE_CXX_COMPILER_LAUNCHER=ccache")
        if shutil.which("clang++-19") and shutil.which("ld.lld-19"):
            options += ["-DCMAKE_CXX_COMPILER=clang++-19", "-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld-19"]
        return self.run("cmake", "-S", self.tree, "-B", self.build, *options)

    def make(self, programs):
        return self.run("ninja", "-C", self.build, *(target for target, _ in programs))

    def failing(self, tests):
        """Names of the programs whose tests among `tests` fail: {test: file}."""
        failed = []
        for program in sorted({program_of(file) for file in tests.values()}):
            mine = [test for test, file in tests.items() if program_of(file) == program]
            names = ":".join(f"{test}:*/{test}/*" for test in mine)
            try:
                result = self.run(self.build / program[1], f"--gtest_filter={names}", "--gtest_brief=1", seconds=TEST_SECONDS)
                ok = result.returncode == 0
            except subprocess.TimeoutExpired:
                ok = False
            if not ok:
                failed.append(program[0])
        return failed


def tell(*words):
    print(*words, flush=True)


def outcome(bench, mutant, tests):
    """killed, survived, "does not apply" or "does not build"."""
    wanted = {test: tests[test] for test in mutant.tests}
    patch = Path(bench.root, mutant.path).resolve()
    # GIT_CEILING_DIRECTORIES: the scratch copy lies inside a checkout, and is none itself.
    environment = dict(os.environ, GIT_CEILING_DIRECTORIES=str(bench.tree.parent))
    apply = ["git", "apply", "--whitespace=nowarn"]
    if subprocess.run([*apply, patch], cwd=bench.tree, env=environment, capture_output=True).returncode != 0:
        return "does not apply", ""
    try:
        built = bench.make(sorted({program_of(file) for file in wanted.values()}))
        if built.returncode != 0:
            return "does not build", "\n".join(built.stdout.splitlines()[-15:])
        survivors = [test for test in wanted if not bench.failing({test: wanted[test]})]
        return ("survived", " ".join(survivors)) if survivors else ("killed", "")
    finally:
        subprocess.run([*apply, "-R", patch], cwd=bench.tree, env=environment, capture_output=True, check=True)


def work(bench, waiting, tests, results, total):
    while True:
        try:
            mutant = waiting.get_nowait()
        except queue.Empty:
            return
        begun = time.monotonic()
        what, why = outcome(bench, mutant, tests)
        results[mutant.name] = what
        tell(f"[{len(results)}/{total}] {what:14} {mutant.name} ({time.monotonic() - begun:.0f} s): {mutant.what}")
        if why:
            tell("    " + why.replace("\n", "\n    "))


def prepare(benches, mutants, tests):
    """Builds the tree as it is. False where the tests fail before anything was broken."""
    wanted = {test: tests[test] for mutant in mutants for test in mutant.tests}
    programs = sorted({program_of(file) for file in wanted.values()})
    tell(f"building {', '.join(target for target, _ in programs)}")
    for bench in benches:
        bench.tree.mkdir(parents=True, exist_ok=True)
        bench.sync()
        for step in (bench.configure, lambda: bench.make(programs)):
            result = step()
            if result.returncode != 0:
                tell(result.stdout)
                return False
    failed = benches[0].failing(wanted)
    if failed:
        tell(f"{', '.join(failed)}: tests fail before anything is broken")
    return not failed


def run(root, only, jobs):
    tests = ledger.all_tests(root)
    mutants = [parse(path, lint_common.read(root, path)) for path in patches(root)]
    mutants = [mutant for mutant in mutants if mutant and (not only or mutant.name in only or set(mutant.ids) & set(only))]
    unknown = {test for mutant in mutants for test in mutant.tests} - set(tests)
    if unknown or not mutants:
        tell(f"no such test: {' '.join(sorted(unknown))}" if unknown else "no such mutant")
        return False
    # Those of one file in a row: the others' objects stay as they are.
    mutants.sort(key=lambda mutant: (mutant.files, mutant.name))
    benches = [Bench(root, number) for number in range(1, min(jobs, len(mutants)) + 1)]
    if not prepare(benches, mutants, tests):
        return False
    waiting, results = queue.Queue(), {}
    for mutant in mutants:
        waiting.put(mutant)
    threads = [threading.Thread(target=work, args=(bench, waiting, tests, results, len(mutants))) for bench in benches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = {what: list(results.values()).count(what) for what in sorted(set(results.values()))}
    tell("mutants: " + ", ".join(f"{count} {what}" for what, count in counts.items()))
    return len(results) == len(mutants) and set(counts) == {"killed"}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent, help="the top of the checkout")
    parser.add_argument("--check", action="store_true", help="build nothing: see whether patches apply and none is missing")
    parser.add_argument("--only", nargs="+", metavar="ID", help="the mutants of these ids, or with these names")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="so many scratch copies at once")
    options = parser.parse_args()
    root = options.root.resolve()
    if not options.check:
        sys.exit(0 if run(root, options.only, options.jobs) else 1)
    findings = check(root)
    for finding in findings:
        print(finding)
    print(f"mutants: {len(findings)} findings" if findings else "mutants: nothing found")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
