#!/usr/bin/env python3
"""What the repository says is so: links lead somewhere, commands exist, and nothing of one machine is in it."""

import re
from pathlib import Path, PurePosixPath

import lint_common
from lint_common import Finding

LARGEST_FILE = 1024 * 1024
BUILD_OUTPUT = re.compile(
    r"(?:^|/)(?:build|CMakeFiles|__pycache__)/|\.(?:o|a|so|d|pyc|gcda|gcno|profraw|profdata)$"
    r"|(?:^|/)(?:CMakeCache\.txt|compile_commands\.json|core|a\.out|\.ninja_log)$"
)
# Folders of one machine. Spelled apart, so that this file does not hold what it looks for.
HOMES = ["wor" + "k", "hom" + "e", "roo" + "t", "far" + "m", "User" + "s"]
MACHINE_PATH = re.compile(r"(?<![\w.~*$)}\]>-])/(?:" + "|".join(HOMES) + r")/[\w.]")

LINK = re.compile(r"(?<!\\)\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^()\s>]+(?:\([^()\s]*\)[^()\s>]*)?)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\[[^\]]+\]:\s*<?(\S+?)>?(?:\s+.*)?$", re.MULTILINE)
MAKE_IN_BLOCK = re.compile(r"^\s*(?:\$\s+)?make((?:\s+[\w-]+)+)\s*(?:#.*)?$")
MAKE_IN_SPAN = re.compile(r"`make((?:\s+[\w-]+)+)`")
OUR_PROGRAM = re.compile(r"(?<![\w/.-])(?:\./)?((?:scripts|\.ci)/[\w./-]*\w)")
RFC_793 = re.compile(r"\bRFC\s?793\b")
URL = re.compile(r"\bhttps?://")


def anchors(markdown):
    """The anchors that the headings of a page get."""
    found = {}
    for heading in re.findall(r"^#{1,6}\s+(.*?)\s*#*$", without_blocks(markdown), re.MULTILINE):
        heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = found.get(slug, -1) + 1
        found[slug] = count
        if count:
            found[f"{slug}-{count}"] = 0
    return set(found) | set(re.findall(r'<a (?:id|name)="([^"]+)"', markdown))


def without_blocks(markdown):
    """The page with its fenced code blanked, line for line."""
    lines, fence = [], None
    for line in markdown.split("\n"):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and fence is None:
            fence = mark.group(1)[:3]
            lines.append("")
        elif mark and mark.group(1).startswith(fence):
            fence = None
            lines.append("")
        else:
            lines.append("" if fence else line)
    return "\n".join(lines)


def links(root, name, text):
    prose = re.sub(r"`[^`\n]*`", lambda match: " " * len(match.group()), without_blocks(text))
    for pattern in (LINK, REFERENCE):
        for match in pattern.finditer(prose):
            target, _, anchor = match.group(1).partition("#")
            if re.match(r"[a-z][a-z+.-]*:", target):
                continue
            line = lint_common.line_of(prose, match.start())
            path = Path(root, name).parent / target if target else Path(root, name)
            if target.startswith("/"):
                yield Finding(name, line, f"link to {target}", "links are relative to their page")
            elif not path.exists():
                yield Finding(name, line, f"link to {target}", "there is no such file")
            elif anchor and path.suffix == ".md" and anchor not in anchors(path.read_text(encoding="utf-8")):
                yield Finding(name, line, f"link to {target}#{anchor}", "there is no such heading")


def make_targets(root):
    makefile = Path(root, "Makefile")
    if not makefile.exists():
        return set()
    return set(re.findall(r"^([a-z][\w-]*):(?!=)", makefile.read_text(encoding="utf-8"), re.MULTILINE))


def commands(root, name, text, targets):
    prose = without_blocks(text).split("\n")
    for number, line in enumerate(text.split("\n"), 1):
        in_block = prose[number - 1] != line or line.startswith("    ")
        found = [MAKE_IN_BLOCK.match(line)] if in_block else []
        for match in [*filter(None, found), *MAKE_IN_SPAN.finditer(line)]:
            for target in match.group(1).split():
                if target not in targets:
                    yield Finding(name, number, f"make {target}", "the Makefile has no such target")
        for match in OUR_PROGRAM.finditer(line):
            if "*" not in line[match.end() : match.end() + 2] and not Path(root, match.group(1)).exists():
                yield Finding(name, number, match.group(1), "there is no such file")


def text_of(root, name):
    """The file's text, or None for a binary one."""
    raw = Path(root, name).read_bytes()
    return None if b"\0" in raw[:8192] else raw.decode("utf-8", errors="replace")


def check_text(name, text):
    for number, line in enumerate(text.split("\n"), 1):
        if MACHINE_PATH.search(line):
            yield Finding(name, number, "a path of one machine", "write it relative to the root of the checkout")
    if name.endswith(lint_common.CPP_SUFFIXES):
        for number, line in enumerate(text.split("\n"), 1):
            if RFC_793.search(line):
                yield Finding(name, number, "RFC 793", "it is obsolete; cite RFC 9293 and its section")
            if "//" in line and URL.search(line[line.index("//") :].removeprefix("//")):
                yield Finding(name, number, "a URL in a source", "say it in a sentence, with the RFC and its section")


def check_place(root, name):
    path = Path(root, name)
    if BUILD_OUTPUT.search(name):
        yield Finding(name, 1, "build output", "it belongs in build/, which git ignores")
    if path.stat().st_size > LARGEST_FILE:
        yield Finding(name, 1, f"{path.stat().st_size} bytes", "large files are made, not kept")
    if path.read_bytes()[:2] == b"#!" and not path.stat().st_mode & 0o100:
        yield Finding(name, 1, "a program that cannot be run", "chmod +x")


def check(root):
    targets = make_targets(root)
    findings = []
    for name in lint_common.project_files(root):
        findings += check_place(root, name)
        text = text_of(root, name)
        if text is None:
            continue
        findings += check_text(name, text)
        if PurePosixPath(name).suffix == ".md":
            findings += links(root, name, text)
            findings += commands(root, name, text, targets)
    return findings


if __name__ == "__main__":
    lint_common.run(__doc__.splitlines()[0], check)
