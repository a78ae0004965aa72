#!/usr/bin/env python3
"""Sizes, names and exceptions: how long files and functions may be, what they may be called, what NOLINT has to say."""

import re
from pathlib import Path, PurePosixPath

import lint_common
from lint_common import Finding

HEADER_LINES = 250
SOURCE_LINES = 400
HARD_LINES = 700
FUNCTION_LINES = 70

SNAKE_CASE = re.compile(r"^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$")
EMPTY_WORDS = ("manager", "handler", "util", "utils", "utility", "utilities", "helper", "helpers", "impl", "data")
EMPTY_TYPE = re.compile(r"\b(?:class|struct|union|enum(?:\s+class)?)\s+(\w*(?:Manager|Handler|Utils?|Helpers?|Impl|Data))\b")
CPP_LIKE = (".cpp", ".cxx", ".c++", ".hpp", ".hh", ".hxx", ".c", ".ipp", ".inl")

# The ways to silence a tool. Each wants the record of a decision on its line.
SILENCERS = [
    (re.compile(r"//.*\bNOLINT(?!END)\w*|/\*.*\bNOLINT(?!END)\w*"), "NOLINT"),
    (re.compile(r"(?://|/\*)\s*clang-format off"), "clang-format off"),
    (re.compile(r"#\s*pragma\s+\w+\s+diagnostic\s+(?:ignored|warning)|_Pragma\s*\(.*diagnostic"), "a warning switched off"),
    (re.compile(r"\bno_sanitize\b|\bno_sanitize_address\b"), "a sanitizer switched off"),
]
RECORD = re.compile(r"docs/decisions/(\d{4}-[\w-]+\.md)")


def is_test(name):
    return name.endswith("_test.cc") or name.startswith("tests/")


def file_size(name, lines, records):
    """Headers stop at 250 lines and sources at 400; a source that a decision names, and a test, at 700."""
    if name.endswith(".h"):
        if lines > HEADER_LINES:
            return Finding(name, lines, f"{lines} lines", f"a header has at most {HEADER_LINES}; split it along its ideas")
        return None
    if lines > HARD_LINES:
        return Finding(name, lines, f"{lines} lines", f"no source has more than {HARD_LINES}; split it along its ideas")
    if lines > SOURCE_LINES and not is_test(name) and not any(name in text for text in records.values()):
        why = f"a source has at most {SOURCE_LINES}, or up to {HARD_LINES} where a record in docs/decisions/ names it"
        return Finding(name, lines, f"{lines} lines", why)
    return None


def function_sizes(name, code):
    for function in lint_common.functions(code):
        lines = function.last_line - function.first_line + 1
        if lines > FUNCTION_LINES:
            yield Finding(name, function.first_line, f"a function of {lines} lines", f"they stop at {FUNCTION_LINES}")


def exceptions(name, text, records):
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, what in SILENCERS:
            if not pattern.search(line):
                continue
            named = RECORD.search(line)
            if not named:
                yield Finding(name, number, what, "name the record behind it on this line: docs/decisions/NNNN-name.md")
            elif named.group(1) not in records:
                yield Finding(name, number, what, f"docs/decisions/{named.group(1)} does not exist")
            if what == "NOLINT" and not re.search(r"NOLINT\w*\([\w.*,\s-]+\)", line):
                yield Finding(name, number, what, "name the check: NOLINT(check-name)")


def names(name):
    path = PurePosixPath(name)
    if name.startswith(("include/", "src/", "tools/", "tests/", "fuzz/", "bench/", "examples/")):
        if path.suffix in CPP_LIKE:
            yield Finding(name, 1, f"the ending {path.suffix}", "headers end in .h and sources in .cc")
    if path.suffix not in lint_common.CPP_SUFFIXES:
        return
    for part in (*path.parts[:-1], path.stem):
        if not SNAKE_CASE.match(part):
            yield Finding(name, 1, f"the name {part}", "files and folders are snake_case")
    for word in path.stem.split("_"):
        if word in EMPTY_WORDS:
            yield Finding(name, 1, f"the word {word} in a file name", "say what it does or holds")


def contents(name, text, code):
    if name.endswith(".h") and not re.search(r"^#pragma once$", text, re.MULTILINE):
        yield Finding(name, 1, "no #pragma once", "every header starts with it, after its essay if it has one")
    for match in EMPTY_TYPE.finditer(code):
        yield Finding(name, lint_common.line_of(code, match.start()), f"the type {match.group(1)}", "say what it does or holds")
    folder = re.match(r"src/(\w+)/", name)
    if folder and name.endswith(".h") and re.search(r"\bnamespace\b", code):
        if not re.search(rf"\bnamespace\s+handfast(?:::{folder.group(1)}\b|\s*\{{)", code):
            yield Finding(name, 1, "a namespace of its own", f"namespace = folder: handfast::{folder.group(1)}")


def check_file(name, text, records):
    code = lint_common.code_only(text)
    size = file_size(name, text.count("\n"), records)
    return [
        *([size] if size else []),
        *function_sizes(name, code),
        *exceptions(name, text, records),
        *contents(name, text, code),
    ]


def check(root):
    decisions = Path(root, "docs/decisions")
    records = {path.name: path.read_text(encoding="utf-8") for path in decisions.glob("[0-9][0-9][0-9][0-9]-*.md")}
    findings = []
    for name in lint_common.project_files(root):
        findings += names(name)
        if name.endswith(lint_common.CPP_SUFFIXES):
            findings += check_file(name, lint_common.read(root, name), records)
    return findings


if __name__ == "__main__":
    lint_common.run(__doc__.splitlines()[0], check)
