"""What the lints share: which files there are, C++ text without its comments and strings, and how findings are told."""

import argparse
import os
import pathlib
import re
import subprocess
import sys
from dataclasses import dataclass

CPP_SUFFIXES = (".h", ".cc")
CORE_FOLDERS = ("base", "wire", "ip", "tcp", "udp", "host", "sockets", "posix", "trace", "sim", "script")


@dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    what: str
    why: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.what}: {self.why}"


def project_files(root):
    """Paths relative to root of the files that belong to the project: tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
    )
    top = subprocess.run(["git", "-C", str(root), "rev-parse", "--show-toplevel"], capture_output=True, text=True)
    if listed.returncode == 0 and pathlib.Path(top.stdout.strip()) == pathlib.Path(root).resolve():
        names = {name for name in listed.stdout.decode().split("\0") if name}
    else:
        names = set()
        for folder, folders, files in os.walk(root):
            folders[:] = [name for name in folders if name not in (".git", "build", "__pycache__")]
            names.update(pathlib.Path(folder, name).relative_to(root).as_posix() for name in files)
    return sorted(name for name in names if pathlib.Path(root, name).is_file())


def cpp_files(root):
    return [name for name in project_files(root) if name.endswith(CPP_SUFFIXES)]


def read(root, name):
    return pathlib.Path(root, name).read_text(encoding="utf-8", errors="replace")


TOKEN = re.compile(
    r"//[^\n]*"  # comment to the end of the line
    r"|/\*.*?\*/"  # block comment
    r'|R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"'  # raw string
    r'|"(?:\\.|[^"\\\n])*"'  # string
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'",  # character; a quote between digits is a separator
    re.DOTALL,
)


def code_only(text, keep_includes=False):
    """The text with comments and the insides of strings and characters blanked, every line and column in its place."""

    def blank(match):
        found = match.group()
        if found[0] == "/":
            return re.sub(r"[^\n]", " ", found)
        if keep_includes and re.search(r"#\s*include\s*$", text[text.rfind("\n", 0, match.start()) + 1 : match.start()]):
            return found
        first = found.index('"') if found[0] in '"R' else 0
        inside = re.sub(r"[^\n]", " ", found[first + 1 : -1])
        return found[: first + 1] + inside + found[-1]

    return TOKEN.sub(blank, text)


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def without_directives(code):
    """Preprocessor lines, with their continuations, blanked: a macro's braces need not balance."""
    return re.sub(
        r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: re.sub(r"[^\n]", " ", match.group()), code, flags=re.MULTILINE
    )


@dataclass(frozen=True)
class Function:
    start: int  # offset of the first word of its head
    end: int  # offset behind its closing brace
    first_line: int
    last_line: int


CONSTRUCTOR_LIST = re.compile(r"\)\s*(?:noexcept\s*)?:(?!:)")
SCOPE = re.compile(r"^(?:template\s*<.*>\s*)?(?:inline\s+)?(?:namespace|class|struct|union|enum|extern|export)\b", re.DOTALL)


HEAD_START = re.compile(r"(?:\s|\b(?:public|protected|private)\s*:(?!:))*")


def _kind_of_brace(head):
    """What the brace behind `head` opens, seen from namespace or class scope: a scope, a function or an initializer."""
    head = head[HEAD_START.match(head).end() :].strip()
    flat, previous = re.sub(r"\boperator\s*(?:\(\)|[^\s\w(]+)", "operator_x", head), None
    while flat != previous:  # parentheses from the inside out
        previous, flat = flat, re.sub(r"\([^()]*\)", "<>", flat)
    if "<>" not in flat:
        return "scope" if SCOPE.search(head) or not head else "initializer"
    if CONSTRUCTOR_LIST.search(head) and re.search(r"[\w>]$", head):
        return "initializer"  # `a_{1}` in `Foo() : a_{1} {`
    if re.search(r"(?<![=!<>])=(?!=)", flat):
        return "initializer"
    return "scope" if SCOPE.search(head) and re.search(r"\b(?:alignas|__attribute__)\b|\bfinal$", head) else "function"


def functions(code):
    """The outermost functions of text that code_only() made: methods and tests too, lambdas inside them not."""
    code = without_directives(code)
    found, stack, boundary, parentheses = [], [], 0, 0
    for at, char in enumerate(code):
        if char == "(":
            parentheses += 1
        elif char == ")":
            parentheses = max(0, parentheses - 1)
        elif char == ";" and all(kind == "scope" for kind, _ in stack):
            boundary, parentheses = at + 1, 0
        elif char == "{":
            outside = all(kind == "scope" for kind, _ in stack) and parentheses == 0
            kind = _kind_of_brace(code[boundary:at]) if outside else "inside"
            stack.append((kind, boundary))
            if kind == "scope":
                boundary = at + 1
        elif char == "}" and stack:
            kind, begun = stack.pop()
            if kind == "function":
                begun += HEAD_START.match(code[begun:at]).end()
                found.append(Function(begun, at + 1, line_of(code, begun), line_of(code, at)))
            if kind in ("function", "scope"):
                boundary, parentheses = at + 1, 0
    return found


EXCEPTION = re.compile(r"NOLINT\w*\(([\w*,\s-]+)\)[^\n]*docs/decisions/\d{4}-[\w-]+\.md")


def excused(lines, number, rule):
    """Whether line `number`, or the line above it, carries NOLINT(rule) with the decision behind it.
    That the decision exists is for check_sizes to say."""
    for index, word in ((number, "NOLINT("), (number - 1, "NOLINTNEXTLINE(")):
        if 0 < index <= len(lines) and word in lines[index - 1]:
            match = EXCEPTION.search(lines[index - 1])
            if match and rule in [name.strip() for name in match.group(1).split(",")]:
                return True
    return False


def run(description, check):
    """The main of a lint: prints what check(root) finds and ends with 1 if that is anything."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", type=pathlib.Path, required=True, help="the top folder of the checkout")
    root = parser.parse_args().root.resolve()
    name = pathlib.Path(sys.argv[0]).stem
    findings = sorted(check(root))
    for finding in findings:
        print(finding)
    if findings:
        print(f"{name}: {len(findings)} findings", file=sys.stderr)
    sys.exit(1 if findings else 0)
