#!/usr/bin/env python3
"""Which requirement of which RFC is met, where it is built, and which test would fail without it.

docs/rfc/requirements.txt lists the requirements by hand; where each is built and proved is read from citations: an id
in a comment of src/ or include/ says "built here", an id in a comment inside or directly above a test, or anywhere in a
script of tests/scripts/, says "proved here". Without arguments this writes docs/rfc/ledger.md; --check only looks, and fails where the page is out of date,
a requirement that is said to be met has lost its proof, or a citation names an id that does not exist.
"""

import argparse
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import lint_common
from lint_common import Finding

LIST = "docs/rfc/requirements.txt"
PAGE = "docs/rfc/ledger.md"
SCRIPTS = "tests/scripts/"
DEVIATIONS = "docs/rfc/deviations.md"

LEVELS = ("MUST", "SHOULD", "MAY")
# met: built and proved. partly: the same, for a part of it. declined: by choice, with its reason in deviations.md. open:
# not built yet. unused: an option that the RFC offers and we do not take. caller: it binds whoever calls the stack.
STATUSES = ("met", "partly", "declined", "open", "unused", "caller")
PROVED = ("met", "partly")

CITATION = re.compile(r"(?<![\w-])(?:(?:MUST|SHLD|MAY|REC|U)-\d{1,3}|\d{4}-\d{1,2})(?![\w-])")
HEADING = re.compile(r"^\[(.+?)\] (.+)$")
TEST = re.compile(r"^TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", re.MULTILINE)


@dataclass
class Requirement:
    id: str
    level: str
    section: str
    status: str
    meaning: str
    reason: str
    source: str
    line: int
    built: list = field(default_factory=list)  # files
    proofs: list = field(default_factory=list)  # names of tests


@dataclass
class Ledger:
    titles: dict  # "RFC 9293" -> its title
    requirements: dict  # id -> Requirement
    findings: list


def read_list(text):
    """The requirements by id, with what is wrong in how they are written down."""
    ledger = Ledger({}, {}, [])
    source = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if heading := HEADING.match(line):
            source = heading.group(1)
            ledger.titles[source] = heading.group(2)
            continue
        parts = [part.strip() for part in line.split(" | ")]
        if source is None or len(parts) not in (5, 6):
            ledger.findings.append(Finding(LIST, number, "a line", "id | level | section | status | meaning [| reason]"))
            continue
        row = Requirement(*parts[:5], parts[5] if len(parts) == 6 else "", source, number)
        ledger.findings += faults_of(row, ledger.requirements)
        ledger.requirements[row.id] = row
    return ledger


def faults_of(row, known):
    if row.id in known:
        yield Finding(LIST, row.line, row.id, "it is listed twice")
    if not CITATION.fullmatch(row.id):
        yield Finding(LIST, row.line, row.id, "an id is MUST-1, U-1 or 5961-1")
    if row.level not in LEVELS:
        yield Finding(LIST, row.line, f"the level {row.level}", f"one of {', '.join(LEVELS)}")
    if row.status not in STATUSES:
        yield Finding(LIST, row.line, f"the status {row.status}", f"one of {', '.join(STATUSES)}")
    if row.status != "met" and not row.reason:
        yield Finding(LIST, row.line, row.id, f"{row.status}: say why in a sixth field")


def comments(text):
    """(line, text) of each comment."""
    for match in lint_common.TOKEN.finditer(text):
        if match.group().startswith("/"):
            yield lint_common.line_of(text, match.start()), match.group()


def citations(text):
    """(line, id) of each id that a comment names."""
    for line, comment in comments(text):
        for match in CITATION.finditer(comment):
            yield line + comment.count("\n", 0, match.start()), match.group()


def tests_of(text):
    """(name, first line, last line) of each test; the comment lines directly above belong to it."""
    lines = text.split("\n")
    for match in TEST.finditer(text):
        head = lint_common.line_of(text, match.start())
        first = head
        while first > 1 and lines[first - 2].startswith("//"):
            first -= 1
        last = next((at + 1 for at in range(head - 1, len(lines)) if lines[at] == "}"), len(lines))
        yield f"{match.group(1)}.{match.group(2)}", first, last


def is_test_file(name):
    return name.endswith("_test.cc")


def script_files(root):
    """The scripts that are run as tests. Each is one test, whose name is its path."""
    return [name for name in lint_common.project_files(root) if name.startswith(SCRIPTS) and name.endswith(".pkt")]


def all_tests(root):
    """Every test's name and the file it stands in."""
    found = {}
    for name in lint_common.cpp_files(root):
        if is_test_file(name) and name.startswith(("src/", "tests/", "tools/")):
            for test, _, _ in tests_of(lint_common.read(root, name)):
                found.setdefault(test, name)
    return found


def add(names, name):
    if name not in names:
        names.append(name)


def collect(root, ledger):
    """Fills in from the citations where each requirement is built and proved."""
    collect_from_code(root, ledger)
    for name in script_files(root):
        for line, cited in citations(lint_common.read(root, name)):
            row = ledger.requirements.get(cited)
            if row is None:
                ledger.findings.append(Finding(name, line, cited, f"{LIST} has no such id"))
            else:
                add(row.proofs, name)


def collect_from_code(root, ledger):
    for name in lint_common.cpp_files(root):
        if not name.startswith(("src/", "include/", "tests/")):
            continue
        text = lint_common.read(root, name)
        tests = list(tests_of(text)) if is_test_file(name) else []
        for line, cited in citations(text):
            row = ledger.requirements.get(cited)
            if row is None:
                ledger.findings.append(Finding(name, line, cited, f"{LIST} has no such id"))
            elif tests:
                for test, first, last in tests:
                    if first <= line <= last:
                        add(row.proofs, test)
            elif not name.startswith("tests/") and not is_test_file(name):
                add(row.built, name)


def judge(ledger, deviations):
    """What the list says that the citations do not bear out."""
    for row in ledger.requirements.values():
        if row.status in PROVED and not row.built:
            yield Finding(LIST, row.line, row.id, f"it is said to be {row.status}, but no comment in src/ or include/ cites it")
        if row.status in PROVED and not row.proofs:
            yield Finding(LIST, row.line, row.id, f"it is said to be {row.status}, but no test cites it")
        if row.status in ("open", "unused", "caller") and row.proofs:
            yield Finding(LIST, row.line, row.id, f"{row.status}, yet {row.proofs[0]} proves it: say met, or drop the citation")
        if row.status == "declined" and not re.search(rf"(?<![\w-]){row.id}(?![\w-])", deviations):
            yield Finding(LIST, row.line, row.id, f"declined, but {DEVIATIONS} does not name it")


# --- The page ---

INTRO = """# The requirement ledger

What each RFC asks, whether Handfast does it, where, and which tests would fail without it. The list itself is
[requirements.txt](requirements.txt); `scripts/ledger.py` adds where a requirement is built and proved, from the ids that
comments in sources and tests cite, and writes this page. A test holds the page to the tree.

- **met**: built, and proved by the tests named here.
- **partly**: a part is built and proved; what is missing stands beside it.
- **declined**: not done as the RFC says, by choice; [deviations.md](deviations.md) has the reason.
- **open**: not built yet.
- **unused**: an option that the RFC offers and Handfast does not take.
- **caller**: it binds the program that calls the stack.

MUST, SHLD, MAY and REC ids are those of RFC 9293. U ids name rules that it states without one, and an id such as 5961-1
a rule of another RFC; both are ours.
"""


def count_table(ledger):
    yield "| | MUST met | SHOULD met | MAY met | met | partly | declined | open | unused | caller |"
    yield "|---|---|---|---|---|---|---|---|---|---|"
    rows = list(ledger.requirements.values())

    def line(label, some):
        by_level = []
        for level in LEVELS:
            of_level = [row for row in some if row.level == level]
            met = sum(row.status == "met" for row in of_level)
            by_level.append(f"{met} of {len(of_level)}" if of_level else "")
        by_status = [str(sum(row.status == status for row in some) or "") for status in STATUSES]
        return f"| {' | '.join([label, *by_level, *by_status])} |"

    for source in ledger.titles:
        anchor = re.sub(r"[^\w\- ]", "", f"{source}: {ledger.titles[source]}".lower()).replace(" ", "-")
        yield line(f"[{source}](#{anchor})", [row for row in rows if row.source == source])
    yield line("all", rows)


def place(name):
    return f"[{name}](../../{name})"


def row_line(row):
    status = "[declined](deviations.md)" if row.status == "declined" else row.status
    built, proofs = row.reason, ""
    if row.status in PROVED:
        built = "; ".join(filter(None, [", ".join(place(name) for name in row.built), row.reason]))
        proofs = ", ".join(f"`{name}`" for name in row.proofs)
    return f"| {row.id} | {row.level} | {row.section} | {status} | {row.meaning} | {built} | {proofs} |"


def page(ledger):
    lines = [INTRO, "## Counts", "", *count_table(ledger), ""]
    for source, title in ledger.titles.items():
        lines += [f"## {source}: {title}", ""]
        lines += ["| id | level | § | status | meaning | built in, or why not | proved by |", "|---|---|---|---|---|---|---|"]
        lines += [row_line(row) for row in ledger.requirements.values() if row.source == source]
        lines.append("")
    return "\n".join(lines).rstrip("\n") + "\n"


# --- The command ---


def load(root):
    """The list with its citations and all that is wrong with it, apart from the state of the page."""
    ledger = read_list(lint_common.read(root, LIST))
    collect(root, ledger)
    ledger.findings += judge(ledger, lint_common.read(root, DEVIATIONS))
    return ledger


def check(root):
    ledger = load(root)
    current = Path(root, PAGE)
    if not current.exists() or current.read_text(encoding="utf-8") != page(ledger):
        ledger.findings.append(Finding(PAGE, 1, "the page", "it is out of date; run scripts/ledger.py"))
    return sorted(ledger.findings)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent, help="the top of the checkout")
    parser.add_argument("--check", action="store_true", help="write nothing; fail where something is wrong")
    options = parser.parse_args()
    root = options.root.resolve()
    if options.check:
        findings = check(root)
    else:
        ledger = load(root)
        findings = sorted(ledger.findings)
        Path(root, PAGE).write_text(page(ledger), encoding="utf-8")
    for finding in findings:
        print(finding)
    print(f"ledger: {len(findings)} findings" if findings else "ledger: nothing found")
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
