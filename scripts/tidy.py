#!/usr/bin/env python3
"""Runs clang-tidy over every source of this project that a build directory compiles.

A file that passed is not looked at again until it, a header it includes, its compile command or .clang-tidy changes;
what passed is remembered outside the checkout, in the user's cache, as ccache does it.
"""

import argparse
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys

# Tests read better without these:
OFF_IN_TESTS = [
    # ASSERT_TRUE(x.has_value()) is a proof that the check cannot see.
    "bugprone-unchecked-optional-access",
    # GoogleTest's macros expand to classes and branches whose size and shape are not ours.
    "readability-function-size",
    # Tests look at an object after a move on purpose: that is part of what a move promises.
    "bugprone-use-after-move",
    # TEST() defines what it names in a header-like way, and fixtures keep public state.
    "misc-use-internal-linkage",
]
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)


def is_test(path):
    return path.name.endswith("_test.cc") or "tests" in path.parts


def commands_of(build):
    """The compile commands of the sources below the project root, by path relative to the root."""
    root = pathlib.Path.cwd()
    commands = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = pathlib.Path(entry["directory"], entry["file"]).resolve()
        if path.is_relative_to(root) and not path.is_relative_to(root / "build"):
            commands[path.relative_to(root)] = entry.get("command") or " ".join(entry["arguments"])
    return commands


def closure(path):
    """The file and every header of this project that it includes, in a fixed order."""
    seen, queue = {}, [path]
    while queue:
        current = queue.pop()
        if current in seen:
            continue
        seen[current] = current.read_bytes()
        for name in INCLUDE.findall(seen[current].decode("utf-8", "replace")):
            for base in ("include", "src", "tools", "tests", ".", current.parent):
                candidate = pathlib.Path(os.path.normpath(pathlib.Path(base, name)))
                if candidate.is_file():
                    queue.append(candidate)
    return [seen[name] for name in sorted(seen)]


def fingerprint(path, command, program):
    digest = hashlib.sha256()
    command = command.replace(str(pathlib.Path.cwd()), ".")
    for part in [program.encode(), command.encode(), pathlib.Path(".clang-tidy").read_bytes(), *closure(path)]:
        digest.update(len(part).to_bytes(8, "little") + part)
    digest.update(repr(OFF_IN_TESTS).encode())
    return digest.hexdigest()


def check(path, build, clang_tidy):
    arguments = [clang_tidy, "-p", str(build), "--quiet"]
    if is_test(path):
        arguments.append("--checks=" + ",".join("-" + name for name in OFF_IN_TESTS))
    result = subprocess.run([*arguments, str(path)], capture_output=True, text=True)
    # Counts of warnings in system headers go to stderr and are of no use; a crash or a bad option is.
    return result.returncode == 0, result.stdout + (result.stderr if result.returncode not in (0, 1) else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a configured build directory")
    parser.add_argument("--clang-tidy", default="clang-tidy-19")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--tests", action="store_true", help="the tests too: that takes as long again")
    parser.add_argument("files", nargs="*", type=pathlib.Path, help="only these (all, unless told)")
    options = parser.parse_args()
    os.chdir(pathlib.Path(__file__).resolve().parent.parent)

    commands = commands_of(options.build)
    wanted = [path for path in sorted(commands) if options.tests or not is_test(path)]
    if options.files:
        wanted = [path for path in sorted(commands) if path in options.files]
    if not wanted:
        sys.exit(f"tidy: {options.build} compiles none of the wanted files")
    version = subprocess.run([options.clang_tidy, "--version"], capture_output=True, text=True, check=True).stdout
    passed = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache", "handfast-tidy")
    passed.mkdir(parents=True, exist_ok=True)
    marks = {path: passed / fingerprint(path, commands[path], version) for path in wanted}
    todo = [path for path in wanted if not marks[path].exists()]

    failures = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = {pool.submit(check, path, options.build, options.clang_tidy): path for path in todo}
        for count, done in enumerate(concurrent.futures.as_completed(waiting), 1):
            good, text = done.result()
            if good:
                marks[waiting[done]].touch()
            else:
                failures += 1
                print(text, flush=True)
            if count % 25 == 0:
                print(f"  [{count}/{len(todo)}] {waiting[done]}", flush=True)
    print(f"  clang-tidy: {len(wanted)} files, {len(wanted) - len(todo)} unchanged since they passed, {failures} with findings")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
